//! A payment gateway that says what it is told to say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::samples::text;
use super::subscription_gateway::ScriptedSubscriptions;
use crate::gateway::PaymentGatewayConfig;
use crate::operation::OperationKind;
use crate::payment::Payment;
use crate::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway, Verdict,
};
use crate::ports::subscription_gateway::SubscriptionGateway;
use crate::text::ExternalId;

/// A verdict without anything beside it.
pub fn answer(verdict: Verdict) -> GatewayAnswer {
    GatewayAnswer {
        verdict,
        transaction_id: None,
        redirect_url: None,
        client_secret: None,
        message: None,
    }
}

/// A verdict with the gateway's id of the payment or refund.
pub fn answer_with_id(verdict: Verdict, transaction_id: &str) -> GatewayAnswer {
    GatewayAnswer { transaction_id: Some(text(transaction_id)), ..answer(verdict) }
}

/// What happens to an order.
#[derive(Debug)]
enum Turn {
    Says(Result<GatewayAnswer, GatewayError>),
    /// It is carried out, but whoever asked does not learn of it.
    Loses(GatewayAnswer),
}

#[derive(Debug, Default)]
struct Script {
    turns: VecDeque<Turn>,
    orders: Vec<GatewayOrder>,
    /// Under keys whose order was carried out.
    answers: BTreeMap<String, GatewayAnswer>,
    carried_out: Vec<OperationKind>,
    /// How charges stand, by the gateway's id.
    standing: BTreeMap<ExternalId, GatewayAnswer>,
    looks: usize,
}

/// Answers orders from a script and remembers every one, as real gateways do: an order that comes
/// again under a key whose answer is known gets that answer, and nothing moves.
///
/// An order beyond the script fails the test; so does another order under a known key.
#[derive(Debug, Default)]
pub struct ScriptedGateway(Mutex<Script>);

impl ScriptedGateway {
    /// What the next order under a new key gets to hear.
    pub fn will_say(&self, result: Result<GatewayAnswer, GatewayError>) -> &Self {
        self.script().turns.push_back(Turn::Says(result));
        self
    }

    /// The next order under a new key is never received.
    pub fn will_be_unreachable(&self) -> &Self {
        self.will_say(Err(GatewayError::Unreachable("connection refused".into())))
    }

    /// The next order under a new key gets lost: not carried out, and whoever gave it cannot know.
    pub fn will_be_silent(&self) -> &Self {
        self.will_say(Err(GatewayError::Unknown("time-out".into())))
    }

    /// The next order under a new key is carried out, but its answer gets lost on the way: given
    /// again under its key it is answered so.
    pub fn will_lose(&self, answer: GatewayAnswer) -> &Self {
        self.script().turns.push_back(Turn::Loses(answer));
        self
    }

    /// How a charge of this id stands from now on, whoever asks.
    pub fn set_standing(&self, transaction_id: &ExternalId, answer: GatewayAnswer) -> &Self {
        self.script().standing.insert(transaction_id.clone(), answer);
        self
    }

    /// How often somebody asked how a charge stands.
    pub fn looks(&self) -> usize {
        self.script().looks
    }

    /// Every order so far, repeated and failed ones too, the oldest first.
    pub fn orders(&self) -> Vec<GatewayOrder> {
        self.script().orders.clone()
    }

    /// How many orders of a kind were carried out. A repeated one counts once, whatever the
    /// verdict; one that was never answered does not count.
    pub fn carried_out(&self, kind: OperationKind) -> usize {
        self.script().carried_out.iter().filter(|done| **done == kind).count()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn receive(&mut self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let is_same = |known: &GatewayOrder| {
            (known.kind, known.payment.id, known.amount)
                == (order.kind, order.payment.id, order.amount)
        };
        let mut of_key = self.orders.iter().filter(|known| known.key == order.key);
        assert!(of_key.all(is_same), "another order was given under the key {}", order.key);
        let (key, kind) = (order.key.clone(), order.kind);
        self.orders.push(order);
        if let Some(known) = self.answers.get(&key) {
            return Ok(known.clone());
        }
        let turn = self.turns.pop_front();
        match turn.unwrap_or_else(|| panic!("no answer was scripted for the {kind:?} {key}")) {
            Turn::Says(Ok(answer)) => Ok(self.carry_out(key, kind, answer)),
            Turn::Says(Err(error)) => Err(error),
            Turn::Loses(answer) => {
                self.carry_out(key, kind, answer);
                Err(GatewayError::Unknown("the connection broke".into()))
            }
        }
    }

    fn carry_out(
        &mut self,
        key: String,
        kind: OperationKind,
        answer: GatewayAnswer,
    ) -> GatewayAnswer {
        self.carried_out.push(kind);
        self.answers.insert(key, answer.clone());
        answer
    }
}

#[async_trait]
impl PaymentGateway for ScriptedGateway {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        self.script().receive(order)
    }

    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        let mut script = self.script();
        script.looks += 1;
        let id = payment.transaction_id.as_ref();
        Ok(id.and_then(|id| script.standing.get(id).cloned()))
    }
}

/// Opens one and the same [`ScriptedGateway`] for every variant, but for those set as unsupported,
/// and one and the same [`ScriptedSubscriptions`] for those set as keepers of subscriptions.
#[derive(Debug, Default)]
pub struct ScriptedRegistry {
    gateway: Arc<ScriptedGateway>,
    subscriptions: Arc<ScriptedSubscriptions>,
    variants: Mutex<Variants>,
}

#[derive(Debug, Default)]
struct Variants {
    unsupported: BTreeSet<String>,
    keepers: BTreeSet<String>,
}

