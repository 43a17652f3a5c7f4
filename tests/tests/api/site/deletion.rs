//! What the page in front of a delete tells, and that the delete does just so.

use serde_json::json;
use sqlx::AssertSqlSafe;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Page, TestApp, Visitor};

use super::root;

async fn count(app: &TestApp, rows: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {rows}");
    sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&app.pool).await.unwrap()
}

/// What stands below a heading of the page.
fn below<'a>(page: &'a Page, heading: &str) -> &'a str {
    page.between(&format!("<h2>{heading}</h2>"), "</ul>").unwrap_or_default()
}

async fn confirm(visitor: &Visitor, path: &str, page: &Page) {
    visitor.submit(path, page.token().unwrap(), &[]).await.expect(303);
}

#[tokio::test]
async fn with_a_user_go_the_todos_and_keys_but_the_audit_entries_stay() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    for task in ["Call", "Pay"] {
        sue.post("/todos/", json!({ "task": task })).await.expect(201);
    }
    let id = sue.get("/auth/user/").await.expect(200)["id"].clone();
    for is_active in [false, true] {
        let active = json!({ "is_active": is_active });
        root.post(&format!("/users/{id}/activate/"), active).await.expect(200);
    }
    app.login("sue").await;

    let path = format!("/admin/users/{id}/delete/");
    let page = visitor.open(&path).await.expect(200);
    let (goes, stays) =
        (below(&page, "Deleted along with it"), below(&page, "Kept, but no longer connected"));
    assert!(goes.contains("<li>2 todos</li>") && !goes.contains("audit"), "{goes}");
    assert!(stays.contains("<li>2 audit entries</li>") && !stays.contains("todo"), "{stays}");
    confirm(&visitor, &path, &page).await;
    assert_eq!(count(&app, "api_todo").await, 0);
    assert_eq!(count(&app, "api_auditlog WHERE target_id IS NULL").await, 2);
}

#[tokio::test]
async fn with_a_tenant_go_the_keys_of_its_equipment() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    for name in ["Roof", "Mast"] {
        let key = json!({ "name": name, "tenant": tenant });
        root.post("/service-keys/", key).await.expect(201);
    }
    let path = format!("/admin/tenants/{tenant}/delete/");
    let page = visitor.open(&path).await.expect(200);
    let goes = below(&page, "Deleted along with it");
    assert!(goes.contains("<li>2 service keys</li>"), "{goes}");
    confirm(&visitor, &path, &page).await;
    assert_eq!(count(&app, "network_servicekey").await, 0);
}

#[tokio::test]
async fn with_a_plan_go_its_prices() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let plan = root.post("/subscriptions/plans/", json!({ "name": "Gold" })).await.expect(201);
    let prices = format!("/subscriptions/plans/{}/pricing/", plan["id"]);
    for amount in ["1", "2"] {
        root.post(&prices, json!({ "amount": amount })).await.expect(201);
    }
    let path = format!("/admin/plans/{}/delete/", plan["id"]);
    let page = visitor.open(&path).await.expect(200);
    let goes = below(&page, "Deleted along with it");
    assert!(goes.contains("<li>2 pricings</li>"), "{goes}");
    confirm(&visitor, &path, &page).await;
    assert_eq!(count(&app, "payment_planpricing").await, 0);
}

#[tokio::test]
async fn what_nothing_depends_on_is_said_to_go_alone() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let gateway = json!({ "name": "Desk", "variant": "manual" });
    let gateway = root.post("/gateway-configs/", gateway).await.expect(201);
    let path = format!("/admin/gateways/{}/delete/", gateway["id"]);
    let page = visitor.open(&path).await.expect(200);
    page.shows("Nothing else depends on it.").hides("Deleted along with it");
    confirm(&visitor, &path, &page).await;
    assert_eq!(count(&app, "payment_paymentgatewayconfig").await, 0);
}
