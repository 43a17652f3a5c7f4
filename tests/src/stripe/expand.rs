//! `expand[]`: objects in place of their ids.

use serde_json::Value;

use super::refusal::{Refusal, Reply};
use super::state::State;

impl State {
    /// Any object by its id, which tells the kind.
    pub(crate) fn render(&self, id: &str) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "cus" => self.customers.get(id).map(|row| self.customer_json(row)),
            "pm" => self.methods.get(id).map(|row| self.method_json(row)),
            "prod" => self.products.get(id).map(|row| self.product_json(row)),
            "price" => self.prices.get(id).map(|row| self.price_json(row)),
            "pi" => self.intents.get(id).map(|row| self.intent_json(row)),
            "ch" => self.charges.get(id).map(|row| self.charge_json(row)),
            "re" => self.refunds.get(id).map(|row| self.refund_json(row)),
            "sub" => self.subscriptions.get(id).map(|row| self.subscription_json(row)),
            "in" => self.invoices.get(id).map(|row| self.invoice_json(row)),
            "cs" => self.sessions.get(id).map(|row| self.session_json(row)),
            "seti" => self.setup_intents.get(id).map(|row| self.setup_intent_json(row)),
            "dp" => self.disputes.get(id).map(|row| self.dispute_json(row)),
            _ => None,
        }
    }

    /// Puts objects where the paths say.
    pub(crate) fn expand(&self, value: &mut Value, paths: &[&str]) -> Reply<()> {
        paths.iter().try_for_each(|path| {
            let steps: Vec<&str> = path.split('.').collect();
            self.descend(value, &steps).map_err(|()| {
                let message = format!("This property cannot be expanded ({path}).");
                Refusal::invalid(message).param("expand")
            })
        })
    }

    fn descend(&self, value: &mut Value, steps: &[&str]) -> Result<(), ()> {
        if let Value::Array(rows) = value {
            return rows.iter_mut().try_for_each(|row| self.descend(row, steps));
        }
        let Some((step, rest)) = steps.split_first() else { return Ok(()) };
        if value.is_null() {
            return Ok(());
        }
        if value.get(*step).is_none() {
            let included = self.included(value, step).ok_or(())?;
            value[*step] = included;
        }
        let inner = &mut value[*step];
        if let Some(whole) = inner.as_str().map(|id| self.render(id)) {
            *inner = whole.ok_or(())?;
        }
        self.descend(inner, rest)
    }

    /// Fields that are there only when they are asked for.
    fn included(&self, owner: &Value, field: &str) -> Option<Value> {
        let id = owner["id"].as_str()?;
        match (owner["object"].as_str()?, field) {
            ("charge", "refunds") => Some(self.refunds_of_charge(id)),
            ("invoice", _) => self.included_in_invoice(id, field),
            ("checkout.session", "line_items") => {
                self.sessions.get(id).map(|session| self.items_json(session))
            }
            _ => None,
        }
    }
}