impl ScriptedRegistry {
    /// The gateway behind all variants.
    pub fn gateway(&self) -> &ScriptedGateway {
        &self.gateway
    }

    /// The gateway behind all variants that keep subscriptions going themselves.
    pub fn subscription_gateway(&self) -> &ScriptedSubscriptions {
        &self.subscriptions
    }

    /// Opens nothing for a variant from now on.
    pub fn set_unsupported(&self, variant: &str) {
        self.variants().unsupported.insert(variant.to_owned());
    }

    /// A variant keeps subscriptions going itself from now on.
    pub fn set_keeper(&self, variant: &str) {
        self.variants().keepers.insert(variant.to_owned());
    }

    fn variants(&self) -> MutexGuard<'_, Variants> {
        self.variants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Variants {
    fn opens(&self, config: &PaymentGatewayConfig) -> bool {
        !self.unsupported.contains(config.variant.as_str())
    }

    fn keeps(&self, config: &PaymentGatewayConfig) -> bool {
        self.opens(config) && self.keepers.contains(config.variant.as_str())
    }
}

impl GatewayRegistry for ScriptedRegistry {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        self.variants().opens(config).then(|| Arc::clone(&self.gateway) as Arc<_>)
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        self.variants().keeps(config).then(|| Arc::clone(&self.subscriptions) as Arc<_>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GatewayId, UserId};
    use crate::testing::samples::{self, money};
    use futures_executor::block_on;

    fn order(kind: OperationKind, key: &str) -> GatewayOrder {
        let payment = samples::payment(1, UserId::new(1), GatewayId::new(1));
        GatewayOrder {
            kind,
            payment,
            amount: money("5.00", "USD"),
            key: key.to_owned(),
            refund_id: None,
            is_repeat: false,
            off_session: false,
        }
    }

    fn give(gateway: &ScriptedGateway, order: GatewayOrder) -> Option<GatewayAnswer> {
        block_on(gateway.carry_out(order)).ok()
    }

    #[test]
    fn an_order_repeated_under_its_key_gets_its_answer_and_counts_once() {
        let gateway = ScriptedGateway::default();
        let first = answer_with_id(Verdict::Done, "t1");
        let second = answer(Verdict::Declined);
        gateway.will_say(Ok(first.clone())).will_say(Ok(second.clone()));
        let charge = order(OperationKind::Charge, "a");
        let refund = order(OperationKind::Refund, "b");
        for _ in 0..2 {
            assert_eq!(give(&gateway, charge.clone()), Some(first.clone()));
            assert_eq!(give(&gateway, refund.clone()), Some(second.clone()));
        }
        assert_eq!(gateway.carried_out(OperationKind::Charge), 1);
        assert_eq!(gateway.carried_out(OperationKind::Refund), 1);
        assert_eq!(gateway.carried_out(OperationKind::Capture), 0);
        assert_eq!(gateway.orders(), [charge.clone(), refund.clone(), charge, refund]);
    }

    #[test]
    fn an_order_without_answer_is_carried_out_when_it_comes_again() {
        let gateway = ScriptedGateway::default();
        gateway.will_be_unreachable().will_be_silent().will_say(Ok(answer(Verdict::Done)));
        let charge = order(OperationKind::Charge, "a");
        for (carried_out, result) in [(0, None), (0, None), (1, Some(answer(Verdict::Done)))] {
            assert_eq!(give(&gateway, charge.clone()), result);
            assert_eq!(gateway.carried_out(OperationKind::Charge), carried_out);
        }
    }

    #[test]
    fn an_order_whose_answer_got_lost_was_carried_out_all_the_same() {
        let gateway = ScriptedGateway::default();
        gateway.will_lose(answer(Verdict::Done));
        let charge = order(OperationKind::Charge, "a");
        assert_eq!(give(&gateway, charge.clone()), None);
        assert_eq!(gateway.carried_out(OperationKind::Charge), 1);
        assert_eq!(give(&gateway, charge), Some(answer(Verdict::Done)));
        assert_eq!(gateway.carried_out(OperationKind::Charge), 1);
    }

    #[test]
    #[should_panic(expected = "another order was given under the key a")]
    fn a_key_is_not_for_two_orders() {
        let gateway = ScriptedGateway::default();
        gateway.will_say(Ok(answer(Verdict::Done)));
        give(&gateway, order(OperationKind::Charge, "a"));
        give(&gateway, order(OperationKind::Capture, "a"));
    }

    #[test]
    fn every_variant_opens_but_those_set_as_unsupported() {
        let registry = ScriptedRegistry::default();
        let config = samples::gateway(1, "Card");
        registry.gateway().will_say(Ok(answer(Verdict::Pending)));
        let opened = registry.open(&config).expect("a gateway");
        let result = block_on(opened.carry_out(order(OperationKind::Charge, "a")));
        assert_eq!(result.unwrap(), answer(Verdict::Pending));
        assert_eq!(registry.gateway().orders().len(), 1);
        registry.set_unsupported("dummy");
        assert!(registry.open(&config).is_none());
        let other = PaymentGatewayConfig { variant: text("stripe"), ..config };
        assert!(registry.open(&other).is_some());
    }

    #[test]
    fn subscriptions_are_kept_by_the_variants_set_so_alone() {
        let registry = ScriptedRegistry::default();
        let config = samples::gateway(1, "Card");
        assert!(registry.subscriptions(&config).is_none());
        registry.set_keeper("dummy");
        assert!(registry.subscriptions(&config).is_some());
        let other = PaymentGatewayConfig { variant: text("stripe"), ..config.clone() };
        assert!(registry.subscriptions(&other).is_none());
        registry.set_unsupported("dummy");
        assert!(registry.subscriptions(&config).is_none());
    }
}
