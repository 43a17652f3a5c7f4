//! How much has to be loaded for a list that is as full as it can be.

use std::collections::BTreeSet;

use reqwest::header::ACCEPT_ENCODING;
use wiwebb_tests::{Page, TestApp, Visitor};

/// Largest page with all that it loads, in bytes on the wire.
const HEAVIEST: usize = 100_000;

/// More rows than any page has.
const ROWS: i32 = 120;

/// A server with a tenant for each user, all of them with the longest values that the rules let
/// through.
async fn crowded() -> TestApp {
    let app = TestApp::start().await;
    app.superadmin().await;
    for statement in [
        "INSERT INTO api_tenant (uuid, name, slug, email, url, description)
         SELECT gen_random_uuid(), rpad(n || ' ', 150, 'm'), rpad('t' || n || '-', 160, 'm'),
                rpad(n::text, 64, 'm') || '@' || repeat(repeat('m', 62) || '.', 2) || repeat('m', 63),
                rpad('https://' || n || '.example/', 200, 'm'), repeat('m', 5000)
         FROM generate_series(1, $1) n",
        "INSERT INTO api_user (username, email, password, role, tenant_id, first_name, last_name)
         SELECT rpad(n || 'u', 150, 'm'),
                rpad(n::text, 64, 'm') || '@' || repeat(repeat('m', 62) || '.', 2) || repeat('m', 63),
                root.password, 'tenant_owner', tenant.id, repeat('m', 150), repeat('m', 150)
         FROM generate_series(1, $1) n
         JOIN api_tenant tenant ON tenant.slug LIKE 't' || n || '-%'
         JOIN api_user root ON root.username = 'root'",
    ] {
        sqlx::query(statement).bind(ROWS).execute(&app.pool).await.unwrap();
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

#[tokio::test]
async fn the_fullest_lists_are_light_enough_for_a_phone_with_all_they_load() {
    let app = crowded().await;
    let plain = Visitor::signed_in(&app.base, "root").await;
    let packed = Visitor::new(&app.base).saying(ACCEPT_ENCODING, "gzip");
    let words = "m".repeat(100);
    for (list, order) in [("/admin/users/", "username"), ("/admin/tenants/", "slug")] {
        let all = format!("{list}?page_size=100000");
        let found = format!("{all}&search={words}&ordering=-{order}");
        for path in [all, found] {
            let page = plain.open(&path).await.expect(200);
            let mut weight = page.size;
            // As many as nobody gets who does not ask for them.
            assert!(page.html.matches("<tr>").count() > 26, "{path}");
            for file in files(&page) {
                let file = packed.open(&format!("/assets/{file}")).await.expect(200);
                assert!(file.headers.contains_key("content-encoding") || file.size < 1000);
                weight += file.size;
            }
            assert!(weight < HEAVIEST, "{path}: {weight} bytes, {} of the page", page.size);
        }
    }
}
