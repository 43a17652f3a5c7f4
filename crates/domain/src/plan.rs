//! Plans: what is sold (seed, "Plan Table").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::ids::{PlanId, PlanPricingId};
use crate::page::{Listed, Order, SortKey, SortValue, ascending};
use crate::pricing::PlanPricing;
use crate::tenant::replace;
use crate::text::{ExternalId, LongText, Name};

/// Something users subscribe to.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Identity.
    pub id: PlanId,
    /// Unique.
    pub name: Name,
    /// Prose.
    pub description: Option<LongText>,
    /// Whoever has no subscription has this plan; one plan at most.
    pub default: bool,
    /// Whether it can be subscribed to.
    pub available: bool,
    /// Whether it costs anything.
    pub requires_payment: bool,
    /// Whether payments need an invoice.
    pub requires_invoice: bool,
    /// Whether a subscription goes on by itself at the end of a period.
    pub auto_renew: bool,
    /// Minutes a day; `None` is unlimited.
    pub daily_time_minutes: Option<u32>,
    /// Megabytes (1 MB = 1 000 000 bytes) a day; `None` is unlimited.
    pub daily_data_mb: Option<u32>,
    /// The product at Stripe.
    pub stripe_product_id: Option<ExternalId>,
    /// Anything the operator notes.
    pub metadata: Map<String, Value>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

/// What a plan is created with (contract §7.1).
#[derive(Debug, Clone, PartialEq)]
pub struct NewPlan {
    /// Unique.
    pub name: Name,
    /// Prose.
    pub description: Option<LongText>,
    /// One plan at most.
    pub default: bool,
    /// Whether it can be subscribed to.
    pub available: bool,
    /// Whether it costs anything.
    pub requires_payment: bool,
    /// Whether payments need an invoice.
    pub requires_invoice: bool,
    /// Whether a subscription goes on by itself.
    pub auto_renew: bool,
    /// Minutes a day.
    pub daily_time_minutes: Option<u32>,
    /// Megabytes a day.
    pub daily_data_mb: Option<u32>,
    /// The product at Stripe.
    pub stripe_product_id: Option<ExternalId>,
    /// Anything the operator notes.
    pub metadata: Map<String, Value>,
}

impl NewPlan {
    /// A plan with the seed's defaults.
    pub fn named(name: Name) -> Self {
        Self {
            name,
            description: None,
            default: false,
            available: true,
            requires_payment: true,
            requires_invoice: false,
            auto_renew: true,
            daily_time_minutes: None,
            daily_data_mb: None,
            stripe_product_id: None,
            metadata: Map::new(),
        }
    }
}

/// Changes to a plan; `None` keeps what is there, an inner `None` stores NULL.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New prose.
    pub description: Option<Option<LongText>>,
    /// New default flag.
    pub default: Option<bool>,
    /// New availability.
    pub available: Option<bool>,
    /// New need of payment.
    pub requires_payment: Option<bool>,
    /// New need of an invoice.
    pub requires_invoice: Option<bool>,
    /// New renewal.
    pub auto_renew: Option<bool>,
    /// New minutes a day.
    pub daily_time_minutes: Option<Option<u32>>,
    /// New megabytes a day.
    pub daily_data_mb: Option<Option<u32>>,
    /// New product at Stripe.
    pub stripe_product_id: Option<Option<ExternalId>>,
    /// New notes, whole.
    pub metadata: Option<Map<String, Value>>,
}

impl Plan {
    /// Applies a change at an instant.
    pub fn apply(&mut self, update: PlanUpdate, now: DateTime<Utc>) {
        replace(&mut self.name, update.name);
        replace(&mut self.description, update.description);
        replace(&mut self.default, update.default);
        replace(&mut self.available, update.available);
        replace(&mut self.requires_payment, update.requires_payment);
        replace(&mut self.requires_invoice, update.requires_invoice);
        replace(&mut self.auto_renew, update.auto_renew);
        replace(&mut self.daily_time_minutes, update.daily_time_minutes);
        replace(&mut self.daily_data_mb, update.daily_data_mb);
        replace(&mut self.stripe_product_id, update.stripe_product_id);
        replace(&mut self.metadata, update.metadata);
        self.updated_at = now;
    }
}

/// A plan with its active pricing, by id (contract §7.1).
#[derive(Debug, Clone, PartialEq)]
pub struct PlanView {
    /// The row.
    pub plan: Plan,
    /// Active pricing, by id.
    pub pricing: Vec<PlanPricing>,
}

impl PlanView {
    /// The price that is named, if the plan has it; the first one where none is named (contract §8.1).
    pub fn chosen(&self, named: Option<PlanPricingId>) -> Option<&PlanPricing> {
        match named {
            Some(id) => self.pricing.iter().find(|pricing| pricing.id == id),
            None => self.pricing.first(),
        }
    }
}

/// Exact matches of the plan list (contract §7.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanFilter {
    /// By availability.
    pub available: Option<bool>,
    /// By need of payment.
    pub requires_payment: Option<bool>,
}

/// Orderings of the list of plans, where it comes in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanSort {
    /// By `name`.
    Name,
    /// By `created_at`.
    CreatedAt,
    /// By `id`.
    Id,
}

impl SortKey for PlanSort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("name", Self::Name), ("created_at", Self::CreatedAt), ("id", Self::Id)];
    const DEFAULT: &'static [Order<Self>] = &[ascending(Self::Id)];
}

impl Listed for Plan {
    type Key = PlanSort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: PlanSort) -> SortValue {
        match key {
            PlanSort::Name => self.name.as_str().into(),
            PlanSort::CreatedAt => self.created_at.into(),
            PlanSort::Id => self.id.get().into(),
        }
    }
}
