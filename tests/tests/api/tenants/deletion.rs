//! Deletion, which users forbid (contract §13).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, not_found};

use super::{count, create, run};
use crate::support::check_stays;

#[tokio::test]
async fn a_tenant_with_users_even_inactive_ones_is_kept_and_counts_them() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    let path = format!("/tenants/{id}/");
    app.user(&root, "alice", Role::TenantOwner, Some(id)).await;
    app.user(&root, "bob", Role::Subscriber, Some(id)).await;
    app.user(&root, "carol", Role::Admin, Some(id)).await;
    run(&app, "UPDATE api_user SET is_active = FALSE WHERE username <> 'root'").await;
    assert_eq!(root.get(&path).await.expect(200)["user_count"], 3);
    assert_eq!(root.get("/tenants/").await.expect(200)["results"][0]["user_count"], 3);
    assert_eq!(root.patch(&path, json!({})).await.expect(200)["user_count"], 3);

    let refused = "Cannot delete tenant with existing users.";
    check_stays("by id", &root.delete(&path).await, refused);
    run(&app, "DELETE FROM api_user WHERE username IN ('alice', 'bob')").await;
    check_stays("by slug", &root.delete("/tenants/own/").await, refused);
    assert_eq!(root.get(&path).await.expect(200)["user_count"], 1);
    run(&app, "DELETE FROM api_user WHERE username = 'carol'").await;
    assert_eq!(root.delete(&path).await.expect(204), Value::Null);
    root.get(&path).await.expect_body(404, &not_found());
    root.delete(&path).await.expect_body(404, &not_found());
    assert_eq!(count(&app, "SELECT count(*) FROM api_tenant").await, 0);
    create(&root, "Tenant own", "own").await;
}
