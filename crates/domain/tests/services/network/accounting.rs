//! Counting what equipment reports.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use futures_executor::block_on;
use wiwebb_domain::services::network::{Accounting, Authorization};
use wiwebb_domain::testing::samples::text;
use wiwebb_domain::usage::{AccountingStatus, MEGABYTE, Usage};

use super::{Net, equipment};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn reports_are_totals_so_repeated_and_late_ones_add_nothing() {
    let net = Net::new();
    net.everybody_may(None, None);
    for (status, seconds, octets, used) in [
        (AccountingStatus::Start, 0, 0, (0, 0)),
        (AccountingStatus::Interim, 300, 1_000, (300, 1_000)),
        (AccountingStatus::Interim, 300, 1_000, (300, 1_000)),
        (AccountingStatus::Interim, 600, 5_000, (600, 5_000)),
        (AccountingStatus::Interim, 300, 1_000, (600, 5_000)),
        (AccountingStatus::Stop, 700, 6_000, (700, 6_000)),
        (AccountingStatus::Stop, 700, 6_000, (700, 6_000)),
        (AccountingStatus::Interim, 650, 5_500, (700, 6_000)),
        (AccountingStatus::Start, 0, 0, (700, 6_000)),
    ] {
        net.shop.later(Duration::seconds(20));
        net.count(status, "A", seconds, octets);
        assert_eq!(net.used(), used, "{status:?} {seconds}");
    }
}

#[test]
fn totals_beyond_four_gigabytes_count_whole() {
    let net = Net::new();
    net.everybody_may(None, Some(10_000));
    let octets = (2 << 32) + 5;
    net.count(AccountingStatus::Interim, "A", 60, octets - 10);
    net.count(AccountingStatus::Interim, "A", 120, octets);
    assert_eq!(net.used(), (120, octets));
    assert_eq!(net.limits().octets_left(), Some(10_000 * MEGABYTE - octets));
}

#[test]
fn sessions_are_told_apart_by_equipment_and_name() {
    let net = Net::new();
    net.everybody_may(None, None);
    let totals = Usage { seconds: 60, octets: 10 };
    for nas in [Some("ap-1"), Some("ap-2"), None] {
        for session in ["A", "B"] {
            let nas = nas.map(text);
            let (username, session) = ("bob".to_owned(), text(session));
            let status = AccountingStatus::Interim;
            let report = Accounting::Session { status, username, nas, session, totals };
            block_on(net.shop.services.network.account(&net.equipment, Ok(report))).unwrap();
        }
    }
    assert_eq!(net.used(), (360, 60));
}

#[test]
fn a_name_that_begins_anew_behind_a_restart_of_its_equipment_is_another_session() {
    let net = Net::new();
    net.everybody_may(None, None);
    net.count(AccountingStatus::Interim, "A", 600, 0);
    net.restart("ap-2");
    net.shop.later(Duration::minutes(5));
    net.count(AccountingStatus::Start, "A", 0, 0);
    net.count(AccountingStatus::Interim, "A", 100, 0);
    assert_eq!(net.used(), (600, 0), "it was other equipment that restarted");
    net.restart("ap-1");
    net.shop.later(Duration::minutes(5));
    net.count(AccountingStatus::Start, "A", 0, 0);
    net.count(AccountingStatus::Interim, "A", 100, 0);
    assert_eq!(net.used(), (700, 0));
}

#[test]
fn a_restart_ends_the_sessions_of_the_keys_own_tenant_alone() {
    let net = Net::new();
    net.everybody_may(None, None);
    let home = net.shop.world.tenant("Home");
    let of_home = equipment(&net.shop, Some(home));
    net.count(AccountingStatus::Interim, "A", 600, 0);
    let report = Accounting::Equipment { nas: Some(text("ap-1")) };
    block_on(net.shop.services.network.account(&of_home, Ok(report))).unwrap();
    net.shop.later(Duration::minutes(5));
    net.count(AccountingStatus::Start, "A", 0, 0);
    net.count(AccountingStatus::Interim, "A", 100, 0);
    assert_eq!(net.used(), (600, 0));
}

#[test]
fn use_by_somebody_unknown_is_taken_and_counted_for_nobody() {
    let net = Net::new();
    net.everybody_may(None, None);
    let totals = Usage { seconds: 60, octets: 10 };
    net.account("nobody", AccountingStatus::Stop, "A", totals);
    assert_eq!(net.used(), (0, 0));
    let of_away = equipment(&net.shop, Some(net.shop.world.tenant("Away")));
    let (username, session, nas) = ("bob".to_owned(), text("A"), Some(text("ap-1")));
    let status = AccountingStatus::Stop;
    let report = Accounting::Session { status, username, nas, session, totals };
    block_on(net.shop.services.network.account(&of_away, Ok(report))).unwrap();
    assert_eq!(net.used(), (0, 0), "out of the key's reach");
}

#[test]
fn use_over_midnight_is_shared_by_time_where_the_operator_is() {
    let net = Net::in_zone(Tz::Europe__Berlin);
    net.everybody_may(Some(60), None);
    // Midnight in Berlin is 22:00 UTC in summer.
    net.shop.set(at("2026-07-01T21:50:00Z"));
    assert_eq!(net.limits().reset_at, at("2026-07-01T22:00:00Z"));
    net.count(AccountingStatus::Start, "A", 0, 0);
    net.shop.set(at("2026-07-01T22:20:00Z"));
    net.count(AccountingStatus::Stop, "A", 1_800, 300);
    assert_eq!(net.used(), (1_200, 200));
    assert_eq!(net.limits().reset_at, at("2026-07-02T22:00:00Z"));
    net.shop.set(at("2026-07-01T21:59:59Z"));
    assert_eq!(net.used(), (600, 100));
}

#[test]
fn a_session_that_reaches_past_midnight_may_use_the_next_day_too() {
    let net = Net::in_zone(Tz::Europe__Berlin);
    net.everybody_may(Some(60), None);
    net.shop.set(at("2026-07-01T21:50:00Z"));
    let granted = Authorization::Accept { session_timeout: Some(600 + 3_600), octets: None };
    assert_eq!(net.authorize("bob", None), granted);
}
