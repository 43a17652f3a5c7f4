//! What a request costs in SQL statements, shown by counting them.

// The figures are printed for whoever asks for them with `--nocapture`.
#![allow(clippy::print_stdout)]
// Whatever fails in a helper fails the test, and a panic is how a test fails.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, Statements, TestApp, count_statements};

/// One test, because the counter hears every statement of the process.
#[tokio::test]
async fn pages_cost_the_same_whatever_their_size_and_a_key_or_a_limit_check_one_statement() {
    let statements = count_statements();
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for number in 0..12 {
        let tenant = app.tenant(&root, &format!("t{number}")).await;
        app.user(&root, &format!("u{number}"), Role::Subscriber, Some(tenant)).await;
    }
    root.post("/todos/", json!({ "task": "count" })).await.expect(201);

    let mut costs = Vec::new();
    for path in [
        "/users/?page_size=1",
        "/users/?page_size=100",
        "/users/?cursor=&page_size=1",
        "/users/?cursor=&page_size=100",
        "/tenants/?page_size=1",
        "/tenants/?page_size=100",
        "/users/1/",
        "/todos/1/",
    ] {
        statements.take();
        root.get(path).await.expect(200);
        let told = statements.take();
        println!("{path}: {} statements", told.len());
        costs.push((path, told));
    }
    let cost = |path: &str| costs.iter().find(|(found, _)| *found == path).unwrap().1.len();
    assert_eq!(cost("/users/?page_size=1"), cost("/users/?page_size=100"));
    assert_eq!(cost("/users/?page_size=100"), 3, "key, count and page: {costs:#?}");
    assert_eq!(cost("/users/?cursor=&page_size=1"), cost("/users/?cursor=&page_size=100"));
    assert_eq!(cost("/users/?cursor=&page_size=100"), 2, "key and page");
    assert_eq!(cost("/tenants/?page_size=1"), cost("/tenants/?page_size=100"));
    assert_eq!(cost("/todos/1/"), 2, "key and row");

    check_refused_logins(&app, &root, &statements).await;
    check_limits(&app, &root, &statements).await;

    statements.take();
    root.with_key(&"0".repeat(40)).get("/users/").await.expect(401);
    assert_eq!(statements.take().len(), 2, "a refused key is neither a person's nor equipment's");
}

/// Whoever is refused costs the same statements, so that no name is told by the time they take.
async fn check_refused_logins(app: &TestApp, root: &Client, statements: &Statements) {
    let users = root.get("/users/?search=u11").await.expect(200);
    let path = format!("/users/{}/activate/", users["results"][0]["id"]);
    root.post(&path, json!({ "is_active": false })).await.expect(200);
    let mut costs = Vec::new();
    for (who, password) in [
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("u10", "wrong-Zebra-42"),
        ("u10@example.org", "wrong-Zebra-42"),
        ("u11", PASSWORD),
    ] {
        statements.take();
        let body = json!({ "username": who, "password": password });
        app.anonymous().post("/auth/login/", body).await.expect(400);
        let told = statements.take();
        println!("/auth/login/ {who}: {} statements", told.len());
        costs.push(told);
    }
    assert_eq!(costs[0].len(), 3, "user, failures before, failure: {costs:#?}");
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:#?}");
}

/// Asks as equipment about somebody with a subscription, use of today and sessions, in the ways that
/// there are. A password costs a look at the lock before the check and one statement behind it,
/// right or wrong.
async fn check_limits(app: &TestApp, root: &Client, statements: &Statements) {
    let limits = json!({
        "name": "Daily", "requires_payment": false, "daily_time_minutes": 60, "daily_data_mb": 500,
    });
    let plan = root.post("/subscriptions/plans/", limits).await.expect(201)["id"].clone();
    let user = app.login("u0").await;
    // Subscriptions of the past do not make it dearer.
    for _ in 0..3 {
        user.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
        user.post("/subscriptions/cancel/", json!({})).await.expect(200);
    }
    user.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
    let key = root.post("/service-keys/", json!({ "name": "Lobby" })).await.expect(201);
    let equipment = root.with_key(key["key"].as_str().unwrap());
    let report = json!({
        "User-Name": "u0", "Acct-Status-Type": "Start", "Acct-Session-Id": "a",
        "Acct-Session-Time": 60,
    });
    equipment.post("/network/accounting/", report).await.expect(204);
    let wrong = "wrong-Zebra-42";
    for (who, body, cost) in [
        ("without a password", json!({ "User-Name": "u0" }), 2),
        ("with a password", json!({ "User-Name": "u0", "User-Password": PASSWORD }), 4),
        ("with a wrong password", json!({ "User-Name": "u0", "User-Password": wrong }), 4),
        ("nobody", json!({ "User-Name": "nobody" }), 2),
        ("nobody with a password", json!({ "User-Name": "nobody", "User-Password": wrong }), 4),
    ] {
        statements.take();
        equipment.post("/network/authorize/", body).await.expect(200);
        let told = statements.take();
        println!("/network/authorize/ {who}: {} statements", told.len());
        assert_eq!(told.len(), cost, "{who}: {told:#?}");
    }
    statements.take();
    user.get("/subscriptions/me/limits/").await.expect(200);
    let told = statements.take();
    println!("/subscriptions/me/limits/: {} statements", told.len());
    assert_eq!(told.len(), 2, "key and limit check");
}
