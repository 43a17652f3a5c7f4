//! How what an event is about stands at Stripe now. What Stripe does not have is not believed, but
//! for the end of a subscription.

use chrono::{DateTime, Utc};
use serde_json::Value;
use stripe_billing::invoice::RetrieveInvoice;
use stripe_billing::subscription::RetrieveSubscription;
use stripe_checkout::checkout_session::RetrieveCheckoutSession;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::{ListRefund, RetrieveRefund};
use wiwebb_domain::webhook::Fact;

use super::{Facts, Subject, told};
use crate::stripe::client::Stripe;
use crate::stripe::errors::StripeFailure;
use crate::stripe::facts::{self, Told, billing};
use crate::stripe::lookups::LARGEST_PAGE;
use crate::stripe::mirror::{mirror, silent};
use crate::stripe::objects::Event;
use crate::stripe::objects::billing::{Invoice, Subscription};

type Found = Result<Facts, StripeFailure>;

/// What has happened to the object of an event.
pub(super) async fn facts(
    stripe: &Stripe,
    subject: Subject,
    event: &Event,
    now: DateTime<Utc>,
) -> Found {
    let object = Told(event.raw_object());
    let Some(id) = event.object_id() else {
        return Ok(Some(Vec::new()));
    };
    match subject {
        Subject::Intent(_) => payment(stripe, id).await.map(Some),
        Subject::Charge => charge(stripe, object).await.map(Some),
        Subject::Refund(status) => {
            let found: Option<Value> = stripe.look_up(&RetrieveRefund::new(id)).await?;
            let facts = found.iter().filter_map(|found| facts::refund_fact(Told(found), status));
            Ok(Some(facts.collect()))
        }
        Subject::Dispute => Ok(Some(vec![facts::dispute(object)])),
        Subject::Session { .. } => session(stripe, id, now).await,
        Subject::Invoice { is_paid } => invoice(stripe, id, is_paid, now).await,
        Subject::Subscription { is_deleted } => Ok(Some(match subscription(stripe, id).await? {
            Some(found) => vec![billing::subscription(&found, now)],
            None if is_deleted => told::subscription(event, true, now),
            None => Vec::new(),
        })),
    }
}

async fn payment(stripe: &Stripe, intent: &str) -> Result<Vec<Fact>, StripeFailure> {
    let found: Option<Value> = stripe.look_up(&RetrievePaymentIntent::new(intent)).await?;
    Ok(found.iter().map(|found| facts::intent_now(Told(found))).collect())
}

async fn subscription(stripe: &Stripe, id: &str) -> Result<Option<Subscription>, StripeFailure> {
    stripe.look_up(&RetrieveSubscription::new(id)).await
}

/// Every refund of the payment that a charge belongs to. Where there is none, money was held and
/// let go, as the payment tells.
async fn charge(stripe: &Stripe, charge: Told<'_>) -> Result<Vec<Fact>, StripeFailure> {
    let Some(intent) = charge.reference("payment_intent") else {
        return Ok(Vec::new());
    };
    let behind = |last: Option<&str>| {
        let request = ListRefund::new().payment_intent(intent.as_str()).limit(LARGEST_PAGE);
        last.map_or_else(|| request.clone(), |last| request.clone().starting_after(last))
    };
    let refunds: Vec<Value> = match stripe.all(behind).await {
        Err(failure) if failure.is_missing() => return Ok(Vec::new()),
        refunds => refunds?,
    };
    if refunds.is_empty() {
        return payment(stripe, intent.as_str()).await;
    }
    Ok(facts::refunds_of(charge, refunds.iter()))
}

async fn session(stripe: &Stripe, id: &str, now: DateTime<Utc>) -> Found {
    let found: Option<Value> = stripe.look_up(&RetrieveCheckoutSession::new(id)).await?;
    let Some(found) = found.as_ref().map(Told) else {
        return Ok(Some(Vec::new()));
    };
    if found.text("mode") == Some("setup") {
        return Ok(None);
    }
    let (is_paid, is_expired) =
        (found.text("status") == Some("complete"), found.text("status") == Some("expired"));
    if billing::is_single_payment(found) {
        return Ok(Some(vec![billing::session_payment(found, is_expired)]));
    }
    let bought = match found.reference("subscription").filter(|_| is_paid) {
        Some(id) => subscription(stripe, id.as_str()).await?,
        None => None,
    };
    let account = bought.map_or(silent(now), |bought| mirror(&bought, now));
    Ok(Some(vec![if is_expired {
        billing::session_expired(found, now)
    } else {
        billing::session(found, account)
    }]))
}

async fn invoice(stripe: &Stripe, id: &str, is_paid: bool, now: DateTime<Utc>) -> Found {
    let request = RetrieveInvoice::new(id).expand(vec!["payments".to_owned()]);
    let Some(found) = stripe.look_up::<Invoice>(&request).await? else {
        return Ok(Some(Vec::new()));
    };
    let Some(billed) = found.subscription() else {
        return Ok(None);
    };
    let Some(billed) = subscription(stripe, billed).await? else {
        return Ok(Some(Vec::new()));
    };
    let (names, account) = (billing::names_of(&billed), mirror(&billed, now));
    Ok(Some(billing::invoice(&found, names, account, is_paid)))
}
