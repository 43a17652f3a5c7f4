//! Demo plans, the demo gateway and payments with their history.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};
use wiwebb_domain::error::Violation;
use wiwebb_domain::gateway::{GatewaySettings, NewGateway};
use wiwebb_domain::ids::{GatewayId, UserId};
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::payment::{NewPayment, PaymentStatus};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::pricing::{BillingInterval, NewPlanPricing};
use wiwebb_domain::text::{ExternalId, LongText, Name, OrderId, Variant};

use super::dice::Dice;
use super::people::minutes_before;

const PAYMENT: u64 = 4;

/// What a demo plan is; prices in minor units of USD.
struct Offer {
    name: &'static str,
    description: &'static str,
    limits: (Option<u32>, Option<u32>),
    prices: &'static [(i64, BillingInterval, u16)],
}

const OFFERS: [Offer; 5] = [
    Offer {
        name: "Free",
        description: "An hour a day for everybody.",
        limits: (Some(60), Some(500)),
        prices: &[],
    },
    Offer {
        name: "Day Pass",
        description: "One day without a limit of time.",
        limits: (None, Some(5_000)),
        prices: &[(399, BillingInterval::Day, 0)],
    },
    Offer {
        name: "Basic",
        description: "Four hours a day.",
        limits: (Some(240), Some(4_000)),
        prices: &[(999, BillingInterval::Month, 7), (9_990, BillingInterval::Year, 7)],
    },
    Offer {
        name: "Standard",
        description: "Online all day.",
        limits: (None, Some(20_000)),
        prices: &[(1_999, BillingInterval::Month, 14), (19_990, BillingInterval::Year, 14)],
    },
    Offer {
        name: "Premium",
        description: "No limits.",
        limits: (None, None),
        prices: &[(3_999, BillingInterval::Month, 30), (39_990, BillingInterval::Year, 30)],
    },
];

/// Prices that payments are made of, in minor units of USD.
const PAID: [i64; 6] = [399, 999, 999, 1_999, 1_999, 3_999];

/// The demo plans with their prices. None is the default one, which the operator chooses.
pub(super) fn plans() -> Result<Vec<(NewPlan, Vec<NewPlanPricing>)>, Violation> {
    OFFERS.iter().map(plan).collect()
}

fn plan(offer: &Offer) -> Result<(NewPlan, Vec<NewPlanPricing>), Violation> {
    let (daily_time_minutes, daily_data_mb) = offer.limits;
    let plan = NewPlan {
        description: Some(LongText::new(offer.description)?),
        requires_payment: !offer.prices.is_empty(),
        daily_time_minutes,
        daily_data_mb,
        ..NewPlan::named(Name::new(offer.name)?)
    };
    let price = |&(units, interval, trial_period_days)| {
        Ok(NewPlanPricing {
            price: Money::from_minor_units(units, Currency::USD)?,
            interval,
            trial_period_days,
            active: true,
            stripe_price_id: None,
        })
    };
    let prices = offer.prices.iter().map(price).collect::<Result<_, Violation>>()?;
    Ok((plan, prices))
}

/// A gateway that moves no money and confirms whatever it is asked for (contract §9.2).
pub(super) fn gateway() -> Result<NewGateway, Violation> {
    let settings = Map::from_iter([("outcome".to_owned(), json!("confirmed"))]);
    Ok(NewGateway {
        name: Name::new("Demo payments")?,
        variant: Variant::new("dummy")?,
        is_active: true,
        priority: 0,
        config: GatewaySettings::new(settings),
    })
}

/// A step in the life of a payment.
struct Chapter {
    event: &'static str,
    message: &'static str,
    to: PaymentStatus,
    /// Minutes after the payment was created.
    after: i64,
}

const fn chapter(
    event: &'static str,
    message: &'static str,
    to: PaymentStatus,
    after: i64,
) -> Chapter {
    Chapter { event, message, to, after }
}

const CONFIRMED: Chapter =
    chapter("payment.confirmed", "The money was received.", PaymentStatus::Confirmed, 2);
const REFUNDED: Chapter =
    chapter("payment.refunded", "The money went back.", PaymentStatus::Refunded, 3 * 24 * 60);
const REJECTED: Chapter =
    chapter("payment.rejected", "The card was declined.", PaymentStatus::Rejected, 1);
const AUTHORISED: Chapter =
    chapter("payment.authorised", "The money is held.", PaymentStatus::Preauth, 1);
