//! `/webhook-events/` (contract §10.2): what was reported, for admins.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, not_found};

use super::{INBOX, deliver, event, kept, listening, log, payment, shown, stored};
use crate::support::{FORBIDDEN, check, detail};

const SUCCEEDED: &str = "payment_intent.succeeded";

/// A success of a payment that the gateway calls so.
fn success(id: &str, transaction: &str) -> Value {
    event(
        id,
        SUCCEEDED,
        &json!({ "id": transaction, "amount": 2_000, "currency": "usd", "status": "succeeded" }),
    )
}

async fn events(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("{INBOX}?{query}")).await.expect(200);
    assert_eq!(page["count"], page["results"].as_array().unwrap().len());
    let ids = page["results"].as_array().unwrap().iter().map(|row| row["event_id"].as_str());
    ids.map(|id| id.unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_of_no_payment_here_is_kept_and_shown_to_admins() {
    let shop = listening().await;
    deliver(&shop.app, &success("evt_1", "pi_unknown")).await;
    let kept = kept(&shop, "evt_1").await;
    assert_eq!(kept["status"], "unmatched");
    for (field, value) in [
        ("event_type", json!(SUCCEEDED)),
        ("variant", json!("stripe")),
        ("payment", json!(null)),
        ("received_at", json!(shop.now())),
        ("processed_at", json!(null)),
    ] {
        assert_eq!(kept[field], value, "{field}");
    }
    assert!(kept.get("payload").is_none(), "a list does without what the events carry");
    let one = shop.root.get(&format!("{INBOX}{}/", kept["id"])).await.expect(200);
    assert_eq!(one["payload"], success("evt_1", "pi_unknown"));
}

#[tokio::test]
async fn superadmins_and_admins_see_and_replay_and_nobody_else() {
    let shop = listening().await;
    deliver(&shop.app, &success("evt_1", "pi_unknown")).await;
    let id = kept(&shop, "evt_1").await["id"].clone();
    let tenant = shop.sue.get("/auth/user/").await.expect(200)["tenant"].as_i64();
    let owner = shop.app.user(&shop.root, "olga", Role::TenantOwner, tenant).await;
    let admin = shop.app.user(&shop.root, "adam", Role::Admin, None).await;
    let (one, replay) = (format!("{INBOX}{id}/"), format!("{INBOX}{id}/replay/"));
    for client in [&owner, &shop.sue] {
        for path in [INBOX, &one, "/webhook-events/999/"] {
            check(path, &client.get(path).await, 403, &detail(FORBIDDEN));
        }
        for path in [&replay, "/webhook-events/999/replay/"] {
            check(path, &client.post(path, json!({})).await, 403, &detail(FORBIDDEN));
        }
    }
    for client in [&admin, &shop.root] {
        assert_eq!(events(client, "").await, ["evt_1"]);
        assert_eq!(client.get(&one).await.expect(200)["event_id"], "evt_1");
        let replayed = client.post(&replay, json!({})).await.expect(200);
        assert_eq!((&replayed["id"], &replayed["status"]), (&id, &json!("unmatched")));
        check("none", &client.get("/webhook-events/999/").await, 404, &not_found());
        let none = client.post("/webhook-events/999/replay/", json!({})).await;
        check("none", &none, 404, &not_found());
        client.post(&replay, json!([])).await.expect(400);
    }
    let nobody = shop.app.anonymous();
    for path in [INBOX, &one] {
        nobody.get(path).await.expect(401);
        shop.root.delete(path).await.expect(405);
    }
    nobody.post(&replay, json!({})).await.expect(401);
    shop.root.post(INBOX, json!({})).await.expect(405);
}

#[tokio::test]
async fn an_event_that_came_too_early_is_applied_when_it_is_replayed() {
    let shop = listening().await;
    deliver(&shop.app, &success("evt_1", "pi_early")).await;
    let payment = payment(&shop, "waiting").await;
    sqlx::query("UPDATE payment_payment SET transaction_id = 'pi_early'")
        .execute(&shop.app.pool)
        .await
        .unwrap();
    // The gateway's own repetition is taken as well, and does no harm.
    deliver(&shop.app, &success("evt_1", "pi_early")).await;
    let replay = format!("{INBOX}{}/replay/", kept(&shop, "evt_1").await["id"]);
    for _ in 0..2 {
        let replayed = shop.root.post(&replay, json!({})).await.expect(200);
        assert_eq!(
            (&replayed["status"], &replayed["payment"]),
            (&json!("processed"), &payment["id"])
        );
        assert!(replayed["processed_at"].is_string());
    }
    assert_eq!(shown(&shop, &payment).await["status"], "confirmed");
    assert_eq!(log(&shop, &payment).await, ["payment.created", SUCCEEDED]);
}

#[tokio::test]
async fn an_event_that_came_too_early_is_tried_again_by_the_server() {
    let shop = listening().await;
    deliver(&shop.app, &success("evt_1", "pi_early")).await;
    let payment = payment(&shop, "waiting").await;
    sqlx::query("UPDATE payment_payment SET transaction_id = 'pi_early'")
        .execute(&shop.app.pool)
        .await
        .unwrap();
    assert_eq!(shop.app.retry_webhooks().await, 0, "not at once");
    shop.app.clock.advance(chrono::Duration::hours(1));
    assert_eq!(shop.app.retry_webhooks().await, 1);
    assert_eq!(kept(&shop, "evt_1").await["status"], "processed");
    assert_eq!(shown(&shop, &payment).await["status"], "confirmed");
    shop.app.clock.advance(chrono::Duration::days(1));
    assert_eq!(shop.app.retry_webhooks().await, 0, "it is settled");
    assert_eq!(log(&shop, &payment).await, ["payment.created", SUCCEEDED]);
}

#[tokio::test]
async fn what_was_applied_is_not_applied_again_by_a_replay() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    let own = payment["transaction_id"].as_str().unwrap();
    let refund = json!({
        "id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded", "payment_intent": own,
    });
    deliver(&shop.app, &event("evt_1", "refund.created", &refund)).await;
    let replay = format!("{INBOX}{}/replay/", kept(&shop, "evt_1").await["id"]);
    let before = (shown(&shop, &payment).await, log(&shop, &payment).await);
    for _ in 0..3 {
        shop.root.post(&replay, json!({})).await.expect(200);
    }
    assert_eq!((shown(&shop, &payment).await, log(&shop, &payment).await), before);
    assert_eq!(before.0["refunded_amount"], "5.00");
}

