//! Things that gateways say happened.

use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft};
use wiwebb_domain::testing::gateway::answer_with_id;
use wiwebb_domain::testing::samples::{money, text};
use wiwebb_domain::webhook::{Fact, PaymentFact, PaymentRef, RefundFact, Stated};

use crate::shop::Shop;

/// What [`pay`] pays, in USD.
pub(super) const TOTAL: &str = "20.00";

/// The payment that the gateway calls so.
pub(super) fn named(transaction: &str) -> PaymentRef {
    PaymentRef { transaction_id: Some(text(transaction)), payment_id: None }
}

/// Something happened to the payment `pi_1`.
pub(super) fn happened(event: PaymentEvent) -> PaymentFact {
    PaymentFact {
        payment: named("pi_1"),
        event,
        total: Stated::Sum(money(TOTAL, "USD")),
        received: None,
        message: None,
    }
}

/// Something happened to the payment `pi_1`, as an event says it.
pub(super) fn told(event: PaymentEvent) -> Vec<Fact> {
    vec![Fact::Payment(happened(event))]
}

/// How a refund of the payment `pi_1` stands that nobody here has asked for.
pub(super) fn refund(transaction: &str, amount: &str, status: RefundStatus) -> RefundFact {
    RefundFact {
        payment: named("pi_1"),
        transaction_id: text(transaction),
        refund_id: None,
        amount: money(amount, "USD").amount(),
        status,
    }
}

/// So much has gone back of the payment `pi_1` in all.
pub(super) fn refunded(total: &str) -> Vec<Fact> {
    vec![Fact::Refunded { payment: named("pi_1"), total: money(total, "USD").amount() }]
}

/// A payment that stands so, called `pi_1` by the gateway.
pub(super) fn standing(shop: &Shop, status: PaymentStatus) -> PaymentId {
    let verdict = match status {
        PaymentStatus::Waiting => Verdict::Pending,
        PaymentStatus::Preauth => Verdict::Authorised,
        PaymentStatus::Confirmed | PaymentStatus::Refunded => Verdict::Done,
        PaymentStatus::Rejected => Verdict::Declined,
        PaymentStatus::Error => Verdict::Failed,
    };
    let id = pay(shop, "pi_1", verdict);
    if status == PaymentStatus::Refunded {
        shop.report("evt_back", "charge.refunded", refunded(TOTAL)).unwrap();
    }
    assert_eq!(shop.payment(id).status, status);
    id
}

/// A payment of the subscriber that the gateway calls and judges so.
pub(super) fn pay(shop: &Shop, transaction: &str, verdict: Verdict) -> PaymentId {
    shop.script().will_say(Ok(answer_with_id(verdict, transaction)));
    create(shop)
}

/// A payment of the subscriber, as the gateway's script has it.
pub(super) fn create(shop: &Shop) -> PaymentId {
    let draft = PaymentDraft {
        total: money(TOTAL, "USD"),
        gateway: GatewayChoice::Id(shop.gateway),
        order_id: None,
        description: None,
        metadata: serde_json::Map::new(),
    };
    let created = shop.payments().create(&shop.bob, Ok(draft), None);
    futures_executor::block_on(created).unwrap().view.payment.id
}

/// Captured and refunded.
pub(super) fn sums(shop: &Shop, id: PaymentId) -> [String; 2] {
    let payment = shop.payment(id);
    [payment.captured_amount().to_string(), payment.refunded_amount().to_string()]
}

/// Names, amounts and states of the refunds, the oldest first.
pub(super) fn refunds(shop: &Shop, id: PaymentId) -> Vec<(String, String, RefundStatus)> {
    let mut rows = futures_executor::block_on(shop.payments().refunds(&shop.admin, id)).unwrap();
    rows.reverse();
    rows.into_iter()
        .map(|row| {
            let name = row.transaction_id.map_or_else(String::new, |name| name.to_string());
            (name, row.amount.to_string(), row.status)
        })
        .collect()
}

/// A row of [`refunds`].
pub(super) fn row(
    name: &str,
    amount: &str,
    status: RefundStatus,
) -> (String, String, RefundStatus) {
    (name.to_owned(), amount.to_owned(), status)
}
