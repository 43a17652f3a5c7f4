//! The dashboard's figures (contract §11).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, forbidden};

use crate::support::detail;

const PATH: &str = "/dashboard/stats/";

/// A payment as the store keeps it.
struct Payment {
    user: i64,
    status: &'static str,
    total: &'static str,
    currency: &'static str,
    metadata: Value,
    /// States that its log tells of, with their times.
    log: Vec<(&'static str, &'static str)>,
}

/// A payment of 10.00 USD that was confirmed at an instant.
fn confirmed(user: i64, at: &'static str) -> Payment {
    let log = vec![("waiting", "2025-01-01T00:00:00Z"), ("confirmed", at)];
    let (status, total, currency) = ("confirmed", "10.00", "USD");
    Payment { user, status, total, currency, metadata: json!({}), log }
}

async fn pay(app: &TestApp, payment: Payment) {
    let gateway: i32 = sqlx::query_scalar(
        "INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Dummy', 'dummy')
         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    let id: i32 = sqlx::query_scalar(
        "INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, currency, metadata)
         VALUES ($1, $2, $3, $4::text::numeric, $5, $6) RETURNING id",
    )
    .bind(i32::try_from(payment.user).unwrap())
    .bind(gateway)
    .bind(payment.status)
    .bind(payment.total)
    .bind(payment.currency)
    .bind(payment.metadata)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    for (to, at) in payment.log {
        let insert = "INSERT INTO payment_paymentlog (payment_id, event_type, data, created_at)
                      VALUES ($1, 'payment.changed', $2, $3)";
        let at: DateTime<Utc> = at.parse().unwrap();
        let entry = sqlx::query(insert).bind(id).bind(json!({ "to": to })).bind(at);
        entry.execute(&app.pool).await.unwrap();
    }
}

async fn id_of(client: &Client) -> i64 {
    client.get("/auth/user/").await.expect(200)["id"].as_i64().unwrap()
}

/// The revenue as written, in the leading currency and by currency.
async fn revenue(client: &Client) -> (String, Value) {
    let stats = client.get(PATH).await.expect(200);
    (stats["monthly_revenue"].to_string(), stats["revenue_by_currency"].clone())
}

fn set(app: &TestApp, instant: &str) {
    app.clock.set(instant.parse().unwrap());
}

#[tokio::test]
async fn superadmins_and_admins_see_all_owners_their_tenant_and_nobody_else_anything() {
    let app = TestApp::start().await;
    set(&app, "2026-02-10T00:00:00Z");
    let root = app.superadmin().await;
    let own = app.tenant(&root, "own").await;
    let other = app.tenant(&root, "other").await;
    let admin = app.user(&root, "admin", Role::Admin, None).await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(own)).await;
    let subscriber = app.user(&root, "subscriber", Role::Subscriber, Some(own)).await;
    let stranger = app.user(&root, "stranger", Role::TenantOwner, Some(other)).await;
    let stray = app.user(&root, "stray", Role::TenantOwner, Some(own)).await;
    sqlx::query("UPDATE api_user SET tenant_id = NULL WHERE username = 'stray'")
        .execute(&app.pool)
        .await
        .unwrap();
    let nothing = json!({
        "total_tenants": 2, "active_hotspots": 0, "total_users": 6, "monthly_revenue": 0,
        "revenue_by_currency": {},
    });
    let before = root.get(PATH).await.expect(200);
    assert_eq!(before["monthly_revenue"].as_f64(), Some(0.0));
    assert_eq!(before["revenue_by_currency"], nothing["revenue_by_currency"]);

    pay(&app, confirmed(id_of(&subscriber).await, "2026-02-01T00:00:00Z")).await;
    pay(&app, Payment { total: "5.50", ..confirmed(id_of(&owner).await, "2026-02-02T00:00:00Z") })
        .await;
    pay(
        &app,
        Payment { total: "100", ..confirmed(id_of(&stranger).await, "2026-02-03T00:00:00Z") },
    )
    .await;
    pay(&app, Payment { total: "1", ..confirmed(id_of(&root).await, "2026-02-03T00:00:00Z") })
        .await;
    let whole = json!({
        "total_tenants": 2, "active_hotspots": 0, "total_users": 6, "monthly_revenue": 116.5,
        "revenue_by_currency": { "USD": "116.50" },
    });
    root.get(PATH).await.expect_body(200, &whole);
    admin.get(PATH).await.expect_body(200, &whole);
    let part = json!({
        "total_tenants": 1, "active_hotspots": 0, "total_users": 2, "monthly_revenue": 15.5,
        "revenue_by_currency": { "USD": "15.50" },
    });
    owner.get(PATH).await.expect_body(200, &part);
    let their = stranger.get(PATH).await.expect(200);
    assert_eq!(
        [&their["total_users"], &their["revenue_by_currency"]["USD"]],
        [&json!(1), &json!("100.00")]
    );
    subscriber.get(PATH).await.expect_body(403, &forbidden());
    stray.get(PATH).await.expect_body(403, &forbidden());
    let missing = detail("Authentication credentials were not provided.");
    app.anonymous().get(PATH).await.expect_body(401, &missing);
    root.post(PATH, json!({})).await.expect_body(405, &detail("Method \"POST\" not allowed."));
}

