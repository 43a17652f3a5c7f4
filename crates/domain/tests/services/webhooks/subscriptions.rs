//! What reports do to subscriptions, and the payments that bills make.

use chrono::{DateTime, Duration, Months, Utc};
use futures_executor::block_on;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::subscription_gateway::Checkout;
use wiwebb_domain::subscription::{
    FIRST_PAYMENT_WITHIN, Mirror, Period, Subscription, SubscriptionStatus,
};
use wiwebb_domain::testing::samples::{self, money, text};
use wiwebb_domain::testing::subscription_gateway::SubscriptionAnswer;
use wiwebb_domain::webhook::{
    EventStatus, Fact, InvoiceFact, PaymentFact, PaymentRef, Stated, SubscriptionFact,
};

use crate::shop::{Shop, every};

/// A subscription that the gateway keeps going and that waits to be paid on the gateway's page.
struct Case {
    shop: Shop,
    subscription: Subscription,
    /// The instant of its making.
    start: DateTime<Utc>,
}

impl Case {
    fn new() -> Self {
        let shop = Shop::through("stripe");
        shop.registry.set_keeper("stripe");
        shop.default_plan("Free");
        let plan = shop.monthly("Pro", "10.00");
        let subscription = subscribe(&shop, plan, "cs_1");
        let start = shop.now();
        Self { shop, subscription, start }
    }

    fn begun() -> Self {
        let case = Self::new();
        case.tell("evt_begun", case.account(SubscriptionStatus::Active, 0)).unwrap();
        assert_eq!(case.shop.status(), SubscriptionStatus::Active);
        case
    }

    /// The gateway's account of so many seconds behind the start, in the first month.
    fn account(&self, status: SubscriptionStatus, seconds: i64) -> Mirror {
        Mirror {
            status: Some(status),
            period: Some(self.month(0)),
            cancel_at_period_end: Some(false),
            ..samples::mirror(self.start + Duration::seconds(seconds))
        }
    }

    fn month(&self, number: u32) -> Period {
        let start = self.start + Months::new(number);
        Period { start, end: self.start + Months::new(number + 1) }
    }

    fn tell(&self, id: &str, mirror: Mirror) -> Result<(), Error> {
        let names = vec![text(self.subscription.subscription_id.as_str())];
        let facts = vec![Fact::Subscription(SubscriptionFact { names, mirror })];
        self.shop.report(id, "customer.subscription.updated", facts)
    }

    /// A bill that was paid by a transaction, for the month of a number.
    fn bill(&self, transaction: &str, number: u32) -> InvoiceFact {
        let period = Some(self.month(number));
        let seconds = 60 + i64::from(number) * 31 * 24 * 60 * 60;
        InvoiceFact {
            names: vec![text(self.subscription.subscription_id.as_str())],
            transaction_id: text(transaction),
            paid: Some(money("10.00", "USD")),
            mirror: Mirror { period, ..self.account(SubscriptionStatus::Active, seconds) },
        }
    }

    fn row(&self) -> Subscription {
        self.shop.stored(&self.subscription)
    }
}

fn subscribe(shop: &Shop, plan: PlanId, page: &str) -> Subscription {
    opens(shop, plan, page);
    shop.subscribe(plan).unwrap().view.subscription
}

/// The same in the place of another, whose page is closed.
fn subscribe_instead(shop: &Shop, plan: PlanId, page: &str) -> Subscription {
    opens(shop, plan, page);
    shop.keeper().will_say(SubscriptionAnswer::Closed);
    shop.subscribe(plan).unwrap().view.subscription
}

fn opens(shop: &Shop, plan: PlanId, page: &str) {
    shop.keeper().will_say(SubscriptionAnswer::Checkout(Checkout {
        url: format!("https://checkout.example.org/{page}"),
        external_id: text(page),
        customer: text("cus_1"),
        product: text(&format!("prod_{plan}")),
        price: text(&format!("price_{plan}")),
    }));
}

