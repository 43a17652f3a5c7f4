//! Charges: attempts to take money, and what became of it.

use serde_json::{Value, json};

use super::calendar::DAY;
use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::payment_methods::{Card, billing_details, card_json};
use super::refusal::{Refusal, Reply};
use super::shape::{add, object};
use super::state::State;
use super::table::Row;

/// For how long an authorisation holds.
const HOLD: i64 = 7 * DAY;

/// Why an attempt failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) decline_code: &'static str,
    pub(crate) message: &'static str,
}

/// An attempt to take money.
#[derive(Debug)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) intent: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    customer: Option<String>,
    method: String,
    card: Card,
    description: Option<String>,
    receipt_email: Option<String>,
    metadata: Metadata,
    pub(crate) failure: Option<Failure>,
    pub(crate) captured: bool,
    pub(crate) amount_captured: i64,
    /// Given back, pending refunds included and failed ones not.
    pub(crate) given_back: i64,
    /// Authorised and never captured.
    pub(crate) released: i64,
    pub(crate) dispute: Option<String>,
    /// Until when an authorisation holds.
    pub(crate) held_until: i64,
    created: i64,
}

impl Row for Charge {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

/// A charge that took or authorised money, for tests that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// `ch_…`
    pub id: String,
    /// Its payment intent.
    pub intent: String,
    /// In minor units.
    pub amount: i64,
    /// Lower case.
    pub currency: String,
    /// What was taken of it.
    pub captured: i64,
    /// What was given back, pending refunds included.
    pub refunded: i64,
}

impl State {
    /// An attempt on an intent's method. Answers its id.
    pub(crate) fn add_charge(&mut self, intent: &str, failure: Option<Failure>) -> String {
        let id = self.ids.mint("ch_");
        let of = self.intents.at(intent);
        let method = of.method.clone().unwrap();
        let captured = failure.is_none() && !of.manual;
        let charge = Charge {
            id: id.clone(),
            intent: of.id.clone(),
            amount: of.amount,
            currency: of.currency.clone(),
            customer: of.customer.clone(),
            card: self.methods.at(&method).card,
            method,
            description: of.description.clone(),
            receipt_email: of.receipt_email.clone(),
            metadata: of.metadata.clone(),
            failure,
            captured,
            amount_captured: if captured { of.amount } else { 0 },
            given_back: 0,
            released: 0,
            dispute: None,
            held_until: self.now + HOLD,
            created: self.now,
        };
        self.charges.insert(charge);
        id
    }

    /// Every charge that took or authorised money.
    pub(crate) fn charged(&self) -> Vec<Charged> {
        let made = self.charges.iter().filter(|charge| charge.failure.is_none());
        let seen = made.map(|charge| Charged {
            id: charge.id.clone(),
            intent: charge.intent.clone(),
            amount: charge.amount,
            currency: charge.currency.clone(),
            captured: charge.amount_captured,
            refunded: charge.given_back,
        });
        seen.collect()
    }

    pub(crate) fn retrieve_charge(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.charges.get(id).ok_or_else(|| Refusal::no_such("charge", id))?;
        Ok(self.charge_json(found))
    }

    pub(crate) fn list_charges(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["payment_intent", "customer"]].concat())?;
        let wanted = |charge: &&Charge| {
            params.text("payment_intent").is_none_or(|intent| charge.intent == intent)
                && params.text("customer").is_none_or(|id| charge.customer.as_deref() == Some(id))
        };
        let rows = self.charges.iter().filter(wanted);
        page(params, "/v1/charges", rows, |row| self.charge_json(row))
    }

    pub(crate) fn charge_json(&self, charge: &Charge) -> Value {
        // Stripe counts an authorisation that was let go as refunded.
        let refunded = charge.given_back + charge.released;
        let fields = json!({
            "id": charge.id,
            "amount": charge.amount,
            "amount_captured": charge.amount_captured,
            "amount_refunded": refunded,
            "balance_transaction": charge.captured.then(|| charge.id.replacen("ch_", "txn_", 1)),
            "billing_details": billing_details(),
            "calculated_statement_descriptor": "WIWEBB",
            "captured": charge.captured,
            "created": charge.created,
            "currency": charge.currency,
            "customer": charge.customer,
            "description": charge.description,
            "disputed": charge.dispute.is_some(),
            "failure_code": charge.failure.map(|failure| failure.code),
            "failure_message": charge.failure.map(|failure| failure.message),
            "fraud_details": {},
            "metadata": charge.metadata,
        });
        let nulls = [
            "application",
            "application_fee",
            "application_fee_amount",
            "failure_balance_transaction",
            "on_behalf_of",
            "receipt_number",
            "review",
            "shipping",
            "source",
            "source_transfer",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_data",
            "transfer_group",
        ];
        let mut json = object("charge", fields, &nulls);
        add(
            &mut json,
            json!({
                "outcome": outcome(charge),
                "paid": charge.failure.is_none(),
                "payment_intent": charge.intent,
                "payment_method": charge.method,
                "payment_method_details": { "type": "card", "card": paid_with(charge) },
                "receipt_email": charge.receipt_email,
                "receipt_url": format!("https://pay.stripe.com/receipts/payment/{}", charge.id),
                "refunded": refunded == charge.amount,
                "status": if charge.failure.is_none() { "succeeded" } else { "failed" },
            }),
        );
        if self.shape.before_basil() {
            let invoice = self.intents.at(&charge.intent).invoice.clone();
            add(&mut json, json!({ "invoice": invoice }));
        }
        json
    }
}

fn outcome(charge: &Charge) -> Value {
    let (status, kind, seller) = match charge.failure {
        None => ("approved_by_network", "authorized", "Payment complete."),
        Some(_) => ("declined_by_network", "issuer_declined", "The bank declined the payment."),
    };
    json!({
        "advice_code": null, "network_advice_code": null, "network_decline_code": null,
        "network_status": status, "reason": charge.failure.map(|failure| failure.decline_code),
        "risk_level": "normal", "risk_score": 12, "seller_message": seller, "type": kind,
    })
}

fn paid_with(charge: &Charge) -> Value {
    let unavailable = json!({ "status": "unavailable" });
    let mut card = card_json(charge.card);
    let before = (!charge.captured && charge.failure.is_none()).then_some(charge.held_until);
    add(
        &mut card,
        json!({
            "amount_authorized": charge.failure.is_none().then_some(charge.amount),
            "authorization_code": "123456", "capture_before": before,
            "extended_authorization": { "status": "disabled" },
            "incremental_authorization": unavailable, "installments": null, "mandate": null,
            "multicapture": unavailable, "network": "visa", "network_token": { "used": false },
            "network_transaction_id": "112233445566778",
            "overcapture": { "maximum_amount_capturable": charge.amount, "status": "unavailable" },
            "three_d_secure": null, "transaction_link_id": null, "wallet": null,
        }),
    );
    card
}
