//! Orders as Stripe carries them out: a payment is a payment intent.
//!
//! | Order | |
//! |---|---|
//! | charge | an intent is made. The payer pays it on a device of their own, by the client secret; only under `payment_method` it is paid at once |
//! | capture, cancel | of the intent |
//! | refund | of the intent |
//!
//! Stripe forgets an idempotency key after a day. What is ordered again is therefore looked for
//! first: a charge by the key, which is in the intent's metadata, a refund by our id. What becomes
//! of a capture or release that was carried out before shows in the intent.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::Duration;
use serde_json::Value;
use stripe_client_core::StripeRequest;
use stripe_core::payment_intent::{
    CancelPaymentIntent, CancelPaymentIntentCancellationReason, CapturePaymentIntent,
    CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods,
    CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects as Redirects,
    CreatePaymentIntentOffSession, ListPaymentIntent, RetrievePaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_shared::PaymentIntentCaptureMethod;
use stripe_types::RangeQueryTs;
use wiwebb_domain::gateway::GatewaySettings;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::Payment;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, PaymentGateway, Verdict,
};
use wiwebb_domain::text::ExternalId;

use super::client::Stripe;
use super::errors::{Refusal, StripeFailure};
use super::lookups::LARGEST_PAGE;
use super::money::{StripeAmount, to_stripe};
use super::objects::{ClientSecret, PaymentIntent, Refund};
use super::{IN_TIME, PAYMENT, REFUND, external_id, within};

/// The idempotency key of a charge, in its intent's metadata.
const ORDER: &str = "order";

/// By how much our clock may be ahead of Stripe's.
const CLOCKS_DIFFER: Duration = Duration::hours(1);

/// How the payments of a gateway are made. What is absent, unknown or of the wrong type is the
/// default.
#[derive(Debug)]
struct Manner {
    /// `capture_method`: `manual` holds the money until it is captured; else it is taken at once.
    holds: bool,
    /// `payment_method`: what every charge is paid with at once, such as `pm_card_visa`. For trials.
    payment_method: Option<String>,
    /// `return_url`: where payers come back to whose means of payment lead elsewhere. Without it
    /// such means are not offered.
    return_url: Option<String>,
}

impl Manner {
    fn new(settings: &GatewaySettings) -> Self {
        let word = |key| {
            let text = settings.reveal().get(key).and_then(Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            holds: word("capture_method").as_deref() == Some("manual"),
            payment_method: word("payment_method"),
            return_url: word("return_url"),
        }
    }
}

/// A gateway of the variant `stripe`, for single payments.
#[derive(Debug)]
pub(crate) struct StripePayments {
    stripe: Stripe,
    manner: Manner,
}

type Answered = Result<GatewayAnswer, GatewayError>;

/// What Stripe made of a step of an intent.
struct Taken {
    /// As it stands now; `None` where Stripe does not have it.
    intent: Option<PaymentIntent>,
    /// Why the step was refused, if it was.
    refusal: Option<Box<Refusal>>,
}

impl StripePayments {
    pub(crate) fn new(stripe: Stripe, settings: &GatewaySettings) -> Self {
        Self { stripe, manner: Manner::new(settings) }
    }

    async fn charge(&self, order: &GatewayOrder) -> Answered {
        let amount = match to_stripe(order.amount) {
            Ok(amount) => amount,
            Err(error) => return Ok(answer(Verdict::Failed, None, Some(error.to_string()))),
        };
        if order.is_repeat {
            let earlier = self.earlier(order).await.map_err(StripeFailure::into_error)?;
            if let Some(intent) = earlier {
                return self.charged(&intent);
            }
        }
        match self.stripe.order(&self.new_intent(order, amount), &order.key).await {
            Ok(intent) => self.charged(&intent),
            Err(failure) => {
                let (verdict, refusal) = failure.into_answer()?;
                let intent = refusal.payment_intent.as_ref();
                let id = intent.map(|intent| external_id(&intent.id)).transpose()?;
                Ok(answer(verdict, id, self.say(&refusal)))
            }
        }
    }

    fn new_intent(&self, order: &GatewayOrder, amount: StripeAmount) -> CreatePaymentIntent {
        let Manner { holds, payment_method, return_url } = &self.manner;
        let redirects = if return_url.is_some() { Redirects::Always } else { Redirects::Never };
        let metadata = HashMap::from([
            (PAYMENT.to_owned(), order.payment.id.to_string()),
            (ORDER.to_owned(), order.key.clone()),
        ]);
        let mut request = CreatePaymentIntent::new(amount.units, amount.currency)
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods {
                enabled: true,
                allow_redirects: Some(redirects),
            })
            .metadata(metadata);
        if !order.payment.description().is_empty() {
            request = request.description(order.payment.description());
        }
        if *holds {
            request = request.capture_method(PaymentIntentCaptureMethod::Manual);
        }
        if let Some(method) = payment_method {
            request = request.payment_method(method.as_str()).confirm(true);
            if order.off_session {
                request = request.off_session(CreatePaymentIntentOffSession::Bool(true));
            } else if let Some(url) = return_url {
                request = request.return_url(url.as_str());
            }
        }
        request
    }

