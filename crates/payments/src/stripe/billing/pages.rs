//! Pages on which subscriptions are paid: checkout sessions.

use std::collections::HashMap;

use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    ExpireCheckoutSession,
};
use stripe_shared::CheckoutSessionMode;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::subscription_gateway::{Checkout, CheckoutOrder};
use wiwebb_domain::text::ExternalId;

use super::{StripeBilling, is_session};
use crate::stripe::catalogue::{Catalogue, Offer};
use crate::stripe::errors::StripeFailure;
use crate::stripe::objects::{CheckoutSession, Reference};
use crate::stripe::{SUBSCRIPTION, derived_key, external_id};

impl StripeBilling {
    pub(super) async fn open_page(&self, order: &CheckoutOrder) -> Result<Checkout, GatewayError> {
        let catalogue = Catalogue(&self.stripe);
        let both = tokio::try_join!(
            catalogue.customer(&order.user, order.customer.as_ref()),
            catalogue.offer(&order.plan, &order.pricing),
        );
        let (customer, offer) = both.map_err(StripeFailure::into_error)?;
        let session = self.open_session(order, &customer, &offer).await;
        let session = session.map_err(StripeFailure::into_error)?;
        let url = session
            .url
            .ok_or_else(|| GatewayError::Unknown(format!("{} has no page", session.id).into()))?;
        Ok(Checkout {
            url,
            external_id: external_id(&session.id)?,
            customer: external_id(&customer)?,
            product: external_id(&offer.product)?,
            price: external_id(&offer.price)?,
        })
    }

    async fn open_session(
        &self,
        order: &CheckoutOrder,
        customer: &str,
        offer: &Offer,
    ) -> Result<CheckoutSession, StripeFailure> {
        let reference = order.subscription.as_str();
        let done = format!("{}/checkout/done/", self.public_url);
        let given_up = format!("{}/checkout/cancelled/", self.public_url);
        let days = order.trial_days.to_string();
        let key =
            derived_key("checkout", &[reference, customer, &offer.price, &days, &done, &given_up]);
        let metadata = HashMap::from([(SUBSCRIPTION.to_owned(), reference.to_owned())]);
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Subscription)
            .customer(customer)
            .client_reference_id(reference)
            .line_items([CreateCheckoutSessionLineItems {
                price: Some(offer.price.clone()),
                quantity: Some(1),
                ..CreateCheckoutSessionLineItems::new()
            }])
            .metadata(metadata.clone())
            .subscription_data(CreateCheckoutSessionSubscriptionData {
                metadata: Some(metadata),
                trial_period_days: Some(order.trial_days.into()).filter(|days| *days > 0),
                ..CreateCheckoutSessionSubscriptionData::new()
            })
            .success_url(done)
            .cancel_url(given_up);
        self.stripe.order(&request, &key).await
    }

    pub(super) async fn close_page(&self, name: &ExternalId) -> Result<(), GatewayError> {
        if !is_session(name) {
            return Ok(());
        }
        let request = ExpireCheckoutSession::new(name.as_str());
        let key = derived_key("expire", &[name.as_str()]);
        match self.stripe.order::<Reference>(&request, &key).await {
            Ok(_) => Ok(()),
            // It is closed already, or paid.
            Err(failure) if failure.is_refusal() => Ok(()),
            Err(failure) => Err(failure.into_error()),
        }
    }
}
