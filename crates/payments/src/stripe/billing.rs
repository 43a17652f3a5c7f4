//! Subscriptions that Stripe keeps going.
//!
//! A subscription begins as a checkout session, `cs_…`, on whose page it is paid; of that comes the
//! subscription itself, `sub_…`. Steps that can be taken back and forth have no idempotency key:
//! Stripe would answer the second time what it answered at first, and do nothing. Taking one twice
//! has no effect anyway.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails,
    CreatePreviewInvoiceSubscriptionDetailsItems,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior as PreviewProration,
    VoidInvoiceInvoice,
};
use stripe_billing::subscription::{
    CancelSubscription, RetrieveSubscription, UpdateSubscription, UpdateSubscriptionItems,
    UpdateSubscriptionPaymentBehavior, UpdateSubscriptionProrationBehavior as Proration,
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    ExpireCheckoutSession, RetrieveCheckoutSession,
};
use stripe_client_core::StripeRequest;
use stripe_shared::CheckoutSessionMode;
use wiwebb_domain::money::Money;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::subscription_gateway::{
    ChangeOrder, Changed, Checkout, CheckoutOrder, SubscriptionGateway,
};
use wiwebb_domain::subscription::{Mirror, SubscriptionStatus};
use wiwebb_domain::text::ExternalId;

use super::catalogue::{Catalogue, Offer};
use super::client::Stripe;
use super::errors::StripeFailure;
use super::mirror::{mirror, silent};
use super::money::from_stripe;
use super::objects::billing::{Invoice, Subscription};
use super::objects::{CheckoutSession, Id, Reference};
use super::{SUBSCRIPTION, derived_key, external_id};

/// A gateway of the variant `stripe`, for subscriptions.
#[derive(Debug)]
pub(crate) struct StripeBilling {
    stripe: Stripe,
    /// What addresses of this server begin with, without a slash at the end.
    public_url: String,
}

/// What a subscription consists of, and is to consist of.
struct Swap {
    subscription: Subscription,
    /// What is bought now.
    item: String,
    offer: Offer,
}

