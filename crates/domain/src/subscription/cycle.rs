//! Billing periods: when they end, and what a part of one is worth.

use chrono::{DateTime, Days, Months, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::{Amount, Money};
use crate::pricing::{BillingInterval, PlanPricing};

/// What is paid, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// For each period.
    pub price: Money,
    /// How long a period is.
    pub interval: BillingInterval,
}

impl From<&PlanPricing> for Terms {
    fn from(pricing: &PlanPricing) -> Self {
        Self { price: pricing.price, interval: pricing.interval }
    }
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

    /// What a change to other terms costs at an instant: their price, for the rest of the period where
    /// its length stays, for a whole one where another begins, less what of the own price is unused.
    /// The rest is worth `price × seconds left ÷ seconds in the period`. The sum is rounded once, half
    /// a minor unit up; `None` where more is unused than the change costs.
    pub fn difference(self, own: Terms, new: Terms, now: DateTime<Utc>) -> Option<Amount> {
        let left = Decimal::from((self.end - now).num_seconds().clamp(0, self.seconds()));
        let rest = |price: Money| price.amount().value() * left / Decimal::from(self.seconds());
        let wanted =
            if own.interval == new.interval { rest(new.price) } else { new.price.amount().value() };
        let decimals = new.price.currency().exponent().min(Amount::DECIMALS);
        let strategy = RoundingStrategy::MidpointAwayFromZero;
        let exact = wanted - rest(own.price);
        Amount::new(exact.round_dp_with_strategy(decimals, strategy)).ok()
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

    fn monthly(amount: &str, currency: &str) -> Terms {
        Terms { price: price(amount, currency), interval: BillingInterval::Month }
    }

    #[test]
    fn a_change_costs_the_difference_for_the_rest_of_the_period_rounded_once() {
        let period = Period { start: at("2026-04-01T00:00:00Z"), end: at("2026-05-01T00:00:00Z") };
        let costs = |own, new, currency, now| {
            let (own, new) = (monthly(own, currency), monthly(new, currency));
            period.difference(own, new, at(now)).map(|amount| amount.to_string())
        };
        let third = "2026-04-11T00:00:00Z";
        assert_eq!(costs("30.00", "60.00", "USD", third).unwrap(), "20.00");
        assert_eq!(costs("10.00", "20.00", "USD", third).unwrap(), "6.67");
        assert_eq!(costs("1000", "2000", "JPY", third).unwrap(), "667.00");
        assert_eq!(costs("1001", "2000", "JPY", "2026-04-09T13:42:51Z").unwrap(), "714.00");
        assert_eq!(costs("10.00", "20.00", "USD", "2026-03-01T00:00:00Z").unwrap(), "10.00");
        assert_eq!(costs("10.00", "20.00", "USD", "2026-06-01T00:00:00Z").unwrap(), "0.00");
    }

    #[test]
    fn what_is_unused_is_never_lost_to_a_shorter_period() {
        let period = Period { start: at("2026-01-01T00:00:00Z"), end: at("2027-01-01T00:00:00Z") };
        let yearly = Terms { price: price("100.00", "USD"), interval: BillingInterval::Year };
        let change = |amount, now| period.difference(yearly, monthly(amount, "USD"), at(now));
        assert_eq!(change("10.00", "2026-02-01T00:00:00Z"), None);
        let late = change("10.00", "2026-12-31T00:00:00Z").unwrap();
        assert_eq!(late.to_string(), "9.73");
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
