//! Demo payments with their history.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use wiwebb_domain::error::Violation;
use wiwebb_domain::ids::{GatewayId, PaymentId, UserId};
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::payment::{
    NewPayment, Payment, PaymentEvent, PaymentStatus, Step, first_metadata,
};
use wiwebb_domain::text::{ExternalId, OrderId, PaymentDescription};
use wiwebb_persistence::bulk::Dated;

use super::dice::Dice;
use super::people::minutes_before;

const PAYMENT: u64 = 4;

/// Prices that payments are made of, in minor units of USD.
const PAID: [i64; 6] = [399, 999, 999, 1_999, 1_999, 3_999];

/// What happens to a payment.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The gateway says what came of the charge.
    Charged(PaymentEvent, &'static str),
    /// All that is held is captured.
    Captured,
    /// So many minor units go back, or all that is left.
    Refunded(Option<i64>),
}

/// A turn, and how many minutes after the creation it comes.
type Chapter = (Turn, i64);

const DAY: i64 = 24 * 60;

const CONFIRMED: Chapter = (Turn::Charged(PaymentEvent::Succeeded, "payment.confirmed"), 2);
const REJECTED: Chapter = (Turn::Charged(PaymentEvent::Declined, "payment.rejected"), 1);
const AUTHORISED: Chapter = (Turn::Charged(PaymentEvent::Authorised, "payment.authorised"), 1);
const FAILED: Chapter = (Turn::Charged(PaymentEvent::Failed, "payment.error"), 1);
const CAPTURED: Chapter = (Turn::Captured, DAY);
const PARTLY_REFUNDED: Chapter = (Turn::Refunded(Some(200)), 3 * DAY);
const REFUNDED: Chapter = (Turn::Refunded(None), 5 * DAY);

/// The lives of payments, each with how many of a hundred live it.
const LIVES: [(u32, &[Chapter]); 9] = [
    (66, &[CONFIRMED]),
    (6, &[AUTHORISED, CAPTURED]),
    (5, &[CONFIRMED, REFUNDED]),
    (2, &[CONFIRMED, PARTLY_REFUNDED]),
    (1, &[CONFIRMED, PARTLY_REFUNDED, REFUNDED]),
    (9, &[REJECTED]),
    (3, &[AUTHORISED]),
    (2, &[FAILED]),
    (6, &[]),
];

/// An entry of a payment's history.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) event: &'static str,
    pub(super) data: Map<String, Value>,
    pub(super) at: DateTime<Utc>,
}

/// Money that went back.
#[derive(Debug)]
pub(super) struct GivenBack {
    pub(super) amount: Amount,
    pub(super) transaction_id: ExternalId,
    pub(super) at: DateTime<Utc>,
}

/// A payment that has no id yet, with what happened to it.
#[derive(Debug)]
pub(super) struct Paid {
    payment: Payment,
    pub(super) history: Vec<Entry>,
    pub(super) refunds: Vec<GivenBack>,
}

impl Paid {
    /// What is stored of the payment itself: with when it changed last and when it was created.
    pub(super) fn row(&self) -> Dated<(NewPayment, DateTime<Utc>)> {
        let payment = self.payment.clone();
        let row = NewPayment {
            user_id: payment.user_id,
            order_id: payment.order_id,
            payment_gateway_id: payment.payment_gateway_id,
            status: payment.status,
            total: payment.total,
            transaction_id: payment.transaction_id,
            metadata: payment.metadata,
        };
        ((row, payment.modified_at), payment.created_at)
    }

    /// Takes a turn, and tells the history of it in the words of the use cases.
    fn take(&mut self, turn: Turn, at: DateTime<Utc>, dice: &mut Dice) -> Result<(), Violation> {
        let mut data = Map::new();
        let (event, name) = match turn {
            Turn::Charged(event, name) => (event, name),
            Turn::Captured => {
                self.payment.note_captured(self.payment.total.amount());
                (PaymentEvent::Captured, "payment.captured")
            }
            Turn::Refunded(units) => {
                let (amount, remaining) = self.give_back(units)?;
                data.insert("amount".to_owned(), amount.to_string().into());
                data.insert("remaining".to_owned(), remaining.to_string().into());
                let transaction_id = transaction_id(dice)?;
                self.refunds.push(GivenBack { amount, transaction_id, at });
                (PaymentEvent::Refunded { remaining }, "payment.refunded")
            }
        };
        if let Ok(Step::Move { from, to }) = self.payment.apply(event, at) {
            data.insert("from".to_owned(), from.as_str().into());
            data.insert("to".to_owned(), to.as_str().into());
        }
        self.payment.modified_at = at;
        self.history.push(Entry { event: name, data, at });
        Ok(())
    }

