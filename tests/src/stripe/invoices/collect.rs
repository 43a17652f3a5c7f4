//! Collecting what is due.

use super::Stage;
use crate::stripe::calendar::DAY;
use crate::stripe::refusal::Reply;
use crate::stripe::state::State;

/// Days to the next attempt after the first, the second and the third that failed.
const RETRIES: [i64; 3] = [3, 5, 7];

impl State {
    /// Charges what the subscription is paid with. False where there is nothing to charge.
    pub(crate) fn collect(&mut self, id: &str) -> Reply<bool> {
        let method = self.method_for(&self.invoices.at(id).subscription);
        self.collect_from(id, method)
    }

    /// As [`Self::collect`], from this method.
    pub(crate) fn collect_from(&mut self, id: &str, method: Option<String>) -> Reply<bool> {
        let invoice = self.invoices.at(id);
        let Some(intent) = invoice.intent.clone().filter(|_| invoice.stage == Stage::Open) else {
            return Ok(true);
        };
        let Some(method) = method else {
            self.intent_declined(&intent);
            return Ok(false);
        };
        self.intents.at_mut(&intent).method = Some(method);
        // Billing leaves the intent to the payer where a card asks for one.
        self.attempt(&intent, false)?;
        Ok(true)
    }

    /// The card that pays for a subscription.
    pub(crate) fn method_for(&self, subscription: &str) -> Option<String> {
        let of = self.subscriptions.at(subscription);
        of.default_method.clone().or_else(|| self.customers.at(&of.customer).default_method.clone())
    }

    /// What was due has come in.
    pub(crate) fn invoice_paid(&mut self, id: &str) {
        let now = self.now;
        let invoice = self.invoices.at_mut(id);
        if invoice.due > 0 {
            invoice.attempts += 1;
        }
        (invoice.stage, invoice.paid_at, invoice.next_attempt) = (Stage::Paid, Some(now), None);
        let (subscription, completes) = (invoice.subscription.clone(), invoice.completes);
        self.tell("invoice.paid", id);
        self.tell("invoice.payment_succeeded", id);
        if completes {
            self.complete_update(&subscription);
        }
        self.subscription_paid(&subscription, id);
    }

    /// The payer must act before the invoice is paid.
    pub(crate) fn invoice_waits(&mut self, id: &str) {
        self.tell("invoice.payment_action_required", id);
        self.invoice_declined(id);
    }

    /// An attempt to collect failed.
    pub(crate) fn invoice_declined(&mut self, id: &str) {
        let now = self.now;
        let invoice = self.invoices.at_mut(id);
        invoice.attempts += 1;
        let renewal = invoice.reason == "subscription_cycle";
        let wait = RETRIES.get(invoice.attempts - 1).filter(|_| renewal && invoice.advances);
        invoice.next_attempt = wait.map(|days| now + days * DAY);
        let over = renewal && wait.is_none() && invoice.advances;
        let (subscription, completes) = (invoice.subscription.clone(), invoice.completes);
        self.tell("invoice.payment_failed", id);
        if completes {
            return;
        }
        self.subscription_unpaid(&subscription);
        if over {
            self.give_up(&subscription);
        }
    }
}
