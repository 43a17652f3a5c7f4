//! How much has to be loaded for pages that are as full as they can be.

mod lists;
mod prose;
mod rows;

use std::collections::BTreeSet;

use reqwest::header::ACCEPT_ENCODING;
use wiwebb_tests::{Page, TestApp, Visitor};

/// Largest page with all that it loads, in bytes on the wire.
const HEAVIEST: usize = 100_000;

/// More rows than any page has.
const ROWS: i32 = 120;

/// Longer than any JSON that is shown whole.
const LONG: i32 = 40_000;

/// Inserts what has as much JSON as there can be, by the list that its pages are in; answers the ids.
const FULL: [(&str, &str); 4] = [
    (
        "/admin/plans/",
        "INSERT INTO payment_plan (name, metadata)
         VALUES ('Gold', jsonb_build_object('note', repeat('<', $1))) RETURNING id",
    ),
    (
        "/admin/webhook-events/",
        "INSERT INTO payment_webhookevent (variant, event_id, event_type, payload, status, processed_at)
         VALUES ('stripe', 'evt_1', 'payment_intent.succeeded',
                jsonb_build_object('note', repeat('<', $1))::text, 'ignored', now()) RETURNING id",
    ),
    (
        "/admin/payments/",
        "INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, metadata)
         SELECT person.id, gateway.id, 'waiting', 5, jsonb_build_object('note', repeat('<', $1))
         FROM api_user person, payment_paymentgatewayconfig gateway RETURNING id",
    ),
    (
        "/admin/payment-logs/",
        "INSERT INTO payment_paymentlog (payment_id, event_type, data)
         SELECT id, 'payment.changed', jsonb_build_object('note', repeat('<', $1))
         FROM payment_payment, generate_series(1, 40) RETURNING id",
    ),
];

/// A letter of four bytes.
const LETTER: &str = "\u{20000}";

/// A server with a tenant for each user, all of them with the longest values that the rules let
/// through: made of one character for names, another for usernames and a third for what stands before
/// the `@` of addresses.
async fn crowded(name: &str, username: &str, local: &str) -> TestApp {
    let app = TestApp::start().await;
    app.superadmin().await;
    for statement in [
        "INSERT INTO api_tenant (uuid, name, slug, email, url, description)
         SELECT gen_random_uuid(), rpad(n || ' ', 150, $2), rpad('t' || n || '-', 160, 'm'),
                rpad(n::text, 64, $4) || '@' || repeat(repeat('m', 62) || '.', 2) || repeat('m', 63),
                rpad('https://' || n || '.example/', 200, 'm'), repeat($2, 5000) || left($3, 0)
         FROM generate_series(1, $1) n",
        "INSERT INTO api_user (username, email, password, role, tenant_id, first_name, last_name)
         SELECT rpad(n || 'u', 150, $3),
                rpad(n::text, 64, $4) || '@' || repeat(repeat('m', 62) || '.', 2) || repeat('m', 63),
                root.password, 'tenant_owner', tenant.id, repeat($2, 150), repeat($2, 150)
         FROM generate_series(1, $1) n
         JOIN api_tenant tenant ON tenant.slug LIKE 't' || n || '-%'
         JOIN api_user root ON root.username = 'root'",
    ] {
        let statement = sqlx::query(statement).bind(ROWS).bind(name).bind(username).bind(local);
        statement.execute(&app.pool).await.unwrap();
    }
    app
}

/// The files that a page loads, and the script that it would load if it looked for news.
fn files(page: &Page) -> BTreeSet<String> {
    let of = |attribute: &'static str| page.html.split(attribute).skip(1);
    let addresses = of("href=\"/assets/").chain(of("src=\"/assets/"));
    let mut files: BTreeSet<String> =
        addresses.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    let style = files.iter().find(|file| file.ends_with("/site.css")).unwrap();
    files.insert(style.replace("site.css", "htmx.min.js"));
    files
}

/// Opens pages as `root`, and fails with those that are too heavy. Each is as full as it is to be.
async fn weigh<T>(app: &TestApp, pages: &[(String, T)], is_full: impl Fn(&Page, &T) -> bool) {
    let plain = Visitor::signed_in(&app.base, "root").await;
    let packed = Visitor::new(&app.base).saying(ACCEPT_ENCODING, "gzip");
    let mut heavy = Vec::new();
    for (path, wanted) in pages {
        let page = plain.open(path).await.expect(200);
        assert!(is_full(&page, wanted), "{path}: {}", page.html);
        let mut weight = page.size;
        for file in files(&page) {
            let file = packed.open(&format!("/assets/{file}")).await.expect(200);
            assert!(file.headers.contains_key("content-encoding") || file.size < 1000);
            weight += file.size;
        }
        if weight >= HEAVIEST {
            heavy.push(format!("{path}: {weight} bytes, {} of the page", page.size));
        }
    }
    assert!(heavy.is_empty(), "{}", heavy.join("\n"));
}

/// Weighs the lists of users and tenants: all that there are, and those with a name of this character.
async fn weigh_lists(app: &TestApp, character: &str) {
    let mut pages = Vec::new();
    for (list, order) in [("/admin/users/", "-username"), ("/admin/tenants/", "-slug")] {
        let all = "page_size=100000".to_owned();
        let mut found = form_urlencoded::Serializer::new(all.clone());
        found.append_pair("search", &character.repeat(100)).append_pair("ordering", order);
        // The longest query that there can be, and most of it what HTML escapes.
        let longest = format!("{}{all}", "a=1&".repeat(245));
        pages.extend([all, found.finish(), longest].map(|query| (format!("{list}?{query}"), ())));
    }
    // As many as nobody gets who does not ask for them.
    weigh(app, &pages, |page, ()| page.html.matches("<tr>").count() > 26).await;
}

#[tokio::test]
async fn the_fullest_lists_are_light_enough_for_a_phone_with_all_they_load() {
    let app = crowded("m", "m", "m").await;
    weigh_lists(&app, "m").await;
}

#[tokio::test]
async fn the_fullest_lists_are_as_light_where_names_take_the_most_bytes() {
    let app = crowded("&", LETTER, "&").await;
    weigh_lists(&app, "&").await;
}

#[tokio::test]
async fn a_page_that_shows_all_the_json_it_can_is_light_enough_for_a_phone() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let desk = "INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Desk', 'manual')";
    sqlx::query(desk).execute(&app.pool).await.unwrap();
    let mut pages = Vec::new();
    for (list, statement) in FULL {
        let statement = sqlx::query_scalar(statement).bind(LONG);
        let ids: Vec<i32> = statement.fetch_all(&app.pool).await.unwrap();
        pages.push((format!("{list}{}/", ids[0]), "&#60;".repeat(900)));
    }
    let told = "The API has all of it.";
    weigh(&app, &pages, |page, shown| page.html.contains(shown) && page.html.contains(told)).await;
}
