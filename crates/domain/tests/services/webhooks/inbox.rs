//! Taking events in, once each, and looking at them.

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::WebhookEventId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::testing::webhook::GOOD_SIGNATURE;
use wiwebb_domain::webhook::{EventStatus, Fact, PaymentFact, WebhookEvent, WebhookEventFilter};

use super::facts::{happened, named, pay, standing, told};
use crate::shop::Shop;
use crate::world::{FORBIDDEN, refusal};

const SUCCEEDED: &str = "payment_intent.succeeded";

fn all(shop: &Shop) -> Vec<WebhookEvent> {
    let page = block_on(shop.services.webhooks.list(&shop.admin, Ok(ListRequest::default())));
    page.unwrap().items
}

fn replay(shop: &Shop, id: WebhookEventId) -> WebhookEvent {
    block_on(shop.services.webhooks.replay(&shop.admin, id, Ok(()))).unwrap()
}

#[test]
fn what_nobody_known_signed_or_is_no_event_is_not_stored() {
    let shop = Shop::through("stripe");
    let receive = |signature, body: &str| {
        refusal(block_on(shop.services.webhooks.receive(signature, body.as_bytes())))
    };
    let event = r#"{"id": "evt_1", "type": "a.b"}"#;
    assert_eq!(receive(None, event), "Invalid signature");
    assert_eq!(receive(Some("bad"), event), "Invalid signature");
    assert_eq!(receive(Some("bad"), "no event"), "Invalid signature");
    for body in ["", "no event", "[]", r#"{"id": "evt_1"}"#] {
        assert_eq!(receive(Some(GOOD_SIGNATURE), body), "Invalid payload");
    }
    assert!(all(&shop).is_empty() && shop.reports.read_events().is_empty());
}

#[test]
fn an_event_is_stored_as_it_came_with_what_became_of_it() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let event = shop.event("evt_1");
    assert_eq!((event.variant.as_str(), event.event_type.as_str()), ("stripe", SUCCEEDED));
    assert!(event.payload.contains("evt_1"), "{}", event.payload);
    assert_eq!((event.status, event.payment_id), (EventStatus::Processed, Some(payment)));
    assert_eq!((event.tries, event.error, event.next_try_at), (1, None, None));
    assert_eq!((event.received_at, event.processed_at), (shop.now(), Some(shop.now())));
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn an_event_that_comes_again_has_no_further_effect() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let (event, row, log) = (shop.event("evt_1"), shop.payment(payment), shop.told(payment));
    shop.later(Duration::days(40));
    // Whatever it would mean now.
    for fact in [PaymentEvent::Succeeded, PaymentEvent::Declined] {
        shop.report("evt_1", SUCCEEDED, told(fact)).unwrap();
    }
    assert_eq!(shop.event("evt_1"), event);
    assert_eq!((shop.payment(payment), shop.told(payment)), (row, log));
    assert_eq!(shop.reports.read_events(), ["evt_1"]);
}

#[test]
fn what_is_of_no_interest_is_taken_and_left_alone() {
    let shop = Shop::through("stripe");
    shop.deliver("evt_1", "customer.created").unwrap();
    let event = shop.event("evt_1");
    assert_eq!((event.status, event.next_try_at), (EventStatus::Ignored, None));
    assert_eq!(event.processed_at, Some(shop.now()));
    shop.deliver("evt_1", "customer.created").unwrap();
    assert_eq!(replay(&shop, event.id), event);
    assert_eq!(shop.reports.read_events(), ["evt_1"]);
}

