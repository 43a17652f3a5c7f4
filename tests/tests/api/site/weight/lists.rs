//! Lists of every kind, as full as they can be.

use wiwebb_tests::TestApp;

use super::{ROWS, weigh};

/// What fills them, each more than a page of it has; everything is as long as it can be.
const FULL: [&str; 8] = [
    "INSERT INTO payment_paymentgatewayconfig (name, variant)
     SELECT rpad(n || '', 100, '<'), repeat('<', 50) FROM generate_series(1, $1) n",
    "INSERT INTO payment_plan (name, description) SELECT rpad(n || '', 100, '<'), repeat('<', 900)
     FROM generate_series(1, $1) n",
    "INSERT INTO payment_planpricing (plan_id, amount, \"interval\", trial_period_days)
     SELECT id, 99999999.99, 'month', 730 FROM payment_plan, generate_series(1, $1 / 10)",
    "INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, metadata)
     SELECT person.id, gateway.id, 'preauth', 99999999.99,
            jsonb_build_object('description', repeat('<', 500))
     FROM generate_series(1, $1),
          (SELECT min(id) AS id FROM api_user) person,
          (SELECT min(id) AS id FROM payment_paymentgatewayconfig) gateway",
    "INSERT INTO payment_paymentlog (payment_id, event_type, message, data)
     SELECT id, repeat('<', 100), repeat('<', 900),
            jsonb_build_object('from', repeat('<', 900), 'to', repeat('<', 900))
     FROM payment_payment LIMIT $1",
    "INSERT INTO payment_webhookevent
        (variant, event_id, event_type, payload, status, payment_id, processed_at)
     SELECT repeat('<', 50), rpad(payment.id || '', 255, '<'), repeat('<', 100), '{}', 'processed',
            payment.id, now()
     FROM payment_payment payment LIMIT $1",
    "INSERT INTO api_auditlog (actor_id, target_id, action)
     SELECT id, id, 'activation_changed' FROM api_user, generate_series(1, $1)",
    "INSERT INTO network_servicekey (name, key_hash) SELECT repeat('<', 100), sha256(n::text::bytea)
     FROM generate_series(1, $1) n",
];

/// Those lists, and those of one's own account.
const LISTS: [&str; 9] = [
    "/admin/gateways/",
    "/admin/plans/",
    "/admin/pricing/",
    "/admin/payments/",
    "/admin/payment-logs/",
    "/admin/webhook-events/",
    "/admin/audit-logs/",
    "/admin/service-keys/",
    "/account/payments/",
];

#[tokio::test]
async fn a_full_list_of_any_kind_is_light_enough_for_a_phone() {
    let app = TestApp::start().await;
    app.superadmin().await;
    for statement in FULL {
        sqlx::query(statement).bind(ROWS).execute(&app.pool).await.unwrap();
    }
    let pages = LISTS.map(|list| (format!("{list}?page_size=100"), ()));
    weigh(&app, &pages, |page, ()| page.html.matches("<tr>").count() > 26).await;
}
