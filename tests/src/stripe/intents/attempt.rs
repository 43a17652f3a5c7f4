//! Trying to charge a card.

use serde_json::{Value, json};

use super::Stage;
use crate::stripe::charges::Failure;
use crate::stripe::payment_methods::Card;
use crate::stripe::refusal::{Refusal, Reply};
use crate::stripe::state::State;

/// What the payer's attempt comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The payment succeeds, or is authorised where it is captured by hand.
    Succeed,
    /// The card is declined; the payer may try again.
    Decline,
    /// The method takes its time: `processing`, until the payer's outcome is played once more.
    Process,
}

impl State {
    /// Charges the intent's method, as its card behaves. Asks the payer where somebody is there.
    pub(crate) fn attempt(&mut self, id: &str, off_session: bool) -> Reply<()> {
        let method = self.intents.at(id).method.clone().expect("an intent with a payment method");
        match self.methods.at(&method).card {
            Card::Good => self.accept(id),
            Card::NeedsAuthentication if !off_session => self.ask(id),
            card => return Err(self.decline(id, card)),
        }
        Ok(())
    }

    /// The payer's side of an open intent.
    pub(crate) fn pay(&mut self, id: &str, outcome: Outcome) {
        let intent = self.intents.at(id);
        let stage = intent.stage;
        assert!(stage.open() || stage == Stage::Processing, "nobody can pay a {stage:?} intent");
        let given = intent.method.clone().filter(|_| outcome != Outcome::Decline);
        let card = if outcome == Outcome::Decline { Card::Declines } else { Card::Good };
        let method = given.unwrap_or_else(|| self.add_method(card, true));
        self.intents.at_mut(id).method = Some(method);
        match outcome {
            Outcome::Succeed => self.accept(id),
            Outcome::Process => {
                self.intents.at_mut(id).stage = Stage::Processing;
                self.tell("payment_intent.processing", id);
            }
            Outcome::Decline => {
                self.decline(id, Card::Declines);
            }
        }
    }

    /// The charge is made, or authorised.
    fn accept(&mut self, id: &str) {
        let charge = self.add_charge(id, None);
        let intent = self.intents.at_mut(id);
        intent.latest_charge = Some(charge.clone());
        intent.last_error = Value::Null;
        if intent.manual {
            intent.stage = Stage::RequiresCapture;
            intent.capturable = intent.amount;
        } else {
            intent.stage = Stage::Succeeded;
            intent.received = intent.amount;
        }
        let manual = intent.manual;
        let keep = intent.future_usage.is_some();
        if let (true, Some(customer)) = (keep, intent.customer.clone()) {
            let method = intent.method.clone().unwrap();
            self.attach(&method, &customer);
        }
        self.tell("charge.succeeded", &charge);
        if manual {
            self.tell("payment_intent.amount_capturable_updated", id);
        } else {
            self.tell("payment_intent.succeeded", id);
        }
        self.intent_paid(id);
    }

    /// The payer must do something first.
    fn ask(&mut self, id: &str) {
        self.intents.at_mut(id).stage = Stage::RequiresAction;
        self.tell("payment_intent.requires_action", id);
        self.intent_waits(id);
    }

    /// The charge fails. Answers what the API says of it.
    fn decline(&mut self, id: &str, card: Card) -> Refusal {
        let (code, decline_code, message) = card.refusal();
        let charge = self.add_charge(id, Some(Failure { code, decline_code, message }));
        let method = self.intents.at_mut(id).method.take().unwrap();
        let error = json!({
            "type": "card_error", "code": code, "decline_code": decline_code, "message": message,
            "charge": charge, "param": "", "network_decline_code": null, "advice_code": null,
            "payment_method": self.method_json(self.methods.at(&method)),
        });
        let intent = self.intents.at_mut(id);
        intent.stage = Stage::RequiresPaymentMethod;
        intent.latest_charge = Some(charge.clone());
        intent.last_error = error.clone();
        self.tell("charge.failed", &charge);
        self.tell("payment_intent.payment_failed", id);
        self.intent_declined(id);
        Refusal::card(error).with("payment_intent", self.intent_json(self.intents.at(id)))
    }
}