#[test]
fn status_period_and_cancellation_are_taken_over() {
    let case = Case::new();
    let called_off = case.start + Duration::seconds(9);
    let mirror = Mirror {
        external_id: Some(text("sub_ext")),
        cancel_at_period_end: Some(true),
        canceled_at: Some(called_off),
        ..case.account(SubscriptionStatus::Active, 10)
    };
    case.tell("evt_1", mirror).unwrap();
    let row = case.row();
    assert_eq!((row.status, row.period), (SubscriptionStatus::Active, Some(case.month(0))));
    assert_eq!((row.cancel_at_period_end, row.canceled_at), (true, Some(called_off)));
    assert_eq!(case.shop.event("evt_1").status, EventStatus::Processed);
    let mirror = Mirror {
        cancel_at_period_end: Some(false),
        ..case.account(SubscriptionStatus::PastDue, 20)
    };
    let names = vec![text("sub_ext")];
    let facts = vec![Fact::Subscription(SubscriptionFact { names, mirror })];
    case.shop.report("evt_2", "customer.subscription.updated", facts).unwrap();
    let row = case.row();
    assert_eq!(row.status, SubscriptionStatus::PastDue, "by the gateway's own name");
    assert_eq!((row.cancel_at_period_end, row.canceled_at), (false, None));
}

#[test]
fn what_is_deleted_is_over_and_no_late_update_revives_it() {
    let case = Case::begun();
    let gone = Mirror {
        canceled_at: Some(case.start + Duration::seconds(50)),
        ..case.account(SubscriptionStatus::Canceled, 60)
    };
    case.tell("evt_gone", gone.clone()).unwrap();
    assert_eq!(case.row().canceled_at, gone.canceled_at);
    assert_eq!(case.shop.in_force(), "Free");
    for (id, seconds) in [("evt_late", 30), ("evt_later", 90)] {
        case.tell(id, case.account(SubscriptionStatus::Active, seconds)).unwrap();
        assert_eq!(case.row().status, SubscriptionStatus::Canceled);
        assert_eq!(case.shop.event(id).status, EventStatus::Processed);
    }
    assert_eq!(case.shop.in_force(), "Free");
}

#[test]
fn the_latest_account_holds_in_whatever_order_they_come() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let case = Case::new();
        let accounts = [
            case.account(SubscriptionStatus::Incomplete, 0),
            case.account(SubscriptionStatus::Active, 1),
            Mirror { period: Some(case.month(1)), ..case.account(SubscriptionStatus::PastDue, 2) },
        ];
        for index in order {
            case.tell(&format!("evt_{index}"), accounts[index].clone()).unwrap();
        }
        let row = case.row();
        assert_eq!(row.status, SubscriptionStatus::PastDue, "{order:?}");
        assert_eq!(row.period, Some(case.month(1)), "{order:?}");
    }
}

#[test]
fn what_has_begun_never_waits_for_its_first_payment_again() {
    let case = Case::new();
    // Gateways tell instants to the second: both happened in one.
    case.tell("evt_2", case.account(SubscriptionStatus::Active, 1)).unwrap();
    case.tell("evt_1", case.account(SubscriptionStatus::Incomplete, 1)).unwrap();
    assert_eq!(case.row().status, SubscriptionStatus::Active);
}

#[test]
fn a_report_of_a_subscription_not_known_here_is_looked_at_again() {
    let case = Case::new();
    let names = vec![text("sub_of_nobody")];
    let mirror = case.account(SubscriptionStatus::Active, 1);
    let paid = InvoiceFact { names: names.clone(), ..case.bill("pi_1", 0) };
    let facts = [Fact::Subscription(SubscriptionFact { names, mirror }), Fact::Invoice(paid)];
    for (id, fact) in ["evt_1", "evt_2"].into_iter().zip(facts) {
        case.shop.report(id, "the.type", vec![fact]).unwrap();
        assert_eq!(case.shop.event(id).status, EventStatus::Unmatched);
    }
    assert!(case.shop.all_payments().is_empty());
    assert_eq!(case.row().status, SubscriptionStatus::Incomplete);
}

