//! What the API does with subscriptions, but for making and changing them.

use super::{Status, Subscription};
use crate::stripe::form::Params;
use crate::stripe::invoices::Line;
use crate::stripe::list::{PAGING, page};
use crate::stripe::money::share;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;

const CANCEL: &[&str] =
    &["invoice_now", "prorate", "cancellation_details[comment]", "cancellation_details[feedback]"];

const STATUSES: &[&str] = &[
    "incomplete",
    "incomplete_expired",
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
    "all",
    "ended",
];

impl State {
    pub(crate) fn retrieve_subscription(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        Ok(self.subscription_json(self.known_subscription(id)?))
    }

    pub(crate) fn list_subscriptions(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["customer", "price", "status"]].concat())?;
        let status = params.word("status", STATUSES)?;
        let wanted = |of: &&Subscription| {
            let fits = match status {
                Some("all") => true,
                Some("ended") => of.status.over(),
                Some(status) => of.status.as_str() == status,
                None => of.status != Status::Canceled,
            };
            fits && params.text("customer").is_none_or(|id| of.customer == id)
                && params.text("price").is_none_or(|id| of.item.price == id)
        };
        let rows = self.subscriptions.iter().filter(wanted);
        page(params, "/v1/subscriptions", rows, |row| self.subscription_json(row))
    }

    pub(crate) fn cancel_subscription(&mut self, id: &str, params: &Params) -> Reply {
        params.only(CANCEL)?;
        let invoice_now = params.flag("invoice_now")?.unwrap_or(false);
        let prorate = params.flag("prorate")?.unwrap_or(false);
        let of = self.known_subscription(id)?.clone();
        if of.status.over() {
            // As Stripe: what is over cannot be found to be canceled.
            return Err(Refusal::no_such("subscription", id));
        }
        let mut lines = of.pending_lines.clone();
        if prorate && of.status == Status::Active {
            lines.push(self.rest(&of));
        }
        let of = self.subscriptions.at_mut(id);
        of.pending_lines.clear();
        of.comment = params.owned("cancellation_details[comment]");
        if invoice_now && !lines.is_empty() {
            let of = self.subscriptions.at(id);
            let invoice = self.bare_invoice(of, "subscription_update", lines);
            let invoice = self.add_invoice(invoice);
            self.finalize(&invoice);
            // A decline leaves the invoice open.
            let _ = self.collect(&invoice);
        }
        self.end(id, Some("cancellation_requested"));
        Ok(self.subscription_json(self.subscriptions.at(id)))
    }

    /// A credit for what is left of the period.
    fn rest(&self, of: &Subscription) -> Line {
        let whole = self.full_line(of, self.now, of.item.end);
        let part = share(whole.amount, of.item.end - self.now, of.item.end - of.item.start);
        let description = format!("Unused time on {}", whole.description);
        Line { amount: -part, description, proration: true, ..whole }
    }

    pub(crate) fn resume_subscription(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&["billing_cycle_anchor", "proration_behavior"])?;
        params.word("billing_cycle_anchor", &["now"])?;
        params.word("proration_behavior", &["create_prorations", "none", "always_invoice"])?;
        let of = self.known_subscription(id)?;
        if of.status != Status::Paused {
            return Err(Refusal::began("Only a paused subscription is resumed."));
        }
        let interval = self.prices.at(&of.item.price).interval.expect("a recurring price");
        let (start, end) = (self.now, interval.next(self.now, self.now));
        self.check_method(of.default_method.as_deref(), &of.customer, "error_if_incomplete")?;
        self.alter(id, |of| {
            (of.status, of.anchor) = (Status::Active, start);
            (of.item.start, of.item.end) = (start, end);
        });
        let of = self.subscriptions.at(id);
        let line = self.full_line(of, start, end);
        let invoice = self.bare_invoice(of, "subscription_update", vec![line]);
        let invoice = self.add_invoice(invoice);
        self.finalize(&invoice);
        self.collect(&invoice)?;
        self.tell("customer.subscription.resumed", id);
        Ok(self.subscription_json(self.subscriptions.at(id)))
    }
}
