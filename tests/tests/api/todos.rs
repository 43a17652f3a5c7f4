//! Todos (contract §6, §1.3, §1.5, §1.7).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, forbidden, not_found};

use crate::support::{detail, keys};

const FIELDS: [&str; 6] = ["completed", "id", "task", "timestamp", "updated", "user"];

/// The object without the time that every write moves.
fn unmoved(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("updated");
    object
}

async fn count(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM api_todo").fetch_one(&app.pool).await.unwrap()
}

#[tokio::test]
async fn the_object_has_the_contracts_fields_and_belongs_to_the_caller_whatever_the_body_says() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "own").await;
    let alice = app.user(&root, "alice", Role::Subscriber, Some(tenant)).await;
    let me = alice.get("/auth/user/").await.expect(200)["id"].clone();
    let other = root.get("/auth/user/").await.expect(200)["id"].clone();
    assert_ne!(me, other);
    let sent = json!({
        "task": "  Wash ÄPFEL ", "user": other, "id": 99, "timestamp": null, "updated": 1,
        "unknown": {},
    });
    let made = alice.post("/todos/", sent.clone()).await.expect(201);
    assert_eq!(keys(&made), FIELDS);
    assert_eq!(
        [&made["user"], &made["task"], &made["completed"]],
        [&me, &json!("Wash ÄPFEL"), &json!(false)],
    );
    for time in ["timestamp", "updated"] {
        let text = made[time].as_str().unwrap();
        assert!(text.ends_with('Z'), "{text}");
        assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{text}");
    }
    let path = format!("/todos/{}/", made["id"]);
    assert_eq!(alice.get(&path).await.expect(200), made);
    assert_eq!(alice.get("/todos/").await.expect(200)["results"], json!([made]));

    for answer in [alice.put(&path, sent.clone()).await, alice.patch(&path, sent).await] {
        let written = answer.expect(200);
        assert_eq!(unmoved(&written), unmoved(&made), "user and read-only fields are ignored");
    }
    root.get(&path).await.expect_body(403, &forbidden());
}

#[tokio::test]
async fn put_needs_the_task_patch_needs_nothing_and_every_write_moves_updated() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let made = root.post("/todos/", json!({ "task": "one", "completed": true })).await.expect(201);
    let path = format!("/todos/{}/", made["id"]);
    let required = json!({ "task": ["This field is required."] });
    root.post("/todos/", json!({})).await.expect_body(400, &required);
    root.put(&path, json!({ "completed": false })).await.expect_body(400, &required);
    assert_eq!(root.get(&path).await.expect(200), made);

    let mut last = made.clone();
    for (patch, body, changed) in [
        (true, json!({}), json!({})),
        (true, json!({ "completed": false }), json!({ "completed": false })),
        (true, json!({ "task": "two" }), json!({ "task": "two" })),
        (false, json!({ "task": "three" }), json!({ "task": "three" })),
        (
            false,
            json!({ "task": "four", "completed": "true" }),
            json!({ "task": "four", "completed": true }),
        ),
    ] {
        app.clock.advance(Duration::seconds(1));
        let answer =
            if patch { root.patch(&path, body).await } else { root.put(&path, body).await };
        let now = answer.expect(200);
        let mut expected = last.clone();
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        assert_eq!(unmoved(&now), unmoved(&expected));
        assert_ne!(now["updated"], last["updated"]);
        assert_eq!(root.get(&path).await.expect(200), now);
        last = now;
    }
}

#[tokio::test]
async fn task_and_completed_have_their_limits_and_messages() {
    const TEXT: &str = "Not a valid string.";
    const BOOLEAN: &str = "Must be a valid boolean.";
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let made = root.post("/todos/", json!({ "task": "kept" })).await.expect(201);
    let path = format!("/todos/{}/", made["id"]);
    for (field, value, message) in [
        ("task", json!(null), "This field may not be null."),
        ("task", json!(""), "This field may not be blank."),
        ("task", json!(" \u{2003}\n"), "This field may not be blank."),
        ("task", json!("ü".repeat(201)), "Ensure this field has no more than 200 characters."),
        ("task", json!("a\u{0}"), "Null characters are not allowed."),
        ("task", json!(true), TEXT),
        ("task", json!(["a"]), TEXT),
        ("task", json!({}), TEXT),
        ("completed", json!(null), "This field may not be null."),
        ("completed", json!("done"), BOOLEAN),
        ("completed", json!(""), BOOLEAN),
        ("completed", json!(2), BOOLEAN),
        ("completed", json!(-1), BOOLEAN),
        ("completed", json!([true]), BOOLEAN),
        ("completed", json!({}), BOOLEAN),
    ] {
        let mut whole = json!({ "task": "new" });
        whole[field] = value.clone();
        let refused = json!({ field: [message] });
        root.post("/todos/", whole.clone()).await.expect_body(400, &refused);
        root.put(&path, whole).await.expect_body(400, &refused);
        root.patch(&path, json!({ field: value })).await.expect_body(400, &refused);
    }
    let both = json!({ "task": [TEXT], "completed": [BOOLEAN] });
    root.post("/todos/", json!({ "task": [], "completed": [] })).await.expect_body(400, &both);
    assert_eq!(root.get(&path).await.expect(200), made);
    assert_eq!(count(&app).await, 1, "nothing was written");

    for (sent, shown) in [
        (json!("💧".repeat(200)), json!("💧".repeat(200))),
        (json!(format!("  {}  ", "x".repeat(200))), json!("x".repeat(200))),
        (json!(42), json!("42")),
        (json!(-1.5), json!("-1.5")),
        (json!("<b>&amp;'\"\\"), json!("<b>&amp;'\"\\")),
    ] {
        let answer = root.post("/todos/", json!({ "task": sent })).await.expect(201);
        assert_eq!(answer["task"], shown);
    }
    for (sent, meant) in
        [(json!(true), true), (json!("false"), false), (json!(1), true), (json!(0), false)]
    {
        let answer = root.patch(&path, json!({ "completed": sent })).await.expect(200);
        assert_eq!(answer["completed"], meant, "{sent}");
    }
}

