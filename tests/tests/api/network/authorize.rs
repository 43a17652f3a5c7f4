//! `POST /network/authorize/` (contract §16).

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::PASSWORD;

use super::{AUTHORIZE, GIGAWORD, MEGABYTE, Site, check_rejected, equipment};
use crate::support::{Person, check, detail};

/// The answer to somebody with so many seconds and bytes left.
fn accepted(seconds: u64, bytes: u64) -> Value {
    json!({
        "control:Auth-Type": "Accept", "reply:Session-Timeout": seconds,
        "reply:Acct-Interim-Interval": 300, "reply:ChilliSpot-Max-Total-Octets": bytes % GIGAWORD,
        "reply:ChilliSpot-Max-Total-Gigawords": bytes / GIGAWORD,
    })
}

#[tokio::test]
async fn whoever_has_something_left_is_let_in_for_so_much() {
    let site = Site::new().await;
    assert_eq!(site.authorize("sue").await, accepted(3_600, 500 * MEGABYTE));
    let totals = json!({
        "Acct-Session-Time": 599, "Acct-Input-Octets": 7, "Acct-Output-Octets": 100 * MEGABYTE,
    });
    site.report("Interim-Update", "a", totals).await;
    assert_eq!(site.authorize("sue").await, accepted(3_001, 400 * MEGABYTE - 7));
    site.limit(json!({ "daily_data_mb": 10_000 })).await;
    let left = 9_900 * MEGABYTE - 7;
    assert_eq!(left / GIGAWORD, 2, "more than four gigabytes");
    assert_eq!(site.authorize("sue").await, accepted(3_001, left));
}

#[tokio::test]
async fn a_limit_that_there_is_none_of_is_left_out() {
    let site = Site::new().await;
    for (minutes, megabytes) in [(None, Some(500)), (Some(60), None), (None, None)] {
        site.limit(json!({ "daily_time_minutes": minutes, "daily_data_mb": megabytes })).await;
        let mut expected = accepted(3_600, 500 * MEGABYTE);
        let answer = expected.as_object_mut().unwrap();
        if minutes.is_none() {
            answer.remove("reply:Session-Timeout");
        }
        if megabytes.is_none() {
            answer.retain(|name, _| !name.contains("ChilliSpot"));
        }
        assert_eq!(site.authorize("sue").await, expected);
    }
}

#[tokio::test]
async fn whoever_has_used_a_limit_up_is_kept_out_until_the_day_is_over() {
    let site = Site::new().await;
    let nothing = json!({ "daily_time_minutes": 0 });
    site.limit(nothing).await;
    check_rejected("no time at all", &site.authorize("sue").await);
    site.limit(json!({ "daily_time_minutes": 60, "daily_data_mb": 0 })).await;
    check_rejected("no data at all", &site.authorize("sue").await);
    site.limit(json!({ "daily_data_mb": 500 })).await;

    site.report("Stop", "a", json!({ "Acct-Session-Time": 3_599 })).await;
    assert_eq!(site.authorize("sue").await["reply:Session-Timeout"], 1);
    site.report("Stop", "a", json!({ "Acct-Session-Time": 3_600 })).await;
    let reason = check_rejected("time", &site.authorize("sue").await);
    assert!(reason.contains("time") && reason.contains("2026-01-16T00:00:00Z"), "{reason}");
    site.app.clock.advance(Duration::hours(12));
    assert_eq!(site.authorize("sue").await["control:Auth-Type"], "Accept", "the next day");

    let last = json!({ "Acct-Input-Octets": 500 * MEGABYTE - 1 });
    site.report("Start", "b", last).await;
    assert_eq!(site.authorize("sue").await["reply:ChilliSpot-Max-Total-Octets"], 1);
    site.report("Stop", "b", json!({ "Acct-Input-Octets": 500 * MEGABYTE })).await;
    let reason = check_rejected("data", &site.authorize("sue").await);
    assert!(reason.contains("data"), "{reason}");
}