#[tokio::test]
async fn the_list_is_filtered_and_newest_first() {
    let shop = listening().await;
    let payment = payment(&shop, "waiting").await;
    let own = payment["transaction_id"].as_str().unwrap();
    for told in [
        success("evt_1", "pi_unknown"),
        success("evt_2", own),
        event("evt_3", "customer.created", &json!({ "id": "cus_1" })),
    ] {
        deliver(&shop.app, &told).await;
        shop.app.clock.advance(chrono::Duration::seconds(1));
    }
    let root = &shop.root;
    assert_eq!(events(root, "").await, ["evt_3", "evt_2", "evt_1"]);
    assert_eq!(events(root, "ordering=received_at").await, ["evt_1", "evt_2", "evt_3"]);
    assert_eq!(events(root, "status=unmatched").await, ["evt_1"]);
    assert_eq!(events(root, "status=processed").await, ["evt_2"]);
    assert_eq!(events(root, "status=ignored").await, ["evt_3"]);
    assert_eq!(events(root, &format!("event_type={SUCCEEDED}")).await, ["evt_2", "evt_1"]);
    assert_eq!(events(root, &format!("payment={}", payment["id"])).await, ["evt_2"]);
    let unknown = json!({
        "status": ["Select a valid choice. lost is not one of the available choices."],
    });
    root.get(&format!("{INBOX}?status=lost")).await.expect_body(400, &unknown);
    root.get(&format!("{INBOX}?payment=x")).await.expect(400);
    let page = root.get(&format!("{INBOX}?page_size=2")).await.expect(200);
    assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(3), 2));
    let by_key = root.get(&format!("{INBOX}?page_size=2&cursor=")).await.expect(200);
    assert!(by_key["next"].is_string() && by_key.get("count").is_none(), "{by_key}");
}

#[tokio::test]
async fn a_report_for_one_payment_moves_no_other() {
    let shop = listening().await;
    let (one, two) = (payment(&shop, "waiting").await, payment(&shop, "waiting").await);
    let object = json!({
        "id": "pi_of_nobody", "amount": 2_000, "currency": "usd", "status": "succeeded",
        "metadata": { "payment_id": two["id"].to_string() },
    });
    deliver(&shop.app, &event("evt_1", SUCCEEDED, &object)).await;
    deliver(&shop.app, &success("evt_2", one["transaction_id"].as_str().unwrap())).await;
    assert_eq!(shown(&shop, &one).await["status"], "confirmed");
    assert_eq!(shown(&shop, &two).await["status"], "waiting", "it is a payment of another gateway");
    assert_eq!(stored(&shop.app).await, 2);
}