#[tokio::test]
async fn a_payment_counts_in_the_utc_month_of_its_first_confirmation() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let user = id_of(&root).await;
    for (at, total) in [
        ("2025-12-31T23:59:59.999999Z", "1"),
        ("2026-01-01T00:00:00Z", "2"),
        ("2026-01-31T23:59:59.999999Z", "4"),
        ("2026-02-01T00:00:00Z", "8"),
        ("2026-02-28T23:59:59.999999Z", "16"),
        ("2026-03-01T00:00:00Z", "32"),
    ] {
        pay(&app, Payment { total, ..confirmed(user, at) }).await;
    }
    // Confirmed a second time later, such as by a repeated message: the first time counts.
    let twice = vec![
        ("confirmed", "2026-03-05T00:00:00Z"),
        ("confirmed", "2026-01-20T00:00:00Z"),
        ("confirmed", "2026-02-05T00:00:00Z"),
    ];
    pay(&app, Payment { total: "64", log: twice, ..confirmed(user, "2026-01-01T00:00:00Z") }).await;
    // Never confirmed.
    for status in ["waiting", "preauth", "rejected", "error"] {
        let log = vec![(status, "2026-02-10T00:00:00Z")];
        pay(&app, Payment { status, total: "128", log, ..confirmed(user, "2026-02-10T00:00:00Z") })
            .await;
    }
    for (now, expected) in [
        ("2025-11-30T23:59:59.999999Z", 0.0),
        ("2025-12-01T00:00:00Z", 1.0),
        ("2025-12-31T23:59:59.999999Z", 1.0),
        ("2026-01-01T00:00:00Z", 70.0),
        ("2026-01-31T23:59:59.999999Z", 70.0),
        ("2026-02-01T00:00:00Z", 24.0),
        ("2026-02-28T23:59:59.999999Z", 24.0),
        ("2026-03-01T00:00:00Z", 32.0),
        ("2026-04-01T00:00:00Z", 0.0),
        ("2027-01-15T00:00:00Z", 0.0),
    ] {
        set(&app, now);
        let stats = root.get(PATH).await.expect(200);
        assert_eq!(stats["monthly_revenue"].as_f64(), Some(expected), "{now}");
    }
}

#[tokio::test]
async fn what_was_refunded_is_taken_off_and_only_off_its_own_payment() {
    let app = TestApp::start().await;
    set(&app, "2026-02-10T00:00:00Z");
    let root = app.superadmin().await;
    let user = id_of(&root).await;
    let refunded = |amount: &str| json!({ "refunded_amount": amount });
    let in_month = "2026-02-03T00:00:00Z";
    pay(&app, Payment { metadata: refunded("2.50"), ..confirmed(user, in_month) }).await;
    assert_eq!(revenue(&root).await, ("7.5".into(), json!({ "USD": "7.50" })));
    let log = vec![("confirmed", in_month), ("refunded", "2026-02-04T00:00:00Z")];
    let whole = Payment {
        status: "refunded",
        metadata: refunded("10.00"),
        log,
        ..confirmed(user, in_month)
    };
    pay(&app, whole).await;
    assert_eq!(revenue(&root).await, ("7.5".into(), json!({ "USD": "7.50" })));
    // Earned last month and refunded in this one: last month's business.
    let earlier = Payment { metadata: refunded("9"), ..confirmed(user, "2026-01-03T00:00:00Z") };
    pay(&app, earlier).await;
    assert_eq!(revenue(&root).await, ("7.5".into(), json!({ "USD": "7.50" })));
    // Metadata belong to clients in part: whatever is under the key, the figures stand.
    for nonsense in [json!("a lot"), json!([1]), json!(null), json!({ "a": "1" }), json!("-3")] {
        let metadata = json!({ "refunded_amount": nonsense });
        let odd = Payment { total: "0.00", metadata, ..confirmed(user, in_month) };
        pay(&app, odd).await;
    }
    let (total, _) = revenue(&root).await;
    assert_eq!(total, "7.5");
}

#[tokio::test]
async fn the_currency_with_the_most_leads_and_sums_are_exact() {
    let app = TestApp::start().await;
    set(&app, "2026-02-10T00:00:00Z");
    let root = app.superadmin().await;
    let user = id_of(&root).await;
    let at = "2026-02-03T00:00:00Z";
    for (total, currency) in [("0.10", "USD"), ("0.20", "USD"), ("0.29", "EUR")] {
        pay(&app, Payment { total, currency, ..confirmed(user, at) }).await;
    }
    let expected = ("0.3".into(), json!({ "EUR": "0.29", "USD": "0.30" }));
    assert_eq!(revenue(&root).await, expected, "never binary arithmetic");
    for (total, currency) in
        [("99999999.99", "EUR"), ("99999999.99", "EUR"), ("0.03", "EUR"), ("5000", "JPY")]
    {
        pay(&app, Payment { total, currency, ..confirmed(user, at) }).await;
    }
    let by = json!({ "EUR": "200000000.30", "JPY": "5000.00", "USD": "0.30" });
    assert_eq!(revenue(&root).await, ("200000000.3".into(), by));
}
