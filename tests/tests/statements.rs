//! What a request costs in SQL statements, shown by counting them.

// The figures are printed for whoever asks for them with `--nocapture`.
#![allow(clippy::print_stdout)]

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, count_statements};

/// One test, because the counter hears every statement of the process.
#[tokio::test]
async fn pages_cost_the_same_whatever_their_size_and_a_key_costs_one_statement() {
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

    statements.take();
    root.with_key(&"0".repeat(40)).get("/users/").await.expect(401);
    assert_eq!(statements.take().len(), 1, "a refused key costs one statement");
}
