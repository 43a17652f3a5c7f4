//! `/auth/tokens/`: one's own keys; `/users/{id}/tokens/`: those of somebody one manages.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Client, PASSWORD, TestApp, forbidden, not_found};

use crate::support::{Cast, check, check_dead, detail, instant, own};

/// A client with a fresh key, which calls itself something.
async fn login_as(app: &TestApp, name: &str, agent: &[u8]) -> Client {
    let anonymous = app.anonymous();
    let body = json!({ "username": name, "password": PASSWORD });
    let agent = reqwest::header::HeaderValue::from_bytes(agent).unwrap();
    let request = anonymous.request(Method::POST, "/auth/login/").header("User-Agent", agent);
    let key = anonymous.send(request.json(&body)).await.expect(200)["key"].clone();
    anonymous.with_key(key.as_str().unwrap())
}

async fn tokens(client: &Client) -> Vec<Value> {
    client.get("/auth/tokens/").await.expect(200)["results"].as_array().unwrap().clone()
}

/// The path of the key that asks.
async fn path_of(client: &Client) -> String {
    let current = tokens(client).await.into_iter().find(|token| token["current"] == true);
    format!("/auth/tokens/{}/", current.unwrap()["id"])
}

#[tokio::test]
async fn one_sees_ones_keys_the_newest_first_without_their_characters() {
    let app = TestApp::configured(
        &[&wiwebb_tests::NO_RATES[..], &[("WIWEBB_TOKEN_TTL_DAYS", "30")]].concat(),
    )
    .await;
    app.superadmin().await;
    let start = app.clock.now();
    let now = app.clock.advance(Duration::minutes(1));
    let phone = login_as(&app, "root", b"Portal/2.1 (Tablet)").await;
    let page = phone.get("/auth/tokens/").await.expect(200);
    let (newest, oldest) = (&page["results"][0], &page["results"][1]);
    let expected = json!({
        "count": 2, "next": null, "previous": null,
        "results": [
            {
                "id": newest["id"], "created_at": newest["created_at"],
                "expires_at": newest["expires_at"], "last_used_at": newest["last_used_at"],
                "user_agent": "Portal/2.1 (Tablet)", "current": true,
            },
            {
                "id": oldest["id"], "created_at": oldest["created_at"],
                "expires_at": oldest["expires_at"], "last_used_at": null,
                "user_agent": "", "current": false,
            },
        ],
    });
    assert_eq!(page, expected);
    assert_eq!(instant(&newest["created_at"]), now);
    assert_eq!(instant(&newest["last_used_at"]), now);
    assert_eq!(instant(&newest["expires_at"]), now + Duration::days(30));
    assert_eq!(instant(&oldest["created_at"]), start);
}

#[tokio::test]
async fn the_list_is_paged_ordered_and_of_ones_own_keys_alone() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    app.user(&root, "ada", wiwebb_domain::access::Role::Subscriber, Some(tenant)).await;
    for _ in 0..2 {
        app.clock.advance(Duration::minutes(1));
        app.login("root").await;
    }
    let ids = async |query: &str| {
        let page = root.get(&format!("/auth/tokens/?{query}")).await.expect(200);
        let rows = page["results"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let newest_first = ids("").await;
    assert_eq!(newest_first.len(), 3);
    let mut oldest_first = newest_first.clone();
    oldest_first.reverse();
    assert_eq!(ids("ordering=created_at").await, oldest_first);
    assert_eq!(ids("page_size=1&page=2").await, newest_first[1..2]);
    assert_eq!(ids("cursor=&page_size=2").await, newest_first[..2]);
    let unused_first = ids("ordering=-last_used_at").await;
    assert_eq!(unused_first.last(), oldest_first.first(), "only the first was used");
    let beyond = root.get("/auth/tokens/?page=9").await;
    check("beyond", &beyond, 404, &detail("Invalid page."));
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_every_five_minutes() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let noted = async || instant(&tokens(&root).await[0]["last_used_at"]);
    let first = noted().await;
    assert_eq!(first, app.clock.now());
    app.clock.advance(Duration::seconds(299));
    assert_eq!(noted().await, first);
    app.clock.advance(Duration::seconds(1));
    assert_eq!(noted().await, first + Duration::minutes(5));
}

#[tokio::test]
async fn whatever_a_client_calls_itself_is_kept_as_far_as_it_fits() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let long = "a".repeat(500);
    for (sent, kept) in [
        (b"  Portal\t/2 ".as_slice(), "Portal/2"),
        ("Gerät".as_bytes(), "Gerät"),
        (b"x\xff", "x\u{fffd}"),
        (b"", ""),
        (long.as_bytes(), &long[..200]),
    ] {
        let client = login_as(&app, "root", sent).await;
        let current = tokens(&client).await.into_iter().find(|token| token["current"] == true);
        assert_eq!(current.unwrap()["user_agent"], kept);
    }
}