    /// The intent that an earlier try of a charge has made.
    async fn earlier(&self, order: &GatewayOrder) -> Result<Option<PaymentIntent>, StripeFailure> {
        let since = (order.payment.created_at - CLOCKS_DIFFER).timestamp();
        let behind = |last: Option<&str>| {
            let request = ListPaymentIntent::new().created(RangeQueryTs::gte(since));
            let request = request.limit(LARGEST_PAGE);
            last.map_or_else(|| request.clone(), |last| request.clone().starting_after(last))
        };
        let is_ours = |intent: &PaymentIntent| intent.metadata.get(ORDER) == Some(&order.key);
        self.stripe.find(behind, is_ours).await
    }

    fn charged(&self, intent: &PaymentIntent) -> Answered {
        let error = intent.last_payment_error.as_ref();
        let verdict = match intent.status.as_str() {
            "succeeded" => Verdict::Done,
            "requires_capture" => Verdict::Authorised,
            "canceled" => Verdict::Declined,
            // Nobody but us pays it, and we do so once.
            "requires_payment_method"
                if self.manner.payment_method.is_some() && error.is_some() =>
            {
                Verdict::Declined
            }
            _ => Verdict::Pending,
        };
        let is_open = verdict == Verdict::Pending;
        let secret = intent.client_secret.as_ref().map(ClientSecret::reveal);
        Ok(GatewayAnswer {
            redirect_url: intent.redirect_url().map(str::to_owned).filter(|_| is_open),
            client_secret: secret.map(str::to_owned).filter(|_| is_open),
            ..answer(
                verdict,
                Some(external_id(&intent.id)?),
                error.and_then(|error| error.message.clone()),
            )
        })
    }

    async fn capture(&self, order: &GatewayOrder) -> Answered {
        let units = match to_stripe(order.amount) {
            Ok(amount) => amount.units,
            Err(error) => return Ok(followed(order, Verdict::Declined, Some(error.to_string()))),
        };
        let Some(id) = &order.payment.transaction_id else {
            return Ok(unknown_to_stripe(order));
        };
        let request = CapturePaymentIntent::new(id.as_str()).amount_to_capture(units);
        let Taken { intent, refusal } = self.step(&request, order, id).await?;
        let verdict = match intent {
            Some(intent) if intent.status == "succeeded" => {
                // Somebody else may have captured another part of it.
                let is_ours = intent.amount_received.is_none_or(|received| received == units);
                if is_ours { Verdict::Done } else { Verdict::Declined }
            }
            Some(intent) if intent.status == "processing" => Verdict::Pending,
            _ => Verdict::Declined,
        };
        let message = refusal.filter(|_| verdict == Verdict::Declined);
        Ok(followed(order, verdict, message.and_then(|refusal| self.say(&refusal))))
    }

    async fn cancel(&self, order: &GatewayOrder) -> Answered {
        let Some(id) = &order.payment.transaction_id else {
            return Ok(unknown_to_stripe(order));
        };
        let request = CancelPaymentIntent::new(id.as_str())
            .cancellation_reason(CancelPaymentIntentCancellationReason::RequestedByCustomer);
        let Taken { intent, refusal } = self.step(&request, order, id).await?;
        let is_over = intent.is_some_and(|intent| intent.status == "canceled");
        let verdict = if is_over { Verdict::Done } else { Verdict::Declined };
        let message = refusal.filter(|_| verdict == Verdict::Declined);
        Ok(followed(order, verdict, message.and_then(|refusal| self.say(&refusal))))
    }

    /// Takes a step of an intent. A step that is refused may have been taken before: then the
    /// intent is looked at.
    async fn step(
        &self,
        request: &(impl StripeRequest + Sync),
        order: &GatewayOrder,
        id: &ExternalId,
    ) -> Result<Taken, GatewayError> {
        let failure = match self.stripe.order(request, &order.key).await {
            Ok(intent) => return Ok(Taken { intent: Some(intent), refusal: None }),
            Err(failure) => failure,
        };
        let (_, refusal) = failure.into_answer()?;
        match self.stripe.read(&RetrievePaymentIntent::new(id.as_str())).await {
            Ok(intent) => Ok(Taken { intent: Some(intent), refusal: Some(refusal) }),
            Err(other) if other.is_refusal() => Ok(Taken { intent: None, refusal: Some(refusal) }),
            Err(failure) => Err(GatewayError::Unknown(Box::new(failure))),
        }
    }

