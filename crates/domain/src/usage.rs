//! Use of the network, by user and day, and what of a plan's daily limits is left (contract §8.4, §16).

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::ids::{NetworkSessionId, PlanId, UserId};
use crate::plan::Plan;
use crate::text::{Name, Text};

/// A megabyte of the plans, in bytes.
pub const MEGABYTE: u64 = 1_000_000;

/// Time and data used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Seconds on the network.
    pub seconds: u64,
    /// Bytes in both directions.
    pub octets: u64,
}

impl Usage {
    /// Both together.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            seconds: self.seconds.saturating_add(other.seconds),
            octets: self.octets.saturating_add(other.octets),
        }
    }

    /// What these totals add to totals known before. Totals that came late or twice add nothing
    /// (contract §16).
    pub const fn since(self, known: Self) -> Self {
        Self {
            seconds: self.seconds.saturating_sub(known.seconds),
            octets: self.octets.saturating_sub(known.octets),
        }
    }

    /// The greater of each.
    pub fn max(self, other: Self) -> Self {
        Self { seconds: self.seconds.max(other.seconds), octets: self.octets.max(other.octets) }
    }
}

/// A day of usage: a date in the zone in which days begin and end (contract §14).
pub fn day_of(now: DateTime<Utc>, zone: Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// The first instant of a date. Where clocks skip midnight the day begins later.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    (0..24 * 4)
        .map(|quarters| day.and_time(NaiveTime::MIN) + Duration::minutes(15 * quarters))
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |start| start.to_utc())
}

/// The next midnight.
pub fn reset_after(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    start_of(day_of(now, zone) + Days::new(1), zone)
}

/// Days that a single report is shared among at most.
const LONGEST_AGO: u64 = 31;

/// Shares what was used in the time before an instant among the days it falls on, by time. Data
/// without time belongs to the last day, what began longer ago than a month to the first.
pub fn by_day(used: Usage, until: DateTime<Utc>, zone: Tz) -> Vec<(NaiveDate, Usage)> {
    let today = day_of(until, zone);
    let first = today.checked_sub_days(Days::new(LONGEST_AGO - 1)).unwrap_or(today);
    let mut parts = Vec::new();
    let mut left = used;
    let mut day = today;
    while left.seconds > 0 && day > first {
        let end = if day == today { until } else { start_of(day + Days::new(1), zone) };
        let length = u64::try_from((end - start_of(day, zone)).num_seconds()).unwrap_or(0);
        let seconds = left.seconds.min(length);
        let part = Usage { seconds, octets: share(left.octets, seconds, left.seconds) };
        parts.push((day, part));
        left = left.since(part);
        day = day.pred_opt().unwrap_or(first);
    }
    if left.seconds > 0 {
        parts.push((first, left));
    } else if left.octets > 0 {
        parts.push((today, left));
    }
    parts
}

/// `amount × part ÷ whole`, rounded down.
fn share(amount: u64, part: u64, whole: u64) -> u64 {
    let exact = u128::from(amount) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(exact).unwrap_or(amount)
}

/// What a plan allows a day; `None` is unlimited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Of which plan.
    pub plan_id: PlanId,
    /// Its name.
    pub plan_name: Name,
    /// Minutes a day.
    pub daily_time_minutes: Option<u32>,
    /// Megabytes a day.
    pub daily_data_mb: Option<u32>,
}

impl From<&Plan> for Allowance {
    fn from(plan: &Plan) -> Self {
        Self {
            plan_id: plan.id,
            plan_name: plan.name.clone(),
            daily_time_minutes: plan.daily_time_minutes,
            daily_data_mb: plan.daily_data_mb,
        }
    }
}

/// A limit that nothing is left of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// No time is left.
    Time,
    /// No data is left.
    Data,
}

/// What is left of a day's allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// What is allowed.
    pub allowance: Allowance,
    /// What was used today.
    pub used: Usage,
    /// When the day ends.
    pub reset_at: DateTime<Utc>,
}

impl Limits {
    /// The limits of a user at an instant.
    pub fn new(allowance: Allowance, used: Usage, now: DateTime<Utc>, zone: Tz) -> Self {
        Self { allowance, used, reset_at: reset_after(now, zone) }
    }

    /// Seconds left today; `None` is unlimited.
    pub fn seconds_left(&self) -> Option<u64> {
        let minutes = self.allowance.daily_time_minutes?;
        Some((u64::from(minutes) * 60).saturating_sub(self.used.seconds))
    }