const FAILED: Chapter =
    chapter("payment.failed", "The gateway could not take it.", PaymentStatus::Error, 1);

/// The lives of payments, each with how many of a hundred live it.
const LIVES: [(u32, &[Chapter]); 6] = [
    (72, &[CONFIRMED]),
    (8, &[CONFIRMED, REFUNDED]),
    (9, &[REJECTED]),
    (3, &[AUTHORISED]),
    (2, &[FAILED]),
    (6, &[]),
];

/// An entry of a payment's history.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) event: &'static str,
    pub(super) message: &'static str,
    pub(super) data: Map<String, Value>,
    pub(super) at: DateTime<Utc>,
}

/// A payment, its history and when it was created.
#[derive(Debug)]
pub(super) struct Paid {
    pub(super) payment: NewPayment,
    pub(super) created_at: DateTime<Utc>,
    pub(super) history: Vec<Entry>,
}

/// The `number`-th payment of the `index`-th user, about a month before the one of the number
/// before; `None` where the user had not joined then.
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
    let (status, history) = history(life, total, created_at, now);
    let mut metadata = Map::from_iter([("description".to_owned(), json!("Demo payment"))]);
    if status == PaymentStatus::Refunded {
        metadata.insert("refunded_amount".to_owned(), json!(total.amount().to_string()));
    }
    let payment = NewPayment {
        user_id: user,
        order_id: Some(OrderId::new(&format!("DEMO-{index:05}-{number}"))?),
        payment_gateway_id: gateway,
        status,
        total,
        transaction_id: Some(ExternalId::new(&format!("dummy_{index}_{number}"))?),
        metadata,
    };
    Ok(Some(Paid { payment, created_at, history }))
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

/// The status now and the entries up to now, of which the first tells of the creation.
fn history(
    life: &[Chapter],
    total: Money,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (PaymentStatus, Vec<Entry>) {
    let created = Entry {
        event: "payment.created",
        message: "The payment was created.",
        data: Map::new(),
        at: created_at,
    };
    let mut entries = vec![created];
    let mut status = PaymentStatus::Waiting;
    for Chapter { event, message, to, after } in life {
        let at = created_at + Duration::minutes(*after);
        if at > now {
            break;
        }
        let mut data = Map::new();
        data.insert("from".to_owned(), status.as_str().into());
        data.insert("to".to_owned(), to.as_str().into());
        if *to == PaymentStatus::Refunded {
            data.insert("amount".to_owned(), total.amount().to_string().into());
            data.insert("remaining".to_owned(), Amount::ZERO.to_string().into());
        }
        entries.push(Entry { event, message, data, at });
        status = *to;
    }
    (status, entries)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_status_occurs_and_is_where_the_history_ends() {
        let payments = payments(now());
        for status in PaymentStatus::ALL {
            assert!(payments.iter().any(|paid| paid.payment.status == status), "{status}");
        }
        for Paid { payment, history, .. } in payments {
            let mut status = PaymentStatus::Waiting;
            assert_eq!(history[0].event, "payment.created");
            for entry in &history[1..] {
                assert_eq!(entry.data["from"], status.as_str());
                status = PaymentStatus::parse(entry.data["to"].as_str().unwrap()).unwrap();
            }
            assert_eq!(payment.status, status);
            let is_refunded = status == PaymentStatus::Refunded;
            assert_eq!(payment.metadata.contains_key("refunded_amount"), is_refunded);
        }
    }

    #[test]
    fn nothing_happens_before_its_cause_or_in_the_future() {
        for paid in payments(now()) {
            let times: Vec<_> = paid.history.iter().map(|entry| entry.at).collect();
            assert!(times[0] == paid.created_at && times.is_sorted());
            assert!(times.iter().all(|at| *at <= now()));
        }
        let fresh = (UserId::new(1), now() - Duration::days(1));
        let early = (0..50)
            .filter_map(|index| payment((index, 3), fresh, GatewayId::new(1), now()).unwrap());
        assert_eq!(early.count(), 0, "nobody pays before joining");
    }

    #[test]
    fn the_lives_make_up_a_hundred_of_a_hundred_and_the_plans_are_valid() {
        assert_eq!(LIVES.iter().map(|(share, _)| share).sum::<u32>(), 100);
        let plans = plans().unwrap();
        assert!(plans.iter().all(|(plan, prices)| plan.requires_payment != prices.is_empty()));
        assert_eq!(gateway().unwrap().variant.as_str(), "dummy");
    }
}
