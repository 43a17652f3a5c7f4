//! People who manage each other.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

use super::together;

#[tokio::test]
async fn managers_who_act_on_each_other_do_not_get_in_each_others_way() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut ids = Vec::new();
    let mut admins = Vec::new();
    for name in ["ada", "alan"] {
        let admin = app.user(&root, name, Role::Admin, None).await;
        ids.push(admin.get("/auth/user/").await.expect(200)["id"].clone());
        admins.push(admin);
    }
    for round in 0..6 {
        let role = if round % 2 == 0 { "subscriber" } else { "admin" };
        let answers = together((0..2).map(|number| {
            let (root, path) = (root.clone(), format!("/users/{}/assign-role/", ids[number]));
            async move { root.post(&path, json!({ "role": role })).await }
        }))
        .await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    }
    let answers = together([(0, 1), (1, 0)].map(|(by, target)| {
        let (by, path) = (admins[by].clone(), format!("/users/{}/activate/", ids[target]));
        async move { by.post(&path, json!({ "is_active": false })).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 401)), "{answers:?}");
}
