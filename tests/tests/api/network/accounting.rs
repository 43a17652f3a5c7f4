//! `POST /network/accounting/` (contract §16): totals of sessions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client};

use super::{ACCOUNTING, MEGABYTE, Site, equipment, report};
use crate::support::{check, with, without};

/// Totals of so many minutes and megabytes.
fn totals(minutes: u64, megabytes: u64) -> Value {
    json!({ "Acct-Session-Time": minutes * 60, "Acct-Input-Octets": megabytes * MEGABYTE })
}

async fn send(equipment: &Client, body: &Value) -> Answer {
    equipment.post(ACCOUNTING, body.clone()).await
}

#[tokio::test]
async fn what_a_session_has_used_in_all_is_counted_and_the_same_packet_twice_is_not() {
    let site = Site::new().await;
    for (status, minutes, megabytes) in
        [("Start", 0, 0), ("Interim-Update", 5, 10), ("Interim-Update", 10, 15), ("Stop", 12, 20)]
    {
        for _ in 0..2 {
            site.report(status, "a", totals(minutes, megabytes)).await;
            assert_eq!(site.used().await, (minutes, megabytes), "{status}");
        }
    }
}

#[tokio::test]
async fn what_comes_late_adds_nothing() {
    let site = Site::new().await;
    site.report("Stop", "a", totals(12, 20)).await;
    for (status, minutes) in
        [("Interim-Update", 10), ("Start", 0), ("Interim-Update", 5), ("Stop", 12)]
    {
        site.report(status, "a", totals(minutes, minutes)).await;
        assert_eq!(site.used().await, (12, 20), "{status}");
    }
}

#[tokio::test]
async fn sessions_are_told_apart_by_equipment_and_session() {
    let site = Site::new().await;
    site.report("Stop", "a", totals(1, 1)).await;
    site.report("Stop", "b", totals(2, 2)).await;
    let elsewhere = with(totals(4, 4), json!({ "NAS-Identifier": "roof" }));
    site.report("Stop", "a", elsewhere).await;
    assert_eq!(site.used().await, (7, 7));
    let nameless = with(totals(8, 8), json!({ "NAS-Identifier": null }));
    for _ in 0..2 {
        site.report("Stop", "a", nameless.clone()).await;
        assert_eq!(site.used().await, (15, 15));
    }
}

#[tokio::test]
async fn sessions_of_different_people_are_not_mixed_up() {
    let site = Site::new().await;
    site.app.user(&site.root, "joe", Role::Subscriber, Some(site.tenant)).await;
    site.report("Stop", "a", totals(1, 1)).await;
    report(&site.equipment, "joe", "Stop", "a", totals(2, 2)).await.expect(204);
    assert_eq!(site.used().await, (1, 1));
    let joe = site.equipment.get("/network/usage/joe/").await.expect(200);
    assert_eq!(joe["usage"]["time_used_minutes"], 2);
}

#[tokio::test]
async fn both_directions_and_gigawords_are_counted() {
    let site = Site::new().await;
    let octets = json!({
        "Acct-Input-Octets": 1_000_000, "Acct-Input-Gigawords": 1,
        "Acct-Output-Octets": 2_000_000, "Acct-Output-Gigawords": 2,
    });
    site.report("Interim-Update", "a", octets).await;
    assert_eq!(site.used().await.1, ((3_u64 << 32) + 3_000_000) / MEGABYTE);
}

#[tokio::test]
async fn attributes_come_in_both_forms_and_numbers_as_digits_too() {
    let site = Site::new().await;
    let text = |value: &str| json!({ "type": "string", "value": [value] });
    let number = |value: Value| json!({ "type": "integer", "value": [value] });
    for (session, body) in [
        ("a", json!({ "Acct-Session-Time": "60", "Acct-Input-Octets": "1000000" })),
        (
            "b",
            json!({
                "User-Name": text("sue"), "Acct-Status-Type": text("Stop"),
                "Acct-Session-Id": text("b"), "NAS-Identifier": text("lobby"),
                "Acct-Session-Time": number(json!(60)), "Acct-Input-Octets": number(json!("1000000")),
            }),
        ),
        (
            "c",
            json!({
                "Acct-Session-Time": 60, "Acct-Input-Octets": 1_000_000, "Acct-Output-Octets": null,
                "Acct-Input-Gigawords": "", "Acct-Output-Gigawords": { "value": [] },
                "Event-Timestamp": "Jan 15 2026", "Framed-IP-Address": "10.0.0.1",
            }),
        ),
    ] {
        site.report("Stop", session, body).await;
    }
    assert_eq!(site.used().await, (3, 3));
}