    /// Notes that so many minor units, or all that is left, went back: how much that is, and what
    /// is left then.
    fn give_back(&mut self, units: Option<i64>) -> Result<(Amount, Amount), Violation> {
        let payment = &mut self.payment;
        let captured = payment.captured_amount();
        let left = captured.minus(payment.refunded_amount()).unwrap_or_default();
        let amount = match units {
            Some(units) => Money::from_minor_units(units, payment.total.currency())?.amount(),
            None => left,
        };
        let remaining = left.minus(amount).unwrap_or_default();
        payment.note_refunded(captured.minus(remaining).unwrap_or_default());
        Ok((amount, remaining))
    }
}

/// The `number`-th payment of the `index`-th user, about a month before the one of the number
/// before, with what has happened to it up to now; `None` where the user had not joined then.
pub(super) fn payment(
    (index, number): (u32, u32),
    (user, joined): (UserId, DateTime<Utc>),
    gateway: GatewayId,
    now: DateTime<Utc>,
) -> Result<Option<Paid>, Violation> {
    let mut dice = Dice::of(PAYMENT, u64::from(index) << 16 | u64::from(number));
    let created_at = now - minutes_before(&mut dice, number * 30, number * 30 + 28);
    if created_at < joined {
        return Ok(None);
    }
    let total = Money::from_minor_units(dice.pick(PAID), Currency::USD)?;
    let life = life(dice.below(100));
    let description = PaymentDescription::new("Demo payment")?;
    let payment = Payment {
        id: PaymentId::NOWHERE,
        user_id: user,
        order_id: Some(OrderId::new(&format!("DEMO-{index:05}-{number}"))?),
        payment_gateway_id: gateway,
        status: PaymentStatus::Waiting,
        total,
        transaction_id: Some(transaction_id(&mut dice)?),
        webhook_received: false,
        metadata: first_metadata(Map::new(), Some(description)),
        created_at,
        modified_at: created_at,
    };
    let mut paid = Paid { history: vec![creation(&payment)], payment, refunds: Vec::new() };
    for (turn, after) in life {
        let at = created_at + Duration::minutes(*after);
        if at > now {
            break;
        }
        paid.take(*turn, at, &mut dice)?;
    }
    if paid.payment.status == PaymentStatus::Error {
        // It never reached the gateway.
        paid.payment.transaction_id = None;
    }
    Ok(Some(paid))
}

fn life(mut throw: u32) -> &'static [Chapter] {
    for (share, life) in LIVES {
        match throw.checked_sub(share) {
            None => return life,
            Some(rest) => throw = rest,
        }
    }
    &[]
}

fn creation(payment: &Payment) -> Entry {
    let data = Map::from_iter([
        ("to".to_owned(), payment.status.as_str().into()),
        ("total".to_owned(), payment.total.amount().to_string().into()),
        ("currency".to_owned(), payment.total.currency().code().into()),
    ]);
    Entry { event: "payment.created", data, at: payment.created_at }
}

