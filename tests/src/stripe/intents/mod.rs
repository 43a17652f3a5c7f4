//! Payment intents: what the API does with them.

mod attempt;
mod json;
mod settle;

pub use attempt::Outcome;

use serde_json::{Value, json};

use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::money;
use super::refusal::{Refusal, Reply};
use super::state::State;
use super::table::Row;

/// Where an intent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Succeeded,
    Canceled,
}

impl Stage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }

    /// The payer has still something to do.
    pub(crate) fn open(self) -> bool {
        use Stage::{RequiresAction, RequiresConfirmation, RequiresPaymentMethod};
        matches!(self, RequiresPaymentMethod | RequiresConfirmation | RequiresAction)
    }
}

/// Money that is to be paid once.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) client_secret: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) stage: Stage,
    pub(crate) manual: bool,
    /// `automatic_payment_methods` with whether its methods may redirect.
    pub(crate) automatic: Option<bool>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) suffix: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) future_usage: Option<&'static str>,
    pub(crate) return_url: Option<String>,
    pub(crate) capturable: i64,
    pub(crate) received: i64,
    pub(crate) latest_charge: Option<String>,
    pub(crate) last_error: Value,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<&'static str>,
    /// The invoice that it pays.
    pub(crate) invoice: Option<String>,
    /// The checkout session that made it.
    pub(crate) session: Option<String>,
    pub(crate) created: i64,
}

impl Row for Intent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[&str] = &[
    "amount",
    "currency",
    "customer",
    "payment_method",
    "confirm",
    "off_session",
    "capture_method",
    "description",
    "receipt_email",
    "statement_descriptor_suffix",
    "metadata?",
    "metadata[*]?",
    "automatic_payment_methods[enabled]",
    "automatic_payment_methods[allow_redirects]",
    "payment_method_types[#]",
    "setup_future_usage",
    "return_url",
];

const CONFIRM: &[&str] =
    &["payment_method", "off_session", "return_url", "setup_future_usage", "receipt_email"];

const CAPTURE: &[&str] =
    &["amount_to_capture", "metadata?", "metadata[*]?", "statement_descriptor_suffix"];

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer", "abandoned"];

impl State {
    pub(crate) fn create_intent(&mut self, params: &Params) -> Reply {
        params.only(CREATE)?;
        let mut intent = self.read_intent(params)?;
        let confirm = params.flag("confirm")?.unwrap_or(false);
        let off_session = params.flag("off_session")?.unwrap_or(false);
        if off_session && (!confirm || intent.future_usage.is_some()) {
            let message = "off_session goes with confirm and without setup_future_usage.";
            return Err(Refusal::invalid(message).param("off_session"));
        }
        let method = params.text("payment_method");
        if confirm && method.is_none() {
            return Err(Refusal::missing("payment_method"));
        }
        if confirm {
            check_return(&intent, off_session)?;
        } else if params.has("return_url") {
            return Err(Refusal::invalid("return_url goes with confirm.").param("return_url"));
        }
        intent.method = method.map(|name| self.method_named(name));
        if intent.method.is_some() {
            intent.stage = Stage::RequiresConfirmation;
        }
        let id = self.add_intent(intent);
        if confirm {
            self.attempt(&id, off_session)?;
        }
        Ok(self.intent_json(self.intents.at(&id)))
    }

    fn read_intent(&self, params: &Params) -> Reply<Intent> {
        let currency = money::currency(params.required("currency")?, "currency")?;
        let amount = params.int("amount")?.ok_or_else(|| Refusal::missing("amount"))?;
        money::check_charge(amount, &currency, "amount")?;
        let customer = self.named_customer(params, "customer")?;
        if let Some(name) = params.text("payment_method") {
            self.usable(name, customer.as_deref(), "payment_method")?;
        }
        let capture = params.word("capture_method", &["automatic", "automatic_async", "manual"])?;
        let kinds = params.all("payment_method_types");
        if let Some(kind) = kinds.iter().find(|kind| **kind != "card") {
            let message = format!("The payment method type {kind} is unknown.");
            return Err(Refusal::invalid(message).param("payment_method_types"));
        }
        let automatic = automatic(params, kinds.is_empty())?;
        Ok(Intent {
            manual: capture == Some("manual"),
            automatic,
            description: params.at_most("description", 1000)?,
            receipt_email: params.owned("receipt_email"),
            suffix: params.at_most("statement_descriptor_suffix", 22)?,
            metadata: params.new_metadata("metadata")?,
            future_usage: params.word("setup_future_usage", &["on_session", "off_session"])?,
            return_url: params.owned("return_url"),
            ..self.bare_intent(amount, currency, customer)
        })
    }

    /// An intent of which nothing but this is known; not kept yet, and without an id.
    pub(crate) fn bare_intent(
        &self,
        amount: i64,
        currency: String,
        customer: Option<String>,
    ) -> Intent {
        Intent {
            id: String::new(),
            client_secret: String::new(),
            amount,
            currency,
            customer,
            method: None,
            stage: Stage::RequiresPaymentMethod,
            manual: false,
            automatic: Some(true),
            description: None,
            receipt_email: None,
            suffix: None,
            metadata: Metadata::new(),
            future_usage: None,
            return_url: None,
            capturable: 0,
            received: 0,
            latest_charge: None,
            last_error: Value::Null,
            canceled_at: None,
            cancellation_reason: None,
            invoice: None,
            session: None,
            created: self.now,
        }
    }

    /// Keeps an intent. Answers its id.
    pub(crate) fn add_intent(&mut self, mut intent: Intent) -> String {
        let id = self.ids.mint("pi_");
        intent.client_secret = self.ids.mint(&format!("{id}_secret_"));
        intent.id.clone_from(&id);
        let json = self.intent_json(&intent);
        self.intents.insert(intent);
        self.emit("payment_intent.created", &json);
        id
    }