    /// Bytes left today; `None` is unlimited.
    pub fn octets_left(&self) -> Option<u64> {
        let megabytes = self.allowance.daily_data_mb?;
        Some((u64::from(megabytes) * MEGABYTE).saturating_sub(self.used.octets))
    }

    /// Whole minutes used, as answers tell them.
    pub const fn minutes_used(&self) -> u64 {
        self.used.seconds / 60
    }

    /// Whole megabytes used, as answers tell them.
    pub const fn megabytes_used(&self) -> u64 {
        self.used.octets / MEGABYTE
    }

    /// Minutes left as answers tell them: the limit less what they tell as used, never below 0
    /// (contract §8.4). `None` is unlimited.
    pub fn minutes_left(&self) -> Option<u64> {
        let limit = self.allowance.daily_time_minutes?;
        Some(u64::from(limit).saturating_sub(self.minutes_used()))
    }

    /// The same of megabytes.
    pub fn megabytes_left(&self) -> Option<u64> {
        let limit = self.allowance.daily_data_mb?;
        Some(u64::from(limit).saturating_sub(self.megabytes_used()))
    }

    /// Which limit is exhausted, if one is.
    pub fn exhausted(&self) -> Option<Exhausted> {
        if self.seconds_left() == Some(0) {
            return Some(Exhausted::Time);
        }
        (self.octets_left() == Some(0)).then_some(Exhausted::Data)
    }

    /// How long a session that begins now may last, in seconds: what is left of today, and where
    /// that reaches past the end of the day, the allowance of the next one on top.
    pub fn session_timeout(&self, now: DateTime<Utc>) -> Option<u64> {
        let left = self.seconds_left()?;
        let until_reset = u64::try_from((self.reset_at - now).num_seconds()).unwrap_or(0);
        if left < until_reset {
            return Some(left);
        }
        let next_day = u64::from(self.allowance.daily_time_minutes?) * 60;
        Some(until_reset + next_day)
    }
}

/// An identifier of network equipment or of a session there (RFC 2865: at most 253 octets).
pub type NetworkName = Text<253>;

/// What tells sessions apart (contract §16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// Whose.
    pub user_id: UserId,
    /// On which equipment; empty where it does not say.
    pub nas: Option<NetworkName>,
    /// The equipment's name for the session.
    pub session: NetworkName,
}

/// A session on network equipment, with the totals known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSession {
    /// Identity.
    pub id: NetworkSessionId,
    /// Which one.
    pub key: SessionKey,
    /// Totals that have been counted.
    pub counted: Usage,
    /// When it was heard of first.
    pub started_at: DateTime<Utc>,
    /// When it was heard of last.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What equipment reports of a session (RFC 2866 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountingStatus {
    /// It began.
    Start,
    /// It goes on.
    Interim,
    /// It ended.
    Stop,
}

/// A session that begins anew under the name of one that ended is told from a late report by this
/// pause.
const NAME_REUSED_AFTER: Duration = Duration::minutes(5);

/// The same of one whose end was never reported: equipment that says so little has begun anew.
const SILENT_FOR: Duration = Duration::minutes(15);