#[tokio::test]
async fn a_password_is_checked_where_one_is_given() {
    let site = Site::new().await;
    let with = async |name: &str, password: &str| {
        let body = json!({ "User-Name": name, "User-Password": password });
        site.equipment.post(AUTHORIZE, body).await.expect(200)
    };
    assert_eq!(with("sue", PASSWORD).await["control:Auth-Type"], "Accept");
    let wrong = check_rejected("wrong", &with("sue", "wrong-Zebra-42").await);
    let unknown = check_rejected("unknown", &with("nobody", PASSWORD).await);
    assert_eq!(wrong, unknown, "neither tells which of the two it was");
    for password in [&PASSWORD.to_uppercase(), &format!("{PASSWORD} "), "x", &"x".repeat(100_000)] {
        check_rejected(password, &with("sue", password).await);
    }
    for name in ["SUE", "Sue", "sue ", "sue@example.org", "'; --", "a\u{202e}b"] {
        let answer = with(name, PASSWORD).await;
        // Text is trimmed (contract §1.7).
        match name.trim() {
            "sue" => assert_eq!(answer["control:Auth-Type"], "Accept", "{name}"),
            _ => drop(check_rejected(name, &answer)),
        }
    }
}

#[tokio::test]
async fn guesses_at_the_door_lock_the_account_there_and_at_the_login() {
    let site = Site::new().await;
    let ask = async |name: &str, password: &str| {
        let body = json!({ "User-Name": name, "User-Password": password });
        check_rejected(name, &site.equipment.post(AUTHORIZE, body).await.expect(200))
    };
    for name in ["root", "nobody"] {
        for _ in 0..10 {
            assert_eq!(ask(name, "wrong-Zebra-42").await, "Wrong username or password.");
        }
        let locked = "Too many failed attempts; try again later.";
        assert_eq!(ask(name, PASSWORD).await, locked, "{name}");
        let body = json!({ "username": name, "password": PASSWORD });
        site.app.anonymous().post("/auth/login/", body).await.expect(429);
    }
    site.app.clock.advance(Duration::minutes(1));
    let body = json!({ "User-Name": "root", "User-Password": PASSWORD });
    let answer = site.equipment.post(AUTHORIZE, body).await.expect(200);
    assert_eq!(answer["control:Auth-Type"], "Accept");
}

#[tokio::test]
async fn strangers_the_inactive_and_whoever_has_no_plan_are_kept_out() {
    let site = Site::new().await;
    check_rejected("unknown", &site.authorize("nobody").await);
    let sue = Person::holding(site.sue.clone()).await;
    site.root.post(&sue.path("activate/"), json!({ "is_active": false })).await.expect(200);
    check_rejected("inactive", &site.authorize("sue").await);
    let body = json!({ "User-Name": "sue", "User-Password": PASSWORD });
    let known = site.equipment.post(AUTHORIZE, body).await.expect(200);
    check_rejected("inactive, with the password", &known);
    site.root.post(&sue.path("activate/"), json!({ "is_active": true })).await.expect(200);
    assert_eq!(site.authorize("sue").await["control:Auth-Type"], "Accept");
    site.limit(json!({ "default": false })).await;
    check_rejected("no plan", &site.authorize("sue").await);
}

#[tokio::test]
async fn the_plan_is_the_one_of_the_subscription() {
    let site = Site::new().await;
    let plan = json!({ "name": "Gold", "requires_payment": false, "daily_time_minutes": 90 });
    let plan = site.root.post("/subscriptions/plans/", plan).await.expect(201)["id"].clone();
    site.sue.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
    assert_eq!(site.authorize("sue").await["reply:Session-Timeout"], 90 * 60);
    site.sue.post("/subscriptions/cancel/", json!({})).await.expect(200);
    assert_eq!(site.authorize("sue").await["reply:Session-Timeout"], 60 * 60);
}

#[tokio::test]
async fn a_key_with_a_tenant_reaches_its_users_alone() {
    let site = Site::new().await;
    let other = site.app.tenant(&site.root, "other").await;
    site.app.user(&site.root, "olaf", Role::Subscriber, Some(other)).await;
    site.app.user(&site.root, "adam", Role::Admin, None).await;
    let bound = equipment(&site.app, &site.root, json!(site.tenant)).await;
    let ask = async |name: &str, password: &str| {
        let body = json!({ "User-Name": name, "User-Password": password });
        bound.post(AUTHORIZE, body).await.expect(200)
    };
    assert_eq!(ask("sue", PASSWORD).await["control:Auth-Type"], "Accept");
    let unknown = check_rejected("unknown", &ask("nobody", PASSWORD).await);
    for name in ["olaf", "adam", "root"] {
        assert_eq!(check_rejected(name, &ask(name, PASSWORD).await), unknown);
        assert_eq!(site.authorize(name).await["control:Auth-Type"], "Accept", "the other key");
    }
}

