//! Refunds.

use serde_json::{Value, json};

use super::charges::Charge;
use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::money;
use super::refusal::{Refusal, Reply};
use super::shape::{list, object};
use super::state::State;
use super::table::Row;

/// Money that goes back.
#[derive(Debug)]
pub(crate) struct Refund {
    id: String,
    charge: String,
    intent: String,
    amount: i64,
    currency: String,
    reason: Option<&'static str>,
    metadata: Metadata,
    status: &'static str,
    created: i64,
}

impl Row for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];

impl State {
    pub(crate) fn create_refund(&mut self, params: &Params) -> Reply {
        params.only(&[
            "payment_intent",
            "charge",
            "amount",
            "reason",
            "metadata?",
            "metadata[*]?",
        ])?;
        let reason = params.word("reason", REASONS)?;
        let metadata = params.new_metadata("metadata")?;
        let charge = self.charge_to_refund(params)?;
        let amount = self.amount_to_refund(charge, params)?;
        let (intent, currency) = (charge.intent.clone(), charge.currency.clone());
        let charge = charge.id.clone();
        let id = self.ids.mint("re_");
        let status = if self.refunds_wait { "pending" } else { "succeeded" };
        self.charges.at_mut(&charge).given_back += amount;
        self.refunds.insert(Refund {
            id: id.clone(),
            charge: charge.clone(),
            intent,
            amount,
            currency,
            reason,
            metadata,
            status,
            created: self.now,
        });
        self.tell("refund.created", &id);
        self.tell("charge.refunded", &charge);
        Ok(self.refund_json(self.refunds.at(&id)))
    }

    fn charge_to_refund(&self, params: &Params) -> Reply<&Charge> {
        let charge = match (params.text("payment_intent"), params.text("charge")) {
            (Some(intent), None) => {
                let found = self.intents.get(intent);
                let missing = || Refusal::names_no("payment_intent", intent, "payment_intent");
                let latest = found.ok_or_else(missing)?.latest_charge.as_deref();
                let charge = latest.map(|charge| self.charges.at(charge));
                let message = format!("The payment intent {intent} has no charge to refund.");
                charge.ok_or_else(|| Refusal::state("charge_not_refundable", message))?
            }
            (None, Some(charge)) => {
                let found = self.charges.get(charge);
                found.ok_or_else(|| Refusal::names_no("charge", charge, "charge"))?
            }
            _ => return Err(Refusal::invalid("Either a payment_intent or a charge.")),
        };
        let id = &charge.id;
        if !charge.captured {
            let message = format!("The charge {id} was not captured: cancel the intent instead.");
            return Err(Refusal::state("charge_not_refundable", message));
        }
        if charge.dispute.as_ref().is_some_and(|dispute| !self.disputes.at(dispute).won()) {
            let message = format!("The charge {id} has been charged back.");
            return Err(Refusal::state("charge_disputed", message));
        }
        Ok(charge)
    }

    #[expect(clippy::unused_self, reason = "beside the rest of the checks")]
    fn amount_to_refund(&self, charge: &Charge, params: &Params) -> Reply<i64> {
        let left = charge.amount_captured - charge.given_back;
        let amount = params.int("amount")?.unwrap_or(left);
        if left == 0 {
            let message = format!("The charge {} has already been refunded.", charge.id);
            return Err(Refusal::state("charge_already_refunded", message));
        }
        if amount < 1 {
            let message = format!("Invalid positive integer: {amount}");
            let refusal = Refusal::invalid(message).code("parameter_invalid_integer");
            return Err(refusal.param("amount"));
        }
        if amount > left {
            let message = format!("The refund of {amount} is greater than what is left, {left}.");
            // Stripe gives this one no code.
            return Err(Refusal::began(message).param("amount"));
        }
        money::check_amount(amount, &charge.currency, "amount")?;
        Ok(amount)
    }

    /// A pending refund arrives.
    pub(crate) fn settle_refund(&mut self, id: &str) {
        let refund = self.refunds.at(id);
        assert_eq!(refund.status, "pending", "only a pending refund settles");
        let before = self.refund_json(refund);
        self.refunds.at_mut(id).status = "succeeded";
        let after = self.refund_json(self.refunds.at(id));
        self.emit_change("refund.updated", &before, &after);
        self.emit_change("charge.refund.updated", &before, &after);
    }

    /// The money comes back from the payer's bank.
    pub(crate) fn fail_refund(&mut self, id: &str) {
        let refund = self.refunds.at(id);
        assert_ne!(refund.status, "failed", "a refund fails once");
        let before = self.refund_json(refund);
        let (charge, amount) = (refund.charge.clone(), refund.amount);
        self.refunds.at_mut(id).status = "failed";
        self.charges.at_mut(&charge).given_back -= amount;
        let after = self.refund_json(self.refunds.at(id));
        self.emit_change("refund.updated", &before, &after);
        self.emit_change("charge.refund.updated", &before, &after);
        self.emit("refund.failed", &after);
    }

    pub(crate) fn retrieve_refund(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.refunds.get(id).ok_or_else(|| Refusal::no_such("refund", id))?;
        Ok(self.refund_json(found))
    }

    pub(crate) fn list_refunds(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["payment_intent", "charge"]].concat())?;
        let wanted = |refund: &&Refund| {
            params.text("payment_intent").is_none_or(|intent| refund.intent == intent)
                && params.text("charge").is_none_or(|charge| refund.charge == charge)
        };
        let rows = self.refunds.iter().filter(wanted);
        page(params, "/v1/refunds", rows, |row| self.refund_json(row))
    }

    /// `refunds` of a charge, newest first.
    pub(crate) fn refunds_of_charge(&self, charge: &str) -> Value {
        let rows = self.refunds.iter().rev().filter(|refund| refund.charge == charge);
        let data = rows.map(|row| self.refund_json(row)).collect();
        list(&format!("/v1/charges/{charge}/refunds"), data)
    }

    /// Every refund of an intent, oldest first.
    pub(crate) fn refunds_of_intent(&self, intent: &str) -> Vec<Value> {
        let rows = self.refunds.iter().filter(|refund| refund.intent == intent);
        rows.map(|row| self.refund_json(row)).collect()
    }

    pub(crate) fn refund_json(&self, refund: &Refund) -> Value {
        let transaction = refund.id.replacen("re_", "txn_", 1);
        let mut fields = json!({
            "id": refund.id,
            "amount": refund.amount,
            "balance_transaction": transaction,
            "charge": refund.charge,
            "created": refund.created,
            "currency": refund.currency,
            "destination_details": { "type": "card", "card": {
                "reference_status": "pending", "reference_type": "acquirer_reference_number",
                "type": "refund" } },
            "metadata": refund.metadata,
            "payment_intent": refund.intent,
            "reason": refund.reason,
            "status": refund.status,
        });
        if refund.status == "failed" {
            fields["failure_reason"] = json!("lost_or_stolen_card");
            fields["failure_balance_transaction"] = json!(format!("{transaction}f"));
        }
        let nulls = ["receipt_number", "source_transfer_reversal", "transfer_reversal"];
        let mut json = object("refund", fields, &nulls);
        json.as_object_mut().unwrap().remove("livemode");
        let intent = self.intents.at(&refund.intent);
        let new = json!({ "customer": intent.customer, "customer_account": null,
            "payment_method": intent.method });
        self.shape.add_new(&mut json, new);
        json
    }
}
