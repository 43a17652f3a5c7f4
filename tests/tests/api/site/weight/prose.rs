//! Pages that show text which the API sets no limit to, whatever it consists of.

use serde_json::json;
use wiwebb_tests::{TestApp, Visitor};

use super::weigh;

/// More letters than any page shows.
const LONG: i32 = 40_000;

/// Inserts one thing whose text is as long; the page that shows it.
const FULL: [(&str, &str); 6] = [
    (
        "/admin/tenants/",
        "INSERT INTO api_tenant (uuid, name, slug, description)
         VALUES (gen_random_uuid(), 'Hill', 'hill', repeat('<', $1)) RETURNING id",
    ),
    (
        "/admin/users/",
        "INSERT INTO api_user (username, email, password, role, bio)
         VALUES ('sue', 'sue@example.org', 'none', 'subscriber', repeat('<', $1)) RETURNING id",
    ),
    (
        "/admin/gateways/",
        "INSERT INTO payment_paymentgatewayconfig (name, variant, config)
         SELECT 'Desk', 'manual', jsonb_object_agg('<' || n, n) FROM generate_series(1, $1) n
         RETURNING id",
    ),
    (
        "/admin/webhook-events/",
        "INSERT INTO payment_webhookevent
            (variant, event_id, event_type, payload, status, processed_at, error)
         VALUES (repeat('<', 50), repeat('<', 255), repeat('<', 100),
                 jsonb_build_object('note', repeat('<', $1))::text, 'ignored', now(),
                 repeat('<', $1)) RETURNING id",
    ),
    (
        "/admin/payment-logs/",
        "WITH payment AS (
            INSERT INTO payment_payment (user_id, payment_gateway_id, status, total)
            SELECT person.id, gateway.id, 'confirmed', 5
            FROM api_user person, payment_paymentgatewayconfig gateway RETURNING id
         )
         INSERT INTO payment_paymentlog (payment_id, event_type, message, data)
         SELECT id, repeat('<', 100), repeat('<', $1),
                jsonb_build_object('from', repeat('<', $1), 'to', repeat('<', $1))
         FROM payment RETURNING id",
    ),
    (
        "/admin/audit-logs/",
        "INSERT INTO api_auditlog (action, details)
         SELECT 'role_changed', jsonb_object_agg(age || '_' || n, repeat('<', $1 / 100))
         FROM unnest(ARRAY['old', 'new']) age, generate_series(1, 100) n RETURNING id",
    ),
];

#[tokio::test]
async fn a_page_of_something_with_very_long_text_shows_its_beginning_and_says_so() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let mut pages = Vec::new();
    for (list, statement) in FULL {
        let statement = sqlx::query_scalar(statement).bind(LONG);
        let ids: Vec<i32> = statement.fetch_all(&app.pool).await.unwrap();
        pages.push((format!("{list}{}/", ids[0]), "&#60;".repeat(50)));
    }
    // The names of settings have a digit after each.
    pages[2].1 = "&#60;1, &#60;10, ".to_owned();
    let told = "This is its beginning. The API has all of it.";
    weigh(&app, &pages, |page, shown| page.html.contains(shown) && page.html.contains(told)).await;
}

#[tokio::test]
async fn a_form_leaves_out_text_that_is_too_long_to_be_edited_and_does_not_change_it() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let text = "<".repeat(40_000);
    let plan = "INSERT INTO payment_plan (name, description, metadata)
                VALUES ('Gold', $1, jsonb_build_object('note', $1::text)) RETURNING id";
    let plan: i32 = sqlx::query_scalar(plan).bind(&text).fetch_one(&app.pool).await.unwrap();
    let bio = "UPDATE api_user SET bio = $1 WHERE username = 'root' RETURNING id";
    let root: i32 = sqlx::query_scalar(bio).bind(&text).fetch_one(&app.pool).await.unwrap();
    let forms = [
        format!("/admin/plans/{plan}/edit/"),
        format!("/admin/users/{root}/edit/"),
        "/account/profile/".to_owned(),
    ];
    let told = "This is too long to be edited here, and stays as it is.";
    weigh(&app, &forms.map(|path| (path, ())), |page, ()| page.html.contains(told)).await;

    let visitor = Visitor::signed_in(&app.base, "root").await;
    let edit = format!("/admin/plans/{plan}/edit/");
    visitor.fill(&edit, &[("name", "")]).await.expect(400).shows(told);
    visitor.fill(&edit, &[("name", "Silver")]).await.expect(303);
    let kept = "SELECT name = 'Silver' AND description = $1 AND metadata ->> 'note' = $1
                FROM payment_plan";
    let kept: bool = sqlx::query_scalar(kept).bind(&text).fetch_one(&app.pool).await.unwrap();
    assert!(kept);
}

#[tokio::test]
async fn no_page_repeats_an_address_that_would_make_it_heavy() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let plan = root.post("/subscriptions/plans/", json!({ "name": "Gold" })).await.expect(201);
    let visitor = Visitor::signed_in(&app.base, "root").await;
    let long = "%22".repeat(20_000);
    for (path, status, shown) in [
        (format!("/admin/users/?search={long}"), 414, "Please ask for less at once."),
        (format!("/account/sign-in/?next=/admin/{long}"), 200, "name=\"next\" value=\"\""),
        (format!("/account/plans/{}/?pricing={long}", plan["id"]), 200, "Subscribe to Gold"),
    ] {
        let page = visitor.open(&path).await.expect(status);
        page.shows(shown);
        assert!(page.size < 20_000, "{shown}: {}", page.size);
    }
    let status = format!("/admin/payments/?status={}", "%22".repeat(300));
    visitor.open(&status).await.expect(400).shows("&#34;&#34; is not one of");
}
