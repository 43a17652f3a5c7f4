//! Who may do what.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, forbidden, not_found};

use super::{FIELDS, create, run};
use crate::support::{detail, keys};

#[tokio::test]
async fn each_role_reaches_what_the_table_of_roles_says() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let own = app.tenant(&root, "own").await;
    let other = app.tenant(&root, "other").await;
    let admin = app.user(&root, "admin", Role::Admin, Some(own)).await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(own)).await;
    let subscriber = app.user(&root, "subscriber", Role::Subscriber, Some(own)).await;
    let stray = app.user(&root, "stray", Role::TenantOwner, Some(own)).await;
    run(&app, "UPDATE api_user SET tenant_id = NULL WHERE username = 'stray'").await;

    let listed = |page: Value| page["count"].as_i64().unwrap();
    for (client, all) in [(&root, 2), (&admin, 2), (&owner, 1), (&subscriber, 0), (&stray, 0)] {
        assert_eq!(listed(client.get("/tenants/").await.expect(200)), all);
    }
    let page = owner.get("/tenants/").await.expect(200);
    assert_eq!(page["results"][0]["id"], own);

    let targets = [own.to_string(), other.to_string(), "2147483647".into(), "nobody".into()];
    let write = json!({ "description": "written" });
    for (name, client, retrieve_and_update) in [
        ("superadmin", &root, [200, 200, 404, 404]),
        ("admin", &admin, [200, 200, 404, 404]),
        ("tenant_owner", &owner, [200, 403, 404, 404]),
        // Without the right to the operation on any object the id does not matter.
        ("subscriber", &subscriber, [403; 4]),
        ("tenant_owner without tenant", &stray, [403; 4]),
    ] {
        for (target, status) in targets.iter().zip(retrieve_and_update) {
            let path = format!("/tenants/{target}/");
            let put = json!({ "name": format!("Tenant {target}"), "slug": format!("t{target}") });
            for (what, answer) in [
                ("GET", client.get(&path).await),
                ("PATCH", client.patch(&path, write.clone()).await),
                ("PUT", client.put(&path, put).await),
            ] {
                assert_eq!(answer.status, status, "{name} {what} {path}: {}", answer.body);
                match status {
                    403 => assert_eq!(answer.body, forbidden(), "{name} {what} {path}"),
                    404 => assert_eq!(answer.body, not_found(), "{name} {what} {path}"),
                    _ => {}
                }
            }
        }
    }
    for client in [&owner, &subscriber, &stray] {
        client.post("/tenants/", json!({})).await.expect_body(403, &forbidden());
        for target in &targets {
            let path = format!("/tenants/{target}/");
            client.delete(&path).await.expect_body(403, &forbidden());
        }
    }
    for client in [&root, &admin] {
        let made = create(client, "Fleeting", "fleeting").await;
        let path = format!("/tenants/{}/", made["id"]);
        client.delete(&path).await.expect(204);
        client.delete(&path).await.expect_body(404, &not_found());
    }
    let nobody = app.anonymous();
    let missing = detail("Authentication credentials were not provided.");
    for (method, path) in [
        (Method::GET, "/tenants/"),
        (Method::POST, "/tenants/"),
        (Method::GET, "/tenants/me/"),
        (Method::GET, "/tenants/1/"),
        (Method::PUT, "/tenants/1/"),
        (Method::PATCH, "/tenants/1/"),
        (Method::DELETE, "/tenants/1/"),
        (Method::DELETE, "/tenants/"),
    ] {
        let answer = nobody.send(nobody.request(method, path)).await;
        assert_eq!(answer.headers["www-authenticate"], "Token");
        answer.expect_body(401, &missing);
    }
}

#[tokio::test]
async fn an_owner_may_change_all_of_the_own_tenant_but_whether_it_is_active() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(id)).await;
    let path = format!("/tenants/{id}/");
    let written = json!({
        "name": "Renamed", "slug": "renamed", "email": "o@example.org", "url": "http://o.example",
        "description": "by the owner",
    });
    let mut all = written.clone();
    all["is_active"] = json!(true);
    owner.patch(&path, all).await.expect(200);
    let before = owner.get("/tenants/renamed/").await.expect(200);
    for (field, value) in written.as_object().unwrap() {
        assert_eq!(&before[field], value);
    }
    assert_eq!(
        owner.get(&format!("/tenants/{}/", before["uuid"].as_str().unwrap())).await.status,
        200
    );

    let switched = json!({ "name": "Switched", "slug": "switched", "is_active": false });
    owner.patch(&path, switched.clone()).await.expect_body(403, &forbidden());
    owner.put(&path, switched.clone()).await.expect_body(403, &forbidden());
    assert_eq!(owner.get(&path).await.expect(200), before, "nothing is changed");
    // What is wrong with the fields is said first (§1.3).
    let wrong = json!({ "name": "", "is_active": false });
    assert_eq!(keys(&owner.patch(&path, wrong).await.expect(400)), ["name"]);

    root.patch(&path, json!({ "is_active": false })).await.expect(200);
    let kept = json!({ "name": "Kept", "slug": "kept" });
    assert_eq!(owner.put(&path, kept).await.expect(200)["is_active"], false, "logged in, allowed");
    owner.patch(&path, json!({ "is_active": false })).await.expect(200);
    owner.patch(&path, json!({ "is_active": true })).await.expect_body(403, &forbidden());
    // An inactive tenant blocks neither login nor requests.
    let again = app.login("owner").await;
    again.post("/todos/", json!({ "task": "go on" })).await.expect(201);
}

#[tokio::test]
async fn me_is_the_callers_tenant_for_every_role() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    root.get("/tenants/me/").await.expect_body(404, &detail("No tenant assigned"));
    for role in [Role::Superadmin, Role::Admin, Role::TenantOwner, Role::Subscriber] {
        let client = app.user(&root, role.as_str(), role, Some(id)).await;
        let mine = client.get("/tenants/me/").await.expect(200);
        assert_eq!(keys(&mine), FIELDS);
        assert_eq!(mine["id"], id, "{role:?}");
        run(&app, "UPDATE api_user SET tenant_id = NULL").await;
        client.get("/tenants/me/").await.expect_body(404, &detail("No tenant assigned"));
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let request = root.request(method.parse().unwrap(), "/tenants/me/").json(&json!({}));
        let refused = detail(&format!("Method \"{method}\" not allowed."));
        root.send(request).await.expect_body(405, &refused);
    }
}
