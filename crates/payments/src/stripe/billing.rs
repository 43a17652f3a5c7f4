//! Subscriptions that Stripe keeps going.
//!
//! A subscription begins as a checkout session, `cs_…`, on whose page it is paid; of that comes the
//! subscription itself, `sub_…`. Steps that can be taken back and forth have no idempotency key:
//! Stripe would answer the second time what it answered at first, and do nothing. Taking one twice
//! has no effect anyway.

mod changes;
mod pages;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use stripe_billing::subscription::{CancelSubscription, RetrieveSubscription, UpdateSubscription};
use stripe_checkout::checkout_session::RetrieveCheckoutSession;
use stripe_client_core::StripeRequest;
use wiwebb_domain::money::Money;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::subscription_gateway::{
    ChangeOrder, Changed, Checkout, CheckoutOrder, SubscriptionGateway,
};
use wiwebb_domain::subscription::{Mirror, SubscriptionStatus};
use wiwebb_domain::text::ExternalId;

use super::client::Stripe;
use super::errors::StripeFailure;
use super::mirror::{mirror, silent};
use super::objects::billing::Subscription;
use super::objects::{CheckoutSession, Id};
use super::{IN_TIME, within};

/// A gateway of the variant `stripe`, for subscriptions.
#[derive(Debug)]
pub(crate) struct StripeBilling {
    stripe: Stripe,
    /// What addresses of this server begin with, without a slash at the end.
    public_url: String,
}

impl StripeBilling {
    pub(crate) fn new(stripe: Stripe, public_url: String) -> Self {
        Self { stripe, public_url }
    }

    async fn session(&self, id: &ExternalId) -> Result<CheckoutSession, StripeFailure> {
        self.stripe.read(&RetrieveCheckoutSession::new(id.as_str())).await
    }

    async fn subscription(&self, id: &str) -> Result<Subscription, StripeFailure> {
        self.stripe.read(&RetrieveSubscription::new(id)).await
    }

    /// Stripe's id of a subscription that may be known by its checkout session.
    async fn id_of(&self, name: &ExternalId) -> Result<String, GatewayError> {
        if !is_session(name) {
            return Ok(name.as_str().to_owned());
        }
        let session = self.session(name).await.map_err(StripeFailure::into_error)?;
        let id = session.subscription.as_ref().map(Id::as_str);
        id.map(str::to_owned).ok_or_else(|| unpaid(name))
    }

    async fn account(&self, name: &ExternalId, now: DateTime<Utc>) -> Result<Mirror, GatewayError> {
        if !is_session(name) {
            let subscription = self.subscription(name.as_str()).await;
            return Ok(mirror(&subscription.map_err(StripeFailure::into_error)?, now));
        }
        let session = self.session(name).await.map_err(StripeFailure::into_error)?;
        let status = match (session.status.as_deref(), session.subscription) {
            (Some("complete"), Some(id)) => {
                let subscription = self.subscription(id.as_str()).await;
                return Ok(mirror(&subscription.map_err(StripeFailure::into_error)?, now));
            }
            (Some("expired"), _) => SubscriptionStatus::Canceled,
            _ => SubscriptionStatus::Incomplete,
        };
        Ok(Mirror { status: Some(status), ..silent(now) })
    }

    /// Takes a step that ends a subscription; one that has ended is left as it is.
    async fn end(
        &self,
        id: &str,
        request: &(impl StripeRequest + Sync),
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let failure = match self.stripe.send::<Subscription>(request.build(), None).await {
            Ok(subscription) => return Ok(mirror(&subscription, now)),
            Err(failure) => failure,
        };
        if !failure.is_refusal() {
            return Err(failure.into_error());
        }
        let account = mirror(&self.subscription(id).await.map_err(StripeFailure::into_error)?, now);
        if account.status == Some(SubscriptionStatus::Canceled) {
            return Ok(account);
        }
        Err(failure.into_error())
    }

    async fn end_or_go_on(
        &self,
        name: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let id = self.id_of(name).await?;
        let request = UpdateSubscription::new(id.as_str()).cancel_at_period_end(ends);
        if ends {
            return self.end(&id, &request, now).await;
        }
        let answer = self.stripe.send::<Subscription>(request.build(), None).await;
        Ok(mirror(&answer.map_err(StripeFailure::into_error)?, now))
    }

    async fn cancel(&self, name: &ExternalId, now: DateTime<Utc>) -> Result<Mirror, GatewayError> {
        let id = self.id_of(name).await?;
        self.end(&id, &CancelSubscription::new(id.as_str()), now).await
    }
}

#[async_trait]
impl SubscriptionGateway for StripeBilling {
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError> {
        within(IN_TIME, self.open_page(&order)).await
    }

    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError> {
        within(IN_TIME, self.close_page(external_id)).await
    }

    async fn look(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        within(IN_TIME, self.account(external_id, now)).await
    }

    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        within(IN_TIME, self.end_or_go_on(external_id, ends, now)).await
    }

    async fn end_now(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        within(IN_TIME, self.cancel(external_id, now)).await
    }

    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError> {
        within(IN_TIME, self.cost(&order)).await
    }

    async fn change(
        &self,
        order: ChangeOrder,
        now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        within(IN_TIME, self.change_to(&order, now)).await
    }
}

fn is_session(name: &ExternalId) -> bool {
    name.as_str().starts_with("cs_")
}

fn unpaid(name: &ExternalId) -> GatewayError {
    GatewayError::Unreachable(format!("{} was not paid", name.as_str()).into())
}
