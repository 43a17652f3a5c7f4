//! Who buys, what is bought and for how much, as Stripe knows them.
//!
//! Plans, prices and users are the server's to decide: what Stripe has of them is made to agree
//! when it is needed. A name that Stripe does not have any more, as of another account, is
//! replaced.

use std::collections::HashMap;

use stripe_client_core::StripeRequest;
use stripe_core::customer::{CreateCustomer, RetrieveCustomer};
use stripe_product::price::{
    CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, ListPrice, RetrievePrice,
};
use stripe_product::product::{CreateProduct, RetrieveProduct, UpdateProduct};
use wiwebb_domain::plan::Plan;
use wiwebb_domain::pricing::{BillingInterval, PlanPricing};
use wiwebb_domain::text::{ExternalId, PersonName};
use wiwebb_domain::user::User;

use super::client::Stripe;
use super::derived_key;
use super::errors::StripeFailure;
use super::lookups::LARGEST_PAGE;
use super::money::{StripeAmount, to_stripe};
use super::objects::billing::{Price, Product};
use super::objects::{Customer, Reference};

/// Our ids, in the metadata of what they are called at Stripe.
const USER: &str = "user";
const PLAN: &str = "plan";
const PRICING: &str = "pricing";

/// A plan for a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Stripe's id of the plan.
    pub(crate) product: String,
    /// Stripe's id of the price.
    pub(crate) price: String,
}

/// What Stripe knows of users and plans.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catalogue<'a>(pub(crate) &'a Stripe);

impl Catalogue<'_> {
    /// Stripe's id of a user.
    pub(crate) async fn customer(
        &self,
        user: &User,
        known: Option<&ExternalId>,
    ) -> Result<String, StripeFailure> {
        if let Some(known) = known {
            let found = self.0.look_up::<Customer>(&RetrieveCustomer::new(known.as_str())).await?;
            if let Some(customer) = found.filter(|found| !found.deleted) {
                return Ok(customer.id);
            }
        }
        let (id, email, name) = (user.id.to_string(), user.email.as_str(), name_of(user));
        let gone = known.map_or("", ExternalId::as_str);
        let key = derived_key("customer", &[&id, email, &name, gone]);
        let request = CreateCustomer::new().email(email).name(name).metadata(ours(USER, id));
        let customer: Reference = self.0.order(&request, &key).await?;
        Ok(customer.id)
    }

    /// A plan for a price that Stripe has.
    pub(crate) async fn offer(
        &self,
        plan: &Plan,
        pricing: &PlanPricing,
    ) -> Result<Offer, StripeFailure> {
        let amount = to_stripe(pricing.price)
            .map_err(|error| StripeFailure::Unreachable(Box::new(error)))?;
        let product = self.product(plan).await?;
        let price = self.price(&product, pricing, amount).await?;
        Ok(Offer { product, price })
    }

    async fn product(&self, plan: &Plan) -> Result<String, StripeFailure> {
        let known = plan.stripe_product_id.as_ref();
        if let Some(known) = known {
            let found = self.0.look_up::<Product>(&RetrieveProduct::new(known.as_str())).await?;
            if let Some(product) = found.filter(|found| !found.deleted) {
                return self.brought_up_to_date(product, plan).await;
            }
        }
        let (id, name) = (plan.id.to_string(), plan.name.as_str());
        let gone = known.map_or("", ExternalId::as_str);
        let key = derived_key("product", &[&id, name, gone]);
        let request = CreateProduct::new(name).metadata(ours(PLAN, id));
        let product: Reference = self.0.order(&request, &key).await?;
        Ok(product.id)
    }

    async fn brought_up_to_date(
        &self,
        product: Product,
        plan: &Plan,
    ) -> Result<String, StripeFailure> {
        let name = plan.name.as_str();
        if product.active && product.name.as_deref() == Some(name) {
            return Ok(product.id);
        }
        let request = UpdateProduct::new(product.id.as_str()).name(name).active(true);
        // Under a key, a name that comes back would be answered with what it was at first.
        let updated: Reference = self.0.send(request.build(), None).await?;
        Ok(updated.id)
    }

    /// A price cannot be changed, so another amount is another price. One that was made before is
    /// taken again.
    async fn price(
        &self,
        product: &str,
        pricing: &PlanPricing,
        amount: StripeAmount,
    ) -> Result<String, StripeFailure> {
        let fits = |price: &Price| is_price_of(price, product, pricing, amount.units);
        if let Some(known) = &pricing.stripe_price_id {
            let found = self.0.look_up(&RetrievePrice::new(known.as_str())).await?;
            if let Some(price) = found.filter(fits) {
                return Ok(price.id);
            }
        }
        let id = pricing.id.to_string();
        let behind = |last: Option<&str>| {
            let request = ListPrice::new().product(product).active(true).limit(LARGEST_PAGE);
            last.map_or_else(|| request.clone(), |last| request.clone().starting_after(last))
        };
        let is_ours = |price: &Price| price.metadata.get(PRICING) == Some(&id) && fits(price);
        if let Some(price) = self.0.find(behind, is_ours).await? {
            return Ok(price.id);
        }
        let units = amount.units.to_string();
        let (currency, interval) = (pricing.price.currency().code(), pricing.interval.as_str());
        let gone = pricing.stripe_price_id.as_ref().map_or("", ExternalId::as_str);
        let key = derived_key("price", &[&id, product, &units, currency, interval, gone]);
        let request = CreatePrice::new(amount.currency)
            .product(product)
            .unit_amount(amount.units)
            .recurring(CreatePriceRecurring::new(interval_of(pricing.interval)))
            .metadata(ours(PRICING, id));
        let price: Reference = self.0.order(&request, &key).await?;
        Ok(price.id)
    }
}

fn ours(key: &str, id: String) -> HashMap<String, String> {
    HashMap::from([(key.to_owned(), id)])
}

fn name_of(user: &User) -> String {
    let names = [&user.first_name, &user.last_name].into_iter().flatten();
    let names: Vec<&str> = names.map(PersonName::as_str).collect();
    if names.is_empty() { user.username.as_str().to_owned() } else { names.join(" ") }
}

fn is_price_of(price: &Price, product: &str, pricing: &PlanPricing, units: i64) -> bool {
    let recurs = price.recurring.as_ref().is_some_and(|recurring| {
        recurring.interval == pricing.interval.as_str()
            && recurring.interval_count.is_none_or(|count| count == 1)
    });
    recurs
        && price.active
        && price.product.as_ref().is_some_and(|own| own.as_str() == product)
        && price.unit_amount == Some(units)
        && price.currency.eq_ignore_ascii_case(pricing.price.currency().code())
}

const fn interval_of(interval: BillingInterval) -> CreatePriceRecurringInterval {
    match interval {
        BillingInterval::Day => CreatePriceRecurringInterval::Day,
        BillingInterval::Week => CreatePriceRecurringInterval::Week,
        BillingInterval::Month => CreatePriceRecurringInterval::Month,
        BillingInterval::Year => CreatePriceRecurringInterval::Year,
    }
}
