//! Invoices: what a subscription asks for, period by period.

mod api;
mod collect;
mod json;
mod preview;

use super::form::Metadata;
use super::money;
use super::refusal::{Refusal, Reply};
use super::state::State;
use super::subscriptions::Subscription;
use super::table::Row;

/// Where an invoice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Draft,
    Open,
    Paid,
    Void,
}

impl Stage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }
}

/// A line of an invoice.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    /// Below zero: a credit.
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// For a part of a period.
    pub(crate) proration: bool,
    pub(crate) item: String,
}

/// An invoice of a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) subscription: String,
    /// The subscription's metadata when the invoice was made.
    pub(crate) metadata: Metadata,
    pub(crate) currency: String,
    pub(crate) stage: Stage,
    pub(crate) reason: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) intent: Option<String>,
    pub(crate) attempts: usize,
    /// Stripe goes on with it by itself.
    pub(crate) advances: bool,
    pub(crate) finalize_at: Option<i64>,
    pub(crate) next_attempt: Option<i64>,
    /// The period that is over; its lines tell what is paid for.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) starting_balance: i64,
    pub(crate) ending_balance: Option<i64>,
    pub(crate) due: i64,
    pub(crate) number: Option<String>,
    pub(crate) finalized_at: Option<i64>,
    pub(crate) paid_at: Option<i64>,
    pub(crate) voided_at: Option<i64>,
    /// Paying it completes a pending update of the subscription.
    pub(crate) completes: bool,
    pub(crate) created: i64,
}

impl Invoice {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    pub(crate) fn paid(&self) -> i64 {
        if self.stage == Stage::Paid { self.due } else { 0 }
    }
}

impl Row for Invoice {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

/// What is due, and the customer's balance after it.
fn settle(total: i64, balance: i64, currency: &str) -> (i64, i64) {
    let owed = total + balance;
    if owed < money::least(currency) { (0, owed) } else { (owed, 0) }
}

impl State {
    /// A draft; not kept yet, and without an id.
    pub(crate) fn bare_invoice(
        &self,
        of: &Subscription,
        reason: &'static str,
        lines: Vec<Line>,
    ) -> Invoice {
        let customer = self.customers.at(&of.customer);
        let currency = self.prices.at(&of.item.price).currency.clone();
        let total = lines.iter().map(|line| line.amount).sum();
        Invoice {
            id: String::new(),
            customer: of.customer.clone(),
            subscription: of.id.clone(),
            metadata: of.metadata.clone(),
            stage: Stage::Draft,
            reason,
            intent: None,
            attempts: 0,
            advances: true,
            finalize_at: None,
            next_attempt: None,
            start: self.now,
            end: self.now,
            starting_balance: customer.balance,
            ending_balance: None,
            due: settle(total, customer.balance, &currency).0,
            currency,
            lines,
            number: None,
            finalized_at: None,
            paid_at: None,
            voided_at: None,
            completes: false,
            created: self.now,
        }
    }

    /// Keeps a draft, which becomes the latest invoice of its subscription. Answers its id.
    pub(crate) fn add_invoice(&mut self, mut invoice: Invoice) -> String {
        let id = self.ids.mint("in_");
        invoice.id.clone_from(&id);
        for line in &mut invoice.lines {
            line.id = self.ids.mint("il_");
        }
        self.subscriptions.at_mut(&invoice.subscription).latest_invoice = Some(id.clone());
        self.invoices.insert(invoice);
        self.tell("invoice.created", &id);
        id
    }

    /// Makes a draft final: paid at once where nothing is due, else with an intent to pay.
    pub(crate) fn finalize(&mut self, id: &str) {
        let invoice = self.invoices.at(id);
        let (total, currency) = (invoice.total(), invoice.currency.clone());
        let customer = self.customers.at_mut(&invoice.customer);
        let starting = customer.balance;
        let (due, balance) = settle(total, starting, &currency);
        customer.balance = balance;
        customer.currency = Some(currency.clone());
        let number =
            format!("{}-{:04}", &invoice.customer[4..12].to_uppercase(), self.invoices.len());
        let payer = invoice.customer.clone();
        let saves = self.subscriptions.at(&invoice.subscription).saves_method;
        let now = self.now;
        let invoice = self.invoices.at_mut(id);
        (invoice.starting_balance, invoice.ending_balance) = (starting, Some(balance));
        (invoice.stage, invoice.due, invoice.number) = (Stage::Open, due, Some(number));
        (invoice.finalize_at, invoice.finalized_at) = (None, Some(now));
        if due > 0 {
            let mut intent = self.bare_intent(due, currency, Some(payer));
            intent.invoice = Some(id.to_owned());
            intent.automatic = None;
            intent.future_usage = saves.then_some("off_session");
            intent.description = Some("Subscription".to_owned());
            let intent = self.add_intent(intent);
            self.invoices.at_mut(id).intent = Some(intent);
        }
        self.tell("invoice.finalized", id);
        if due == 0 {
            self.invoice_paid(id);
        }
    }

    /// Nobody has to pay it any more. A change that waited for it comes to nothing.
    pub(crate) fn void(&mut self, id: &str) {
        let now = self.now;
        let invoice = self.invoices.at_mut(id);
        (invoice.stage, invoice.voided_at) = (Stage::Void, Some(now));
        (invoice.next_attempt, invoice.finalize_at) = (None, None);
        if let Some(intent) = invoice.intent.clone() {
            self.call_off(&intent, Some("void_invoice"));
        }
        self.tell("invoice.voided", id);
        let invoice = self.invoices.at(id);
        if invoice.completes {
            let subscription = invoice.subscription.clone();
            self.drop_update(&subscription);
        }
    }

    pub(crate) fn known_invoice(&self, id: &str) -> Reply<&Invoice> {
        self.invoices.get(id).ok_or_else(|| Refusal::no_such("invoice", id))
    }

    /// How many invoices a customer has had.
    pub(crate) fn invoices_of(&self, customer: &str) -> usize {
        self.invoices.iter().filter(|invoice| invoice.customer == customer).count()
    }

    /// Whether an invoice of the customer was tried in vain.
    pub(crate) fn is_delinquent(&self, customer: &str) -> bool {
        let unpaid = |invoice: &Invoice| invoice.stage == Stage::Open && invoice.attempts > 0;
        self.invoices.iter().any(|invoice| invoice.customer == customer && unpaid(invoice))
    }
}
