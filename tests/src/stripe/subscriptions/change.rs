//! What a change of plan comes to: the same for a preview and for the change.

use super::create::{read_quantity, recurring};
use super::{Status, Subscription};
use crate::stripe::form::Params;
use crate::stripe::invoices::Line;
use crate::stripe::money::share;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;

/// The parameters of a change.
pub(crate) const CHANGES: &[&str] = &[
    "items[#][id]",
    "items[#][price]",
    "items[#][quantity]",
    "billing_cycle_anchor",
    "proration_behavior",
    "proration_date",
    "trial_end",
];

/// A change with what it costs.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) price: String,
    pub(crate) quantity: i64,
    /// Credits and charges, and the whole new period where one begins.
    pub(crate) lines: Vec<Line>,
    /// Where a new period begins: its start and end.
    pub(crate) period: Option<(i64, i64)>,
    /// A trial until the end of that period.
    pub(crate) trial: bool,
    /// It makes an invoice at once.
    pub(crate) bills: bool,
}

/// What is asked for.
struct Asked {
    /// The anchor moves to now.
    resets: bool,
    trial_end: Option<i64>,
    proration: &'static str,
    /// Prorations count from here.
    at: i64,
}

impl State {
    /// Reads a change from the parameters, which stand below `under` in a preview.
    pub(crate) fn read_change(
        &self,
        of: &Subscription,
        params: &Params,
        under: &str,
    ) -> Reply<Change> {
        let name = |field: &str| match (under, field.split_once('[')) {
            ("", _) => field.to_owned(),
            (_, Some((head, tail))) => format!("{under}[{head}][{tail}"),
            (_, None) => format!("{under}[{field}]"),
        };
        let price = self.read_new_price(of, params, &name)?;
        let quantity = read_quantity(params, &name("items[0][quantity]"))?;
        let mut changed = of.clone();
        changed.item.price.clone_from(&price);
        changed.item.quantity = quantity.unwrap_or(of.item.quantity);
        let asked = self.read_asked(of, &changed, params, &name)?;
        Ok(self.calculate(of, changed, &asked))
    }

    fn read_new_price(
        &self,
        of: &Subscription,
        params: &Params,
        name: &impl Fn(&str) -> String,
    ) -> Reply<String> {
        if !params.has(&name("items")) {
            return Ok(of.item.price.clone());
        }
        let item = name("items[0][id]");
        match params.text(&item) {
            Some(id) if id == of.item.id => {}
            Some(id) => return Err(Refusal::names_no("subscription_item", id, &item)),
            None => {
                let message = "Without the item's id this would add a second item.";
                return Err(Refusal::invalid(message).param(&item));
            }
        }
        let Some(id) = params.text(&name("items[0][price]")) else {
            return Ok(of.item.price.clone());
        };
        let param = name("items[0][price]");
        let price = self.sellable(id, &param)?;
        recurring(&price, &param)?;
        if price.currency != self.prices.at(&of.item.price).currency {
            let message = "A subscription keeps its currency.";
            return Err(Refusal::invalid(message).param(&param));
        }
        Ok(price.id)
    }

    fn read_asked(
        &self,
        of: &Subscription,
        changed: &Subscription,
        params: &Params,
        name: &impl Fn(&str) -> String,
    ) -> Reply<Asked> {
        let anchor = params.word(&name("billing_cycle_anchor"), &["now", "unchanged"])?;
        let proration = params
            .word(&name("proration_behavior"), &["create_prorations", "none", "always_invoice"])?;
        let trial = name("trial_end");
        let ends_trial = params.text(&trial) == Some("now");
        let trial_end = if ends_trial { None } else { self.future(params, &trial)? };
        let date = name("proration_date");
        let asked = params.int(&date)?;
        let at = asked.unwrap_or(self.now.clamp(of.item.start, of.item.end));
        if !(of.item.start..=of.item.end).contains(&at) {
            let message = "Prorations are for the current period.";
            return Err(Refusal::invalid(message).param(&date));
        }
        let interval = |of: &Subscription| self.prices.at(&of.item.price).interval;
        let trialing = of.status == Status::Trialing;
        let other_interval = interval(of) != interval(changed) && !trialing;
        Ok(Asked {
            resets: anchor == Some("now") || (ends_trial && trialing) || other_interval,
            trial_end,
            proration: proration.unwrap_or("create_prorations"),
            at,
        })
    }

    fn calculate(&self, of: &Subscription, changed: Subscription, asked: &Asked) -> Change {
        let begins = asked.resets || asked.trial_end.is_some();
        let differs = of.item.price != changed.item.price
            || of.item.quantity != changed.item.quantity
            || begins;
        let mut lines = Vec::new();
        if asked.proration != "none" && of.status != Status::Trialing && differs {
            lines.push(self.part(of, asked.at, -1));
            if !begins {
                lines.push(self.part(&changed, asked.at, 1));
            }
        }
        let period = begins.then(|| {
            let interval = self.prices.at(&changed.item.price).interval.expect("a recurring price");
            let end = asked.trial_end.unwrap_or_else(|| interval.next(self.now, self.now));
            (self.now, end)
        });
        if let Some((start, end)) = period.filter(|_| asked.trial_end.is_none()) {
            lines.push(self.full_line(&changed, start, end));
        }
        let bills = asked.resets || (asked.proration == "always_invoice" && !lines.is_empty());
        Change {
            price: changed.item.price,
            quantity: changed.item.quantity,
            lines,
            period,
            trial: asked.trial_end.is_some(),
            bills,
        }
    }

    /// The rest of the current period: a credit of it, or its charge.
    fn part(&self, of: &Subscription, at: i64, sign: i64) -> Line {
        let whole = self.full_line(of, at, of.item.end);
        let Subscription { item, .. } = of;
        let amount = sign * share(whole.amount, item.end - at, item.end - item.start);
        let what = if sign < 0 { "Unused" } else { "Remaining" };
        let description = format!("{what} time on {}", whole.description);
        Line { amount, description, proration: true, ..whole }
    }
}
