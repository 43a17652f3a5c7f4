//! Changes of what a subscription costs.

use chrono::{DateTime, Utc};
use stripe_billing::invoice::{
    CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails,
    CreatePreviewInvoiceSubscriptionDetailsItems,
    CreatePreviewInvoiceSubscriptionDetailsProrationBehavior as PreviewProration,
    VoidInvoiceInvoice,
};
use stripe_billing::subscription::{
    UpdateSubscription, UpdateSubscriptionItems, UpdateSubscriptionPaymentBehavior,
    UpdateSubscriptionProrationBehavior as Proration,
};
use stripe_client_core::StripeRequest as _;
use wiwebb_domain::money::Money;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::subscription_gateway::{ChangeOrder, Changed};

use super::StripeBilling;
use crate::stripe::catalogue::{Catalogue, Offer};
use crate::stripe::errors::StripeFailure;
use crate::stripe::mirror::mirror;
use crate::stripe::money::from_stripe;
use crate::stripe::objects::Reference;
use crate::stripe::objects::billing::{Invoice, Subscription};
use crate::stripe::{derived_key, external_id};

/// What a subscription consists of, and is to consist of.
struct Swap {
    subscription: Subscription,
    /// What is bought now.
    item: String,
    offer: Offer,
}

impl StripeBilling {
    /// What a change at once would cost now.
    pub(super) async fn cost(&self, order: &ChangeOrder) -> Result<Money, GatewayError> {
        let Swap { subscription, item, offer } = self.swap(order).await?;
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

    pub(super) async fn change_to(
        &self,
        order: &ChangeOrder,
        now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        let Swap { subscription, item, offer } = self.swap(order).await?;
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
