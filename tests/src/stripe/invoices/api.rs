//! What the API does with invoices.

use serde_json::{Value, json};

use super::{Invoice, Stage};
use crate::stripe::form::Params;
use crate::stripe::list::{PAGING, page};
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::shape::{list, object};
use crate::stripe::state::State;

impl State {
    pub(crate) fn retrieve_invoice(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        Ok(self.invoice_json(self.known_invoice(id)?))
    }

    pub(crate) fn list_invoices(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["subscription", "customer", "status"]].concat())?;
        params.word("status", &["draft", "open", "paid", "uncollectible", "void"])?;
        let wanted = |invoice: &&Invoice| {
            params.text("subscription").is_none_or(|id| invoice.subscription == id)
                && params.text("customer").is_none_or(|id| invoice.customer == id)
                && params.text("status").is_none_or(|status| invoice.stage.as_str() == status)
        };
        let rows = self.invoices.iter().filter(wanted);
        page(params, "/v1/invoices", rows, |row| self.invoice_json(row))
    }

    pub(crate) fn pay_invoice(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&["payment_method", "off_session"])?;
        params.flag("off_session")?;
        let invoice = self.known_invoice(id)?;
        if let Some(method) = params.text("payment_method") {
            self.method_of(method, &invoice.customer, "payment_method")?;
        }
        match invoice.stage {
            Stage::Paid => return Err(Refusal::began("The invoice is already paid.")),
            Stage::Void => return Err(Refusal::began("A void invoice cannot be paid.")),
            Stage::Draft => self.finalize(id),
            Stage::Open => {}
        }
        let collected = match params.owned("payment_method") {
            Some(method) => self.collect_from(id, Some(method))?,
            None => self.collect(id)?,
        };
        if !collected {
            let message = "There is no payment method to pay the invoice with.";
            return Err(Refusal::state("resource_missing", message));
        }
        let invoice = self.invoices.at(id);
        if invoice.stage == Stage::Open {
            return Err(Refusal::card(json!({
                "type": "card_error", "code": "invoice_payment_intent_requires_action",
                "message": "The payer has to authenticate the payment.",
            })));
        }
        Ok(self.invoice_json(invoice))
    }

    pub(crate) fn void_invoice(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        if self.known_invoice(id)?.stage != Stage::Open {
            return Err(Refusal::began("Only an open invoice can be voided."));
        }
        self.void(id);
        Ok(self.invoice_json(self.invoices.at(id)))
    }

    pub(crate) fn list_invoice_payments(&self, params: &Params) -> Reply {
        let known = ["invoice", "payment[type]", "payment[payment_intent]", "status"];
        params.only(&[PAGING, &known].concat())?;
        params.word("payment[type]", &["payment_intent"])?;
        let intent = params.text("payment[payment_intent]");
        let wanted = |invoice: &&Invoice| {
            invoice.intent.is_some()
                && params.text("invoice").is_none_or(|id| invoice.id == id)
                && intent.is_none_or(|intent| invoice.intent.as_deref() == Some(intent))
                && params.text("status").is_none_or(|status| payment_status(invoice) == status)
        };
        let rows = self.invoices.iter().filter(wanted);
        page(params, "/v1/invoice_payments", rows, |row| payment_json(row).unwrap_or_default())
    }
}

/// `payments` of an invoice.
pub(super) fn payments(invoice: &Invoice) -> Value {
    let data = payment_json(invoice).into_iter().collect();
    list(&format!("/v1/invoices/{}/payments", invoice.id), data)
}

fn payment_status(invoice: &Invoice) -> &'static str {
    match invoice.stage {
        Stage::Paid => "paid",
        Stage::Void => "canceled",
        Stage::Draft | Stage::Open => "open",
    }
}

/// How an invoice and its intent belong together.
fn payment_json(invoice: &Invoice) -> Option<Value> {
    let intent = invoice.intent.as_ref()?;
    let paid = (invoice.stage == Stage::Paid).then_some(invoice.due);
    let fields = json!({
        "id": intent.replacen("pi_", "inpay_", 1),
        "amount_paid": paid,
        "amount_requested": invoice.due,
        "created": invoice.finalized_at,
        "currency": invoice.currency,
        "invoice": invoice.id,
        "is_default": true,
        "payment": { "type": "payment_intent", "payment_intent": intent },
        "status": payment_status(invoice),
        "status_transitions": { "canceled_at": invoice.voided_at, "paid_at": invoice.paid_at },
    });
    Some(object("invoice_payment", fields, &[]))
}