#[tokio::test]
async fn a_registration_notes_its_client_too() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    let request = anonymous.request(Method::POST, "/auth/registration/");
    let request = request.header("User-Agent", "Portal/2.1");
    let body = crate::support::registration("ada");
    let key = anonymous.send(request.json(&body)).await.expect(201)["key"].clone();
    let ada = anonymous.with_key(key.as_str().unwrap());
    assert_eq!(tokens(&ada).await[0]["user_agent"], "Portal/2.1");
}

#[tokio::test]
async fn a_key_that_is_revoked_is_dead_and_no_other() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let phone = app.login("root").await;
    let path = path_of(&phone).await;
    assert_eq!(root.delete(&path).await.expect(204), Value::Null);
    check_dead("revoked", &phone).await;
    check("again", &root.delete(&path).await, 404, &not_found());
    let present = path_of(&root).await;
    root.delete(&present).await.expect(204);
    check_dead("the present one, too", &root).await;
}

#[tokio::test]
async fn keys_of_others_are_out_of_reach_and_unknown_ones_not_found() {
    let cast = Cast::assemble().await;
    let of_member = path_of(&cast["member"].api).await;
    for caller in ["root", "admin", "owner", "stranger"] {
        let answer = cast[caller].api.delete(&of_member).await;
        check(caller, &answer, 403, &forbidden());
    }
    for id in ["0", "999999", "-1", "abc", "1.5", "99999999999", "%00"] {
        let answer = cast["root"].api.delete(&format!("/auth/tokens/{id}/")).await;
        check(id, &answer, 404, &not_found());
    }
    own(&cast["member"].api).await;
}

#[tokio::test]
async fn all_other_keys_are_revoked_at_once() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let others = [app.login("root").await, app.login("root").await];
    for _ in 0..2 {
        assert_eq!(root.delete("/auth/tokens/").await.expect(204), Value::Null);
    }
    for other in &others {
        check_dead("another one", other).await;
    }
    assert_eq!(tokens(&root).await.len(), 1);
}

#[tokio::test]
async fn whoever_manages_somebody_revokes_all_keys() {
    let cast = Cast::assemble().await;
    let own_keys = detail("Use the tokens endpoint for your own keys.");
    for caller in ["root", "admin", "attached", "owner", "drifter", "member"] {
        let managed = cast.managed_by(caller);
        for (name, target) in cast.everybody() {
            let path = target.path("tokens/");
            if name == caller && managed.contains(&name) {
                check(name, &cast[caller].api.delete(&path).await, 400, &own_keys);
            } else if !managed.contains(&name) {
                let rule = format!("{caller} and {name}");
                check(&rule, &cast[caller].api.delete(&path).await, 403, &forbidden());
            }
        }
    }
    for (caller, name) in [("owner", "partner"), ("owner", "member"), ("admin", "owner")] {
        let target = &cast[name];
        let answer = cast[caller].api.delete(&target.path("tokens/")).await;
        assert_eq!(answer.expect(204), Value::Null, "{caller} and {name}");
        check_dead(name, &target.api).await;
    }
    let unknown = cast["root"].api.delete("/users/999999/tokens/").await;
    check("unknown", &unknown, 404, &not_found());
}

#[tokio::test]
async fn a_key_and_the_right_method_are_needed() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let absent = detail("Authentication credentials were not provided.");
    for (method, path) in [
        (Method::GET, "/auth/tokens/"),
        (Method::DELETE, "/auth/tokens/"),
        (Method::DELETE, "/auth/tokens/1/"),
        (Method::DELETE, "/users/1/tokens/"),
    ] {
        let anonymous = app.anonymous();
        let answer = anonymous.send(anonymous.request(method.clone(), path)).await;
        check(&format!("{method} {path}"), &answer, 401, &absent);
    }
    for (method, path) in [
        (Method::POST, "/auth/tokens/"),
        (Method::GET, "/auth/tokens/1/"),
        (Method::GET, "/users/1/tokens/"),
    ] {
        let answer = root.send(root.request(method.clone(), path)).await;
        let refused = detail(&format!("Method \"{method}\" not allowed."));
        check(&format!("{method} {path}"), &answer, 405, &refused);
    }
}
