//! Figures of the dashboard (contract §11).

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::money::Currency;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_runs_from_its_first_instant_to_that_of_the_next() {
        let month = Month::of("2026-12-31T23:59:59Z".parse().unwrap());
        assert_eq!(month.start, "2026-12-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(month.end, "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }
}
