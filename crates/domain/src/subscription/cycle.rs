//! Billing periods: when they end, and what a part of one is worth.

use chrono::{DateTime, Days, Months, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::{Amount, Money};
use crate::pricing::BillingInterval;

/// What is paid, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// For each period.
    pub price: Money,
    /// How long a period is.
    pub interval: BillingInterval,
}

/// From an instant to another, which is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant behind it.
    pub end: DateTime<Utc>,
}

impl Period {
    /// The period that begins at `start`. Its end keeps the day of the `anchor`, as far as the month
    /// has it: from 31 January, 28 February and then 31 March.
    pub fn starting(
        start: DateTime<Utc>,
        anchor: DateTime<Utc>,
        interval: BillingInterval,
    ) -> Self {
        let end = (1..=u32::MAX)
            .map(|count| boundary(anchor, interval, count))
            .find(|end| end.is_none_or(|end| end > start))
            .flatten();
        Self { start, end: end.unwrap_or(DateTime::<Utc>::MAX_UTC) }
    }

    fn seconds(self) -> i64 {
        (self.end - self.start).num_seconds().max(1)
    }

    /// What the rest of the period is worth at an instant: `price × seconds left ÷ seconds in the
    /// period`, rounded once, half a minor unit up.
    pub fn worth_of_rest(self, price: Money, now: DateTime<Utc>) -> Amount {
        let left = (self.end - now).num_seconds().clamp(0, self.seconds());
        let exact = price.amount().value() * Decimal::from(left) / Decimal::from(self.seconds());
        let decimals = price.currency().exponent().min(Amount::DECIMALS);
        let strategy = RoundingStrategy::MidpointAwayFromZero;
        Amount::new(exact.round_dp_with_strategy(decimals, strategy)).unwrap_or(price.amount())
    }
}

/// The end of the `count`th period from an anchor; `None` beyond the end of the calendar.
fn boundary(anchor: DateTime<Utc>, interval: BillingInterval, count: u32) -> Option<DateTime<Utc>> {
    match interval {
        BillingInterval::Day => anchor.checked_add_days(Days::new(count.into())),
        BillingInterval::Week => anchor.checked_add_days(Days::new(u64::from(count) * 7)),
        BillingInterval::Month => anchor.checked_add_months(Months::new(count)),
        BillingInterval::Year => anchor.checked_add_months(Months::new(count.saturating_mul(12))),
    }
}

impl Terms {
    /// Whether these terms cost more than others for the same time. A month counts as a twelfth of a
    /// year of 365.25 days.
    pub fn are_dearer_than(self, other: Self) -> bool {
        // Exact: the prices are multiplied, never divided.
        let weigh = |terms: Self, by: Self| terms.price.amount().value() * hours(by.interval);
        weigh(self, other) > weigh(other, self)
    }
}

/// Mean length in hours.
fn hours(interval: BillingInterval) -> Decimal {
    match interval {
        BillingInterval::Day => Decimal::from(24),
        BillingInterval::Week => Decimal::from(7 * 24),
        BillingInterval::Month => Decimal::new(7305, 1),
        BillingInterval::Year => Decimal::from(8766),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn price(amount: &str, currency: &str) -> Money {
        let amount = Amount::new(amount.parse().unwrap()).unwrap();
        Money::new(amount, Currency::new(currency).unwrap()).unwrap()
    }

    #[test]
    fn months_keep_the_day_of_the_anchor_where_they_have_it() {
        let anchor = at("2026-01-31T10:00:00Z");
        let mut start = anchor;
        let mut ends = Vec::new();
        for _ in 0..4 {
            let period = Period::starting(start, anchor, BillingInterval::Month);
            ends.push(period.end.format("%m-%d %H").to_string());
            start = period.end;
        }
        assert_eq!(ends, ["02-28 10", "03-31 10", "04-30 10", "05-31 10"]);
    }

    #[test]
    fn each_interval_has_its_length() {
        let start = at("2024-02-29T00:00:00Z");
        for (interval, end) in [
            (BillingInterval::Day, "2024-03-01T00:00:00Z"),
            (BillingInterval::Week, "2024-03-07T00:00:00Z"),
            (BillingInterval::Month, "2024-03-29T00:00:00Z"),
            (BillingInterval::Year, "2025-02-28T00:00:00Z"),
        ] {
            assert_eq!(Period::starting(start, start, interval).end, at(end));
        }
    }

    #[test]
    fn the_rest_of_a_period_is_rounded_once_to_the_minor_unit() {
        let period = Period { start: at("2026-04-01T00:00:00Z"), end: at("2026-05-01T00:00:00Z") };
        let worth = |amount, currency, now| {
            period.worth_of_rest(price(amount, currency), at(now)).to_string()
        };
        assert_eq!(worth("30.00", "USD", "2026-04-11T00:00:00Z"), "20.00");
        assert_eq!(worth("10.00", "USD", "2026-04-11T00:00:00Z"), "6.67");
        assert_eq!(worth("1000", "JPY", "2026-04-11T00:00:00Z"), "667.00");
        assert_eq!(worth("10.00", "USD", "2026-03-01T00:00:00Z"), "10.00");
        assert_eq!(worth("10.00", "USD", "2026-06-01T00:00:00Z"), "0.00");
    }

    #[test]
    fn prices_of_different_intervals_are_compared_by_what_the_same_time_costs() {
        let terms = |amount, interval| Terms { price: price(amount, "USD"), interval };
        let monthly = terms("10.00", BillingInterval::Month);
        assert!(terms("1.00", BillingInterval::Day).are_dearer_than(monthly));
        assert!(!terms("100.00", BillingInterval::Year).are_dearer_than(monthly));
        assert!(!monthly.are_dearer_than(monthly));
        assert!(!terms("120.00", BillingInterval::Year).are_dearer_than(monthly));
    }
}
