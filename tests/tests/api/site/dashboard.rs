//! The first page of the console.

use chrono::NaiveDate;
use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, Page, TestApp, Visitor};

use crate::support::own;

const PAGE: &str = "/admin/";

/// The number that stands below a label.
fn stat<'a>(page: &'a Page, label: &str) -> &'a str {
    page.between(&format!("<span>{label}</span> <strong>"), "</strong>").unwrap()
}

/// A number of the table below a chart.
fn number<'a>(page: &'a Page, chart: &str, row: &str) -> &'a str {
    let (_, rest) = page.html.split_once(&format!("id=\"{chart}\"")).unwrap();
    let (figure, _) = rest.split_once("</figure>").unwrap();
    let (_, row) = figure.split_once(&format!("<th>{row}</th>")).unwrap();
    row.split_once("<td>").unwrap().1.split_once("</td>").unwrap().0
}

async fn id_of(client: &Client) -> i32 {
    let id = own(client).await["id"].as_i64().unwrap();
    i32::try_from(id).unwrap()
}

/// A payment that was confirmed on 3 February 2026.
async fn pay(app: &TestApp, user: i32, total: &str, currency: &str) {
    let statement = "WITH gateway AS (
            INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Dummy', 'dummy')
            ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
         ), payment AS (
            INSERT INTO payment_payment (user_id, payment_gateway_id, status, total, currency)
            SELECT $1, id, 'confirmed', $2::text::numeric, $3 FROM gateway RETURNING id
         )
         INSERT INTO payment_paymentlog (payment_id, event_type, data, created_at)
         SELECT id, 'payment.changed', '{\"to\": \"confirmed\"}', '2026-02-03T00:00:00Z' FROM payment";
    sqlx::query(statement).bind(user).bind(total).bind(currency).execute(&app.pool).await.unwrap();
}

