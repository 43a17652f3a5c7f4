//! Which path does what.

use super::form::Params;
use super::refusal::{Refusal, Reply};
use super::state::State;

impl State {
    /// Carries a request out.
    pub(crate) fn route(&mut self, method: &str, path: &str, params: &Params) -> Reply {
        let unknown = || {
            let message = format!("Unrecognized request URL ({method}: {path}).");
            Refusal::new(404, "invalid_request_error", message)
        };
        let below = path.strip_prefix("/v1/").ok_or_else(unknown)?;
        let parts: Vec<&str> = below.split('/').collect();
        let answer = match method {
            "GET" => self.get(&parts, params),
            "POST" => self.post(&parts, params),
            "DELETE" => self.delete(&parts, params),
            _ => None,
        };
        let mut value = answer.ok_or_else(unknown)??;
        self.expand(&mut value, &params.expansions())?;
        Ok(value)
    }

    fn get(&self, parts: &[&str], params: &Params) -> Option<Reply> {
        Some(match parts {
            ["customers"] => self.list_customers(params),
            ["customers", id] => self.retrieve_customer(id, params),
            ["customers", id, "payment_methods"] => self.list_methods(Some(id), params),
            ["payment_methods"] => self.list_methods(None, params),
            ["payment_methods", id] => self.retrieve_method(id, params),
            ["products"] => self.list_products(params),
            ["products", id] => self.retrieve_product(id, params),
            ["prices"] => self.list_prices(params),
            ["prices", id] => self.retrieve_price(id, params),
            ["payment_intents"] => self.list_intents(params),
            ["payment_intents", id] => self.retrieve_intent(id, params),
            ["charges"] => self.list_charges(params),
            ["charges", id] => self.retrieve_charge(id, params),
            ["refunds"] => self.list_refunds(params),
            ["refunds", id] => self.retrieve_refund(id, params),
            ["subscriptions"] => self.list_subscriptions(params),
            ["subscriptions", id] => self.retrieve_subscription(id, params),
            ["invoices"] => self.list_invoices(params),
            ["invoices", id] => self.retrieve_invoice(id, params),
            ["invoice_payments"] => self.list_invoice_payments(params),
            ["checkout", "sessions"] => self.list_sessions(params),
            ["checkout", "sessions", id] => self.retrieve_session(id, params),
            ["checkout", "sessions", id, "line_items"] => self.list_session_items(id, params),
            ["setup_intents", id] => self.retrieve_setup_intent(id, params),
            ["disputes", id] => self.retrieve_dispute(id, params),
            ["events"] => self.list_events(params),
            ["events", id] => self.retrieve_event(id, params),
            _ => return None,
        })
    }

    fn post(&mut self, parts: &[&str], params: &Params) -> Option<Reply> {
        Some(match parts {
            ["customers"] => self.create_customer(params),
            ["customers", id] => self.update_customer(id, params),
            ["payment_methods", id, "attach"] => self.attach_method(id, params),
            ["payment_methods", id, "detach"] => self.detach_method(id, params),
            ["products"] => self.create_product(params),
            ["products", id] => self.update_product(id, params),
            ["prices"] => self.create_price(params),
            ["prices", id] => self.update_price(id, params),
            ["payment_intents"] => self.create_intent(params),
            ["payment_intents", id, "confirm"] => self.confirm_intent(id, params),
            ["payment_intents", id, "capture"] => self.capture_intent(id, params),
            ["payment_intents", id, "cancel"] => self.cancel_intent(id, params),
            ["refunds"] => self.create_refund(params),
            ["subscriptions"] => self.create_subscription(params),
            ["subscriptions", id] => self.update_subscription(id, params),
            ["subscriptions", id, "resume"] => self.resume_subscription(id, params),
            ["invoices", "create_preview"] => self.preview_invoice(params),
            ["invoices", id, "pay"] => self.pay_invoice(id, params),
            ["invoices", id, "void"] => self.void_invoice(id, params),
            ["checkout", "sessions"] => self.create_session(params),
            ["checkout", "sessions", id, "expire"] => self.expire_session(id, params),
            _ => return None,
        })
    }

    fn delete(&mut self, parts: &[&str], params: &Params) -> Option<Reply> {
        Some(match parts {
            ["customers", id] => self.delete_customer(id, params),
            ["subscriptions", id] => self.cancel_subscription(id, params),
            _ => return None,
        })
    }
}

/// Whether the request moves money, or lets somebody pay: then it must have an idempotency key.
pub(crate) fn moves_money(method: &str, path: &str, params: &Params) -> bool {
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    if method != "POST" {
        return false;
    }
    match parts.as_slice() {
        ["payment_intents" | "refunds" | "subscriptions"]
        | ["checkout", "sessions"]
        | ["payment_intents", _, "confirm" | "capture" | "cancel"]
        | ["invoices", _, "pay"]
        | ["subscriptions", _, "resume"] => true,
        ["subscriptions", _] => {
            ["items", "trial_end", "billing_cycle_anchor"].iter().any(|name| params.has(name))
        }
        _ => false,
    }
}