impl StripeBilling {
    pub(crate) fn new(stripe: Stripe, public_url: String) -> Self {
        Self { stripe, public_url }
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

    async fn swap(&self, order: &ChangeOrder) -> Result<Swap, GatewayError> {
        let id = self.id_of(&order.external_id).await?;
        let catalogue = Catalogue(&self.stripe);
        let both =
            tokio::try_join!(self.subscription(&id), catalogue.offer(&order.plan, &order.pricing));
        let (subscription, offer) = both.map_err(StripeFailure::into_error)?;
        let item = subscription.item().map(|item| item.id.clone());
        let item = item.ok_or_else(|| {
            GatewayError::Unreachable(format!("nothing is bought by {id}").into())
        })?;
        Ok(Swap { subscription, item, offer })
    }

    /// A change that waits to be paid comes to nothing: nobody is left to pay it here, and later it
    /// would change what was not changed here. Answers how the subscription stands then, and
    /// whether the change was paid all the same.
    async fn withdraw(
        &self,
        changed: Subscription,
        offer: &Offer,
    ) -> Result<(Subscription, bool), StripeFailure> {
        if let Some(invoice) = &changed.latest_invoice {
            let request = VoidInvoiceInvoice::new(invoice.as_str());
            let key = derived_key("void", &[invoice.as_str()]);
            let voided = self.stripe.order::<Reference>(&request, &key).await;
            // What is paid cannot be made void.
            voided
                .map(drop)
                .or_else(|failure| if failure.is_refusal() { Ok(()) } else { Err(failure) })?;
        }
        let subscription = self.subscription(&changed.id).await?;
        let price = subscription.item().and_then(|item| item.price.as_ref());
        let is_paid = !subscription.has_pending_update()
            && price.is_some_and(|price| price.id == offer.price);
        Ok((subscription, is_paid))
    }
}

#[async_trait]
impl SubscriptionGateway for StripeBilling {
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError> {
        let catalogue = Catalogue(&self.stripe);
        let both = tokio::try_join!(
            catalogue.customer(&order.user, order.customer.as_ref()),
            catalogue.offer(&order.plan, &order.pricing),
        );
        let (customer, offer) = both.map_err(StripeFailure::into_error)?;
        let session = self.open_session(&order, &customer, &offer).await;
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

    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError> {
        if !is_session(external_id) {
            return Ok(());
        }
        let request = ExpireCheckoutSession::new(external_id.as_str());
        let key = derived_key("expire", &[external_id.as_str()]);
        match self.stripe.order::<Reference>(&request, &key).await {
            Ok(_) => Ok(()),
            // It is closed already, or paid.
            Err(failure) if failure.is_refusal() => Ok(()),
            Err(failure) => Err(failure.into_error()),
        }
    }

    async fn look(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        if !is_session(external_id) {
            let subscription = self.subscription(external_id.as_str()).await;
            return Ok(mirror(&subscription.map_err(StripeFailure::into_error)?, now));
        }
        let session = self.session(external_id).await.map_err(StripeFailure::into_error)?;
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

    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let id = self.id_of(external_id).await?;
        let request = UpdateSubscription::new(id.as_str()).cancel_at_period_end(ends);
        if ends {
            return self.end(&id, &request, now).await;
        }
        let answer = self.stripe.send::<Subscription>(request.build(), None).await;
        Ok(mirror(&answer.map_err(StripeFailure::into_error)?, now))
    }

    async fn end_now(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let id = self.id_of(external_id).await?;
        self.end(&id, &CancelSubscription::new(id.as_str()), now).await
    }

    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError> {
        let Swap { subscription, item, offer } = self.swap(&order).await?;
        let request = CreatePreviewInvoice::new()
            .subscription(subscription.id)
            .subscription_details(CreatePreviewInvoiceSubscriptionDetails {
                items: Some(vec![CreatePreviewInvoiceSubscriptionDetailsItems {
                    id: Some(item),
                    price: Some(offer.price),
                    ..CreatePreviewInvoiceSubscriptionDetailsItems::new()
                }]),
                proration_behavior: Some(PreviewProration::AlwaysInvoice),
                ..CreatePreviewInvoiceSubscriptionDetails::new()
            });
        let invoice: Invoice =
            self.stripe.send(request.build(), None).await.map_err(StripeFailure::into_error)?;
        let (Some(due), Some(currency)) = (invoice.amount_due, invoice.currency) else {
            return Err(GatewayError::Unknown("a preview without an amount".into()));
        };
        from_stripe(due, &currency).map_err(|error| GatewayError::Unknown(Box::new(error)))
    }

    async fn change(
        &self,
        order: ChangeOrder,
        now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        let Swap { subscription, item, offer } = self.swap(&order).await?;
        let id = subscription.id;
        let mut request = UpdateSubscription::new(id.as_str()).items([UpdateSubscriptionItems {
            id: Some(item),
            price: Some(offer.price.clone()),
            ..UpdateSubscriptionItems::new()
        }]);
        request = if order.at_once {
            request
                .proration_behavior(Proration::AlwaysInvoice)
                .payment_behavior(UpdateSubscriptionPaymentBehavior::PendingIfIncomplete)
        } else {
            request.proration_behavior(Proration::None)
        };
        let answer = self.stripe.order::<Subscription>(&request, &order.key).await;
        let stands = match answer {
            Ok(changed) if changed.has_pending_update() => self.withdraw(changed, &offer).await,
            Ok(changed) => Ok((changed, true)),
            Err(StripeFailure::Declined(_)) => {
                self.subscription(&id).await.map(|unchanged| (unchanged, false))
            }
            Err(failure) => return Err(failure.into_error()),
        };
        let (subscription, is_paid) =
            stands.map_err(|failure| GatewayError::Unknown(Box::new(failure)))?;
        Ok(Changed {
            is_paid,
            mirror: mirror(&subscription, now),
            product: external_id(&offer.product)?,
            price: external_id(&offer.price)?,
        })
    }
}

fn is_session(name: &ExternalId) -> bool {
    name.as_str().starts_with("cs_")
}

fn unpaid(name: &ExternalId) -> GatewayError {
    GatewayError::Unreachable(format!("{} was not paid", name.as_str()).into())
}
