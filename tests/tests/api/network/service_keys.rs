//! Keys of equipment (contract §16).

use serde_json::{Value, json};
use wiwebb_tests::{Client, forbidden, not_found};

use super::{AUTHORIZE, KEYS, Site, equipment};
use crate::support::{Cast, check, check_dead, detail, with, without};

/// The keys as a superadmin lists them.
async fn listed(root: &Client) -> Vec<Value> {
    let list = root.get(KEYS).await.expect(200);
    list.get("results").unwrap_or(&list).as_array().unwrap().clone()
}

#[tokio::test]
async fn a_key_is_shown_when_it_is_made_and_never_again() {
    let site = Site::new().await;
    for (name, tenant) in [("Roof", Value::Null), (" Cellar ", json!(site.tenant))] {
        let body = json!({ "name": name, "tenant": tenant });
        let made = site.root.post(KEYS, body).await.expect(201);
        let key = made["key"].as_str().unwrap();
        assert!(key.len() == 40 && key.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
        let expected = json!({
            "id": made["id"], "name": name.trim(), "tenant": tenant, "key": key,
            "created_at": json!(made["created_at"]), "last_used_at": null,
        });
        assert_eq!(made, expected);
        let kept = listed(&site.root).await;
        assert_eq!(*kept.last().unwrap(), without(made.clone(), "key"));
        assert!(!json!(kept).to_string().contains(key));
        let hashes: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key_hash FROM network_servicekey")
            .fetch_all(&site.app.pool)
            .await
            .unwrap();
        assert!(hashes.iter().all(|hash| hash.len() == 32), "no key is stored");
    }
}

/// As every list of which nothing else is said (contract §1.6).
#[tokio::test]
async fn keys_are_listed_in_pages() {
    let site = Site::new().await;
    let page = site.root.get(KEYS).await.expect(200);
    let expected = json!({
        "count": 1, "next": null, "previous": null, "results": listed(&site.root).await,
    });
    assert_eq!(page, expected);
}

#[tokio::test]
async fn the_list_tells_when_a_key_was_used() {
    let site = Site::new().await;
    assert_eq!(listed(&site.root).await[0]["last_used_at"], Value::Null);
    site.authorize("sue").await;
    let used = listed(&site.root).await[0]["last_used_at"].clone();
    assert!(used.is_string(), "{used}");
    site.app.clock.advance(chrono::Duration::hours(1));
    site.authorize("sue").await;
    assert!(listed(&site.root).await[0]["last_used_at"].as_str() > used.as_str());
}

#[tokio::test]
async fn superadmins_and_admins_manage_keys_and_nobody_else() {
    let cast = Cast::assemble().await;
    let body = json!({ "name": "Roof", "tenant": cast.acme });
    for (name, person) in cast.everybody() {
        let api = &person.api;
        if ["root", "boss", "chief", "admin", "second", "attached"].contains(&name) {
            let made = api.post(KEYS, body.clone()).await.expect(201);
            assert!(listed(api).await.iter().any(|key| key["id"] == made["id"]), "{name}");
            let one = format!("{KEYS}{}/", made["id"]);
            api.delete(&one).await.expect(204);
            check(name, &api.delete(&one).await, 404, &not_found());
            assert!(listed(api).await.is_empty(), "{name}");
        } else {
            check(name, &api.get(KEYS).await, 403, &forbidden());
            check(name, &api.post(KEYS, body.clone()).await, 403, &forbidden());
            check(name, &api.post(KEYS, json!({})).await, 403, &forbidden());
            check(name, &api.delete(&format!("{KEYS}999/")).await, 403, &forbidden());
        }
    }
    let nobody = cast.app.anonymous();
    nobody.get(KEYS).await.expect(401);
    nobody.post(KEYS, body).await.expect(401);
    nobody.delete(&format!("{KEYS}1/")).await.expect(401);
}

#[tokio::test]
async fn refused_values_are_told_by_field() {
    let site = Site::new().await;
    let good = json!({ "name": "Roof", "tenant": null });
    for (change, errors) in [
        (json!({ "name": null }), json!({ "name": ["This field may not be null."] })),
        (json!({ "name": " " }), json!({ "name": ["This field may not be blank."] })),
        (json!({ "name": ["a"] }), json!({ "name": ["Not a valid string."] })),
        (
            json!({ "name": "ü".repeat(101) }),
            json!({ "name": ["Ensure this field has no more than 100 characters."] }),
        ),
        (
            json!({ "tenant": 999 }),
            json!({ "tenant": ["Invalid pk \"999\" - object does not exist."] }),
        ),
        (
            json!({ "tenant": "acme" }),
            json!({ "tenant": ["Incorrect type. Expected pk value, received str."] }),
        ),
    ] {
        site.root.post(KEYS, with(good.clone(), change)).await.expect_body(400, &errors);
    }
    let missing = json!({ "name": ["This field is required."] });
    site.root.post(KEYS, json!({})).await.expect_body(400, &missing);
    assert_eq!(listed(&site.root).await.len(), 1);
    let longest = json!({ "name": "ü".repeat(100) });
    assert_eq!(site.root.post(KEYS, longest).await.expect(201)["tenant"], Value::Null);
}

#[tokio::test]
async fn a_deleted_key_is_dead_at_once() {
    let site = Site::new().await;
    site.authorize("sue").await;
    let id = listed(&site.root).await[0]["id"].clone();
    site.root.delete(&format!("{KEYS}{id}/")).await.expect(204);
    let dead = site.equipment.post(AUTHORIZE, json!({ "User-Name": "sue" })).await;
    check("deleted", &dead, 401, &detail("Invalid token."));
    check_dead("elsewhere too", &site.equipment).await;
}

#[tokio::test]
async fn a_key_dies_with_its_tenant() {
    let site = Site::new().await;
    let other = site.app.tenant(&site.root, "other").await;
    let equipment = equipment(&site.app, &site.root, json!(other)).await;
    equipment.post(AUTHORIZE, json!({ "User-Name": "sue" })).await.expect(200);
    site.root.delete(&format!("/tenants/{other}/")).await.expect(204);
    let dead = equipment.post(AUTHORIZE, json!({ "User-Name": "sue" })).await;
    check("its tenant is gone", &dead, 401, &detail("Invalid token."));
}

#[tokio::test]
async fn equipment_is_let_in_here_and_nowhere_else() {
    let site = Site::new().await;
    for (method, path) in [
        ("GET", "/auth/user/"),
        ("POST", "/auth/logout/"),
        ("GET", "/users/"),
        ("GET", "/users/1/"),
        ("GET", "/users/999/"),
        ("DELETE", "/users/1/"),
        ("GET", "/tenants/me/"),
        ("GET", "/todos/"),
        ("POST", "/todos/"),
        ("GET", "/subscriptions/plans/"),
        ("POST", "/subscriptions/subscribe/"),
        ("GET", "/subscriptions/me/limits/"),
        ("GET", "/gateways/"),
        ("GET", "/payments/"),
        ("POST", "/payments/create_payment/"),
        ("GET", "/webhook-events/"),
        ("GET", KEYS),
        ("POST", KEYS),
        ("DELETE", "/service-keys/1/"),
        ("GET", "/dashboard/stats/"),
        ("GET", "/audit-logs/"),
    ] {
        let request = site.equipment.request(method.parse().unwrap(), path);
        let answer = site.equipment.send(request).await;
        check(&format!("{method} {path}"), &answer, 403, &forbidden());
    }
    let unknown = site.equipment.get("/nowhere/").await;
    check("the path comes first", &unknown, 404, &not_found());
    let login = json!({ "username": "sue", "password": wiwebb_tests::PASSWORD });
    site.equipment.post("/auth/login/", login).await.expect(200);
    site.authorize("sue").await;
}

#[tokio::test]
async fn a_key_of_a_person_opens_nothing_here() {
    let site = Site::new().await;
    for person in [&site.root, &site.sue] {
        for (method, path) in [
            ("POST", AUTHORIZE),
            ("POST", "/network/accounting/"),
            ("GET", "/network/usage/sue/"),
            ("GET", "/network/usage/nobody/"),
        ] {
            let answer = person.send(person.request(method.parse().unwrap(), path)).await;
            check(&format!("{method} {path}"), &answer, 403, &forbidden());
        }
    }
}

#[tokio::test]
async fn without_a_key_that_is_one_nobody_is_let_in() {
    let site = Site::new().await;
    let nobody = site.app.anonymous();
    let missing = detail("Authentication credentials were not provided.");
    let invalid = detail("Invalid token.");
    for (method, path) in
        [("POST", AUTHORIZE), ("POST", "/network/accounting/"), ("GET", "/network/usage/sue/")]
    {
        let send = async |client: &Client| {
            client.send(client.request(method.parse().unwrap(), path)).await
        };
        check(path, &send(&nobody).await, 401, &missing);
        for key in ["0".repeat(40), "x".into(), site.equipment.key().unwrap().to_uppercase() + "0"]
        {
            let answer = send(&nobody.with_key(&key)).await;
            assert_eq!(answer.headers["www-authenticate"], "Token");
            check(path, &answer, 401, &invalid);
        }
    }
    let bearer = format!("bearer {}", site.equipment.key().unwrap());
    let request = nobody.request(reqwest::Method::POST, AUTHORIZE).header("Authorization", bearer);
    nobody.send(request.json(&json!({ "User-Name": "sue" }))).await.expect(200);
}

/// The method comes before what a key may do (contract §1.3).
#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_before_the_kind_of_key() {
    let site = Site::new().await;
    for (client, method, path) in [
        (&site.root, "GET", AUTHORIZE),
        (&site.root, "DELETE", "/network/usage/sue/"),
        (&site.equipment, "DELETE", "/tenants/me/"),
        (&site.equipment, "PUT", "/users/"),
        (&site.equipment, "PUT", KEYS),
        (&site.equipment, "GET", AUTHORIZE),
        (&site.equipment, "POST", "/network/usage/sue/"),
        (&site.root, "GET", "/service-keys/1/"),
        (&site.root, "PATCH", "/service-keys/1/"),
    ] {
        let answer = client.send(client.request(method.parse().unwrap(), path)).await;
        let refused = detail(&format!("Method \"{method}\" not allowed."));
        check(&format!("{method} {path}"), &answer, 405, &refused);
    }
}
