//! New subscriptions.

use super::{Item, Status, Subscription};
use crate::stripe::calendar::DAY;
use crate::stripe::form::{Metadata, Params};
use crate::stripe::payment_methods::Card;
use crate::stripe::prices::Price;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;
use serde_json::json;

/// The longest trial in days.
const LONGEST_TRIAL: i64 = 730;

const CREATE: &[&str] = &[
    "customer",
    "items[#][price]",
    "items[#][quantity]",
    "items[#][price_data][currency]",
    "items[#][price_data][product]",
    "items[#][price_data][unit_amount]",
    "items[#][price_data][recurring][interval]",
    "items[#][price_data][recurring][interval_count]",
    "trial_period_days",
    "trial_end",
    "trial_settings[end_behavior][missing_payment_method]",
    "payment_behavior",
    "payment_settings[save_default_payment_method]",
    "payment_settings[payment_method_types][#]",
    "cancel_at_period_end",
    "cancel_at",
    "collection_method",
    "default_payment_method",
    "description",
    "metadata?",
    "metadata[*]?",
    "off_session",
    "proration_behavior",
];

/// How a payment that does not succeed at once is dealt with.
pub(super) const BEHAVIORS: &[&str] =
    &["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"];

/// What is wanted, checked.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) customer: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) trial_end: Option<i64>,
    pub(crate) method: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) behavior: &'static str,
}

impl State {
    pub(crate) fn create_subscription(&mut self, params: &Params) -> Reply {
        params.only(CREATE)?;
        params.required("customer")?;
        let customer = self.named_customer(params, "customer")?.unwrap_or_default();
        params.word("collection_method", &["charge_automatically"])?;
        params.word("proration_behavior", &["create_prorations", "none", "always_invoice"])?;
        params.flag("off_session")?;
        let behavior = params.word("payment_behavior", BEHAVIORS)?.unwrap_or("allow_incomplete");
        let saves = params
            .word("payment_settings[save_default_payment_method]", &["off", "on_subscription"])?;
        let ends = params.flag("cancel_at_period_end")?.unwrap_or(false);
        let cancel_at = params.int("cancel_at")?;
        let without = params.word(
            "trial_settings[end_behavior][missing_payment_method]",
            &["create_invoice", "cancel", "pause"],
        )?;
        let method = params.owned("default_payment_method");
        if let Some(method) = &method {
            self.method_of(method, &customer, "default_payment_method")?;
        }
        let trial_end = self.read_trial(params)?;
        let metadata = params.new_metadata("metadata")?;
        let price = self.read_item(params)?;
        let quantity = read_quantity(params, "items[0][quantity]")?.unwrap_or(1);
        let due = trial_end.is_none() && price.amount > 0;
        if due && behavior != "default_incomplete" {
            self.check_method(method.as_deref(), &customer, behavior)?;
        }
        let price = match price.id.as_str() {
            "" => self.add_price(params, "items[0][price_data]", price)?,
            id => id.to_owned(),
        };
        let wanted = Wanted { customer, price, quantity, trial_end, method, metadata, behavior };
        let id = self.subscribe(wanted, |of| {
            of.saves_method = saves == Some("on_subscription");
            of.without_method = without.unwrap_or("create_invoice");
            of.description = params.owned("description");
            of.end_with_period(ends);
            of.canceled_at = ends.then_some(of.created);
            of.cancel_at = cancel_at.or(of.cancel_at);
        });
        Ok(self.subscription_json(self.subscriptions.at(&id)))
    }

    /// The trial's end, where there is a trial.
    fn read_trial(&self, params: &Params) -> Reply<Option<i64>> {
        let days = params.int("trial_period_days")?;
        if days.is_some_and(|days| !(1..=LONGEST_TRIAL).contains(&days)) {
            let message = format!("A trial lasts 1 to {LONGEST_TRIAL} days.");
            return Err(Refusal::invalid(message).param("trial_period_days"));
        }
        match params.text("trial_end") {
            None => Ok(days.map(|days| self.now + days * DAY)),
            Some(_) if days.is_some() => {
                Err(Refusal::invalid("Either trial_end or trial_period_days.").param("trial_end"))
            }
            Some("now") => Ok(None),
            Some(_) => self.future(params, "trial_end"),
        }
    }

    /// A time that is still to come.
    pub(super) fn future(&self, params: &Params, name: &str) -> Reply<Option<i64>> {
        let at = params.int(name)?;
        if at.is_some_and(|at| at <= self.now || at > self.now + LONGEST_TRIAL * DAY) {
            let message = format!("{name} lies in the past or too far away.");
            return Err(Refusal::invalid(message).param(name));
        }
        Ok(at)
    }