#[test]
fn every_bill_makes_one_payment_and_begins_its_period() {
    let case = Case::new();
    for (number, transaction) in [(0, "pi_1"), (1, "pi_2")] {
        for event_type in ["invoice.paid", "invoice.payment_succeeded"] {
            let id = format!("evt_{event_type}_{number}");
            let facts = vec![Fact::Invoice(case.bill(transaction, number))];
            case.shop.report(&id, event_type, facts).unwrap();
        }
        assert_eq!(case.row().period, Some(case.month(number)));
        assert_eq!(case.shop.status(), SubscriptionStatus::Active);
    }
    let payments = case.shop.all_payments();
    let books = case.shop.books();
    assert_eq!(books, vec![("10.00".to_owned(), PaymentStatus::Confirmed); 2]);
    for (payment, transaction) in payments.iter().zip(["pi_1", "pi_2"]) {
        assert_eq!(payment.transaction_id, Some(text(transaction)));
        assert_eq!(payment.user_id, case.shop.bob.user);
        assert_eq!(payment.payment_gateway_id, case.shop.gateway);
        assert!(payment.webhook_received);
        let subscription = case.subscription.subscription_id.as_str();
        assert_eq!(payment.metadata["subscription_id"], subscription);
    }
    let event = case.shop.event("evt_invoice.paid_0");
    assert_eq!(event.payment_id, Some(payments[0].id));
    let told = case.shop.told(payments[0].id);
    for event_type in ["invoice.paid", "invoice.payment_succeeded"] {
        assert_eq!(told.iter().filter(|entry| *entry == event_type).count(), 1, "{told:?}");
    }
}

#[test]
fn the_payment_of_a_bill_is_known_to_reports_of_its_own_in_either_order() {
    let case = Case::begun();
    let shop = &case.shop;
    let payment = PaymentRef { transaction_id: Some(text("pi_1")), payment_id: None };
    let total = Stated::Sum(money("10.00", "USD"));
    let event = PaymentEvent::Succeeded;
    let fact = PaymentFact { payment, event, total, received: None, message: None };
    let reported = || vec![Fact::Payment(fact.clone())];
    shop.report("evt_1", "payment_intent.succeeded", reported()).unwrap();
    assert_eq!(shop.event("evt_1").status, EventStatus::Unmatched);
    let bill = vec![Fact::Invoice(case.bill("pi_1", 0))];
    shop.report("evt_2", "invoice.paid", bill).unwrap();
    shop.report("evt_3", "payment_intent.succeeded", reported()).unwrap();
    shop.later(Duration::hours(1));
    assert_eq!(block_on(shop.services.webhooks.retry_due(10)).unwrap(), 1);
    for id in ["evt_1", "evt_2", "evt_3"] {
        assert_eq!(shop.event(id).status, EventStatus::Processed);
    }
    assert_eq!(shop.books(), [("10.00".to_owned(), PaymentStatus::Confirmed)]);
}

#[test]
fn a_bill_of_nothing_makes_no_payment_and_begins_its_period_all_the_same() {
    let case = Case::new();
    let trial = Mirror {
        trial_end: Some(case.month(0).end),
        ..case.account(SubscriptionStatus::Trialing, 1)
    };
    let bill = InvoiceFact { paid: None, mirror: trial, ..case.bill("in_1", 0) };
    case.shop.report("evt_1", "invoice.paid", vec![Fact::Invoice(bill)]).unwrap();
    assert_eq!(case.row().status, SubscriptionStatus::Trialing);
    assert_eq!(case.row().trial_end, Some(case.month(0).end));
    assert!(case.shop.all_payments().is_empty());
}

