//! What can be bought in the demo, and the gateway it is paid through.

use serde_json::{Map, json};
use wiwebb_domain::error::Violation;
use wiwebb_domain::gateway::{GatewaySettings, NewGateway};
use wiwebb_domain::money::{Currency, Money};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::pricing::{BillingInterval, NewPlanPricing};
use wiwebb_domain::text::{LongText, Name, Variant};

/// What a demo plan is; prices in minor units of USD.
struct Offer {
    name: &'static str,
    description: &'static str,
    limits: (Option<u32>, Option<u32>),
    renews: bool,
    prices: &'static [(i64, BillingInterval, u16)],
}

const OFFERS: [Offer; 5] = [
    Offer {
        name: "Free",
        description: "An hour a day for everybody.",
        limits: (Some(60), Some(500)),
        renews: true,
        prices: &[],
    },
    Offer {
        name: "Day Pass",
        description: "One day without a limit of time.",
        limits: (None, Some(5_000)),
        renews: false,
        prices: &[(399, BillingInterval::Day, 0)],
    },
    Offer {
        name: "Basic",
        description: "Four hours a day.",
        limits: (Some(240), Some(4_000)),
        renews: true,
        prices: &[(999, BillingInterval::Month, 7), (9_990, BillingInterval::Year, 7)],
    },
    Offer {
        name: "Standard",
        description: "Online all day.",
        limits: (None, Some(20_000)),
        renews: true,
        prices: &[(1_999, BillingInterval::Month, 14), (19_990, BillingInterval::Year, 14)],
    },
    Offer {
        name: "Premium",
        description: "No limits.",
        limits: (None, None),
        renews: true,
        prices: &[(3_999, BillingInterval::Month, 30), (39_990, BillingInterval::Year, 30)],
    },
];

/// The demo plans with their prices. The one that costs nothing is the default.
pub(super) fn plans() -> Result<Vec<(NewPlan, Vec<NewPlanPricing>)>, Violation> {
    OFFERS.iter().map(plan).collect()
}

fn plan(offer: &Offer) -> Result<(NewPlan, Vec<NewPlanPricing>), Violation> {
    let (daily_time_minutes, daily_data_mb) = offer.limits;
    let plan = NewPlan {
        description: Some(LongText::new(offer.description)?),
        default: offer.prices.is_empty(),
        requires_payment: !offer.prices.is_empty(),
        auto_renew: offer.renews,
        daily_time_minutes,
        daily_data_mb,
        ..NewPlan::named(Name::new(offer.name)?)
    };
    let price = |&(units, interval, trial_period_days)| {
        Ok(NewPlanPricing {
            price: Money::from_minor_units(units, Currency::USD)?,
            interval,
            trial_period_days,
            active: true,
            stripe_price_id: None,
        })
    };
    let prices = offer.prices.iter().map(price).collect::<Result<_, Violation>>()?;
    Ok((plan, prices))
}

/// A gateway that moves no money and confirms whatever it is asked for (contract §9.2).
pub(super) fn gateway() -> Result<NewGateway, Violation> {
    let settings = Map::from_iter([("outcome".to_owned(), json!("confirmed"))]);
    Ok(NewGateway {
        name: Name::new("Demo payments")?,
        variant: Variant::new("dummy")?,
        is_active: true,
        priority: 0,
        config: GatewaySettings::new(settings),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_must_be_paid_for_have_prices_and_no_network_is_needed_to_pay() {
        let plans = plans().unwrap();
        assert!(plans.iter().all(|(plan, prices)| plan.requires_payment != prices.is_empty()));
        assert_eq!(gateway().unwrap().variant.as_str(), "dummy");
    }

    #[test]
    fn one_plan_is_the_default_and_it_has_limits_and_costs_nothing() {
        let plans = plans().unwrap();
        let defaults: Vec<_> = plans.iter().filter(|(plan, _)| plan.default).collect();
        let [(plan, prices)] = defaults[..] else { panic!("{defaults:?}") };
        assert!(!plan.requires_payment && prices.is_empty());
        assert!(plan.daily_time_minutes.is_some() && plan.daily_data_mb.is_some());
    }
}