#[tokio::test]
async fn everybody_sees_and_changes_the_own_ones_only_superadmins_too() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "own").await;
    let mut people = vec![("superadmin", root.clone())];
    for role in [Role::Admin, Role::TenantOwner, Role::Subscriber] {
        let client = app.user(&root, role.as_str(), role, Some(tenant)).await;
        people.push((role.as_str(), client));
    }
    let mut paths = Vec::new();
    for (name, client) in &people {
        let made = client.post("/todos/", json!({ "task": name })).await.expect(201);
        paths.push(format!("/todos/{}/", made["id"]));
    }
    let taken = json!({ "task": "taken over" });
    for (at, (name, client)) in people.iter().enumerate() {
        let page = client.get("/todos/").await.expect(200);
        assert_eq!(page["count"], 1, "{name}");
        assert_eq!(page["results"][0]["task"], *name);
        for (of, path) in paths.iter().enumerate().filter(|(of, _)| *of != at) {
            client.get(path).await.expect_body(403, &forbidden());
            client.put(path, taken.clone()).await.expect_body(403, &forbidden());
            client.patch(path, taken.clone()).await.expect_body(403, &forbidden());
            client.delete(path).await.expect_body(403, &forbidden());
            let kept = people[of].1.get(path).await.expect(200);
            assert_eq!(kept["task"], people[of].0, "untouched by {name}");
        }
        for path in ["/todos/2147483647/", "/todos/0/", "/todos/abc/"] {
            client.get(path).await.expect_body(404, &not_found());
            client.put(path, taken.clone()).await.expect_body(404, &not_found());
            client.patch(path, taken.clone()).await.expect_body(404, &not_found());
            client.delete(path).await.expect_body(404, &not_found());
        }
    }
    for ((_, client), path) in people.iter().zip(&paths) {
        assert_eq!(client.delete(path).await.expect(204), Value::Null);
        client.delete(path).await.expect_body(404, &not_found());
        assert_eq!(client.get("/todos/").await.expect(200)["count"], 0);
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn the_first_failing_check_answers() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let admin = app.user(&root, "admin", Role::Admin, None).await;
    let made = admin.post("/todos/", json!({ "task": "admin's" })).await.expect(201);
    let theirs = format!("/todos/{}/", made["id"]);
    let broken = |client: &wiwebb_tests::Client, method: &str, path: &str| {
        client.request(method.parse().unwrap(), path).header("Content-Type", "text/plain").body("{")
    };
    let nobody = app.anonymous();
    let missing = detail("Authentication credentials were not provided.");
    for (method, path) in [("POST", "/todos/"), ("PUT", "/todos/0/"), ("PATCH", "/todos/")] {
        nobody.send(broken(&nobody, method, path)).await.expect_body(401, &missing);
    }
    let refused = detail("Method \"PATCH\" not allowed.");
    root.send(broken(&root, "PATCH", "/todos/")).await.expect_body(405, &refused);
    root.send(broken(&root, "PATCH", "/todos/0/")).await.expect_body(404, &not_found());
    root.send(broken(&root, "PATCH", &theirs)).await.expect_body(403, &forbidden());
    let unsupported = detail("Unsupported media type \"text/plain\" in request.");
    admin.send(broken(&admin, "PATCH", &theirs)).await.expect_body(415, &unsupported);
    admin.send(broken(&admin, "POST", "/todos/")).await.expect_body(415, &unsupported);
}

#[tokio::test]
async fn the_todos_of_a_deleted_user_go_too() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let admin = app.user(&root, "admin", Role::Admin, None).await;
    let id = admin.get("/auth/user/").await.expect(200)["id"].clone();
    admin.post("/todos/", json!({ "task": "one" })).await.expect(201);
    root.post("/todos/", json!({ "task": "root's" })).await.expect(201);
    root.delete(&format!("/users/{id}/")).await.expect(204);
    assert_eq!(count(&app).await, 1);
    assert_eq!(root.get("/todos/").await.expect(200)["results"][0]["task"], "root's");
}