#[tokio::test]
async fn attributes_come_in_both_forms() {
    let site = Site::new().await;
    let written = |value: Value| json!({ "type": "string", "value": [value] });
    for body in [
        json!({ "User-Name": "sue", "User-Password": PASSWORD }),
        json!({ "User-Name": written(json!("sue")), "User-Password": written(json!(PASSWORD)) }),
        json!({ "User-Name": written(json!("sue")), "User-Password": PASSWORD }),
        json!({ "User-Name": { "value": "sue" }, "NAS-Identifier": { "value": [] } }),
        json!({ "User-Name": { "type": "string", "value": ["sue", "nobody"], "op": ":=" } }),
        json!({
            "User-Name": "sue", "NAS-Identifier": "lobby", "Calling-Station-Id": "AA-BB",
            "NAS-Port": 7, "Anything": { "type": "integer", "value": [1] }, "More": [[]],
        }),
    ] {
        let answer = site.equipment.post(AUTHORIZE, body.clone()).await.expect(200);
        assert_eq!(answer, accepted(3_600, 500 * MEGABYTE), "{body}");
    }
    let wrong = json!({
        "User-Name": written(json!("sue")), "User-Password": written(json!("wrong-Zebra-42")),
    });
    check_rejected("wrong", &site.equipment.post(AUTHORIZE, wrong).await.expect(200));
}

#[tokio::test]
async fn an_attribute_without_a_value_is_absent() {
    let site = Site::new().await;
    let required = json!({ "User-Name": ["This field is required."] });
    for nothing in [
        json!(null),
        json!(""),
        json!({ "value": [] }),
        json!({ "value": [""] }),
        json!({ "value": null }),
    ] {
        let body = json!({ "User-Name": nothing });
        site.equipment.post(AUTHORIZE, body).await.expect_body(400, &required);
        let body = json!({
            "User-Name": "sue", "NAS-Identifier": nothing, "Calling-Station-Id": nothing,
        });
        let answer = site.equipment.post(AUTHORIZE, body).await.expect(200);
        assert_eq!(answer, accepted(3_600, 500 * MEGABYTE));
    }
    site.equipment.post(AUTHORIZE, json!({})).await.expect_body(400, &required);
    let password = json!({ "User-Name": "sue", "User-Password": null });
    let answer = site.equipment.post(AUTHORIZE, password).await.expect(200);
    assert_eq!(answer["control:Auth-Type"], "Accept");
}

/// Nobody's password is empty, so whoever sends none at all knows none.
#[tokio::test]
async fn an_empty_password_opens_nothing() {
    let site = Site::new().await;
    for empty in [json!(""), json!({ "type": "string", "value": [""] })] {
        let body = json!({ "User-Name": "sue", "User-Password": empty });
        check_rejected("empty", &site.equipment.post(AUTHORIZE, body).await.expect(200));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_field() {
    let site = Site::new().await;
    for (body, errors) in [
        (json!({ "User-Name": true }), json!({ "User-Name": ["Not a valid string."] })),
        (json!({ "User-Name": ["sue"] }), json!({ "User-Name": ["Not a valid string."] })),
        (
            json!({ "User-Name": { "type": "string" } }),
            json!({ "User-Name": ["Not a valid string."] }),
        ),
        (
            json!({ "User-Name": "a\u{0}b" }),
            json!({ "User-Name": ["Null characters are not allowed."] }),
        ),
        (
            json!({ "User-Name": "sue", "User-Password": { "value": [{}] } }),
            json!({ "User-Password": ["Not a valid string."] }),
        ),
        (
            json!({ "User-Password": [] }),
            json!({
                "User-Name": ["This field is required."], "User-Password": ["Not a valid string."],
            }),
        ),
        (
            json!([]),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got list."] }),
        ),
    ] {
        site.equipment.post(AUTHORIZE, body).await.expect_body(400, &errors);
    }
    let request = site.equipment.request(Method::POST, AUTHORIZE);
    let text = request.header("Content-Type", "text/plain").body("{}");
    let unsupported = detail("Unsupported media type \"text/plain\" in request.");
    check("type", &site.equipment.send(text).await, 415, &unsupported);
}

#[tokio::test]
async fn a_session_that_lasts_past_midnight_may_use_the_next_day_too() {
    let site = Site::new().await;
    site.app.clock.set("2026-01-15T23:50:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let timeout = site.authorize("sue").await["reply:Session-Timeout"].as_u64().unwrap();
    assert!((600..=600 + 3_600).contains(&timeout), "never more than what is left: {timeout}");
}