#[tokio::test]
async fn a_missing_or_unreadable_attribute_is_refused_by_field() {
    let site = Site::new().await;
    let good = with(
        json!({
            "User-Name": "sue", "Acct-Status-Type": "Stop", "Acct-Session-Id": "a",
            "NAS-Identifier": "lobby",
        }),
        totals(9, 9),
    );
    for field in ["User-Name", "Acct-Status-Type", "Acct-Session-Id"] {
        let required = json!({ field: ["This field is required."] });
        let absent = send(&site.equipment, &without(good.clone(), field)).await;
        check(field, &absent, 400, &required);
        for nothing in [json!(null), json!("")] {
            let body = with(good.clone(), json!({ field: nothing }));
            check(field, &send(&site.equipment, &body).await, 400, &required);
        }
    }
    let unknown = with(good.clone(), json!({ "Acct-Status-Type": "Failed" }));
    let choice = json!({ "Acct-Status-Type": ["\"Failed\" is not a valid choice."] });
    check("status", &send(&site.equipment, &unknown).await, 400, &choice);
    for field in [
        "Acct-Session-Time",
        "Acct-Input-Octets",
        "Acct-Output-Octets",
        "Acct-Input-Gigawords",
        "Acct-Output-Gigawords",
    ] {
        let integer = json!({ field: ["A valid integer is required."] });
        for value in [json!("many"), json!(true), json!(1.5), json!([1]), json!({}), json!("0x10")]
        {
            let body = with(good.clone(), json!({ field: value }));
            check(field, &send(&site.equipment, &body).await, 400, &integer);
        }
        let negative = send(&site.equipment, &with(good.clone(), json!({ field: -1 }))).await;
        assert_eq!(negative.status, 400, "{field}: {negative:?}");
        assert!(negative.body[field].is_array(), "{field}: {negative:?}");
    }
    for field in ["User-Name", "Acct-Session-Id", "NAS-Identifier"] {
        for (value, message) in [
            (json!(true), "Not a valid string."),
            (json!("a\u{0}b"), "Null characters are not allowed."),
        ] {
            let body = with(good.clone(), json!({ field: value }));
            let refused = json!({ field: [message] });
            check(field, &send(&site.equipment, &body).await, 400, &refused);
        }
    }
    assert_eq!(site.used().await, (0, 0));
}

#[tokio::test]
async fn the_largest_figures_are_taken_and_soon() {
    let site = Site::new().await;
    let most = u64::from(u32::MAX);
    let mut sent = vec![json!({
        "Acct-Session-Time": most, "Acct-Input-Octets": most, "Acct-Output-Octets": most,
        "Acct-Input-Gigawords": most, "Acct-Output-Gigawords": most,
    })];
    for number in ["18446744073709551615", "9223372036854775808", "99999999999999999999999999"] {
        sent.push(json!({ "Acct-Session-Time": number }));
        sent.push(json!({ "Acct-Input-Octets": number, "Acct-Output-Octets": number }));
        sent.push(json!({ "Acct-Input-Gigawords": number }));
    }
    for (number, totals) in sent.into_iter().enumerate() {
        let begun = Instant::now();
        let session = format!("s{number}");
        let answer = report(&site.equipment, "sue", "Stop", &session, totals.clone()).await;
        assert!([204, 400].contains(&answer.status), "{totals}: {answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{totals}: {:?}", begun.elapsed());
    }
    site.used().await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM network_usage")
        .fetch_one(&site.app.pool)
        .await
        .unwrap();
    assert!(rows < 1_000, "{rows} days of one user");
}

#[tokio::test]
async fn what_nobody_here_has_used_is_answered_and_not_counted() {
    let site = Site::new().await;
    report(&site.equipment, "nobody", "Stop", "a", totals(9, 9)).await.expect(204);
    let other = site.app.tenant(&site.root, "other").await;
    let bound = equipment(&site.app, &site.root, json!(other)).await;
    report(&bound, "sue", "Stop", "a", totals(9, 9)).await.expect(204);
    assert_eq!(site.used().await, (0, 0));
    for table in ["network_session", "network_usage"] {
        let rows = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(rows).fetch_one(&site.app.pool).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test]
async fn equipment_that_restarts_says_so_without_naming_anybody() {
    let site = Site::new().await;
    site.report("Interim-Update", "a", totals(5, 5)).await;
    for status in ["Accounting-On", "Accounting-Off"] {
        for body in [
            json!({ "Acct-Status-Type": status, "NAS-Identifier": "lobby" }),
            json!({ "Acct-Status-Type": status }),
            json!({ "Acct-Status-Type": { "type": "integer", "value": [status] } }),
        ] {
            let answer = send(&site.equipment, &body).await;
            check(status, &answer, 204, &Value::Null);
        }
    }
    assert_eq!(site.used().await, (5, 5));
    site.report("Stop", "a", totals(6, 5)).await;
    assert_eq!(site.used().await, (6, 5), "what was under way is not counted anew");
}

#[tokio::test]
async fn simultaneous_packets_of_a_session_are_counted_once() {
    let site = Site::new().await;
    for round in 1..=4 {
        let answers =
            crate::concurrency::together((0..12).map(|_| {
                let equipment = site.equipment.clone();
                async move {
                    report(&equipment, "sue", "Interim-Update", "a", totals(round, round)).await
                }
            }))
            .await;
        assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
        assert_eq!(site.used().await, (round, round));
    }
}

#[tokio::test]
async fn whoever_is_inactive_or_without_a_plan_is_counted_all_the_same() {
    let site = Site::new().await;
    site.limit(json!({ "default": false })).await;
    site.report("Interim-Update", "a", totals(7, 8)).await;
    site.limit(json!({ "default": true })).await;
    assert_eq!(site.used().await, (7, 8));
}
