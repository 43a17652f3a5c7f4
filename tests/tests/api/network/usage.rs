//! `GET /network/usage/{username}/` (contract §16), and where a day begins and ends (§14).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, forbidden, not_found};

use super::{MEGABYTE, Site, equipment};
use crate::support::{check, error};

/// A site whose days begin and end in this zone.
async fn in_zone(zone: &str) -> Site {
    let off = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "off"));
    let zone = ("WIWEBB_TIME_ZONE".to_owned(), zone);
    let settings: Vec<(String, &str)> = off.into_iter().chain([zone]).collect();
    Site::on(TestApp::configured(&settings).await).await
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn reset_at(site: &Site, now: &str) -> Value {
    site.app.clock.set(at(now));
    let limits = site.equipment.get("/network/usage/sue/").await.expect(200);
    limits["usage"]["reset_at"].clone()
}

#[tokio::test]
async fn it_is_what_the_user_sees() {
    let site = Site::new().await;
    let totals = json!({ "Acct-Session-Time": 12 * 60, "Acct-Output-Octets": 34 * MEGABYTE });
    site.report("Interim-Update", "a", totals).await;
    let expected = json!({
        "plan": { "id": site.plan, "name": "Daily" }, "daily_time_minutes": 60, "daily_data_mb": 500,
        "usage": {
            "time_used_minutes": 12, "data_used_mb": 34, "time_remaining_minutes": 48,
            "data_remaining_mb": 466, "reset_at": "2026-01-16T00:00:00Z",
        },
    });
    assert_eq!(site.equipment.get("/network/usage/sue/").await.expect(200), expected);
    assert_eq!(site.sue.get("/subscriptions/me/limits/").await.expect(200), expected);
}

#[tokio::test]
async fn whole_minutes_and_megabytes_are_told() {
    let site = Site::new().await;
    let totals = json!({ "Acct-Session-Time": 119, "Acct-Output-Octets": 2 * MEGABYTE - 1 });
    site.report("Interim-Update", "a", totals).await;
    assert_eq!(site.used().await, (1, 1));
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_found() {
    let site = Site::new().await;
    let long = "x".repeat(5_000);
    for name in ["nobody", "SUE", "%00", "%FF", "sue%00", "'%20OR%201=1", &long] {
        let answer = site.equipment.get(&format!("/network/usage/{name}/")).await;
        check(name, &answer, 404, &not_found());
    }
}

#[tokio::test]
async fn names_are_read_as_they_are_written_in_a_path() {
    let site = Site::new().await;
    let names =
        [("jörg", "j%C3%B6rg"), ("a+b@example.org", "a+b@example.org"), ("x.y-z_1", "x%2Ey-z_1")];
    for (name, written) in names {
        let path = format!("/network/usage/{written}/");
        site.equipment.get(&path).await.expect(404);
        let body = json!({
            "username": name, "email": format!("u{}@example.org", name.len()), "role": "subscriber",
            "password": "quite-Unlike-9", "tenant": site.tenant,
        });
        site.root.post("/users/", body).await.expect(201);
        site.equipment.get(&path).await.expect(200);
    }
}

/// One rule for what is out of reach (contract §1.5).
#[tokio::test]
async fn a_key_with_a_tenant_sees_its_users_alone() {
    let site = Site::new().await;
    let other = site.app.tenant(&site.root, "other").await;
    site.app.user(&site.root, "olaf", Role::Subscriber, Some(other)).await;
    let bound = equipment(&site.app, &site.root, json!(site.tenant)).await;
    bound.get("/network/usage/sue/").await.expect(200);
    check("nobody", &bound.get("/network/usage/nobody/").await, 404, &not_found());
    check("another tenant", &bound.get("/network/usage/olaf/").await, 403, &forbidden());
    site.equipment.get("/network/usage/olaf/").await.expect(200);
}

#[tokio::test]
async fn without_a_plan_there_are_no_limits_to_show() {
    let site = Site::new().await;
    site.limit(json!({ "default": false })).await;
    let answer = site.equipment.get("/network/usage/sue/").await;
    check("no plan", &answer, 404, &error("No subscription found"));
}

#[tokio::test]
async fn a_day_ends_at_midnight_of_the_zone() {
    for (zone, now, reset) in [
        ("UTC", "2026-01-15T12:00:00Z", "2026-01-16T00:00:00Z"),
        ("UTC", "2026-01-15T23:59:59Z", "2026-01-16T00:00:00Z"),
        ("UTC", "2026-01-16T00:00:00Z", "2026-01-17T00:00:00Z"),
        ("Europe/Berlin", "2026-01-15T22:59:59Z", "2026-01-15T23:00:00Z"),
        ("Europe/Berlin", "2026-01-15T23:00:00Z", "2026-01-16T23:00:00Z"),
        ("Europe/Berlin", "2026-07-15T12:00:00Z", "2026-07-15T22:00:00Z"),
        ("Asia/Kathmandu", "2026-01-15T12:00:00Z", "2026-01-15T18:15:00Z"),
        ("America/New_York", "2026-01-15T12:00:00Z", "2026-01-16T05:00:00Z"),
        // The day on which clocks are put forward, and the one on which they are put back.
        ("Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25T10:00:00Z", "2026-10-25T23:00:00Z"),
    ] {
        let site = in_zone(zone).await;
        assert_eq!(reset_at(&site, now).await, reset, "{zone} {now}");
    }
}

#[tokio::test]
async fn what_was_used_is_forgotten_at_midnight_of_the_zone_and_not_of_another() {
    let site = in_zone("Asia/Kathmandu").await;
    site.report("Stop", "a", json!({ "Acct-Session-Time": 60 * 60 })).await;
    assert_eq!(site.authorize("sue").await["control:Auth-Type"], "Reject");
    site.app.clock.set(at("2026-01-15T18:14:59Z"));
    assert_eq!(site.used().await, (60, 0));
    site.app.clock.set(at("2026-01-15T18:15:00Z"));
    assert_eq!(site.used().await, (0, 0));
    assert_eq!(site.authorize("sue").await["control:Auth-Type"], "Accept");
    site.app.clock.set(at("2026-01-16T00:00:00Z"));
    site.report("Stop", "b", json!({ "Acct-Session-Time": 5 * 60 })).await;
    site.app.clock.set(at("2026-01-16T18:14:59Z"));
    assert_eq!(site.used().await, (5, 0), "midnight of UTC ends no day here");
}

#[tokio::test]
async fn what_was_used_over_midnight_belongs_to_both_days() {
    let site = Site::new().await;
    site.app.clock.set(at("2026-01-16T00:10:00Z"));
    let totals = json!({ "Acct-Session-Time": 40 * 60, "Acct-Input-Octets": 40 * MEGABYTE });
    site.report("Stop", "a", totals).await;
    assert_eq!(site.used().await, (10, 10));
    site.app.clock.set(at("2026-01-15T23:59:59Z"));
    assert_eq!(site.used().await, (30, 30));
}
