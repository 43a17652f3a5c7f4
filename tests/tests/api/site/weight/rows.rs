//! Pages that show rows of which there may be any number.

use wiwebb_domain::money::Currency;
use wiwebb_tests::{Page, TestApp};

use super::weigh;

/// More rows than any page shows.
const MANY: i32 = 300;

/// A server with a superadmin, `root`.
async fn server() -> TestApp {
    let app = TestApp::start().await;
    app.superadmin().await;
    app
}

/// Inserts as many as are said; answers the ids.
async fn insert(app: &TestApp, statement: &'static str, count: i32) -> Vec<i32> {
    sqlx::query_scalar(statement).bind(count).fetch_all(&app.pool).await.unwrap()
}

fn shows_all(page: &Page, texts: &Vec<&str>) -> bool {
    texts.iter().all(|text| page.html.contains(text))
}

/// A payment of `root` about which everything is as long as it can be, with so many refunds and
/// entries.
const PAYMENT: &str = "WITH gateway AS (
        INSERT INTO payment_paymentgatewayconfig (name, variant)
        VALUES (repeat('<', 100), repeat('<', 50)) RETURNING id
     ), payment AS (
        INSERT INTO payment_payment
            (user_id, payment_gateway_id, status, total, order_id, transaction_id, metadata)
        SELECT person.id, gateway.id, 'confirmed', 99999999.99, repeat('<', 100), repeat('<', 255),
               jsonb_build_object('description', repeat('<', 9000), 'note', repeat('<', 40000),
                                  'invoice_number', repeat('<', 9000))
        FROM api_user person, gateway RETURNING id
     ), refund AS (
        INSERT INTO payment_refund (payment_id, amount, status, reason, transaction_id)
        SELECT id, 99999999.99, 'succeeded', repeat('<', 200), n || repeat('<', 250)
        FROM payment, generate_series(1, $1) n
     )
     INSERT INTO payment_paymentlog (payment_id, event_type, message, data)
     SELECT id, repeat('<', 100), repeat('<', 40000), jsonb_build_object('note', repeat('<', 40000))
     FROM payment, generate_series(1, $1) RETURNING payment_id";

#[tokio::test]
async fn the_page_of_a_payment_shows_the_first_of_very_many_refunds_and_entries() {
    let app = server().await;
    let id = insert(&app, PAYMENT, MANY).await[0];
    let refunds = "These are the first 20 of 300.";
    let pages = [
        (format!("/admin/payments/{id}/"), vec![refunds, "The whole log"]),
        (format!("/account/payments/{id}/"), vec![refunds, "What happened"]),
    ];
    weigh(&app, &pages, shows_all).await;
}