    pub(crate) fn retrieve_intent(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        Ok(self.intent_json(self.known_intent(id)?))
    }

    pub(crate) fn list_intents(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["customer"]].concat())?;
        let wanted = |intent: &&Intent| {
            params.text("customer").is_none_or(|id| intent.customer.as_deref() == Some(id))
        };
        let rows = self.intents.iter().filter(wanted);
        page(params, "/v1/payment_intents", rows, |row| self.intent_json(row))
    }

    pub(crate) fn confirm_intent(&mut self, id: &str, params: &Params) -> Reply {
        params.only(CONFIRM)?;
        let mut intent = self.known_intent(id)?.clone();
        if let Some(name) = params.text("payment_method") {
            self.usable(name, intent.customer.as_deref(), "payment_method")?;
        }
        let off_session = params.flag("off_session")?.unwrap_or(false);
        let usage = params.word("setup_future_usage", &["on_session", "off_session"])?;
        intent.future_usage = usage.or(intent.future_usage);
        intent.return_url = params.owned("return_url").or(intent.return_url);
        intent.receipt_email = params.owned("receipt_email").or(intent.receipt_email);
        if !intent.stage.open() {
            return Err(self.unexpected(id, "confirmed"));
        }
        check_return(&intent, off_session)?;
        if let Some(name) = params.text("payment_method") {
            intent.method = Some(self.method_named(name));
        }
        if intent.method.is_none() {
            let message = "There is no payment method to confirm this with.";
            let refusal = Refusal::state("payment_intent_unexpected_state", message);
            return Err(refusal.with("payment_intent", self.intent_json(self.intents.at(id))));
        }
        *self.intents.at_mut(id) = intent;
        self.attempt(id, off_session)?;
        Ok(self.intent_json(self.intents.at(id)))
    }

    pub(crate) fn capture_intent(&mut self, id: &str, params: &Params) -> Reply {
        params.only(CAPTURE)?;
        let intent = self.known_intent(id)?;
        let amount = params.int("amount_to_capture")?.unwrap_or(intent.capturable);
        let mut metadata = intent.metadata.clone();
        params.metadata("metadata", &mut metadata)?;
        if intent.stage != Stage::RequiresCapture {
            return Err(self.unexpected(id, "captured"));
        }
        if amount < 1 || amount > intent.capturable {
            let message = format!("Between 1 and {} can be captured.", intent.capturable);
            let refusal = Refusal::state("amount_too_large", message);
            return Err(refusal.param("amount_to_capture"));
        }
        money::check_amount(amount, &intent.currency, "amount_to_capture")?;
        self.intents.at_mut(id).metadata = metadata;
        self.capture(id, amount);
        Ok(self.intent_json(self.intents.at(id)))
    }

    pub(crate) fn cancel_intent(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&["cancellation_reason"])?;
        let reason = params.word("cancellation_reason", REASONS)?;
        let intent = self.known_intent(id)?;
        if !intent.stage.open() && intent.stage != Stage::RequiresCapture {
            return Err(self.unexpected(id, "canceled"));
        }
        if intent.invoice.is_some() {
            let message = "The intent of an invoice ends with the invoice.";
            return Err(Refusal::state("payment_intent_unexpected_state", message));
        }
        self.call_off(id, reason);
        Ok(self.intent_json(self.intents.at(id)))
    }

    fn known_intent(&self, id: &str) -> Reply<&Intent> {
        self.intents.get(id).ok_or_else(|| Refusal::no_such("payment_intent", id))
    }

    fn unexpected(&self, id: &str, done: &str) -> Refusal {
        let intent = self.intents.at(id);
        let stage = intent.stage.as_str();
        let message = format!("The payment intent cannot be {done}: its status is {stage}.");
        let refusal = Refusal::state("payment_intent_unexpected_state", message);
        refusal.with("payment_intent", self.intent_json(intent))
    }
}

/// `automatic_payment_methods`; on where no types are given.
fn automatic(params: &Params, untyped: bool) -> Reply<Option<bool>> {
    let enabled = params.flag("automatic_payment_methods[enabled]")?;
    let name = "automatic_payment_methods[allow_redirects]";
    let redirects = params.word(name, &["always", "never"])? != Some("never");
    if enabled == Some(true) && !untyped {
        let message = "Either payment_method_types or automatic_payment_methods.";
        return Err(Refusal::invalid(message).param("payment_method_types"));
    }
    if params.has("automatic_payment_methods") && enabled.is_none() {
        return Err(Refusal::missing("automatic_payment_methods[enabled]"));
    }
    Ok((enabled.unwrap_or(true) && untyped).then_some(redirects))
}

/// A payer who may be sent away needs somewhere to come back to.
fn check_return(intent: &Intent, off_session: bool) -> Reply<()> {
    let leaves = intent.automatic == Some(true) && !off_session;
    if leaves && intent.return_url.is_none() {
        let message = "Automatic methods may redirect: give a return_url or forbid redirects.";
        return Err(Refusal::invalid(message).param("return_url"));
    }
    Ok(())
}

/// What the payer has to do.
fn next_action(intent: &Intent) -> Value {
    match (&intent.return_url, intent.stage) {
        (Some(back), Stage::RequiresAction) => {
            let url = format!("https://hooks.stripe.com/3d_secure_2/hosted?intent={}", intent.id);
            json!({ "type": "redirect_to_url",
                "redirect_to_url": { "return_url": back, "url": url } })
        }
        (None, Stage::RequiresAction) => {
            json!({ "type": "use_stripe_sdk",
                "use_stripe_sdk": { "type": "three_d_secure_redirect" } })
        }
        _ => Value::Null,
    }
}
