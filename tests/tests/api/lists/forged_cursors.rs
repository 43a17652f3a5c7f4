//! Cursors that no page has given: refused, or a place like any other within the caller's scope.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client};

use super::{LISTS, World, ids, invalid_cursor, results};

async fn with_cursor(client: &Client, path: &str, ordering: &str, cursor: &str) -> Answer {
    let request = client.request(Method::GET, path);
    client.send(request.query(&[("ordering", ordering), ("cursor", cursor)])).await
}

/// The cursor of a page's link.
fn cursor(page: &Value, direction: &str) -> String {
    let link: Url = page[direction].as_str().unwrap().parse().unwrap();
    link.query_pairs().find(|(name, _)| name == "cursor").unwrap().1.into_owned()
}

fn pack(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn an_unreadable_cursor_is_not_found() {
    let world = World::new().await;
    let long = "A".repeat(8_000);
    for list in &LISTS {
        let next =
            cursor(&world.root.get(&format!("{}?cursor=", list.path)).await.expect(200), "next");
        let cut = next[..next.len() / 2].to_owned();
        let longer = format!("{next}AAAA");
        for text in [
            "x", "0", "null", " ", "\0", "a\0b", "💧", "\u{fffd}", "%", "../..", "e30", "W10",
            "bnVsbA", "=", "====", "-1", "page=2", &long, &cut, &longer,
        ] {
            let answer = with_cursor(&world.root, list.path, "", text).await;
            answer.expect_body(404, &invalid_cursor());
        }
        for raw in ["%FF", "%C3%28", "%ED%A0%80", "%ZZ", "%"] {
            let path = format!("{}?cursor={raw}", list.path);
            world.root.get(&path).await.expect_body(404, &invalid_cursor());
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_ordering_never_breaks_a_list() {
    let world = World::new().await;
    let mut cursors = Vec::new();
    for list in &LISTS {
        for ordering in list.orderings {
            let path = format!("{}?page_size=3&cursor=&ordering={ordering}", list.path);
            cursors.push(cursor(&world.root.get(&path).await.expect(200), "next"));
        }
    }
    for list in &LISTS {
        for ordering in list.orderings {
            for cursor in &cursors {
                let answer = with_cursor(&world.root, list.path, ordering, cursor).await;
                match answer.status {
                    404 => assert_eq!(answer.body, invalid_cursor()),
                    status => assert_eq!(status, 200, "{}", answer.body),
                }
            }
        }
    }
}

/// Values that could be put in the place of any part of a cursor.
fn poisons() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(2_147_483_648_i64),
        json!(u64::MAX),
        json!(1e300),
        json!("x"),
        json!("\u{0}"),
        json!("2024-01-01T00:00:00Z"),
        json!("\u{10ffff}".repeat(500)),
        json!([]),
        json!([[[[1]]]]),
        json!({}),
        json!({ "s": "a\u{0}b" }),
        json!({ "s": "9999999999" }),
        json!({ "t": i64::MAX }),
        json!({ "t": i64::MIN }),
        json!({ "t": 0 }),
        json!({ "i": i64::MAX }),
        json!({ "i": i64::MIN }),
        json!({ "b": true }),
        json!({ "d": "1.5" }),
        json!({ "d": "79228162514264337593543950335" }),
        json!("n"),
        json!({ "n": null }),
    ]
}

/// Every JSON value that differs from this one in one place.
fn mutants(value: &Value) -> Vec<Value> {
    let mut all = poisons();
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                for mutant in mutants(inner) {
                    let mut copy = object.clone();
                    copy.insert(key.clone(), mutant);
                    all.push(copy.into());
                }
                let mut without = object.clone();
                without.remove(key);
                all.push(without.into());
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                for mutant in mutants(inner) {
                    let mut copy = items.clone();
                    copy[at] = mutant;
                    all.push(copy.into());
                }
            }
            let doubled: Vec<Value> = items.iter().chain(items).cloned().collect();
            all.push(doubled.into());
        }
        _ => {}
    }
    all
}

#[tokio::test]
async fn a_forged_cursor_is_refused_or_answers_but_breaks_nothing() {
    let world = World::new().await;
    for (path, ordering) in [
        ("/users/", "username"),
        ("/users/", "-last_login,is_active"),
        ("/users/", "-id"),
        ("/todos/", "-timestamp"),
        ("/audit-logs/", "action"),
        ("/gateway-configs/", "-priority,created_at"),
        ("/payments/", "-total,status"),
    ] {
        let first = format!("{path}?cursor=&ordering={ordering}");
        let first = world.root.get(&first).await.expect(200);
        let given = cursor(&first, "next");
        let plain = BASE64_URL_SAFE_NO_PAD.decode(&given).expect("base64 for an address");
        let plain: Value = serde_json::from_slice(&plain).expect("JSON inside");
        let same = with_cursor(&world.root, path, ordering, &pack(&plain)).await.expect(200);
        let next = world.root.get(first["next"].as_str().unwrap()).await.expect(200);
        assert_eq!(same["results"], next["results"], "the forgeries below differ in one place");
        for mutant in mutants(&plain) {
            let answer = with_cursor(&world.root, path, ordering, &pack(&mutant)).await;
            match answer.status {
                404 => assert_eq!(answer.body, invalid_cursor(), "{mutant}"),
                status => assert_eq!(status, 200, "{path} {ordering} {mutant}: {}", answer.body),
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_shows_nobody_more_than_the_callers_scope() {
    let world = World::new().await;
    let own = world.app.tenant(&world.root, "own").await;
    let owner = world.app.user(&world.root, "aa-owner", Role::TenantOwner, Some(own)).await;
    let member = world.app.user(&world.root, "ab-member", Role::Subscriber, Some(own)).await;
    let first = world.root.get("/users/?cursor=&page_size=3&ordering=id").await.expect(200);
    let next = cursor(&first, "next");
    let answer = with_cursor(&owner, "/users/", "id", &next).await.expect(200);
    assert_eq!(results(&answer).len(), 2);
    assert!(results(&answer).iter().all(|row| row["tenant"] == own));
    let answer = with_cursor(&member, "/users/", "id", &next).await.expect(200);
    assert_eq!(results(&answer).len(), 1);
    assert_eq!(results(&answer)[0]["username"], "ab-member");
    let todos = world.root.get("/todos/?cursor=&page_size=3").await.expect(200);
    let next = cursor(&todos, "next");
    assert_eq!(ids(&with_cursor(&member, "/todos/", "", &next).await.expect(200)), [0; 0]);
}