/// So many plans with as many prices each, of which everything is as long as it can be.
const PLANS: &str = "WITH plan AS (
        INSERT INTO payment_plan (name, description, stripe_product_id, metadata)
        SELECT rpad(n || ' ', 100, '<'), repeat('<', 40000), repeat('<', 255),
               jsonb_build_object('note', repeat('<', 40000))
        FROM generate_series(1, $1) n RETURNING id
     ), price AS (
        INSERT INTO payment_planpricing (plan_id, amount, \"interval\", trial_period_days)
        SELECT id, 99999999.99, 'month', 730 FROM plan, generate_series(1, $1)
     )
     SELECT id FROM plan ORDER BY id";

#[tokio::test]
async fn the_pages_of_plans_show_the_first_of_very_many_prices_and_lead_to_all() {
    let app = server().await;
    let id = insert(&app, PLANS, 60).await[0];
    let (all, own) = (format!("/admin/pricing/?plan={id}&#38;"), format!("/account/plans/{id}/"));
    let next = "rel=\"next\"";
    let pages = [
        (format!("/admin/plans/{id}/"), vec!["These are the first 20 of 60.", &all]),
        (own.clone(), vec!["This is its beginning."]),
        (format!("{own}prices/?page_size=100"), vec!["730 days free at first", next]),
        ("/account/plans/?page_size=100".to_owned(), vec![&own, "prices/\">All prices", next]),
    ];
    weigh(&app, &pages, shows_all).await;
}

#[tokio::test]
async fn the_tenants_to_choose_from_are_no_more_than_fit_on_a_page() {
    let app = server().await;
    let tenants = "INSERT INTO api_tenant (uuid, name, slug)
                   SELECT gen_random_uuid(), rpad(gen_random_uuid()::text, 150, '&'), gen_random_uuid()
                   FROM generate_series(1, $1) RETURNING id";
    let users = "INSERT INTO api_user (username, email, password, role)
                 SELECT 'u' || n, 'u' || n || '@example.org', 'none', 'subscriber'
                 FROM generate_series(1, $1) n RETURNING id";
    let user = insert(&app, users, 1).await[0];
    for wanted in ["<select id=\"tenant\"", "The tenant&#39;s id, which stands in the address"] {
        insert(&app, tenants, 50).await;
        let pages = ["/admin/users/new/".to_owned(), format!("/admin/users/{user}/role/")];
        weigh(&app, &pages.map(|path| (path, vec![wanted])), shows_all).await;
    }
}

#[tokio::test]
async fn the_devices_that_somebody_is_signed_in_on_fit_on_a_page_whatever_they_call_themselves() {
    let app = server().await;
    let keys = "INSERT INTO api_accesstoken (user_id, key_hash, user_agent, last_used_at)
                SELECT person.id, sha256(n::text::bytea), repeat('<', 200), now()
                FROM api_user person, generate_series(1, $1) n RETURNING id";
    insert(&app, keys, MANY).await;
    let pages = [("/account/keys/?page_size=100".to_owned(), ())];
    weigh(&app, &pages, |page, ()| page.html.matches("<tr>").count() == 51).await;
}

#[tokio::test]
async fn the_dashboard_is_light_with_money_in_every_currency() {
    let app = server().await;
    app.clock.set("2026-02-10T12:00:00Z".parse().unwrap());
    let letters = || (b'A'..=b'Z').map(char::from);
    let triples = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let currencies: Vec<String> = triples.filter(|code| Currency::new(code).is_ok()).collect();
    let statement = "WITH gateway AS (
            INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Desk', 'manual')
            RETURNING id
         ), payment AS (
            INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, currency)
            SELECT person.id, gateway.id, 'confirmed', 99999999, code
            FROM api_user person, gateway, unnest($1::text[]) code, generate_series(1, 11)
            RETURNING id
         ), entry AS (
            INSERT INTO payment_paymentlog (payment_id, event_type, data, created_at)
            SELECT id, 'payment.changed', '{\"to\": \"confirmed\"}',
                   timestamptz '2026-02-03' - id % 11 * interval '1 month'
            FROM payment
         ), person AS (
            INSERT INTO api_user (username, email, password, role)
            SELECT 'u' || n, 'u' || n || '@example.org', 'none', 'subscriber'
            FROM generate_series(1, 20) n RETURNING id
         ), usage AS (
            INSERT INTO network_usage (user_id, day, seconds, octets)
            SELECT id, date '2026-02-10' - n, 99999999, 99999999999999
            FROM person, generate_series(0, 60) n
         ), plan AS (
            INSERT INTO payment_plan (name) SELECT rpad(n || ' ', 100, '<')
            FROM generate_series(1, 20) n RETURNING id
         )
         INSERT INTO payment_subscription (subscription_id, user_id, plan_id, driver, status)
         SELECT 'sub_' || person.id, person.id, plan.id, 'local', 'active'
         FROM (SELECT id, row_number() OVER () AS place FROM person) AS person
         JOIN (SELECT id, row_number() OVER () AS place FROM plan) AS plan USING (place)";
    sqlx::query(statement).bind(&currencies).execute(&app.pool).await.unwrap();
    let pages = [("/admin/".to_owned(), vec!["in other currencies", "Other plans"])];
    weigh(&app, &pages, shows_all).await;
}