#[test]
fn a_bill_that_is_not_paid_is_owed_until_it_is() {
    let case = Case::begun();
    let owed = Mirror { status: Some(SubscriptionStatus::PastDue), ..case.bill("pi_1", 1).mirror };
    let bill = InvoiceFact { paid: None, mirror: owed, ..case.bill("pi_1", 1) };
    case.shop.set(case.month(1).start + Duration::hours(1));
    case.shop.report("evt_1", "invoice.payment_failed", vec![Fact::Invoice(bill)]).unwrap();
    assert_eq!(case.shop.status(), SubscriptionStatus::PastDue);
    assert!(case.shop.all_payments().is_empty());
    assert_eq!(case.shop.in_force(), "Pro");
    let mut paid = case.bill("pi_1", 1);
    paid.mirror.as_of += Duration::days(2);
    case.shop.report("evt_2", "invoice.paid", vec![Fact::Invoice(paid)]).unwrap();
    assert_eq!((case.shop.status(), case.row().past_due_since), (SubscriptionStatus::Active, None));
}

#[test]
fn money_for_what_was_called_off_is_on_the_books_and_revives_nothing() {
    let case = Case::begun();
    case.tell("evt_gone", case.account(SubscriptionStatus::Canceled, 10)).unwrap();
    let bill = case.bill("pi_1", 1);
    case.shop.report("evt_1", "invoice.paid", vec![Fact::Invoice(bill)]).unwrap();
    assert_eq!(case.shop.books(), [("10.00".to_owned(), PaymentStatus::Confirmed)]);
    assert_eq!(case.row().status, SubscriptionStatus::Canceled);
}

/// An old subscription that was called off and goes on, while the page of a new one is open.
fn resumed_beside_an_open_page() -> (Case, Subscription) {
    let case = Case::begun();
    let old = case.row();
    case.shop.keeper().will_say(SubscriptionAnswer::Mirror(samples::mirror(case.start)));
    case.tell(
        "evt_named",
        Mirror {
            external_id: Some(text("sub_old")),
            ..case.account(SubscriptionStatus::Active, 1)
        },
    )
    .unwrap();
    case.shop.cancel().unwrap();
    let plan = case.shop.monthly("Max", "20.00");
    let subscription = subscribe(&case.shop, plan, "cs_2");
    case.shop.keeper().will_say(SubscriptionAnswer::Mirror(samples::mirror(case.start)));
    // Whatever is done about the open page, it is paid meanwhile.
    case.shop.keeper().will_be_unreachable();
    case.shop.resume().unwrap();
    (Case { subscription, ..case }, old)
}

#[test]
fn a_second_subscription_that_was_paid_at_the_gateway_is_taken_as_told_and_not_live() {
    let (case, old) = resumed_beside_an_open_page();
    case.tell("evt_second", case.account(SubscriptionStatus::Active, 60)).unwrap();
    assert_eq!(case.shop.stored(&old).status, SubscriptionStatus::Active);
    assert!(!case.row().status.is_live());
}

#[test]
fn the_money_of_a_second_subscription_is_on_the_books() {
    let (case, _) = resumed_beside_an_open_page();
    let bill = case.bill("pi_2", 0);
    case.shop.report("evt_second", "invoice.paid", vec![Fact::Invoice(bill)]).unwrap();
    assert_eq!(case.shop.books(), [("10.00".to_owned(), PaymentStatus::Confirmed)]);
}

#[test]
fn a_subscription_that_was_paid_at_the_gateway_is_not_given_up_for_a_report_that_never_came() {
    let case = Case::new();
    case.shop.later(FIRST_PAYMENT_WITHIN);
    let now = case.shop.now();
    let mirror = Mirror { as_of: now, ..case.account(SubscriptionStatus::Active, 0) };
    case.shop.keeper().will_say(SubscriptionAnswer::Mirror(mirror));
    case.shop.advance();
    assert_eq!(case.row().status, SubscriptionStatus::Active);
}

#[test]
fn a_plan_that_does_not_renew_is_looked_after_as_soon_as_it_begins() {
    let case = Case::new();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    let plan = case.shop.sold(once, every("month", "10.00"));
    let subscription = subscribe_instead(&case.shop, plan, "cs_2");
    let case = Case { subscription, ..case };
    assert_eq!(case.shop.advance(), 0);
    case.tell("evt_1", case.account(SubscriptionStatus::Active, 0)).unwrap();
    assert_eq!(case.row().next_step_at, Some(case.shop.now()));
}
