//! Figures of the dashboard (contract §11).

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::ids::PlanId;
use crate::money::Currency;
use crate::text::Name;

/// The half-open span of a calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// First instant inside.
    pub start: DateTime<Utc>,
    /// First instant behind.
    pub end: DateTime<Utc>,
}

impl Month {
    /// The month that holds an instant.
    pub fn of(instant: DateTime<Utc>) -> Self {
        let first = |year, month| {
            NaiveDate::from_ymd_opt(year, month, 1)
                .and_then(|date| date.and_hms_opt(0, 0, 0))
                .map_or(instant, |start| start.and_utc())
        };
        let (year, month) = (instant.year(), instant.month());
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Self { start: first(year, month), end: first(next_year, next) }
    }

    /// So many months to the one that holds an instant, oldest first.
    pub fn last(count: usize, instant: DateTime<Utc>) -> Vec<Self> {
        let before = |month: &Self| Some(Self::of(month.start - TimeDelta::microseconds(1)));
        let mut months: Vec<Self> =
            std::iter::successors(Some(Self::of(instant)), before).take(count).collect();
        months.reverse();
        months
    }
}

/// So many days to this one, oldest first.
pub(crate) fn last_days(count: usize, day: NaiveDate) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> =
        std::iter::successors(Some(day), NaiveDate::pred_opt).take(count).collect();
    days.reverse();
    days
}

/// What the store counts within a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashboardFigures {
    /// Tenants within the scope.
    pub tenants: u64,
    /// Users within the scope.
    pub users: u64,
    /// Confirmed in the month, less what was refunded of it, by currency.
    pub revenue: Vec<(Currency, Decimal)>,
}

impl DashboardFigures {
    /// The revenue of the currency with the most; zero where nothing was earned. Of equal ones
    /// the first by code.
    pub fn leading_revenue(&self) -> Decimal {
        self.revenue.iter().map(|(_, sum)| *sum).max().unwrap_or_default()
    }
}

/// Months that an overview shows.
pub const MONTHS_SHOWN: usize = 12;

/// Days that an overview shows.
pub const DAYS_SHOWN: usize = 14;

/// How things have gone, within a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// The last [`MONTHS_SHOWN`] months to the current one, oldest first.
    pub revenue: Vec<MonthlyRevenue>,
    /// The same months.
    pub new_users: Vec<MonthlyUsers>,
    /// Who has access by a subscription now, by plan; the plan with the most first.
    pub subscriptions: Vec<PlanSubscribers>,
    /// The last [`DAYS_SHOWN`] days to today, oldest first.
    pub usage: Vec<DailyUsage>,
}

/// What came in for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyRevenue {
    /// Which month.
    pub month: Month,
    /// Confirmed in the month, less what was refunded of it, by currency.
    pub by_currency: Vec<(Currency, Decimal)>,
}

/// How many users there came to be in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyUsers {
    /// Which month.
    pub month: Month,
    /// How many.
    pub count: u64,
}

/// How many have access by a subscription to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSubscribers {
    /// Which plan.
    pub plan_id: PlanId,
    /// Its name.
    pub plan: Name,
    /// How many, at least one.
    pub count: u64,
}

/// What was used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyUsage {
    /// Which day.
    pub day: NaiveDate,
    /// By how many.
    pub users: u64,
    /// Seconds on the network, of all together.
    pub seconds: u64,
    /// Bytes in both directions, of all together.
    pub octets: u64,
}

impl MonthlyRevenue {
    /// A month in which nothing came in.
    pub(crate) const fn none(month: Month) -> Self {
        Self { month, by_currency: Vec::new() }
    }
}

impl MonthlyUsers {
    /// A month in which nobody joined.
    pub(crate) const fn none(month: Month) -> Self {
        Self { month, count: 0 }
    }
}

impl DailyUsage {
    /// A day on which nothing was used.
    pub(crate) const fn none(day: NaiveDate) -> Self {
        Self { day, users: 0, seconds: 0, octets: 0 }
    }
}

/// What was found of each of these months or days, and in the place of what was not found, none.
pub(crate) fn complete<S: Copy + PartialEq, T>(
    spans: &[S],
    mut found: Vec<T>,
    span_of: fn(&T) -> S,
    none: fn(S) -> T,
) -> Vec<T> {
    let mut take = |span: S| {
        let at = found.iter().position(|row| span_of(row) == span);
        at.map_or_else(|| none(span), |at| found.swap_remove(at))
    };
    spans.iter().map(|span| take(*span)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_runs_from_its_first_instant_to_that_of_the_next() {
        let month = Month::of("2026-12-31T23:59:59Z".parse().unwrap());
        assert_eq!(month.start, "2026-12-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(month.end, "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn the_last_months_follow_each_other_to_that_of_the_instant() {
        let months = Month::last(14, "2027-01-31T12:00:00Z".parse().unwrap());
        let starts: Vec<String> =
            months.iter().map(|month| month.start.format("%y-%m-%d").to_string()).collect();
        assert_eq!(starts.len(), 14);
        assert_eq!(starts[..3], ["25-12-01", "26-01-01", "26-02-01"]);
        assert_eq!(starts[11..], ["26-11-01", "26-12-01", "27-01-01"]);
        assert!(months.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn the_last_days_end_with_the_day() {
        let days = last_days(3, NaiveDate::from_ymd_opt(2028, 3, 1).unwrap());
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2028-02-28", "2028-02-29", "2028-03-01"]);
    }

    #[test]
    fn a_day_without_anything_is_told_as_none_in_its_place() {
        let [first, second, third] =
            [1, 2, 3].map(|day| NaiveDate::from_ymd_opt(2027, 1, day).unwrap());
        let used = |day| DailyUsage { day, users: 1, seconds: 2, octets: 3 };
        let found = vec![used(third), used(first)];
        let all = complete(&[first, second, third], found, |row| row.day, DailyUsage::none);
        assert_eq!(all, [used(first), DailyUsage::none(second), used(third)]);
    }
}
