//! Everything at once on a few rows: conflicts are refused, and nothing is a server error.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, TestApp};

use super::{at_rest, session, together};
use crate::support::Person;

/// The operations of one burst. `round` makes the values of each burst differ.
fn burst(round: usize, people: &[Person], tenants: &[i64]) -> Vec<(&'static str, String, Value)> {
    let (one, two) = (&people[round % people.len()], &people[(round + 1) % people.len()]);
    let (home, away) = (tenants[0], tenants[round % tenants.len()]);
    let last = tenants[tenants.len() - 1];
    let user = |name: String| {
        json!({
            "username": name, "email": format!("{name}@example.org"), "password": PASSWORD,
            "role": "subscriber", "tenant": last,
        })
    };
    let mut operations = vec![
        ("POST", one.path("assign-role/"), json!({ "role": "subscriber", "tenant": away })),
        ("POST", two.path("assign-role/"), json!({ "role": "tenant_owner", "tenant": home })),
        ("POST", one.path("assign-role/"), json!({ "role": "admin", "tenant": null })),
        ("POST", one.path("activate/"), json!({ "is_active": round % 2 == 0 })),
        ("POST", two.path("activate/"), json!({ "is_active": round % 2 == 1 })),
        ("POST", one.path("set-password/"), json!({ "password": "quite-Unlike-9" })),
        ("PATCH", one.path(""), json!({ "email": "shared@example.org", "is_active": true })),
        ("PATCH", two.path(""), json!({ "email": "SHARED@example.org" })),
        ("PATCH", one.path(""), json!({ "bio": round.to_string() })),
        ("PATCH", format!("/tenants/{home}/"), json!({ "name": "Shared" })),
        ("PATCH", format!("/tenants/{last}/"), json!({ "name": "Shared" })),
        ("DELETE", format!("/tenants/{last}/"), json!({})),
        ("POST", "/users/".into(), user(format!("new{round}"))),
        ("POST", "/users/".into(), user("shared".into())),
        ("POST", "/tenants/".into(), json!({ "name": "Shared", "slug": "shared" })),
        ("GET", "/users/?search=example".into(), json!({})),
        ("GET", "/audit-logs/".into(), json!({})),
        ("GET", "/dashboard/stats/".into(), json!({})),
    ];
    if round % 4 == 3 {
        operations.push(("DELETE", one.path(""), json!({})));
        operations.push(("DELETE", one.path(""), json!({})));
    }
    operations
}

async fn send(client: Client, method: &str, path: &str, body: &Value) -> wiwebb_tests::Answer {
    let request = client.request(method.parse().unwrap(), path);
    client.send(if method == "GET" { request } else { request.json(body) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mixture_of_operations_is_a_server_error() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut tenants = Vec::new();
    for number in 0..3 {
        tenants.push(app.tenant(&root, &format!("t{number}")).await);
    }
    let mut people = Vec::new();
    for number in 0..4 {
        let name = format!("u{number}");
        let client = app.user(&root, &name, Role::Subscriber, Some(tenants[0])).await;
        people.push(Person::holding(client).await);
    }
    for round in 0..12 {
        let operations = burst(round, &people, &tenants);
        let requests = operations.clone().into_iter().map(|(method, path, body)| {
            let client = root.clone();
            async move { send(client, method, &path, &body).await }
        });
        for (answer, (method, path, body)) in together(requests).await.iter().zip(operations) {
            let what = format!("{method} {path} {body}");
            assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.body);
        }
    }
    at_rest(&mut session(&app).await).await;
    root.get("/auth/user/").await.expect(200);
}
