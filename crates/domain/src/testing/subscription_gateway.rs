//! A gateway that keeps subscriptions going and says what it is told to say.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::money::Money;
use crate::ports::payment_gateway::GatewayError;
use crate::ports::subscription_gateway::{
    ChangeOrder, Changed, Checkout, CheckoutOrder, SubscriptionGateway,
};
use crate::subscription::Mirror;
use crate::text::ExternalId;

/// What the gateway was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum SubscriptionCall {
    /// To open a page on which a subscription is paid.
    Checkout(Box<CheckoutOrder>),
    /// To close a page.
    CloseCheckout(ExternalId),
    /// How a subscription stands.
    Look(ExternalId),
    /// To have a subscription end with its period, or go on after it.
    EndWithPeriod(ExternalId, bool),
    /// To end a subscription at once.
    EndNow(ExternalId),
    /// What a change would cost.
    Preview(ChangeOrder),
    /// To change plan and price.
    Change(ChangeOrder),
}

/// What the gateway says; it has to fit what was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum SubscriptionAnswer {
    /// A page is open.
    Checkout(Checkout),
    /// A page is closed.
    Closed,
    /// How the subscription stands, when looked at or ended.
    Mirror(Mirror),
    /// What a change costs.
    Cost(Money),
    /// What became of a change.
    Changed(Changed),
}

type Answered = Result<SubscriptionAnswer, GatewayError>;

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Answered>,
    calls: Vec<SubscriptionCall>,
}

/// Answers calls from a script, in its order, and remembers every one. A call beyond the script
/// fails the test; so does one that the next answer does not fit.
#[derive(Debug, Default)]
pub struct ScriptedSubscriptions(Mutex<Script>);

impl ScriptedSubscriptions {
    /// What the next call gets to hear.
    pub fn will_say(&self, answer: SubscriptionAnswer) -> &Self {
        self.will(Ok(answer))
    }

    /// The next call is never received.
    pub fn will_be_unreachable(&self) -> &Self {
        self.will(Err(GatewayError::Unreachable("connection refused".into())))
    }

    /// The next call is never answered, and whoever made it cannot know what became of it.
    pub fn will_be_silent(&self) -> &Self {
        self.will(Err(GatewayError::Unknown("time-out".into())))
    }

    /// Every call so far, failed ones too, the oldest first.
    pub fn calls(&self) -> Vec<SubscriptionCall> {
        self.script().calls.clone()
    }

    fn will(&self, answer: Answered) -> &Self {
        self.script().answers.push_back(answer);
        self
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive<T>(
        &self,
        call: &SubscriptionCall,
        fitting: impl FnOnce(SubscriptionAnswer) -> Option<T>,
    ) -> Result<T, GatewayError> {
        let mut script = self.script();
        script.calls.push(call.clone());
        let answer = script.answers.pop_front();
        let answer = answer.unwrap_or_else(|| panic!("no answer was scripted for {call:?}"))?;
        let told = format!("{answer:?}");
        let fits = fitting(answer);
        Ok(fits.unwrap_or_else(|| panic!("{told} is no answer to {call:?}")))
    }

    fn mirror(&self, call: &SubscriptionCall) -> Result<Mirror, GatewayError> {
        self.receive(call, |answer| match answer {
            SubscriptionAnswer::Mirror(mirror) => Some(mirror),
            _ => None,
        })
    }
}

#[async_trait]
impl SubscriptionGateway for ScriptedSubscriptions {
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError> {
        self.receive(&SubscriptionCall::Checkout(Box::new(order)), |answer| match answer {
            SubscriptionAnswer::Checkout(checkout) => Some(checkout),
            _ => None,
        })
    }

    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError> {
        self.receive(&SubscriptionCall::CloseCheckout(external_id.clone()), |answer| {
            (answer == SubscriptionAnswer::Closed).then_some(())
        })
    }

    async fn look(
        &self,
        external_id: &ExternalId,
        _now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.mirror(&SubscriptionCall::Look(external_id.clone()))
    }

    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        _now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.mirror(&SubscriptionCall::EndWithPeriod(external_id.clone(), ends))
    }

    async fn end_now(
        &self,
        external_id: &ExternalId,
        _now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.mirror(&SubscriptionCall::EndNow(external_id.clone()))
    }

    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError> {
        self.receive(&SubscriptionCall::Preview(order), |answer| match answer {
            SubscriptionAnswer::Cost(cost) => Some(cost),
            _ => None,
        })
    }

    async fn change(
        &self,
        order: ChangeOrder,
        _now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        self.receive(&SubscriptionCall::Change(order), |answer| match answer {
            SubscriptionAnswer::Changed(changed) => Some(changed),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::testing::samples::{self, now, text};

    #[test]
    fn calls_are_answered_in_the_order_of_the_script_and_remembered() {
        let gateway = ScriptedSubscriptions::default();
        let mirror = samples::mirror(now());
        gateway
            .will_say(SubscriptionAnswer::Mirror(mirror.clone()))
            .will_be_unreachable()
            .will_be_silent()
            .will_say(SubscriptionAnswer::Closed);
        let name: ExternalId = text("sub_1");
        block_on(async {
            assert_eq!(gateway.look(&name, now()).await.expect("an answer"), mirror);
            let refused = gateway.end_with_period(&name, true, now()).await;
            assert!(matches!(refused, Err(GatewayError::Unreachable(_))));
            let lost = gateway.end_now(&name, now()).await;
            assert!(matches!(lost, Err(GatewayError::Unknown(_))));
            gateway.close_checkout(&name).await.expect("an answer");
        });
        let expected = [
            SubscriptionCall::Look(name.clone()),
            SubscriptionCall::EndWithPeriod(name.clone(), true),
            SubscriptionCall::EndNow(name.clone()),
            SubscriptionCall::CloseCheckout(name),
        ];
        assert_eq!(gateway.calls(), expected);
    }

    #[test]
    #[should_panic(expected = "Closed is no answer to Look")]
    fn an_answer_has_to_fit_the_call() {
        let gateway = ScriptedSubscriptions::default();
        gateway.will_say(SubscriptionAnswer::Closed);
        let _ = block_on(gateway.look(&text("sub_1"), now()));
    }

    #[test]
    #[should_panic(expected = "no answer was scripted for Look")]
    fn a_call_beyond_the_script_fails() {
        let gateway = ScriptedSubscriptions::default();
        let _ = block_on(gateway.look(&text("sub_1"), now()));
    }
}
