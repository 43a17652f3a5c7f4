//! `GET …/deletion/`: what a delete would do (contract §13), and why it does not.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, forbidden, not_found};

use crate::subscriptions::{SUBSCRIBE, Shop, number};
use crate::support::{Cast, Person, check, detail};

/// Rows of a kind behind one foreign key.
fn rows(relation: &str, count: u64) -> Value {
    let (kind, _) = relation.split_once('.').unwrap();
    json!({ "relation": relation, "kind": kind, "count": count })
}

/// The answer of a refused delete is the preview without `allowed`.
async fn refused_as_previewed(client: &Client, path: &str) -> Value {
    let mut preview = client.get(&format!("{path}deletion/")).await.expect(200);
    assert_eq!(preview.as_object_mut().unwrap().remove("allowed"), Some(json!(false)), "{path}");
    assert_eq!(client.delete(path).await.expect(400), preview, "{path}");
    preview
}

#[tokio::test]
async fn a_preview_and_a_refused_delete_tell_the_same_of_everything_that_can_be_deleted() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    let sue = Person::holding(shop.sue.clone()).await;
    sue.api.post("/todos/", json!({ "task": "stay" })).await.expect(201);
    shop.root.post(&sue.path("activate/"), json!({ "is_active": true })).await.expect(200);
    shop.root
        .post("/service-keys/", json!({ "name": "Lobby", "tenant": shop.tenant() }))
        .await
        .expect(201);
    let gateways = shop.root.get("/gateways/").await.expect(200);
    for (path, text, blocked, removed) in [
        (
            format!("/tenants/{}/", shop.tenant()),
            "Cannot delete tenant with existing users.",
            json!([rows("user.tenant_id", 1)]),
            json!([rows("service_key.tenant_id", 1)]),
        ),
        (
            format!("/subscriptions/plans/{plan}/"),
            "Cannot delete plan with existing subscriptions.",
            json!([rows("subscription.plan_id", 1)]),
            json!([rows("pricing.plan_id", 1)]),
        ),
        (
            format!("/gateway-configs/{}/", number(&gateways[0]["id"])),
            "Cannot delete payment gateway with existing payments.",
            json!([
                rows("payment.payment_gateway_id", 1),
                rows("subscription.payment_gateway_id", 1),
            ]),
            json!([]),
        ),
    ] {
        let told = refused_as_previewed(&shop.root, &path).await;
        let expected = json!({
            "detail": text, "blocked_by": blocked, "removed": removed, "detached": [],
        });
        assert_eq!(told, expected, "{path}");
    }
    let told = refused_as_previewed(&shop.root, &sue.path("")).await;
    assert_eq!(told["detail"], "Cannot delete user with existing payments.");
    assert_eq!(told["blocked_by"], json!([rows("payment.user_id", 1)]));
    let removed = told["removed"].as_array().unwrap();
    for relation in ["todo.user_id", "key.user_id", "subscription.user_id"] {
        assert!(removed.contains(&rows(relation, 1)), "{relation}: {told}");
    }
}

#[tokio::test]
async fn the_reason_stands_first() {
    let shop = Shop::open().await;
    let path = format!("/tenants/{}/", shop.tenant());
    let response = shop.root.request(reqwest::Method::DELETE, &path).send().await.unwrap();
    let text = response.text().await.unwrap();
    assert!(
        text.starts_with(r#"{"detail":"Cannot delete tenant with existing users.","#),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_detached_is_told_and_an_allowed_delete_does_as_previewed() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    for task in ["a", "b"] {
        ada.api.post("/todos/", json!({ "task": task })).await.expect(201);
    }
    root.post(&ada.path("assign-role/"), json!({ "role": "tenant_owner" })).await.expect(200);
    let preview = root.get(&ada.path("deletion/")).await.expect(200);
    let expected = json!({
        "allowed": true,
        "detail": null,
        "blocked_by": [],
        "removed": [rows("todo.user_id", 2), rows("key.user_id", 1)],
        "detached": [rows("audit_entry.target_id", 1)],
    });
    assert_eq!(preview, expected);
    root.delete(&ada.path("")).await.expect(204);
    check("gone", &root.get(&ada.path("deletion/")).await, 404, &not_found());
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM api_todo").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_subscription_that_ended_still_forbids_the_delete_of_its_plan() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    let path = format!("/subscriptions/plans/{plan}/");
    let allowed = shop.root.get(&format!("{path}deletion/")).await.expect(200);
    assert_eq!((&allowed["allowed"], &allowed["detail"]), (&json!(true), &Value::Null));
    shop.subscribe(plan).await;
    shop.sue.post("/subscriptions/cancel/", json!({})).await.expect(200);
    let told = refused_as_previewed(&shop.root, &path).await;
    assert_eq!(told["blocked_by"], json!([rows("subscription.plan_id", 1)]));
}

#[tokio::test]
async fn a_tenant_is_meant_by_any_of_its_three_names() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "acme").await;
    let uuid = root.get(&format!("/tenants/{id}/")).await.expect(200)["uuid"].clone();
    let by_id = root.get(&format!("/tenants/{id}/deletion/")).await.expect(200);
    for name in ["acme", uuid.as_str().unwrap()] {
        assert_eq!(root.get(&format!("/tenants/{name}/deletion/")).await.expect(200), by_id);
    }
}

#[tokio::test]
async fn whoever_may_not_delete_is_told_the_same_as_by_the_delete() {
    let cast = Cast::assemble().await;
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            let answer = person.api.get(&other.path("deletion/")).await;
            let rule = format!("{caller} looks at {target}");
            if !managed.contains(&target) {
                check(&rule, &answer, 403, &forbidden());
            } else if caller == target {
                check(&rule, &answer, 400, &detail("You cannot delete your own account."));
            } else {
                assert_eq!((answer.status, &answer.body["allowed"]), (200, &json!(true)), "{rule}");
            }
        }
    }
    let (owner, root) = (&cast["owner"].api, &cast["root"].api);
    for path in ["/tenants/acme/", "/subscriptions/plans/9/", "/gateway-configs/9/"] {
        let path = format!("{path}deletion/");
        check(&path, &owner.get(&path).await, 403, &forbidden());
        assert_eq!(cast.app.anonymous().get(&path).await.status, 401, "{path}");
        assert_eq!(root.post(&path, json!({})).await.status, 405, "{path}");
    }
    for path in ["/tenants/nowhere/", "/users/x/", "/subscriptions/plans/9/", "/gateway-configs/0/"]
    {
        let path = format!("{path}deletion/");
        check(&path, &root.get(&path).await, 404, &not_found());
    }
}
