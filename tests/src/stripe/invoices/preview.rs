//! What a change of a subscription would cost.

use super::Line;
use crate::stripe::form::Params;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;
use crate::stripe::subscriptions::{CHANGES, Subscription};

impl State {
    pub(crate) fn preview_invoice(&mut self, params: &Params) -> Reply {
        let under = "subscription_details";
        let below: Vec<String> = CHANGES.iter().map(|name| nested(under, name)).collect();
        let mut known: Vec<&str> = below.iter().map(String::as_str).collect();
        known.extend(["subscription", "customer"]);
        params.only(&known)?;
        let id = params.required("subscription")?;
        let found = self.subscriptions.get(id).filter(|found| !found.status.over());
        let found = found.ok_or_else(|| Refusal::names_no("subscription", id, "subscription"))?;
        if params.text("customer").is_some_and(|customer| customer != found.customer) {
            return Err(Refusal::invalid("Another customer's subscription.").param("customer"));
        }
        let of = found.clone();
        let change = self.read_change(&of, params, under)?;
        let reason = if change.bills { "subscription_update" } else { "subscription_cycle" };
        let mut lines = change.lines.clone();
        if !change.bills {
            let mut changed = of.clone();
            (changed.item.price, changed.item.quantity) = (change.price.clone(), change.quantity);
            lines.splice(0..0, of.pending_lines.iter().cloned());
            lines.extend(self.next_line(&changed));
        }
        let mut invoice = self.bare_invoice(&of, reason, lines);
        invoice.id = self.ids.mint("upcoming_in_");
        for line in &mut invoice.lines {
            line.id = self.ids.mint("il_tmp_");
        }
        invoice.next_attempt = Some(if change.bills { self.now } else { of.item.end });
        Ok(self.invoice_json(&invoice))
    }

    /// What the next period costs; nothing where there is none.
    pub(crate) fn next_line(&self, of: &Subscription) -> Option<Line> {
        if of.cancel_at_period_end {
            return None;
        }
        let interval = self.prices.at(&of.item.price).interval.expect("a recurring price");
        let end = interval.next(of.anchor, of.item.end);
        Some(self.full_line(of, of.item.end, end))
    }
}

/// `items[#][price]` is `under[items][#][price]`.
fn nested(under: &str, name: &str) -> String {
    match name.split_once('[') {
        Some((head, tail)) => format!("{under}[{head}][{tail}"),
        None => format!("{under}[{name}]"),
    }
}