impl NetworkSession {
    /// Takes a report and answers what it adds.
    pub fn report(&mut self, status: AccountingStatus, totals: Usage, now: DateTime<Utc>) -> Usage {
        let reused = status == AccountingStatus::Start
            && match self.ended_at {
                Some(ended) => now - ended >= NAME_REUSED_AFTER,
                None => now - self.updated_at >= SILENT_FOR,
            };
        if reused {
            (self.counted, self.started_at, self.ended_at) = (Usage::default(), now, None);
        }
        let added = totals.since(self.counted);
        self.counted = self.counted.max(totals);
        self.updated_at = now;
        if status == AccountingStatus::Stop {
            self.ended_at.get_or_insert(now);
        }
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn limits(minutes: Option<u32>, megabytes: Option<u32>, used: Usage) -> Limits {
        let allowance = Allowance {
            plan_id: PlanId::new(1),
            plan_name: Name::new("Basic").unwrap(),
            daily_time_minutes: minutes,
            daily_data_mb: megabytes,
        };
        Limits::new(allowance, used, at("2026-05-01T12:00:00Z"), Tz::UTC)
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone_or_when_clocks_skip_it_later() {
        let day = |text: &str| text.parse().unwrap();
        let starts = [
            ("Europe/Berlin", "2026-05-01", "2026-04-30T22:00:00Z"),
            ("Asia/Kathmandu", "2026-05-01", "2026-04-30T18:15:00Z"),
            // Clocks go from 23:59:59 to 01:00.
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
            // Midnight comes twice.
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        ];
        for (zone, date, start) in starts {
            assert_eq!(start_of(day(date), zone.parse().unwrap()), at(start), "{zone}");
        }
    }

    #[test]
    fn the_reset_is_the_next_midnight_of_the_zone() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let now = at("2026-05-01T22:30:00Z");
        assert_eq!(reset_after(now, berlin), at("2026-05-02T22:00:00Z"));
        assert_eq!(reset_after(now, Tz::UTC), at("2026-05-02T00:00:00Z"));
        assert_eq!(reset_after(at("2026-05-01T22:00:00Z"), berlin), at("2026-05-02T22:00:00Z"));
    }

    #[test]
    fn what_was_used_over_midnight_is_shared_by_time() {
        let used = Usage { seconds: 3_600, octets: 1_000 };
        let parts = by_day(used, at("2026-05-02T00:15:00Z"), Tz::UTC);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(
            parts,
            [
                (day("2026-05-02"), Usage { seconds: 900, octets: 250 }),
                (day("2026-05-01"), Usage { seconds: 2_700, octets: 750 }),
            ]
        );
    }

    #[test]
    fn nothing_is_lost_in_sharing() {
        for (seconds, octets) in [(0, 7), (1, 0), (300_000, 1_000_003), (86_400, 1), (59, u64::MAX)]
        {
            let used = Usage { seconds, octets };
            let parts = by_day(used, at("2026-05-02T00:00:10Z"), Tz::UTC);
            assert!(parts.len() <= 32, "a report cannot write a row for every day there was");
            let sum = parts.iter().fold(Usage::default(), |sum, part| sum.plus(part.1));
            assert_eq!(sum, used);
        }
    }

    #[test]
    fn no_limit_is_unlimited_and_zero_allows_nothing() {
        assert_eq!(limits(None, None, Usage::default()).exhausted(), None);
        assert_eq!(limits(Some(0), None, Usage::default()).exhausted(), Some(Exhausted::Time));
        assert_eq!(limits(None, Some(0), Usage::default()).exhausted(), Some(Exhausted::Data));
        let used = Usage { seconds: 599, octets: MEGABYTE };
        assert_eq!(limits(Some(10), Some(2), used).exhausted(), None);
        assert_eq!(limits(Some(10), Some(1), used).exhausted(), Some(Exhausted::Data));
        let used = Usage { seconds: 601, octets: 0 };
        assert_eq!(limits(Some(10), None, used).seconds_left(), Some(0));
    }

    #[test]
    fn a_session_past_midnight_may_use_the_next_day_too() {
        let noon = at("2026-05-01T12:00:00Z");
        assert_eq!(limits(Some(60), None, Usage::default()).session_timeout(noon), Some(3_600));
        let late = at("2026-05-01T23:30:00Z");
        assert_eq!(limits(Some(60), None, Usage::default()).session_timeout(late), Some(5_400));
        assert_eq!(limits(None, Some(1), Usage::default()).session_timeout(late), None);
    }

    #[test]
    fn reports_are_totals_so_late_and_repeated_ones_add_nothing() {
        let now = at("2026-05-01T12:00:00Z");
        let name = |text| NetworkName::new(text).unwrap();
        let mut session = NetworkSession {
            id: NetworkSessionId::new(1),
            key: SessionKey {
                user_id: UserId::new(1),
                nas: Some(name("ap-1")),
                session: name("A1"),
            },
            counted: Usage::default(),
            started_at: now,
            updated_at: now,
            ended_at: None,
        };
        let totals = |seconds| Usage { seconds, octets: seconds * 10 };
        let mut report = |status, seconds, minute| {
            session.report(status, totals(seconds), now + Duration::minutes(minute)).seconds
        };
        assert_eq!(report(AccountingStatus::Start, 0, 0), 0);
        assert_eq!(report(AccountingStatus::Interim, 300, 5), 300);
        assert_eq!(report(AccountingStatus::Interim, 300, 5), 0);
        assert_eq!(report(AccountingStatus::Stop, 700, 12), 400);
        assert_eq!(report(AccountingStatus::Interim, 600, 12), 0);
        assert_eq!(report(AccountingStatus::Start, 0, 12), 0, "a start that came late");
        assert_eq!(report(AccountingStatus::Stop, 700, 13), 0);
        assert_eq!(report(AccountingStatus::Start, 0, 60), 0, "the name is used again");
        assert_eq!(report(AccountingStatus::Interim, 60, 61), 60);
        assert_eq!(report(AccountingStatus::Start, 0, 76), 0, "its end was never reported");
        assert_eq!(report(AccountingStatus::Stop, 50, 77), 50);
    }
}
