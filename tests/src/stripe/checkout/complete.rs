//! The payer's side of a session.

use super::{Mode, Stage};
use crate::stripe::calendar::DAY;
use crate::stripe::form::Metadata;
use crate::stripe::intents::Outcome;
use crate::stripe::payment_methods::Card;
use crate::stripe::state::State;
use crate::stripe::subscriptions::Wanted;

impl State {
    /// The payer fills in the page. A declined payer stays on it.
    pub(crate) fn complete_session(&mut self, id: &str, outcome: Outcome) {
        let session = self.sessions.at(id);
        assert_eq!(session.stage, Stage::Open, "nobody can pay on this session any more");
        match (session.mode, outcome) {
            (Mode::Payment, _) => self.complete_payment(id, outcome),
            (_, Outcome::Process) => panic!("only a payment can take its time"),
            (_, Outcome::Decline) => {}
            (Mode::Subscription, Outcome::Succeed) => self.complete_subscription(id),
            (Mode::Setup, Outcome::Succeed) => self.complete_setup(id),
        }
    }

    fn complete_payment(&mut self, id: &str, outcome: Outcome) {
        let session = self.sessions.at(id).clone();
        let intent = session.intent.unwrap_or_else(|| {
            let price = self.prices.at(&session.items[0].price);
            let amount = session.items.iter().map(|item| self.item_amount(item)).sum();
            let mut intent = self.bare_intent(amount, price.currency.clone(), session.customer);
            intent.metadata = session.inner_metadata;
            intent.description = session.inner_description;
            intent.manual = session.manual;
            intent.future_usage = session.future_usage;
            intent.session = Some(id.to_owned());
            intent.return_url = Some("https://checkout.stripe.com".to_owned());
            self.add_intent(intent)
        });
        self.sessions.at_mut(id).intent = Some(intent.clone());
        self.pay(&intent, outcome);
        match outcome {
            Outcome::Decline => {}
            Outcome::Succeed => self.complete(id, "paid"),
            Outcome::Process => self.complete(id, "unpaid"),
        }
    }

    fn complete_subscription(&mut self, id: &str) {
        let customer = self.session_customer(id);
        let method = self.add_method(Card::Good, true);
        let method = self.attach(&method, &customer);
        let session = self.sessions.at(id).clone();
        let item = session.items.into_iter().next().expect("a session with an item");
        let trial_end = session.trial_days.map(|days| self.now + days * DAY);
        let wanted = Wanted {
            customer,
            price: item.price,
            quantity: item.quantity,
            trial_end,
            method: Some(method),
            metadata: session.inner_metadata,
            behavior: "allow_incomplete",
        };
        let subscription = self.subscribe(wanted, |of| of.description = session.inner_description);
        let invoice = self.subscriptions.at(&subscription).latest_invoice.clone();
        let held = self.sessions.at_mut(id);
        (held.subscription, held.invoice) = (Some(subscription), invoice);
        self.complete(id, if trial_end.is_some() { "no_payment_required" } else { "paid" });
    }

    fn complete_setup(&mut self, id: &str) {
        let method = self.add_method(Card::Good, true);
        let session = self.sessions.at(id).clone();
        if let Some(customer) = &session.customer {
            self.attach(&method, customer);
        }
        let setup = self.add_setup_intent(session.customer, method, session.inner_metadata);
        self.sessions.at_mut(id).setup_intent = Some(setup);
        self.complete(id, "no_payment_required");
    }

    /// The session's customer, who is made where none was named.
    fn session_customer(&mut self, id: &str) -> String {
        let session = self.sessions.at(id);
        if let Some(customer) = session.customer.clone() {
            return customer;
        }
        let email = session.email.clone().unwrap_or_else(|| "payer@example.com".to_owned());
        let name = Some("Payer".to_owned());
        let customer = self.add_customer(Some(email), name, Metadata::new());
        self.tell("customer.created", &customer);
        self.sessions.at_mut(id).customer = Some(customer.clone());
        customer
    }

    fn complete(&mut self, id: &str, payment_status: &'static str) {
        let session = self.sessions.at_mut(id);
        (session.stage, session.payment_status) = (Stage::Complete, payment_status);
        self.tell("checkout.session.completed", id);
    }

    /// The intent of a session came to its end after the session did.
    pub(crate) fn session_settles(&mut self, id: &str, paid: bool) {
        let session = self.sessions.at_mut(id);
        if session.stage != Stage::Complete || session.payment_status != "unpaid" {
            return;
        }
        if paid {
            session.payment_status = "paid";
            self.tell("checkout.session.async_payment_succeeded", id);
        } else {
            self.tell("checkout.session.async_payment_failed", id);
        }
    }
}