#[test]
fn what_is_not_known_here_is_taken_and_looked_for_again_by_ourselves() {
    let shop = Shop::through("stripe");
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let event = shop.event("evt_1");
    assert_eq!((event.status, event.payment_id), (EventStatus::Unmatched, None));
    assert_eq!(event.processed_at, None);
    let again = event.next_try_at.unwrap();
    shop.deliver("evt_1", SUCCEEDED).unwrap();
    assert_eq!(shop.reports.read_events().len(), 1, "not for its coming again");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.set(again);
    assert_eq!(block_on(shop.services.webhooks.retry_due(10)).unwrap(), 1);
    let event = shop.event("evt_1");
    assert_eq!((event.status, event.payment_id), (EventStatus::Processed, Some(payment)));
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn an_event_about_two_payments_is_applied_whole() {
    let shop = Shop::through("stripe");
    let [first, second] = ["pi_1", "pi_2"].map(|name| pay(&shop, name, Verdict::Pending));
    let came = |name| PaymentFact { payment: named(name), ..happened(PaymentEvent::Succeeded) };
    let facts = ["pi_1", "pi_2"].map(|name| Fact::Payment(came(name))).to_vec();
    shop.report("evt_1", SUCCEEDED, facts).unwrap();
    for payment in [first, second] {
        assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
    }
    assert_eq!(shop.event("evt_1").payment_id, Some(first));
}

#[test]
fn an_event_that_came_to_nothing_is_applied_when_it_is_replayed() {
    let shop = Shop::through("stripe");
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let id = shop.event("evt_1").id;
    assert_eq!(replay(&shop, id).status, EventStatus::Unmatched);
    let payment = standing(&shop, PaymentStatus::Waiting);
    assert_eq!(replay(&shop, id).status, EventStatus::Processed);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
    let log = shop.told(payment);
    assert_eq!(replay(&shop, id).tries, 3);
    assert_eq!(block_on(shop.services.webhooks.replay_stored(id)).unwrap().tries, 3);
    assert_eq!(shop.told(payment), log, "what is there is not applied again");
}

#[test]
fn the_inbox_is_for_staff_alone_whatever_the_id() {
    let shop = Shop::through("stripe");
    shop.deliver("evt_1", "customer.created").unwrap();
    let home = shop.world.tenant("Home");
    let webhooks = &shop.services.webhooks;
    let unread = || Err(Violations::of("x", Violation::Required).into());
    for id in [shop.event("evt_1").id, WebhookEventId::new(999)] {
        for actor in [shop.bob, shop.world.owner(&format!("olga{id}"), home)] {
            let listed = block_on(webhooks.list(&actor, Ok(ListRequest::default())));
            assert_eq!(refusal(listed), FORBIDDEN);
            assert_eq!(refusal(block_on(webhooks.get(&actor, id))), FORBIDDEN);
            assert_eq!(refusal(block_on(webhooks.replay(&actor, id, unread()))), FORBIDDEN);
        }
    }
    let nothing = WebhookEventId::new(999);
    assert!(matches!(block_on(webhooks.get(&shop.admin, nothing)), Err(Error::NotFound(_))));
    let replayed = block_on(webhooks.replay(&shop.admin, nothing, unread()));
    assert!(matches!(replayed, Err(Error::NotFound(_))), "the object before the input");
    let root = shop.world.superadmin();
    let event = shop.event("evt_1");
    assert_eq!(block_on(webhooks.get(&root, event.id)).unwrap(), event);
    let replayed = block_on(webhooks.replay(&root, event.id, unread()));
    assert_eq!(refusal(replayed), "x: This field is required.");
}

#[test]
fn the_inbox_is_searched_by_status_type_and_payment() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.deliver("evt_1", "customer.created").unwrap();
    shop.later(Duration::seconds(1));
    shop.report("evt_2", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let ids = |filter| {
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = block_on(shop.services.webhooks.list(&shop.admin, Ok(request))).unwrap();
        page.items.into_iter().map(|event| event.event_id.to_string()).collect::<Vec<_>>()
    };
    let any = WebhookEventFilter::default;
    assert_eq!(ids(any()), ["evt_2", "evt_1"], "the latest first");
    assert_eq!(ids(WebhookEventFilter { status: Some(EventStatus::Ignored), ..any() }), ["evt_1"]);
    let of_type = Some(SUCCEEDED.to_owned());
    assert_eq!(ids(WebhookEventFilter { event_type: of_type, ..any() }), ["evt_2"]);
    let of_payment = Some(payment.get().into());
    assert_eq!(ids(WebhookEventFilter { payment: of_payment, ..any() }), ["evt_2"]);
}
