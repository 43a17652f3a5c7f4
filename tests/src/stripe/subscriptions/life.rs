//! What payments, declines and the merchant do to a subscription.

use super::{Status, Subscription};
use crate::stripe::invoices::Stage;
use crate::stripe::state::State;

/// What becomes of a subscription whose renewal was tried four times in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRetries {
    /// `canceled`
    Cancel,
    /// `unpaid`: it goes on with drafts that nobody collects.
    Unpaid,
    /// `past_due`
    KeepPastDue,
}

impl State {
    /// An invoice of it was paid.
    pub(crate) fn subscription_paid(&mut self, id: &str, invoice: &str) {
        let method = self.invoices.at(invoice).intent.as_deref();
        let method = method.and_then(|intent| self.intents.at(intent).method.clone());
        let saved = method.filter(|_| self.subscriptions.at(id).saves_method);
        if let Some(method) = &saved {
            let customer = self.subscriptions.at(id).customer.clone();
            self.attach(method, &customer);
        }
        let owes = self.invoices.iter().any(|other| {
            other.subscription == id && other.stage == Stage::Open && !other.completes
        });
        self.alter(id, |of| {
            let waits = matches!(of.status, Status::Incomplete | Status::PastDue | Status::Unpaid);
            if waits && (!owes || of.latest_invoice.as_deref() == Some(invoice)) {
                of.status = Status::Active;
            }
            of.default_method = saved.or(of.default_method.take());
        });
    }

    /// A payment for it failed.
    pub(crate) fn subscription_unpaid(&mut self, id: &str) {
        self.alter(id, |of| {
            if matches!(of.status, Status::Active | Status::Trialing) {
                of.status = Status::PastDue;
            }
        });
    }

    /// The last try of a renewal failed.
    pub(crate) fn give_up(&mut self, id: &str) {
        match self.after_retries {
            AfterRetries::Cancel => self.end(id, Some("payment_failed")),
            AfterRetries::Unpaid => self.alter(id, |of| of.status = Status::Unpaid),
            AfterRetries::KeepPastDue => {}
        }
    }

    /// It is over at once. A reason replaces the one that was there.
    pub(crate) fn end(&mut self, id: &str, reason: Option<&'static str>) {
        let now = self.now;
        let of = self.subscriptions.at_mut(id);
        let never_began = of.status == Status::Incomplete;
        of.status = Status::Canceled;
        of.ended_at = Some(now);
        of.canceled_at = of.canceled_at.or(Some(now));
        of.cancel_reason = reason.or(of.cancel_reason);
        of.pending = None;
        self.stop_collecting(id, never_began);
        self.tell("customer.subscription.deleted", id);
    }

    /// What was never paid for in time.
    pub(crate) fn expire_incomplete(&mut self, id: &str) {
        self.stop_collecting(id, true);
        let now = self.now;
        self.alter(id, |of: &mut Subscription| {
            (of.status, of.ended_at) = (Status::IncompleteExpired, Some(now));
        });
    }

    /// Open invoices stay, but nobody tries them; or they are void.
    fn stop_collecting(&mut self, id: &str, void: bool) {
        for invoice in self.invoices.ids() {
            let open = self.invoices.at_mut(&invoice);
            if open.subscription != id || !matches!(open.stage, Stage::Open | Stage::Draft) {
                continue;
            }
            open.advances = false;
            (open.next_attempt, open.finalize_at) = (None, None);
            let completes = open.completes;
            if (void || completes) && open.stage == Stage::Open {
                self.void(&invoice);
            }
        }
    }
}