    async fn refund(&self, order: &GatewayOrder) -> Answered {
        let amount = match to_stripe(order.amount) {
            Ok(amount) => amount,
            Err(error) => return Ok(answer(Verdict::Declined, None, Some(error.to_string()))),
        };
        let Some(intent) = &order.payment.transaction_id else {
            return Ok(GatewayAnswer { transaction_id: None, ..unknown_to_stripe(order) });
        };
        let ours = order.refund_id.map(|id| id.to_string());
        if order.is_repeat
            && let Some(ours) = &ours
        {
            let earlier = self.earlier_refund(intent, ours).await;
            if let Some(refund) = earlier.map_err(StripeFailure::into_error)? {
                return refunded(&refund);
            }
        }
        let mut metadata = HashMap::from([(PAYMENT.to_owned(), order.payment.id.to_string())]);
        metadata.extend(ours.map(|ours| (REFUND.to_owned(), ours)));
        let request = CreateRefund::new()
            .payment_intent(intent.as_str())
            .amount(amount.units)
            .metadata(metadata);
        match self.stripe.order(&request, &order.key).await {
            Ok(refund) => refunded(&refund),
            Err(failure) => {
                let (_, refusal) = failure.into_answer()?;
                Ok(answer(Verdict::Declined, None, self.say(&refusal)))
            }
        }
    }

    /// The refund of our id that an earlier try has made.
    async fn earlier_refund(
        &self,
        intent: &ExternalId,
        ours: &str,
    ) -> Result<Option<Refund>, StripeFailure> {
        let behind = |last: Option<&str>| {
            let request = ListRefund::new().payment_intent(intent.as_str()).limit(LARGEST_PAGE);
            last.map_or_else(|| request.clone(), |last| request.clone().starting_after(last))
        };
        let is_ours = |refund: &Refund| refund.metadata.get(REFUND).is_some_and(|id| id == ours);
        self.stripe.find(behind, is_ours).await
    }

    /// Why Stripe refused, for people. What is configured is left out.
    fn say(&self, refusal: &Refusal) -> Option<String> {
        let said = refusal.message.as_deref().or(refusal.code.as_deref())?;
        let Manner { payment_method, return_url, .. } = &self.manner;
        let configured = [payment_method, return_url].into_iter().flatten();
        Some(configured.fold(said.to_owned(), |said, value| said.replace(value, "***")))
    }
}

#[async_trait]
impl PaymentGateway for StripePayments {
    async fn carry_out(&self, order: GatewayOrder) -> Answered {
        let carried_out = Box::pin(async {
            match order.kind {
                OperationKind::Charge => self.charge(&order).await,
                OperationKind::Capture => self.capture(&order).await,
                OperationKind::Cancel => self.cancel(&order).await,
                OperationKind::Refund => self.refund(&order).await,
            }
        });
        within(IN_TIME, carried_out).await
    }

    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        let Some(id) = &payment.transaction_id else {
            return Ok(None);
        };
        let found = self.stripe.look_up(&RetrievePaymentIntent::new(id.as_str())).await;
        let found: Option<PaymentIntent> = found.map_err(StripeFailure::into_error)?;
        found.map(|intent| self.charged(&intent)).transpose()
    }
}

fn refunded(refund: &Refund) -> Answered {
    let verdict = match refund.status.as_deref() {
        // Refunds of some means of payment have no status: they are done at once.
        None | Some("succeeded") => Verdict::Done,
        Some("failed" | "canceled") => Verdict::Declined,
        Some(_) => Verdict::Pending,
    };
    Ok(answer(verdict, Some(external_id(&refund.id)?), refund.failure_reason.clone()))
}

fn answer(
    verdict: Verdict,
    transaction_id: Option<ExternalId>,
    message: Option<String>,
) -> GatewayAnswer {
    GatewayAnswer { verdict, transaction_id, redirect_url: None, client_secret: None, message }
}

/// An answer to a step of what is a payment already.
fn followed(order: &GatewayOrder, verdict: Verdict, message: Option<String>) -> GatewayAnswer {
    answer(verdict, order.payment.transaction_id.clone(), message)
}

fn unknown_to_stripe(order: &GatewayOrder) -> GatewayAnswer {
    followed(order, Verdict::Declined, Some("Stripe does not know this payment".to_owned()))
}

#[cfg(test)]
mod tests;
