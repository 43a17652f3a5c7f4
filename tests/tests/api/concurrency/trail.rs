//! The trail tells simultaneous changes one after the other (contract §12).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

use super::together;
use crate::support::{Person, trail};

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_role_begins_where_the_last_one_ended() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let target =
        Person::holding(app.user(&root, "target", Role::Subscriber, Some(tenant)).await).await;
    let roles = ["admin", "tenant_owner", "subscriber", "superadmin"];
    let requests = (0..24).map(|number: usize| {
        let (client, path) = (root.clone(), target.path("assign-role/"));
        async move { client.post(&path, json!({ "role": roles[number % 4] })).await }
    });
    for answer in together(requests).await {
        answer.expect(200);
    }
    let mut role = json!("subscriber");
    let mut entries = trail(&root).await;
    entries.sort_by_key(|entry| entry["id"].as_i64());
    assert!(!entries.is_empty());
    for entry in entries {
        assert_eq!(entry["details"]["old_role"], role, "{entry}");
        assert_ne!(entry["details"]["new_role"], role, "a change changes something: {entry}");
        role = entry["details"]["new_role"].clone();
    }
    assert_eq!(root.get(&target.path("")).await.expect(200)["role"], role);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_simultaneous_deactivations_are_one_change() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let target = Person::holding(app.user(&root, "target", Role::Admin, None).await).await;
    for active in [false, true] {
        let requests = (0..16).map(|_| {
            let (client, path) = (root.clone(), target.path("activate/"));
            async move { client.post(&path, json!({ "is_active": active })).await }
        });
        for answer in together(requests).await {
            assert_eq!(answer.expect(200)["user"]["is_active"], active);
        }
    }
    let told: Vec<(Value, Value)> = trail(&root)
        .await
        .iter()
        .map(|entry| {
            let details = &entry["details"];
            (details["old_is_active"].clone(), details["new_is_active"].clone())
        })
        .collect();
    assert_eq!(told, [(json!(true), json!(false)), (json!(false), json!(true))]);
}
