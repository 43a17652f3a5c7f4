//! Ids in paths that are no ids, or of no row.

use serde_json::json;
use wiwebb_tests::not_found;

use super::World;

/// As they stand in the request's target.
const NO_ROWS: [&str; 30] = [
    "abc",
    "null",
    "-1",
    "0",
    "00",
    "1.5",
    "1.0",
    "+1",
    "1e0",
    "0x1",
    "1_0",
    "1,0",
    "999999",
    "2147483647",
    "2147483648",
    "4294967297",
    "-2147483649",
    "18446744073709551617",
    "99999999999999999999999999999999999999999999",
    "%00",
    "1%00",
    "%FF",
    "%C3%28",
    "%20",
    "%EF%BC%91",
    "%D9%A1",
    "%2e%2e",
    "..%2F1",
    "%ZZ",
    "%",
];

#[tokio::test]
async fn what_is_no_id_matches_no_row() {
    let world = World::new().await;
    let before = world.rows().await;
    let body = json!({
        "name": "New", "slug": "new", "task": "new", "email": "new@example.org",
        "role": "subscriber", "is_active": false, "password": "quite-Unlike-9",
        "amount": "1.00", "variant": "dummy",
    });
    let body = body.to_string();
    let json: &[&[u8]] = &[b"Content-Type: application/json"];
    for (path, methods) in [
        ("/tenants/{}/", &["GET", "PUT", "PATCH", "DELETE"] as &[&str]),
        ("/users/{}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/users/{}/assign-role/", &["POST"]),
        ("/users/{}/set-password/", &["POST"]),
        ("/users/{}/activate/", &["POST"]),
        ("/todos/{}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/audit-logs/{}/", &["GET"]),
        ("/subscriptions/plans/{}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/subscriptions/plans/{}/pricing/", &["GET", "POST"]),
        ("/subscriptions/plans/{}/pricing/{pricing}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/subscriptions/plans/{plan}/pricing/{}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/gateway-configs/{}/", &["GET", "PUT", "PATCH", "DELETE"]),
        ("/payments/{}/", &["GET"]),
        ("/payments/{}/logs/", &["GET"]),
        ("/payments/{}/refunds/", &["GET"]),
        ("/payments/{}/capture_payment/", &["POST"]),
        ("/payments/{}/refund_payment/", &["POST"]),
        ("/payments/{}/confirm_payment/", &["POST"]),
        ("/payments/{}/cancel_payment/", &["POST"]),
        ("/webhook-events/{}/", &["GET"]),
        ("/webhook-events/{}/replay/", &["POST"]),
        ("/service-keys/{}/", &["DELETE"]),
        ("/network/usage/{}/", &["GET"]),
    ] {
        for id in NO_ROWS {
            let target = format!("/api/v1{}", world.path(path).replace("{}", id));
            for method in methods {
                let answer = match *method {
                    "GET" | "DELETE" => world.raw(method, &target, &[], b"").await,
                    _ => world.raw(method, &target, json, body.as_bytes()).await,
                };
                assert_eq!((answer.status, answer.json()), (404, not_found()), "{method} {target}");
            }
        }
        let long = format!("/api/v1{}", world.path(path).replace("{}", &"7".repeat(30_000)));
        let answer = world.raw(methods[0], &long, json, body.as_bytes()).await;
        assert_eq!((answer.status, answer.json()), (404, not_found()), "a very long id");
    }
    assert_eq!(world.rows().await, before);
}
