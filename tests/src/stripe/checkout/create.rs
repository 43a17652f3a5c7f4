//! New sessions.

use super::{Item, Mode, Session, Stage};
use crate::stripe::calendar::DAY;
use crate::stripe::form::Params;
use crate::stripe::money;
use crate::stripe::prices::Price;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;

/// How soon a session may expire.
const SHORTEST: i64 = 30 * 60;

const CREATE: &[&str] = &[
    "mode",
    "line_items[#][price]",
    "line_items[#][quantity]",
    "line_items[#][price_data][currency]",
    "line_items[#][price_data][unit_amount]",
    "line_items[#][price_data][product]",
    "line_items[#][price_data][product_data][name]",
    "line_items[#][price_data][product_data][metadata][*]",
    "line_items[#][price_data][recurring][interval]",
    "line_items[#][price_data][recurring][interval_count]",
    "customer",
    "customer_email",
    "client_reference_id",
    "metadata?",
    "metadata[*]?",
    "subscription_data[trial_period_days]",
    "subscription_data[metadata][*]",
    "subscription_data[description]",
    "payment_intent_data[metadata][*]",
    "payment_intent_data[description]",
    "payment_intent_data[capture_method]",
    "payment_intent_data[setup_future_usage]",
    "setup_intent_data[metadata][*]",
    "payment_method_types[#]",
    "payment_method_collection",
    "currency",
    "success_url",
    "cancel_url",
    "expires_at",
    "locale",
];

impl State {
    pub(crate) fn create_session(&mut self, params: &Params) -> Reply {
        params.only(CREATE)?;
        let mut session = self.read_session(params)?;
        let prices = self.read_items(params, session.mode)?;
        for (number, (price, quantity)) in prices.into_iter().enumerate() {
            let price = match price.id.as_str() {
                "" => self.inline_price(params, number, price)?,
                id => id.to_owned(),
            };
            let id = self.ids.mint("li_");
            session.items.push(Item { id, price, quantity });
        }
        session.id = self.ids.long("cs_test_a1", 56);
        let json = self.session_json(&session);
        self.sessions.insert(session);
        Ok(json)
    }

    fn read_session(&self, params: &Params) -> Reply<Session> {
        params.required("mode")?;
        let mode = match params.word("mode", &["payment", "subscription", "setup"])? {
            Some("payment") => Mode::Payment,
            Some("setup") => Mode::Setup,
            _ => Mode::Subscription,
        };
        let success_url = address(params, "success_url")?;
        if success_url.is_none() {
            return Err(Refusal::missing("success_url"));
        }
        for (data, its) in [
            ("payment_intent_data", Mode::Payment),
            ("subscription_data", Mode::Subscription),
            ("setup_intent_data", Mode::Setup),
        ] {
            if params.has(data) && mode != its {
                let message = format!("{data} does not go with this mode.");
                return Err(Refusal::invalid(message).param(data));
            }
        }
        let customer = self.named_customer(params, "customer")?;
        if customer.is_some() && params.has("customer_email") {
            let message = "Either customer or customer_email.";
            return Err(Refusal::invalid(message).param("customer_email"));
        }
        let inner = match mode {
            Mode::Payment => "payment_intent_data",
            Mode::Subscription => "subscription_data",
            Mode::Setup => "setup_intent_data",
        };
        let capture = "payment_intent_data[capture_method]";
        let capture = params.word(capture, &["automatic", "automatic_async", "manual"])?;
        let usage = "payment_intent_data[setup_future_usage]";
        let trial = "subscription_data[trial_period_days]";
        let trial_days = params.int(trial)?;
        if trial_days.is_some_and(|days| !(1..=730).contains(&days)) {
            return Err(Refusal::invalid("A trial lasts 1 to 730 days.").param(trial));
        }
        Ok(Session {
            id: String::new(),
            mode,
            stage: Stage::Open,
            payment_status: if mode == Mode::Setup { "no_payment_required" } else { "unpaid" },
            items: Vec::new(),
            customer,
            email: params.at_most("customer_email", 800)?,
            reference: params.at_most("client_reference_id", 200)?,
            success_url,
            cancel_url: address(params, "cancel_url")?,
            metadata: params.new_metadata("metadata")?,
            inner_metadata: params.new_metadata(&format!("{inner}[metadata]"))?,
            inner_description: params.at_most(&format!("{inner}[description]"), 500)?,
            manual: capture == Some("manual"),
            future_usage: params.word(usage, &["on_session", "off_session"])?,
            trial_days,
            intent: None,
            setup_intent: None,
            subscription: None,
            invoice: None,
            expires: self.read_expiry(params)?,
            created: self.now,
        })
    }

