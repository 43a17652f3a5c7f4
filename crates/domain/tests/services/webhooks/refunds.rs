//! Refunds that nobody here has asked for: staff gave them at the gateway.

use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::refund::RefundStatus as R;
use wiwebb_domain::webhook::{EventStatus, Fact, RefundFact};

use super::facts::{TOTAL, refund, refunded, refunds, row, standing, sums, told};
use crate::shop::Shop;

/// A payment of USD 20.00 that is confirmed, and reports of its refunds, one event each.
struct Case {
    shop: Shop,
    payment: PaymentId,
}

impl Case {
    fn new() -> Self {
        let shop = Shop::through("stripe");
        let payment = standing(&shop, PaymentStatus::Confirmed);
        Self { shop, payment }
    }

    fn tell(&self, fact: RefundFact) {
        self.report("refund.updated", vec![Fact::Refund(fact)]);
    }

    /// So much has gone back in all.
    fn total(&self, total: &str) {
        self.report("charge.refunded", refunded(total));
    }

    fn report(&self, event_type: &str, facts: Vec<Fact>) {
        let id = format!("evt_{}", self.shop.reports.read_events().len());
        self.shop.report(&id, event_type, facts).unwrap();
        assert_eq!(self.shop.event(&id).status, EventStatus::Processed);
    }

    /// Where the payment stands, and what of it has gone back.
    fn stands(&self) -> (PaymentStatus, String) {
        let [captured, refunded] = sums(&self.shop, self.payment);
        assert_eq!(captured, TOTAL);
        (self.shop.payment(self.payment).status, refunded)
    }

    #[track_caller]
    fn assert_stands(&self, status: PaymentStatus, refunded: &str) {
        assert_eq!(self.stands(), (status, refunded.to_owned()));
    }
}

#[test]
fn refunds_are_rows_and_the_last_of_them_leaves_the_payment_refunded() {
    let case = Case::new();
    case.tell(refund("re_1", "5.00", R::Succeeded));
    case.assert_stands(PaymentStatus::Confirmed, "5.00");
    case.tell(refund("re_2", "15.00", R::Succeeded));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    let rows = [row("re_1", "5.00", R::Succeeded), row("re_2", "15.00", R::Succeeded)];
    assert_eq!(refunds(&case.shop, case.payment), rows);
    let told = case.shop.told(case.payment);
    assert_eq!(told.iter().filter(|entry| *entry == "refund.updated").count(), 2);
    assert_eq!(told.iter().filter(|entry| *entry == "payment.refunded").count(), 2);
}

#[test]
fn a_refund_under_way_has_not_gone_back() {
    let case = Case::new();
    case.tell(refund("re_1", TOTAL, R::Pending));
    case.assert_stands(PaymentStatus::Confirmed, "0.00");
    case.tell(refund("re_1", TOTAL, R::Succeeded));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    // An account from before came late.
    case.tell(refund("re_1", TOTAL, R::Pending));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    assert_eq!(refunds(&case.shop, case.payment), [row("re_1", TOTAL, R::Succeeded)]);
}

#[test]
fn a_refund_that_fails_later_makes_the_payment_confirmed_again() {
    let case = Case::new();
    case.tell(refund("re_1", TOTAL, R::Succeeded));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    case.tell(refund("re_1", TOTAL, R::Failed));
    case.assert_stands(PaymentStatus::Confirmed, "0.00");
    case.tell(refund("re_1", TOTAL, R::Succeeded));
    case.assert_stands(PaymentStatus::Confirmed, "0.00");
    case.tell(refund("re_2", TOTAL, R::Succeeded));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    let rows = [row("re_1", TOTAL, R::Failed), row("re_2", TOTAL, R::Succeeded)];
    assert_eq!(refunds(&case.shop, case.payment), rows);
}

#[test]
fn one_of_several_refunds_that_fails_takes_its_own_amount_back() {
    let case = Case::new();
    case.tell(refund("re_1", "5.00", R::Succeeded));
    case.tell(refund("re_2", "15.00", R::Succeeded));
    case.tell(refund("re_1", "5.00", R::Failed));
    case.assert_stands(PaymentStatus::Confirmed, "15.00");
}

#[test]
fn a_total_says_what_has_gone_back_without_saying_by_which_refunds() {
    let case = Case::new();
    case.total("5.00");
    case.assert_stands(PaymentStatus::Confirmed, "5.00");
    assert_eq!(refunds(&case.shop, case.payment), []);
    case.total(TOTAL);
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    // A total from before came late.
    case.total("5.00");
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
}

#[test]
fn a_total_and_the_refunds_it_is_made_of_count_once() {
    let case = Case::new();
    case.total("5.00");
    case.tell(refund("re_1", "5.00", R::Succeeded));
    case.assert_stands(PaymentStatus::Confirmed, "5.00");
    case.tell(refund("re_2", "3.00", R::Succeeded));
    case.total("8.00");
    case.assert_stands(PaymentStatus::Confirmed, "8.00");
}

#[test]
fn a_refund_that_failed_behind_the_total_it_was_part_of_does_not_count() {
    let case = Case::new();
    case.tell(refund("re_1", TOTAL, R::Pending));
    case.total(TOTAL);
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    case.tell(refund("re_1", TOTAL, R::Failed));
    case.assert_stands(PaymentStatus::Confirmed, "0.00");
    case.tell(refund("re_2", "8.00", R::Succeeded));
    case.total("8.00");
    case.assert_stands(PaymentStatus::Confirmed, "8.00");
}

#[test]
fn no_more_goes_back_than_came() {
    let case = Case::new();
    case.total("25.00");
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
    let case = Case::new();
    case.tell(refund("re_1", "15.00", R::Succeeded));
    case.tell(refund("re_2", "15.00", R::Succeeded));
    case.assert_stands(PaymentStatus::Refunded, TOTAL);
}

#[test]
fn refunds_that_are_told_before_the_money_count_once_it_is_there() {
    for by_rows in [true, false] {
        let shop = Shop::through("stripe");
        let payment = standing(&shop, PaymentStatus::Waiting);
        let case = Case { shop, payment };
        if by_rows {
            case.tell(refund("re_1", TOTAL, R::Succeeded));
        } else {
            case.total(TOTAL);
        }
        assert_eq!(case.shop.payment(payment).status, PaymentStatus::Waiting);
        case.report("payment_intent.succeeded", told(PaymentEvent::Succeeded));
        case.assert_stands(PaymentStatus::Refunded, TOTAL);
    }
}

#[test]
fn a_late_success_leaves_what_has_gone_back() {
    let case = Case::new();
    case.tell(refund("re_1", TOTAL, R::Succeeded));
    for event in [PaymentEvent::Succeeded, PaymentEvent::Authorised, PaymentEvent::Declined] {
        case.report("payment_intent.told", told(event));
        case.assert_stands(PaymentStatus::Refunded, TOTAL);
    }
}

#[test]
fn refunds_of_a_payment_not_known_here_make_no_rows() {
    let shop = Shop::through("stripe");
    let fact = Fact::Refund(refund("re_1", "5.00", R::Succeeded));
    shop.report("evt_1", "refund.created", vec![fact]).unwrap();
    shop.report("evt_2", "charge.refunded", refunded("5.00")).unwrap();
    for id in ["evt_1", "evt_2"] {
        assert_eq!(shop.event(id).status, EventStatus::Unmatched);
    }
}
