//! One period after the other.

use super::Status;
use crate::stripe::calendar::DAY;
use crate::stripe::state::State;

/// How long before its end a trial is announced.
pub(crate) const NOTICE: i64 = 3 * DAY;

impl State {
    /// The end of a trial comes near.
    pub(crate) fn announce_trial_end(&mut self, id: &str) {
        let now = self.now;
        let of = self.subscriptions.at_mut(id);
        let near = of.trial_end.is_some_and(|end| end - NOTICE <= now);
        if of.status == Status::Trialing && !of.warned && near {
            of.warned = true;
            self.tell("customer.subscription.trial_will_end", id);
        }
    }

    /// The current period is over: it ends, or the next one begins.
    pub(crate) fn end_period(&mut self, id: &str) {
        let of = self.subscriptions.at(id);
        if of.cancel_at_period_end {
            return self.end(id, None);
        }
        let trial_over = of.status == Status::Trialing;
        let without = of.without_method;
        if trial_over && self.method_for(id).is_none() {
            match without {
                "cancel" => return self.end(id, None),
                "pause" => return self.pause(id),
                _ => {}
            }
        }
        self.renew(id, "subscription_cycle");
    }

    /// The next period, with its invoice as a draft for a while.
    fn renew(&mut self, id: &str, reason: &'static str) {
        let of = self.subscriptions.at(id);
        let interval = self.prices.at(&of.item.price).interval.expect("a recurring price");
        let (start, passed) = (of.item.end, of.item.start);
        let end = interval.next(of.anchor, start);
        self.alter(id, |of| {
            (of.item.start, of.item.end) = (start, end);
            if of.status == Status::Trialing {
                of.status = Status::Active;
            }
        });
        let of = self.subscriptions.at_mut(id);
        let mut lines = std::mem::take(&mut of.pending_lines);
        let collects = of.status != Status::Unpaid;
        let of = self.subscriptions.at(id);
        lines.push(self.full_line(of, start, end));
        let mut invoice = self.bare_invoice(of, reason, lines);
        (invoice.start, invoice.end) = (passed, start);
        invoice.advances = collects;
        invoice.finalize_at = collects.then_some(start + self.draft_time);
        self.add_invoice(invoice);
    }

    /// A draft has been open long enough.
    pub(crate) fn advance_draft(&mut self, invoice: &str) {
        self.finalize(invoice);
        // What a decline does is done by what hears of it.
        let _ = self.collect(invoice);
    }

    fn pause(&mut self, id: &str) {
        self.alter(id, |of| of.status = Status::Paused);
        self.tell("customer.subscription.paused", id);
    }
}
