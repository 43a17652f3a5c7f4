//! Disputes: a payer asks the bank for the money back.

use serde_json::{Value, json};

use super::calendar::DAY;
use super::form::Params;
use super::refusal::{Refusal, Reply};
use super::shape::object;
use super::state::State;
use super::table::Row;

/// How a dispute ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The money stays.
    Won,
    /// The payer has it back.
    Lost,
}

/// A dispute about a charge.
#[derive(Debug)]
pub(crate) struct Dispute {
    id: String,
    charge: String,
    verdict: Option<Verdict>,
    created: i64,
}

impl Dispute {
    pub(crate) fn won(&self) -> bool {
        self.verdict == Some(Verdict::Won)
    }
}

impl Row for Dispute {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    /// The payer disputes a captured charge. Answers the dispute's id.
    pub(crate) fn open_dispute(&mut self, charge: &str) -> String {
        let id = self.ids.mint("dp_");
        let disputed = self.charges.at_mut(charge);
        assert!(disputed.captured, "only captured charges are disputed");
        disputed.dispute = Some(id.clone());
        let (charge, created) = (charge.to_owned(), self.now);
        self.disputes.insert(Dispute { id: id.clone(), charge, verdict: None, created });
        self.tell("charge.dispute.created", &id);
        self.tell("charge.dispute.funds_withdrawn", &id);
        id
    }

    /// The bank has decided.
    pub(crate) fn close_dispute(&mut self, id: &str, verdict: Verdict) {
        let dispute = self.disputes.at_mut(id);
        assert_eq!(dispute.verdict, None, "a dispute is decided once");
        dispute.verdict = Some(verdict);
        if verdict == Verdict::Won {
            self.tell("charge.dispute.funds_reinstated", id);
        }
        self.tell("charge.dispute.closed", id);
    }

    pub(crate) fn retrieve_dispute(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.disputes.get(id).ok_or_else(|| Refusal::no_such("dispute", id))?;
        Ok(self.dispute_json(found))
    }

    pub(crate) fn dispute_json(&self, dispute: &Dispute) -> Value {
        let charge = self.charges.at(&dispute.charge);
        let status = match dispute.verdict {
            None => "needs_response",
            Some(Verdict::Won) => "won",
            Some(Verdict::Lost) => "lost",
        };
        let fields = json!({
            "id": dispute.id,
            "amount": charge.amount_captured,
            "balance_transactions": [],
            "charge": charge.id,
            "created": dispute.created,
            "currency": charge.currency,
            "enhanced_eligibility_types": [],
            "evidence": { "customer_name": null, "product_description": null, "receipt": null },
            "evidence_details": {
                "due_by": dispute.created + 7 * DAY, "enhanced_eligibility": {},
                "has_evidence": false, "past_due": false, "submission_count": 0,
            },
            "is_charge_refundable": false,
            "metadata": {},
            "payment_intent": charge.intent,
            "payment_method_details": { "type": "card", "card": {
                "brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4" } },
            "reason": "fraudulent",
            "status": status,
        });
        let mut json = object("dispute", fields, &[]);
        let card = &mut json["payment_method_details"]["card"];
        self.shape.add_new(card, json!({ "network": "visa" }));
        json
    }
}
