//! What becomes of an intent after the payer is done.

use super::Stage;
use crate::stripe::state::State;

impl State {
    /// Takes the money, or a part of it and lets the rest go.
    pub(crate) fn capture(&mut self, id: &str, amount: i64) {
        let intent = self.intents.at_mut(id);
        intent.stage = Stage::Succeeded;
        (intent.received, intent.capturable) = (amount, 0);
        let charge = intent.latest_charge.clone().unwrap();
        let taken = self.charges.at_mut(&charge);
        (taken.captured, taken.amount_captured) = (true, amount);
        taken.released = taken.amount - amount;
        self.tell("charge.captured", &charge);
        self.tell("payment_intent.succeeded", id);
        self.intent_paid(id);
    }

    /// Cancels, and lets go what was authorised.
    pub(crate) fn call_off(&mut self, id: &str, reason: Option<&'static str>) {
        let held = self.let_go(id, reason);
        if let Some(charge) = held {
            self.tell("charge.refunded", &charge);
        }
        self.tell("payment_intent.canceled", id);
    }

    /// The authorisation has run out.
    pub(crate) fn expire_authorisation(&mut self, id: &str) {
        let held = self.let_go(id, Some("automatic"));
        self.tell("charge.expired", &held.expect("an authorised charge"));
        self.tell("payment_intent.canceled", id);
    }

    /// Answers the charge that was authorised.
    fn let_go(&mut self, id: &str, reason: Option<&'static str>) -> Option<String> {
        let now = self.now;
        let intent = self.intents.at_mut(id);
        let held = intent.stage == Stage::RequiresCapture;
        intent.stage = Stage::Canceled;
        (intent.canceled_at, intent.cancellation_reason) = (Some(now), reason);
        intent.capturable = 0;
        let charge = intent.latest_charge.clone().filter(|_| held)?;
        let released = self.charges.at_mut(&charge);
        released.released = released.amount;
        Some(charge)
    }

    /// The intent has its money, or its authorisation: what waits for it goes on.
    pub(crate) fn intent_paid(&mut self, id: &str) {
        let intent = self.intents.at(id);
        let (invoice, session) = (intent.invoice.clone(), intent.session.clone());
        if let Some(invoice) = invoice {
            self.invoice_paid(&invoice);
        }
        if let Some(session) = session {
            self.session_settles(&session, true);
        }
    }

    /// The payer must act.
    pub(crate) fn intent_waits(&mut self, id: &str) {
        if let Some(invoice) = self.intents.at(id).invoice.clone() {
            self.invoice_waits(&invoice);
        }
    }

    /// An attempt failed.
    pub(crate) fn intent_declined(&mut self, id: &str) {
        let intent = self.intents.at(id);
        let (invoice, session) = (intent.invoice.clone(), intent.session.clone());
        if let Some(invoice) = invoice {
            self.invoice_declined(&invoice);
        }
        if let Some(session) = session {
            self.session_settles(&session, false);
        }
    }
}
