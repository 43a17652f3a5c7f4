//! All connections to the database are busy for long.

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use wiwebb_tests::{NO_RATES, TestApp, TestDatabase};

#[tokio::test]
async fn while_every_connection_is_taken_requests_are_refused_and_the_server_lives() {
    let database = TestDatabase::new().await;
    let options = database.options();
    let app = TestApp::reaching(database, options, &NO_RATES);
    let root = app.superadmin().await;
    let todos = "/todos/";
    root.post(todos, json!({ "task": "kept" })).await.expect(201);

    let mut held = Vec::new();
    for _ in 0..app.pool.options().get_max_connections() {
        held.push(app.pool.acquire().await.unwrap());
    }
    let mut waiting = JoinSet::new();
    for request in [
        root.request(Method::GET, todos),
        root.request(Method::POST, todos).json(&json!({ "task": "lost" })),
        root.request(Method::PATCH, "/auth/user/").json(&json!({ "bio": "lost" })),
        app.anonymous().request(Method::GET, &format!("{}/readyz", app.base)),
    ] {
        let client = root.clone();
        waiting.spawn(async move { client.send(request).await });
    }
    let health = format!("{}/healthz", app.base);
    while !waiting.is_empty() {
        app.anonymous().get(&health).await.expect(200);
        if let Some(refused) = waiting.try_join_next() {
            let refused = refused.unwrap();
            assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
            assert_eq!(refused.expect(503)["detail"], "Service unavailable.");
        }
    }

    drop(held);
    assert_eq!(root.get(todos).await.expect(200)["count"], 1, "what was refused was not done");
    root.post(todos, json!({ "task": "later" })).await.expect(201);
}