async fn use_network(app: &TestApp, user: i32, day: &str, seconds: i64, octets: i64) {
    let day: NaiveDate = day.parse().unwrap();
    sqlx::query(
        "INSERT INTO network_usage (user_id, day, seconds, octets) VALUES ($1, $2, $3, $4)",
    )
    .bind(user)
    .bind(day)
    .bind(seconds)
    .bind(octets)
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Two tenants, each with an owner; payments and use of the network by both owners.
async fn operator() -> (TestApp, Client, Client) {
    let app = TestApp::start().await;
    app.clock.set("2026-02-10T12:00:00Z".parse().unwrap());
    let root = app.superadmin().await;
    let (hill, lake) = (app.tenant(&root, "hill").await, app.tenant(&root, "lake").await);
    let olga = app.user(&root, "olga", Role::TenantOwner, Some(hill)).await;
    let leo = app.user(&root, "leo", Role::TenantOwner, Some(lake)).await;
    sqlx::query("UPDATE api_user SET date_joined = '2026-02-01T00:00:00Z'")
        .execute(&app.pool)
        .await
        .unwrap();
    let (first, second) = (id_of(&olga).await, id_of(&leo).await);
    pay(&app, first, "1234.50", "USD").await;
    pay(&app, second, "20.00", "USD").await;
    pay(&app, second, "7.00", "EUR").await;
    use_network(&app, first, "2026-02-10", 3600, 1_500_000).await;
    use_network(&app, second, "2026-02-10", 1800, 500_000).await;
    use_network(&app, second, "2026-02-09", 60, 1000).await;
    (app, root, olga)
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// What the API says, in the page's writing.
async fn check_figures(page: &Page, api: &Client) {
    let figures = api.get("/dashboard/stats/").await.expect(200);
    assert_eq!(stat(page, "Users"), figures["total_users"].to_string());
    assert_eq!(stat(page, "Tenants"), figures["total_tenants"].to_string());
    let (_, revenue) = page.html.split_once("Revenue in February 2026").unwrap();
    let (revenue, _) = revenue.split_once("</section>").unwrap();
    let shown: Vec<String> = revenue
        .split("<strong>")
        .skip(1)
        .map(|rest| plain(rest.split_once("</strong>").unwrap().0).replace(' ', ""))
        .collect();
    let sums = figures["revenue_by_currency"].as_object().unwrap();
    let sums: Vec<String> = sums
        .iter()
        .map(|(currency, sum)| format!("{}{currency}", sum.as_str().unwrap_or_default()))
        .collect();
    assert_eq!(shown, sums);
}

#[tokio::test]
async fn a_superadmin_sees_the_figures_of_all() {
    let (app, root, _) = operator().await;
    let page = Visitor::signed_in(&app.base, "root").await.open(PAGE).await.expect(200);
    check_figures(&page, &root).await;
    page.shows("Today, 10 February 2026");
    let today = ["Active users", "Time", "Data"].map(|label| plain(stat(&page, label)));
    assert_eq!(today, ["2", "1 h 30 min", "2 MB"]);
    assert_eq!(stat(&page, "Active subscriptions"), "0");
    for (chart, row, value) in [
        ("revenue-USD", "February 2026", "1 254.50 USD"),
        ("revenue-USD", "January 2026", "0.00 USD"),
        ("revenue-EUR", "February 2026", "7.00 EUR"),
        ("new-users", "February 2026", "3"),
        ("daily-users", "9 February 2026", "1"),
        ("daily-time", "10 February 2026", "1 h 30 min"),
        ("daily-data", "9 February 2026", "1 kB"),
    ] {
        assert_eq!(plain(number(&page, chart, row)), value, "{chart}, {row}");
    }
}

#[tokio::test]
async fn an_owner_sees_the_figures_of_the_own_tenant_alone() {
    let (app, _, olga) = operator().await;
    let page = Visitor::signed_in(&app.base, "olga").await.open(PAGE).await.expect(200);
    check_figures(&page, &olga).await;
    let today = ["Active users", "Time", "Data"].map(|label| plain(stat(&page, label)));
    assert_eq!(today, ["1", "1 h", "1.5 MB"]);
    assert_eq!(plain(number(&page, "revenue-USD", "February 2026")), "1 234.50 USD");
    assert_eq!(number(&page, "new-users", "February 2026"), "1");
    page.hides("revenue-EUR");
}

#[tokio::test]
async fn where_nothing_has_happened_yet_the_page_says_so() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let page = Visitor::signed_in(&app.base, "root").await.open(PAGE).await.expect(200);
    page.shows("Nothing came in yet.").shows("Nobody has a subscription yet.");
    page.shows("The network was not used.");
}

#[tokio::test]
async fn the_page_is_light_enough_for_a_phone_with_all_it_loads() {
    let (app, _, olga) = operator().await;
    let user = id_of(&olga).await;
    for currency in ["CHF", "GBP", "JPY"] {
        pay(&app, user, "99999.00", currency).await;
    }
    for day in 1..=9 {
        use_network(&app, user, &format!("2026-02-{day:02}"), 86_399, 1_234_567_890).await;
    }
    let visitor = Visitor::signed_in(&app.base, "root").await;
    let page = visitor.open(PAGE).await.expect(200);
    let style = page.between("rel=\"stylesheet\" href=\"", "\"").unwrap();
    let script = page.between("<script src=\"", "\"").unwrap();
    let mut size = page.html.len();
    for file in [style, script] {
        size += visitor.open(file).await.expect(200).html.len();
    }
    assert!(size < 100_000, "{size} bytes");
}

#[tokio::test]
async fn only_what_changes_by_the_minute_is_asked_for_again() {
    let (app, _, _) = operator().await;
    let page = Visitor::signed_in(&app.base, "root").await.open(PAGE).await.expect(200);
    let live = page.between("<section class=\"panel\" id=\"today\"", ">").unwrap();
    for part in ["hx-get=\"/admin/\"", "hx-trigger=\"every 30s\"", "hx-select-oob=\"#today\""] {
        assert!(live.contains(part), "{part} is not in {live}");
    }
    assert_eq!(page.html.matches("hx-get").count(), 1);
    assert_eq!(page.html.matches("id=\"today\"").count(), 1);
}

/// Somebody new in the tenant of this slug who subscribes to a new plan that is free.
async fn subscribe(app: &TestApp, root: &Client, name: &str, slug: &str, plan: &str) {
    let tenants = root.get(&format!("/tenants/?search={slug}")).await.expect(200);
    let tenant = tenants["results"][0]["id"].as_i64();
    let body = json!({ "name": plan, "requires_payment": false });
    let plan = root.post("/subscriptions/plans/", body).await.expect(201)["id"].clone();
    let person = app.user(root, name, Role::Subscriber, tenant).await;
    person.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
}

#[tokio::test]
async fn a_live_subscription_counts_as_active_and_is_plotted_by_its_plan() {
    let (app, root, _) = operator().await;
    subscribe(&app, &root, "sue", "hill", "Gold").await;
    let page = Visitor::signed_in(&app.base, "root").await.open(PAGE).await.expect(200);
    assert_eq!(stat(&page, "Active subscriptions"), "1");
    assert_eq!(number(&page, "subscriptions", "Gold"), "1");
    page.hides("Nobody has a subscription yet.");
}

#[tokio::test]
async fn an_owner_does_not_see_the_subscriptions_of_another_tenant() {
    let (app, root, _) = operator().await;
    subscribe(&app, &root, "lee", "lake", "Silver").await;
    let olga = Visitor::signed_in(&app.base, "olga").await;
    let page = olga.open(PAGE).await.expect(200);
    assert_eq!(stat(&page, "Active subscriptions"), "0");
    page.shows("Nobody has a subscription yet.").hides("Silver");
    subscribe(&app, &root, "sue", "hill", "Gold").await;
    let page = olga.open(PAGE).await.expect(200);
    assert_eq!(stat(&page, "Active subscriptions"), "1");
    assert_eq!(number(&page, "subscriptions", "Gold"), "1");
    page.hides("Silver");
}