/// An id of the form that the gateway gives.
fn transaction_id(dice: &mut Dice) -> Result<ExternalId, Violation> {
    ExternalId::new(&format!("dummy_{:032x}", u128::from_be_bytes(dice.bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payments(now: DateTime<Utc>) -> Vec<Paid> {
        let joined = now - Duration::days(390);
        (0..400)
            .filter_map(|index| {
                let payer = (UserId::new(1), joined);
                payment((index, 1), payer, GatewayId::new(1), now).unwrap()
            })
            .collect()
    }

    fn now() -> DateTime<Utc> {
        "2026-03-15T10:00:00Z".parse().unwrap()
    }

    fn amount(value: &Value) -> Amount {
        Amount::new(value.as_str().unwrap().parse().unwrap()).unwrap()
    }

    /// What happened to a payment after its creation, and where it stands.
    fn life_of(paid: &Paid) -> (Vec<&'static str>, &'static str) {
        assert_eq!(paid.history[0].event, "payment.created");
        let events = paid.history[1..].iter().map(|entry| entry.event);
        (events.collect(), paid.payment.status.as_str())
    }

    #[test]
    fn every_status_occurs_and_is_where_the_history_ends() {
        let payments = payments(now());
        for status in PaymentStatus::ALL {
            assert!(payments.iter().any(|paid| paid.payment.status == status), "{status}");
        }
        for Paid { payment, history, .. } in payments {
            let created = json!({ "to": "waiting", "total": payment.total.amount().to_string(), "currency": "USD" });
            assert_eq!(Value::Object(history[0].data.clone()), created);
            let mut status = PaymentStatus::Waiting;
            for entry in history[1..].iter().filter(|entry| entry.data.contains_key("to")) {
                assert_eq!(entry.data["from"], status.as_str());
                status = PaymentStatus::parse(entry.data["to"].as_str().unwrap()).unwrap();
            }
            assert_eq!(payment.status, status);
            assert_eq!(payment.modified_at, history.last().unwrap().at);
            assert_eq!(payment.transaction_id.is_none(), status == PaymentStatus::Error);
        }
    }

    #[test]
    fn histories_are_those_that_the_use_cases_write() {
        let payments = payments(now());
        let lives: [(&[&str], &str); 9] = [
            (&[], "waiting"),
            (&["payment.confirmed"], "confirmed"),
            (&["payment.authorised"], "preauth"),
            (&["payment.authorised", "payment.captured"], "confirmed"),
            (&["payment.rejected"], "rejected"),
            (&["payment.error"], "error"),
            (&["payment.confirmed", "payment.refunded"], "confirmed"),
            (&["payment.confirmed", "payment.refunded"], "refunded"),
            (&["payment.confirmed", "payment.refunded", "payment.refunded"], "refunded"),
        ];
        for (events, status) in lives {
            assert!(payments.iter().any(|paid| life_of(paid) == (events.to_vec(), status)));
        }
        for paid in &payments {
            let (events, status) = life_of(paid);
            assert!(lives.contains(&(&events[..], status)), "{events:?} {status}");
        }
    }

    #[test]
    fn what_went_back_is_told_alike_by_the_payment_its_refunds_and_its_history() {
        for Paid { payment, history, refunds } in payments(now()) {
            let told: Vec<&Entry> =
                history.iter().filter(|entry| entry.event == "payment.refunded").collect();
            assert_eq!(told.len(), refunds.len());
            let mut left = payment.total.amount();
            for (entry, refund) in told.iter().zip(&refunds) {
                left = left.minus(refund.amount).unwrap();
                assert!(!refund.amount.is_zero() && entry.at == refund.at);
                assert_eq!(amount(&entry.data["amount"]), refund.amount);
                assert_eq!(amount(&entry.data["remaining"]), left);
                assert_eq!(entry.data.contains_key("to"), left.is_zero());
            }
            assert_eq!(payment.metadata.contains_key("refunded_amount"), !refunds.is_empty());
            let refunded = payment.refunded_amount();
            assert_eq!(payment.total.amount().minus(refunded), Some(left));
            let is_captured = history.iter().any(|entry| entry.event == "payment.captured");
            assert_eq!(payment.metadata.contains_key("captured_amount"), is_captured);
        }
    }

    #[test]
    fn nothing_happens_before_its_cause_or_in_the_future() {
        for paid in payments(now()) {
            let times: Vec<_> = paid.history.iter().map(|entry| entry.at).collect();
            assert!(times[0] == paid.payment.created_at && times.is_sorted());
            assert!(times.iter().all(|at| *at <= now()));
        }
        let fresh = (UserId::new(1), now() - Duration::days(1));
        let early = (0..50)
            .filter_map(|index| payment((index, 3), fresh, GatewayId::new(1), now()).unwrap());
        assert_eq!(early.count(), 0, "nobody pays before joining");
    }

    #[test]
    fn the_lives_make_up_a_hundred_of_a_hundred() {
        assert_eq!(LIVES.iter().map(|(share, _)| share).sum::<u32>(), 100);
    }
}
