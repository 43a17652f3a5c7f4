//! What a test does to the fake, and what it reads from it.

use serde_json::Value;

use super::FakeStripe;
use super::calls::Call;
use super::charges::Charged;
use super::disputes::Verdict;
use super::events::Event;
use super::faults::{Fault, Planned};
use super::intents::Outcome;
use super::payment_methods::Card;
use super::shape::Shape;
use super::state::State;
use super::subscriptions::AfterRetries;

impl FakeStripe {
    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<Call> {
        self.look(|state| state.calls.clone())
    }

    /// Every request with this method and a path that begins so: `POST /v1/refunds`.
    pub fn requests_to(&self, matcher: &str) -> Vec<Call> {
        let (method, path) = matcher.split_once(' ').expect("a method and the start of a path");
        let meets = |call: &Call| call.method == method && call.path.starts_with(path);
        self.requests().into_iter().filter(meets).collect()
    }

    /// Every event so far, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.look(|state| state.events.iter().cloned().collect())
    }

    /// Every event of a type, oldest first.
    pub fn events_of(&self, kind: &str) -> Vec<Event> {
        self.events().into_iter().filter(|event| event.kind == kind).collect()
    }

    /// Every charge that took or authorised money; failed attempts are none.
    pub fn charges(&self) -> Vec<Charged> {
        self.look(State::charged)
    }

    /// Any object by its id, as `GET` would show it.
    pub fn object(&self, id: &str) -> Value {
        self.look(|state| state.render(id)).unwrap_or_else(|| panic!("no object {id}"))
    }

    /// A payment intent.
    pub fn intent(&self, id: &str) -> Value {
        self.object(id)
    }

    /// The ids of all payment intents, oldest first.
    pub fn intents(&self) -> Vec<String> {
        self.look(|state| state.intents.ids())
    }

    /// Every refund of a payment intent, oldest first.
    pub fn refunds(&self, intent: &str) -> Vec<Value> {
        self.look(|state| state.refunds_of_intent(intent))
    }

    /// The payer's side of an intent that waits for it. A payer who succeeds has a good card, or
    /// passes the check that the card asks for.
    pub fn pay(&self, intent: &str, outcome: Outcome) {
        self.change(|state| state.pay(intent, outcome));
    }

    /// The payer pays on a checkout page with a good card: the session is complete, with its
    /// payment, subscription or card. A customer is made for a subscription that has none.
    pub fn complete_checkout(&self, session: &str) {
        self.complete_checkout_with(session, Outcome::Succeed);
    }

    /// As [`Self::complete_checkout`]. A payer whose card is declined stays on the page; a payment
    /// that takes its time leaves the session complete and unpaid, and is settled with
    /// [`Self::pay`].
    pub fn complete_checkout_with(&self, session: &str, outcome: Outcome) {
        self.change(|state| state.complete_session(session, outcome));
    }

    /// The time of an open checkout page is over, early.
    pub fn expire_checkout(&self, session: &str) {
        self.change(|state| state.expire_session_now(session));
    }

    /// What the customer and all its subscriptions are paid with from now on.
    pub fn set_card(&self, customer: &str, card: Card) {
        self.change(|state| state.set_card(customer, card));
    }

    /// What becomes of a subscription when the last try of a renewal fails; canceled unless set.
    pub fn after_retries(&self, then: AfterRetries) {
        self.change(|state| state.after_retries = then);
    }

    /// For how many seconds the invoice of a renewal is a draft before it is charged: an hour, as
    /// at Stripe, unless set.
    pub fn draft_time(&self, seconds: i64) {
        self.change(|state| state.draft_time = seconds);
    }

    /// Whether refunds from now on stay `pending` until [`Self::settle_refund`].
    pub fn hold_refunds(&self, hold: bool) {
        self.change(|state| state.refunds_wait = hold);
    }

    /// A pending refund succeeds.
    pub fn settle_refund(&self, refund: &str) {
        self.change(|state| state.settle_refund(refund));
    }

    /// A refund, even one that had succeeded, fails; the money is the merchant's again.
    pub fn fail_refund(&self, refund: &str) {
        self.change(|state| state.fail_refund(refund));
    }

    /// The payer disputes a captured charge. Answers the id of the dispute.
    pub fn open_dispute(&self, charge: &str) -> String {
        self.change(|state| state.open_dispute(charge))
    }

    /// The bank decides a dispute.
    pub fn close_dispute(&self, dispute: &str, verdict: Verdict) {
        self.change(|state| state.close_dispute(dispute, verdict));
    }

    /// A dispute from beginning to end. Answers its id.
    pub fn dispute(&self, charge: &str, verdict: Verdict) -> String {
        let dispute = self.open_dispute(charge);
        self.close_dispute(&dispute, verdict);
        dispute
    }

    /// The next so many requests that the matcher meets go wrong. A matcher is a method, or `*`, and
    /// how the path begins: `POST /v1/refunds`. Of several faults the one planned first comes first.
    pub fn fault(&self, matcher: &str, fault: Fault, times: usize) {
        self.change(|state| state.faults.push(Planned::new(matcher, fault, times)));
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.change(|state| state.faults.clear());
    }

    /// The version of the API in which objects and events are written from now on.
    pub fn speak(&self, shape: Shape) {
        self.change(|state| state.shape = shape);
    }

    /// Moves the clock, in seconds since 1970, and lets everything happen that falls due on the
    /// way, in its order and with its times: subscriptions are renewed, trials announced and ended,
    /// what ends with its period is canceled; invoices are charged when their time as a draft is
    /// over (an hour after the period began, see [`Self::draft_time`]) and tried again 3, 5 and 7
    /// days after each failure; unpaid beginnings expire after 23 hours, authorisations after 7
    /// days, checkout pages at their time; idempotency keys are forgotten after 24 hours.
    pub fn advance_to(&self, unix: i64) {
        self.change(|state| state.advance_to(unix));
    }

    /// As [`Self::advance_to`], by so many seconds.
    pub fn advance(&self, seconds: i64) {
        self.change(|state| state.advance_to(state.now + seconds));
    }

    /// The fake's time, in seconds since 1970. It stands still.
    pub fn now(&self) -> i64 {
        self.look(|state| state.now)
    }
}