    /// The price of the only item; without an id where it is to be made.
    fn read_item(&self, params: &Params) -> Reply<Price> {
        let (named, data) = (params.text("items[0][price]"), "items[0][price_data]");
        let price = match named {
            Some(id) => self.sellable(id, "items[0][price]")?,
            None if params.has(data) => {
                params.required("items[0][price_data][product]")?;
                self.new_price(params, data)?
            }
            None => return Err(Refusal::missing("items[0][price]")),
        };
        if params.has("items[1]") || (named.is_some() && params.has(data)) {
            return Err(Refusal::invalid("The fake takes one item with one price.").param("items"));
        }
        recurring(&price, "items[0][price]")?;
        Ok(price)
    }

    /// Whether a payment can be tried, and where it must, that it will succeed.
    pub(super) fn check_method(
        &self,
        method: Option<&str>,
        customer: &str,
        behavior: &str,
    ) -> Reply<()> {
        let method = method.or(self.customers.at(customer).default_method.as_deref());
        let Some(method) = method else {
            let message = "The customer has no default payment method.";
            return Err(Refusal::invalid(message).code("resource_missing"));
        };
        let card = self.methods.at(method).card;
        if behavior != "error_if_incomplete" || card == Card::Good {
            return Ok(());
        }
        let (code, decline_code, message) = card.refusal();
        Err(Refusal::card(json!({ "type": "card_error", "code": code,
            "decline_code": decline_code, "message": message, "param": "" })))
    }

    /// Begins a subscription with its first invoice. Answers its id.
    pub(crate) fn subscribe(
        &mut self,
        wanted: Wanted,
        more: impl FnOnce(&mut Subscription),
    ) -> String {
        let behavior = wanted.behavior;
        let mut of = self.first_period(wanted);
        more(&mut of);
        let id = of.id.clone();
        let line = self.full_line(&of, of.item.start, of.item.end);
        let line = if of.trial_end.is_some() {
            let description = format!("Trial period for {}", line.description);
            crate::stripe::invoices::Line { amount: 0, description, ..line }
        } else {
            line
        };
        let due = line.amount > 0;
        let invoice = self.bare_invoice(&of, "subscription_create", vec![line]);
        self.subscriptions.insert(of);
        let invoice = self.add_invoice(invoice);
        self.tell("customer.subscription.created", &id);
        self.finalize(&invoice);
        if due && behavior != "default_incomplete" {
            // A decline leaves it incomplete, which is what the caller is shown.
            let _ = self.collect(&invoice);
        }
        self.announce_trial_end(&id);
        id
    }

    fn first_period(&mut self, wanted: Wanted) -> Subscription {
        let price = self.prices.at(&wanted.price);
        let interval = price.interval.expect("a recurring price");
        let (now, free) = (self.now, price.amount == 0);
        let end = wanted.trial_end.unwrap_or_else(|| interval.next(now, now));
        let status = match wanted.trial_end {
            Some(_) => Status::Trialing,
            None if free => Status::Active,
            None => Status::Incomplete,
        };
        let id = self.ids.mint("sub_");
        Subscription {
            id,
            customer: wanted.customer,
            item: Item {
                id: self.ids.long("si_", 14),
                price: wanted.price,
                quantity: wanted.quantity,
                start: now,
                end,
                created: now,
            },
            status,
            anchor: wanted.trial_end.unwrap_or(now),
            trial_start: wanted.trial_end.map(|_| now),
            trial_end: wanted.trial_end,
            warned: false,
            cancel_at_period_end: false,
            cancel_at: None,
            canceled_at: None,
            ended_at: None,
            cancel_reason: None,
            comment: None,
            default_method: wanted.method,
            saves_method: false,
            without_method: "create_invoice",
            latest_invoice: None,
            pending_lines: Vec::new(),
            pending: None,
            description: None,
            metadata: wanted.metadata,
            created: now,
        }
    }
}

impl Subscription {
    /// Whether it ends with its period.
    pub(super) fn end_with_period(&mut self, ends: bool) {
        self.cancel_at_period_end = ends;
        self.cancel_at = ends.then_some(self.item.end);
    }
}

pub(super) fn read_quantity(params: &Params, name: &str) -> Reply<Option<i64>> {
    let quantity = params.int(name)?;
    match quantity {
        Some(quantity) if !(1..=9_999).contains(&quantity) => {
            Err(Refusal::invalid("A quantity is between 1 and 9999.").param(name))
        }
        other => Ok(other),
    }
}

pub(super) fn recurring(price: &Price, param: &str) -> Reply<()> {
    if price.interval.is_some() {
        return Ok(());
    }
    let message = "The price is paid once; a subscription needs a recurring one.";
    Err(Refusal::invalid(message).param(param))
}