    fn read_expiry(&self, params: &Params) -> Reply<i64> {
        let at = params.int("expires_at")?.unwrap_or(self.now + DAY);
        if (self.now + SHORTEST..=self.now + DAY).contains(&at) {
            return Ok(at);
        }
        let message = "A session expires after 30 minutes to 24 hours.";
        Err(Refusal::invalid(message).param("expires_at"))
    }

    /// Prices and quantities; prices without an id are to be made.
    fn read_items(&self, params: &Params, mode: Mode) -> Reply<Vec<(Price, i64)>> {
        let count =
            (0..100).take_while(|number| params.has(&format!("line_items[{number}]"))).count();
        if (count == 0) != (mode == Mode::Setup) {
            let message = "A session that is paid has line_items, one for a setup has none.";
            return Err(Refusal::invalid(message).param("line_items"));
        }
        let items: Reply<Vec<_>> =
            (0..count).map(|number| self.read_item_of(params, number)).collect();
        let items = items?;
        let Some(((first, _), _)) = items.split_first() else { return Ok(items) };
        let recurring = items.iter().filter(|(price, _)| price.interval.is_some()).count();
        if recurring != usize::from(mode == Mode::Subscription) {
            let message = "A payment takes prices paid once, a subscription one recurring price.";
            return Err(Refusal::invalid(message).param("line_items"));
        }
        if mode == Mode::Subscription && items.len() > 1 {
            return Err(Refusal::invalid("The fake takes one item.").param("line_items"));
        }
        if items.iter().any(|(price, _)| price.currency != first.currency) {
            return Err(Refusal::invalid("All prices have one currency.").param("line_items"));
        }
        let total = items.iter().map(|(price, quantity)| price.amount * quantity).sum();
        if mode == Mode::Payment {
            money::check_charge(total, &first.currency, "line_items")?;
        }
        Ok(items)
    }

    fn read_item_of(&self, params: &Params, number: usize) -> Reply<(Price, i64)> {
        let under = format!("line_items[{number}]");
        let (named, data) = (format!("{under}[price]"), format!("{under}[price_data]"));
        let price = match params.text(&named) {
            Some(_) if params.has(&data) => {
                return Err(Refusal::invalid("Either price or price_data.").param(&named));
            }
            Some(id) => self.sellable(id, &named)?,
            None => self.new_price(params, &data)?,
        };
        let name = format!("{under}[quantity]");
        let quantity = params.int(&name)?.ok_or_else(|| Refusal::missing(&name))?;
        if quantity < 1 {
            return Err(Refusal::invalid("A quantity is at least 1.").param(&name));
        }
        Ok((price, quantity))
    }

    /// A price of `price_data`, which nobody else can use.
    fn inline_price(&mut self, params: &Params, number: usize, price: Price) -> Reply<String> {
        let under = format!("line_items[{number}][price_data]");
        self.add_price(params, &under, Price { active: false, ..price })
    }
}

fn address(params: &Params, name: &str) -> Reply<Option<String>> {
    let text = params.at_most(name, 5000)?;
    let whole = |text: &String| text.starts_with("http://") || text.starts_with("https://");
    if text.as_ref().is_none_or(whole) {
        return Ok(text);
    }
    Err(Refusal::invalid("Not a valid URL.").code("url_invalid").param(name))
}
