//! `GET /auth/user/export/`, `GET /users/{id}/export/`.

use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{TestApp, forbidden, not_found};

use super::{Kept, TELLING};
use crate::support::{Cast, check, instant, own};

const OWN: &str = "/auth/user/export/";

fn items(document: &Value, name: &str) -> Vec<Value> {
    document[name].as_array().unwrap().clone()
}

#[tokio::test]
async fn everything_that_is_kept_is_in_it_as_its_own_endpoints_show_it() {
    let kept = Kept::new().await;
    let (who, root) = (&kept.who.api, &kept.shop.root);
    let document = who.get(OWN).await.expect(200);
    assert_eq!(instant(&document["exported_at"]), kept.shop.app.clock.now());
    assert_eq!(document["user"], own(who).await);
    let todos = who.get("/todos/").await.expect(200);
    assert_eq!(document["todos"], todos["results"]);

    let [payment] = items(&document, "payments").try_into().unwrap();
    let path = format!("/payments/{}/", kept.payment["id"]);
    let mut expected = root.get(&path).await.expect(200);
    for part in ["logs", "refunds"] {
        expected[part] = root.get(&format!("{path}{part}/")).await.expect(200);
        assert_ne!(expected[part], json!([]));
    }
    assert_eq!(payment, expected);

    let status = who.get("/subscriptions/status/").await.expect(200);
    assert_eq!(document["subscriptions"], json!([status]));
}

#[tokio::test]
async fn the_audit_log_is_in_it_for_whoever_may_read_it() {
    let kept = Kept::new().await;
    let root = &kept.shop.root;
    let document = root.get(&kept.who.path("export/")).await.expect(200);
    let ids: Vec<i64> =
        items(&document, "audit_logs").iter().map(|row| row["id"].as_i64().unwrap()).collect();
    let trail = crate::support::trail(root).await;
    let about: Vec<&Value> = trail
        .iter()
        .filter(|row| row["actor"] == kept.who.id || row["target"] == kept.who.id)
        .collect();
    assert_eq!(about.len(), 3);
    assert_eq!(ids.len(), about.len());
    assert!(about.iter().all(|row| items(&document, "audit_logs").contains(row)));
}

#[tokio::test]
async fn what_no_endpoint_shows_is_in_it_too() {
    let kept = Kept::new().await;
    let document = kept.shop.root.get(&kept.who.path("export/")).await.expect(200);
    let [event] = items(&document, "webhook_events").try_into().unwrap();
    assert_eq!((&event["event_id"], &event["payment"]), (&json!("evt_paid"), &kept.payment["id"]));
    let [request] = items(&document, "idempotency_keys").try_into().unwrap();
    assert_eq!((&request["key"], &request["status"]), (&json!("key-of-fortescue"), &json!(201)));
    let [session] = items(&document, "network_sessions").try_into().unwrap();
    assert_eq!(
        (&session["nas"], &session["session_id"], &session["seconds"]),
        (&json!("flat-9b"), &json!("session-of-fortescue"), &json!(120))
    );
    let [day] = items(&document, "usage").try_into().unwrap();
    assert_eq!((&day["seconds"], &day["octets"]), (&json!(120), &json!(0)));
    assert_eq!(day["day"], json!(kept.shop.now().date_naive()));
    assert_eq!(items(&document, "password_resets").len(), 1);
    assert_eq!(items(&document, "keys").len(), 1);
    for name in ["trials", "gateway_customers"] {
        assert_eq!(document[name], json!([]), "{name}");
    }
}

#[tokio::test]
async fn everything_that_tells_who_it_is_is_in_it_and_nothing_that_opens_anything() {
    let kept = Kept::new().await;
    let request = kept.who.api.request(reqwest::Method::GET, OWN);
    let text = request.send().await.unwrap().text().await.unwrap();
    // What gateways have told is named by its id, not repeated.
    for word in TELLING.into_iter().filter(|word| *word != "7-Thimble-Street") {
        assert!(text.contains(word), "{word}");
    }
    let key = kept.who.api.key().unwrap();
    for secret in [key, "argon2", "password\":", "key_hash", "token_hash", "body_digest"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn it_is_a_file_to_be_saved() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = own(&root).await["id"].clone();
    for path in [OWN.to_owned(), format!("/users/{id}/export/")] {
        let answer = root.get(&path).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(answer.status, 200);
        assert_eq!(header("content-type"), "application/json");
        let name = format!("attachment; filename=\"wiwebb-user-{id}.json\"");
        assert_eq!(header("content-disposition"), name);
    }
}

#[tokio::test]
async fn whoever_manages_the_person_may_and_everybody_of_oneself() {
    let cast = Cast::assemble().await;
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            let answer = person.api.get(&other.path("export/")).await;
            let rule = format!("{caller} exports {target}");
            if managed.contains(&target) || caller == target {
                assert_eq!(answer.status, 200, "{rule}");
                assert_eq!(answer.body["user"]["username"], target, "{rule}");
            } else {
                check(&rule, &answer, 403, &forbidden());
            }
        }
        assert_eq!(person.api.get(OWN).await.expect(200)["user"]["id"], person.id, "{caller}");
    }
    let root = &cast["root"].api;
    check("nobody", &root.get("/users/999/export/").await, 404, &not_found());
    assert_eq!(cast.app.anonymous().get(OWN).await.status, 401);
    assert_eq!(root.post(OWN, json!({})).await.status, 405);
}

#[tokio::test]
async fn what_is_closed_to_the_caller_anyway_is_absent() {
    let cast = Cast::assemble().await;
    let cases = [
        ("member", "member", vec!["audit_logs", "webhook_events"]),
        ("owner", "owner", vec!["webhook_events"]),
        ("owner", "member", vec!["todos", "webhook_events"]),
        ("admin", "admin", vec![]),
        ("admin", "member", vec!["todos"]),
        ("root", "member", vec!["todos"]),
    ];
    for (caller, target, closed) in cases {
        let document = cast[caller].api.get(&cast[target].path("export/")).await.expect(200);
        let lists = document.as_object().unwrap();
        let absent: Vec<&str> =
            super::LISTS.into_iter().filter(|name| !lists.contains_key(*name)).collect();
        assert_eq!(absent, closed, "{caller} exports {target}");
        assert_eq!(lists.len() + absent.len(), super::LISTS.len() + 2, "{lists:?}");
    }
}

#[tokio::test]
async fn many_rows_are_all_in_it_once() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    sqlx::query(
        "INSERT INTO api_todo (user_id, task) \
         SELECT id, 'todo ' || number FROM api_user, generate_series(1, 450) AS number",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let document = root.get(OWN).await.expect(200);
    let mut tasks: Vec<Value> =
        items(&document, "todos").iter().map(|row| row["task"].clone()).collect();
    tasks.sort_unstable_by_key(Value::to_string);
    tasks.dedup();
    assert_eq!(tasks.len(), 450);
}
