//! Pricing: what a plan costs and how often (seed, "`PlanPricing` Table").

use chrono::{DateTime, Utc};

use crate::error::Violation;
use crate::ids::{PlanId, PlanPricingId};
use crate::money::{Amount, Currency, Money};
use crate::page::{Listed, Order, SortKey, SortValue, ascending};
use crate::tenant::replace;
use crate::text::{ExternalId, Name};

/// The interval values of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BillingInterval {
    /// Daily billing.
    Day,
    /// Weekly billing.
    Week,
    /// Monthly billing.
    Month,
    /// Yearly billing.
    Year,
}

impl BillingInterval {
    /// All intervals, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == word)
    }
}

/// One price of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPricing {
    /// Identity.
    pub id: PlanPricingId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// The columns `amount` and `currency`.
    pub price: Money,
    /// How often.
    pub interval: BillingInterval,
    /// Days before the first charge, 0 to 730.
    pub trial_period_days: u16,
    /// Whether it can be bought.
    pub active: bool,
    /// The price at Stripe.
    pub stripe_price_id: Option<ExternalId>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

/// What a price is created with (contract §7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlanPricing {
    /// How much.
    pub price: Money,
    /// How often.
    pub interval: BillingInterval,
    /// Days before the first charge.
    pub trial_period_days: u16,
    /// Whether it can be bought.
    pub active: bool,
    /// The price at Stripe.
    pub stripe_price_id: Option<ExternalId>,
}

/// Changes to a price; `None` keeps what is there, an inner `None` stores NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPricingUpdate {
    /// New amount.
    pub amount: Option<Amount>,
    /// New currency.
    pub currency: Option<Currency>,
    /// New interval.
    pub interval: Option<BillingInterval>,
    /// New trial.
    pub trial_period_days: Option<u16>,
    /// New availability.
    pub active: Option<bool>,
    /// New price at Stripe.
    pub stripe_price_id: Option<Option<ExternalId>>,
}

impl PlanPricing {
    /// Greatest trial in days (contract §7.2).
    pub const MAX_TRIAL_DAYS: u16 = 730;

    /// Applies a change at an instant. Errors: what [`Money::new`] says of amount and currency
    /// together; then nothing has changed.
    pub fn apply(
        &mut self,
        update: PlanPricingUpdate,
        now: DateTime<Utc>,
    ) -> Result<(), Violation> {
        let price = Money::new(
            update.amount.unwrap_or(self.price.amount()),
            update.currency.unwrap_or(self.price.currency()),
        )?;
        // A price at Stripe cannot be changed: another one is another price.
        if price != self.price || update.interval.is_some_and(|new| new != self.interval) {
            self.stripe_price_id = None;
        }
        self.price = price;
        replace(&mut self.interval, update.interval);
        replace(&mut self.trial_period_days, update.trial_period_days);
        replace(&mut self.active, update.active);
        replace(&mut self.stripe_price_id, update.stripe_price_id);
        self.updated_at = now;
        Ok(())
    }
}

/// A price with the name of its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPricingView {
    /// The row.
    pub pricing: PlanPricing,
    /// The plan's name.
    pub plan_name: Name,
}

/// Exact matches of the list of all prices. Ids no row can have match nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPricingFilter {
    /// By plan.
    pub plan: Option<i64>,
    /// By whether it can be bought.
    pub is_active: Option<bool>,
    /// By currency.
    pub currency: Option<Currency>,
}

/// Orderings of the list of all prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanPricingSort {
    /// By the plan's id.
    Plan,
    /// By `amount`, whatever the currency.
    Amount,
    /// By `currency`.
    Currency,
    /// By `created_at`.
    CreatedAt,
    /// By `id`.
    Id,
}

impl SortKey for PlanPricingSort {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("plan", Self::Plan),
        ("amount", Self::Amount),
        ("currency", Self::Currency),
        ("created_at", Self::CreatedAt),
        ("id", Self::Id),
    ];
    const DEFAULT: &'static [Order<Self>] = &[ascending(Self::Plan)];
}

impl Listed for PlanPricingView {
    type Key = PlanPricingSort;

    fn row_id(&self) -> i32 {
        self.pricing.id.get()
    }

    fn sort_value(&self, key: PlanPricingSort) -> SortValue {
        let price = self.pricing.price;
        match key {
            PlanPricingSort::Plan => self.pricing.plan_id.get().into(),
            PlanPricingSort::Amount => SortValue::Decimal(price.amount().value()),
            PlanPricingSort::Currency => price.currency().code().into(),
            PlanPricingSort::CreatedAt => self.pricing.created_at.into(),
            PlanPricingSort::Id => self.pricing.id.get().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    fn changed(update: PlanPricingUpdate) -> Option<ExternalId> {
        let mut pricing = PlanPricing {
            stripe_price_id: Some(samples::text("price_1")),
            ..samples::pricing(1, PlanId::new(1), "9.99")
        };
        pricing.apply(update, samples::after(1)).unwrap();
        pricing.stripe_price_id
    }

    #[test]
    fn another_price_is_another_one_at_stripe() {
        let amount = Some(samples::money("8.00", "USD").amount());
        let same = Some(samples::money("9.99", "USD").amount());
        let update = PlanPricingUpdate::default;
        assert_eq!(changed(PlanPricingUpdate { amount, ..update() }), None);
        let interval = Some(BillingInterval::Year);
        assert_eq!(changed(PlanPricingUpdate { interval, ..update() }), None);
        let given = Some(Some(samples::text("price_2")));
        let both = PlanPricingUpdate { amount, stripe_price_id: given.clone(), ..update() };
        assert_eq!(changed(both), given.flatten());
        let kept = PlanPricingUpdate { amount: same, active: Some(false), ..update() };
        assert_eq!(changed(kept), Some(samples::text("price_1")));
    }
}
