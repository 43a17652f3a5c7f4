//! What a page tells of somebody's plan, and of the use of the network against its limits.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::Visitor;

use super::{Site, page_of};
use crate::network::{MEGABYTE, equipment, report};
use crate::subscriptions::Shop;

const NO_PLAN: &str = "There is no plan for this account";

/// A page as text in which every space is an ordinary one.
async fn text_of(visitor: &Visitor, path: &str) -> String {
    visitor.open(path).await.expect(200).html.replace(['\u{a0}', '\u{202f}'], " ")
}

#[track_caller]
fn check_shows(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text} is not in {page}");
    }
}

#[tokio::test]
async fn the_use_of_the_network_stands_against_the_limits_of_the_plan() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let body = json!({
        "name": "Daily", "default": true, "requires_payment": false,
        "daily_time_minutes": 60, "daily_data_mb": 500,
    });
    let plan = site.root.post("/subscriptions/plans/", body).await.expect(201)["id"].clone();
    let lobby = equipment(&site.app, &site.root, Value::Null).await;
    let totals = json!({ "Acct-Session-Time": 15 * 60, "Acct-Output-Octets": 125 * MEGABYTE });
    report(&lobby, "sue", "Interim-Update", "a", totals).await.expect(204);
    let page = text_of(&site.visitor, &sue).await;
    let time = "15 min of 1 h, 45 min left";
    check_shows(&page, &["Plan Daily.", time, "125 MB of 500 MB, 375 MB left", "value=\"25\""]);
    check_shows(&page, &["Counted anew from 2026-01-16 00:00 UTC.", "There never was one."]);

    let path = format!("/subscriptions/plans/{plan}/");
    let limits = json!({ "daily_time_minutes": 15, "daily_data_mb": null });
    site.root.patch(&path, limits).await.expect(200);
    let page = text_of(&site.visitor, &sue).await;
    check_shows(&page, &["15 min of 15 min, 0 s left", "value=\"100\"", "125 MB, unlimited"]);
    assert_eq!(page.matches("<meter ").count(), 1);

    site.root.patch(&path, json!({ "default": false })).await.expect(200);
    let page = text_of(&site.visitor, &sue).await;
    check_shows(&page, &[NO_PLAN]);
    assert!(!page.contains("<meter "));
}

#[tokio::test]
async fn the_subscription_and_the_records_of_a_user_are_shown() {
    let shop = Shop::open().await;
    let sue = page_of(&shop.sue).await;
    let visitor = Visitor::signed_in(&shop.app.base, "root").await;
    visitor.open(&sue).await.expect(200).shows(NO_PLAN).shows("There never was one.");
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let told = shop.status().await;
    let page = visitor.open(&sue).await.expect(200);
    page.hides(NO_PLAN).hides("There never was one.").shows("Plan Gold.");
    page.shows(&format!("<a href=\"/admin/plans/{plan}/\">Gold</a>"));
    page.shows(told["subscription_id"].as_str().unwrap());
    let end = told["current_period_end"].as_str().unwrap();
    page.shows(&format!("{} {} UTC", &end[..10], &end[11..16]));
    let id = crate::support::own(&shop.sue).await["id"].clone();
    page.shows(&format!("href=\"/admin/payments/?user={id}\""));
    page.shows(&format!("href=\"/admin/audit-logs/?target={id}\""));
}
