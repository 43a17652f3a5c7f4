//! The inbox of the console: what gateways have reported.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{NO_RATES, Page, TestApp, Visitor};

use crate::subscriptions::Shop;

const LIST: &str = "/admin/webhook-events/";
const SECRET: &str = "whsec_of_the_tests";
const SUCCEEDED: &str = "payment_intent.succeeded";

/// A server that believes webhooks, and `sue`, who pays.
async fn listening() -> Shop {
    let settings: Vec<(&str, &str)> =
        NO_RATES.into_iter().chain([("STRIPE_WEBHOOK_SECRET", SECRET)]).collect();
    Shop::in_server(TestApp::configured(&settings).await, "waiting").await
}

/// Delivers an event about an object.
async fn deliver(shop: &Shop, id: &str, kind: &str, object: Value) {
    let body = json!({ "id": id, "type": kind, "data": { "object": object } }).to_string();
    let nobody = shop.app.anonymous();
    let request = nobody
        .request(Method::POST, "/payments/webhook/")
        .header("Content-Type", "application/json")
        .header("Stripe-Signature", shop.app.signed_event(SECRET, &body))
        .body(body);
    nobody.send(request).await.expect(200);
}

/// Delivers a success of a payment that the gateway calls so.
async fn deliver_success(shop: &Shop, id: &str, transaction: &str) {
    let object = json!({
        "id": transaction, "amount": 2_000, "currency": "usd", "status": "succeeded",
    });
    deliver(shop, id, SUCCEEDED, object).await;
}

/// A payment of 20.00 by `sue` that waits.
async fn payment(shop: &Shop) -> Value {
    let body = json!({ "amount": "20.00", "payment_gateway": "Till" });
    shop.sue.post("/payments/create_payment/", body).await.expect(201)["payment"].clone()
}

/// The event of this id, as the API tells it.
async fn kept(shop: &Shop, id: &str) -> Value {
    let page = shop.root.get(&format!("/webhook-events/?event_id={id}")).await.expect(200);
    page["results"][0].clone()
}

async fn visitor(shop: &Shop) -> Visitor {
    Visitor::signed_in(&shop.app.base, "root").await
}

/// The page of an event.
async fn page_of(shop: &Shop, id: &str) -> String {
    format!("{LIST}{}/", kept(shop, id).await["id"])
}

/// The state that a page tells.
fn state(page: &Page) -> &str {
    let facts = page.between("<dt>Status</dt>", "</dd>").unwrap();
    facts.rsplit_once("</span>").unwrap().0.rsplit_once('>').unwrap().1
}

#[tokio::test]
async fn an_event_that_came_too_early_is_applied_by_a_replay() {
    let shop = listening().await;
    deliver_success(&shop, "evt_1", "pi_early").await;
    let payment = payment(&shop).await;
    sqlx::query("UPDATE payment_payment SET transaction_id = 'pi_early'")
        .execute(&shop.app.pool)
        .await
        .unwrap();
    let visitor = visitor(&shop).await;
    let own = page_of(&shop, "evt_1").await;
    let page = visitor.open(&own).await.expect(200);
    page.shows("evt_1").shows(SUCCEEDED).shows("&#34;pi_early&#34;").shows("Replay");
    assert_eq!(state(&page), "Unmatched");
    let replay = format!("{own}replay/");
    let done = visitor.fill_to(&own, &replay, &[]).await.expect(303);
    let page = visitor.open(&done.location).await.expect(200);
    assert_eq!(state(&page), "Processed");
    page.shows("The event was replayed.").hides("Replay");
    page.shows(&format!("href=\"/admin/payments/{}/\"", payment["id"]));
    let paid = shop.root.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
    assert_eq!(paid["status"], "confirmed");
}

#[tokio::test]
async fn a_replay_without_the_sites_own_text_changes_nothing() {
    let shop = listening().await;
    deliver_success(&shop, "evt_1", "pi_unknown").await;
    let before = kept(&shop, "evt_1").await;
    let replay = format!("{}replay/", page_of(&shop, "evt_1").await);
    let visitor = visitor(&shop).await;
    for token in ["", "0"] {
        visitor.submit(&replay, token, &[]).await.expect(403).shows("nothing was changed");
    }
    visitor.open(&replay).await.expect(405);
    assert_eq!(kept(&shop, "evt_1").await, before);
}

#[tokio::test]
async fn an_owner_has_no_inbox() {
    let shop = listening().await;
    deliver_success(&shop, "evt_1", "pi_unknown").await;
    let before = kept(&shop, "evt_1").await;
    shop.app.user(&shop.root, "olga", Role::TenantOwner, Some(shop.tenant())).await;
    let olga = Visitor::signed_in(&shop.app.base, "olga").await;
    let own = page_of(&shop, "evt_1").await;
    olga.open(LIST).await.expect(403);
    olga.open(&own).await.expect(403);
    olga.fill_to("/admin/payments/", &format!("{own}replay/"), &[]).await.expect(403);
    assert_eq!(kept(&shop, "evt_1").await, before);
}

#[tokio::test]
async fn the_list_is_filtered_and_its_first_page_looks_for_news() {
    let shop = listening().await;
    let payment = payment(&shop).await;
    let own = payment["transaction_id"].as_str().unwrap();
    let visitor = visitor(&shop).await;
    visitor.open(LIST).await.expect(200).shows("No gateway has reported anything yet.");
    for (id, kind, about) in [
        ("evt_1", SUCCEEDED, "pi_unknown"),
        ("evt_2", SUCCEEDED, own),
        ("evt_3", "customer.created", "cus_1"),
    ] {
        let object =
            json!({ "id": about, "amount": 2_000, "currency": "usd", "status": "succeeded" });
        deliver(&shop, id, kind, object).await;
        shop.app.clock.advance(chrono::Duration::seconds(1));
    }
    for (query, found) in [
        (String::new(), [true, true, true]),
        ("status=unmatched".into(), [true, false, false]),
        ("status=processed".into(), [false, true, false]),
        ("event_type=customer.created".into(), [false, false, true]),
        ("event_id=evt_2".into(), [false, true, false]),
        (format!("payment={}", payment["id"]), [false, true, false]),
        ("status=received".into(), [false, false, false]),
    ] {
        let page = visitor.open(&format!("{LIST}?{query}")).await.expect(200);
        let shown = ["evt_1", "evt_2", "evt_3"].map(|id| page.html.contains(&format!(">{id}</a>")));
        assert_eq!(shown, found, "{query}");
        let news = page.between("id=\"rows\" hx-get=\"", "\"").unwrap();
        assert!(news.starts_with(LIST) && news.ends_with(&query), "{news}");
    }
    let page = visitor.open(&format!("{LIST}?page_size=2")).await.expect(200);
    let next = page.between("rel=\"next\" href=\"", "\"").unwrap().replace("&#38;", "&");
    let page = visitor.open(&format!("{LIST}{next}")).await.expect(200);
    page.shows("evt_1").hides("evt_2").hides("hx-get");
    for query in ["status=lost", "payment=x"] {
        visitor.open(&format!("{LIST}?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_page_shows_no_secret_that_lets_its_reader_pay() {
    let shop = listening().await;
    let object = json!({ "id": "pi_1", "client_secret": "pi_1_secret_of_the_payer" });
    deliver(&shop, "evt_1", "payment_intent.created", object).await;
    let page = visitor(&shop).await.open(&page_of(&shop, "evt_1").await).await.expect(200);
    page.shows("&#34;pi_1&#34;").hides("secret_of_the_payer");
}
