//! Changes of a subscription.

use super::change::{CHANGES, Change};
use super::create::BEHAVIORS;
use super::{Pending, Status, Subscription};
use crate::stripe::form::Params;
use crate::stripe::invoices::Stage;
use crate::stripe::payment_methods::Card;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;

/// For how long a change waits for its payment, and a new subscription too.
pub(crate) const PATIENCE: i64 = 23 * 3600;

const PLAIN: &[&str] = &[
    "cancel_at_period_end",
    "cancel_at?",
    "default_payment_method",
    "description?",
    "metadata?",
    "metadata[*]?",
    "cancellation_details[comment]",
    "off_session",
    "payment_behavior",
    "payment_settings[save_default_payment_method]",
    "trial_settings[end_behavior][missing_payment_method]",
];

/// What cannot go with `pending_if_incomplete`.
const NOT_PENDING: &[&str] = &[
    "cancel_at_period_end",
    "cancel_at",
    "default_payment_method",
    "description",
    "metadata",
    "payment_settings",
    "trial_settings",
];

impl State {
    pub(crate) fn update_subscription(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&[PLAIN, CHANGES].concat())?;
        let of = self.known_subscription(id)?.clone();
        let bought = ["items", "billing_cycle_anchor", "trial_end"];
        let rebuys = bought.iter().any(|name| params.has(name));
        check_open(&of, rebuys)?;
        let behavior = params.word("payment_behavior", BEHAVIORS)?.unwrap_or("allow_incomplete");
        let refused = NOT_PENDING.iter().find(|name| params.has(name));
        if let (Some(name), "pending_if_incomplete") = (refused, behavior) {
            let message = format!("{name} does not go with pending_if_incomplete.");
            return Err(Refusal::invalid(message).param(name));
        }
        let mut changed = of.clone();
        self.read_plain(params, &mut changed)?;
        let change = self.read_change(&of, params, "")?;
        if rebuys && change.bills && behavior == "error_if_incomplete" {
            let method = changed.default_method.clone();
            self.check_method(method.as_deref(), &of.customer, behavior)?;
        }
        let before = self.subscription_json(&of);
        *self.subscriptions.at_mut(id) = changed;
        if rebuys {
            self.carry_out(id, change, behavior);
        }
        let after = self.subscription_json(self.subscriptions.at(id));
        if before != after {
            self.emit_change("customer.subscription.updated", &before, &after);
        }
        Ok(after)
    }

    fn read_plain(&self, params: &Params, of: &mut Subscription) -> Reply<()> {
        params.flag("off_session")?;
        if let Some(ends) = params.flag("cancel_at_period_end")? {
            of.end_with_period(ends);
            of.canceled_at = ends.then_some(self.now);
            of.cancel_reason = ends.then_some("cancellation_requested");
        }
        if params.text("cancel_at") == Some("") {
            (of.cancel_at, of.canceled_at, of.cancel_reason) = (None, None, None);
        } else if let Some(at) = self.future(params, "cancel_at")? {
            (of.cancel_at, of.canceled_at) = (Some(at), Some(self.now));
            of.cancel_reason = Some("cancellation_requested");
        }
        if let Some(method) = params.owned("default_payment_method") {
            self.method_of(&method, &of.customer, "default_payment_method")?;
            of.default_method = Some(method);
        }
        if params.has("description") {
            of.description = params.owned("description");
        }
        let saves = "payment_settings[save_default_payment_method]";
        if let Some(word) = params.word(saves, &["off", "on_subscription"])? {
            of.saves_method = word == "on_subscription";
        }
        let ends = "trial_settings[end_behavior][missing_payment_method]";
        if let Some(word) = params.word(ends, &["create_invoice", "cancel", "pause"])? {
            of.without_method = word;
        }
        of.comment = params.owned("cancellation_details[comment]").or(of.comment.take());
        params.metadata("metadata", &mut of.metadata)
    }

    fn carry_out(&mut self, id: &str, change: Change, behavior: &str) {
        if !change.bills {
            self.take_over(id, &change);
            self.subscriptions.at_mut(id).pending_lines.extend(change.lines);
            return;
        }
        let owed: i64 = change.lines.iter().map(|line| line.amount).sum();
        let waits = behavior == "pending_if_incomplete" && owed > 0 && !self.will_pay(id);
        if !waits {
            self.take_over(id, &change);
        }
        let mut lines = std::mem::take(&mut self.subscriptions.at_mut(id).pending_lines);
        lines.extend(change.lines.iter().cloned());
        let mut invoice =
            self.bare_invoice(self.subscriptions.at(id), "subscription_update", lines);
        invoice.completes = waits;
        let invoice = self.add_invoice(invoice);
        if waits {
            let (invoice, expires) = (invoice.clone(), self.now + PATIENCE);
            self.subscriptions.at_mut(id).pending = Some(Pending { change, invoice, expires });
        }
        self.finalize(&invoice);
        if behavior == "default_incomplete" {
            if self.invoices.at(&invoice).stage == Stage::Open {
                self.subscriptions.at_mut(id).status = Status::PastDue;
            }
        } else {
            // What a decline does is done by what hears of it.
            let _ = self.collect(&invoice);
        }
    }

    fn will_pay(&self, id: &str) -> bool {
        let method = self.method_for(id);
        method.is_some_and(|method| self.methods.at(&method).card == Card::Good)
    }

    /// The change is in force.
    fn take_over(&mut self, id: &str, change: &Change) {
        let of = self.subscriptions.at_mut(id);
        of.item.price.clone_from(&change.price);
        of.item.quantity = change.quantity;
        let Some((start, end)) = change.period else { return };
        (of.item.start, of.item.end) = (start, end);
        of.anchor = if change.trial { end } else { start };
        if change.trial {
            (of.status, of.trial_end, of.warned) = (Status::Trialing, Some(end), false);
            of.trial_start = of.trial_start.or(Some(start));
        } else if of.status == Status::Trialing {
            (of.status, of.trial_end) = (Status::Active, Some(start));
        }
        if of.cancel_at_period_end {
            of.cancel_at = Some(end);
        }
    }

    /// The invoice of a pending change was paid.
    pub(crate) fn complete_update(&mut self, id: &str) {
        let Some(pending) = self.subscriptions.at_mut(id).pending.take() else { return };
        self.take_over(id, &pending.change);
        self.tell("customer.subscription.pending_update_applied", id);
    }

    /// Nobody paid for a pending change in time.
    pub(crate) fn expire_update(&mut self, id: &str) {
        let pending = self.subscriptions.at(id).pending.as_ref().expect("a pending change");
        self.void(&pending.invoice.clone());
    }

    /// The invoice of a pending change is void.
    pub(crate) fn drop_update(&mut self, id: &str) {
        if self.subscriptions.at_mut(id).pending.take().is_some() {
            self.tell("customer.subscription.pending_update_expired", id);
        }
    }
}

fn check_open(of: &Subscription, rebuys: bool) -> Reply<()> {
    let status = of.status;
    if status.over() || (status == Status::Incomplete && rebuys) {
        let message = format!("A subscription that is {} cannot be changed.", status.as_str());
        return Err(Refusal::began(message));
    }
    if of.pending.is_some() && rebuys {
        return Err(Refusal::began("A change of this subscription waits for its payment."));
    }
    Ok(())
}
