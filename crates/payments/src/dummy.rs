//! A gateway that needs no network, for development and tests (contract §9.2).
//!
//! Its configuration says what it answers. A value that is absent, unknown or of the wrong type is
//! the default:
//!
//! | Key | Default | |
//! |---|---|---|
//! | `outcome` | `waiting` | of a charge: `waiting`, `preauth`, `confirmed`, `rejected`, `error`, `timeout`, `unreachable` |
//! | `renewal_outcome` | as `outcome`; for `waiting` it is `confirmed` | of a charge that the payer agreed to beforehand: `confirmed`, `waiting`, `rejected`, `error`, `timeout`, `unreachable` |
//! | `capture_outcome`, `cancel_outcome`, `refund_outcome` | `done` | `done`, `declined`, `timeout`, `unreachable` |
//! | `delay_ms` | 0 | how long the gateway thinks before it answers, or does not |
//! | `answer_after` | 0 | how many times an order goes unanswered before the answer comes |
//!
//! `timeout` never answers while the configuration says so: every replica decides by the
//! configuration alone, so a reconciler that asks another one is told the same. `unreachable` was
//! never asked, at once. `answer_after` is counted by each process for itself and begins anew with
//! it; what is answered in the end is the same everywhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use wiwebb_domain::gateway::GatewaySettings;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, PaymentGateway, Verdict,
};

use crate::offline::Offline;

/// Longest delay: below the time limit of a request, so that the caller still gets an answer.
const LONGEST_DELAY: Duration = Duration::from_secs(20);

/// Orders whose unanswered tries are remembered at most.
const REMEMBERED: usize = 10_000;

/// What the gateway does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It answers.
    Answers(Verdict),
    /// It is asked and never answers.
    Timeout,
    /// It cannot be asked.
    Unreachable,
}

impl Outcome {
    fn of_charge(word: &str) -> Self {
        match word {
            "preauth" => Self::Answers(Verdict::Authorised),
            "confirmed" => Self::Answers(Verdict::Done),
            "rejected" => Self::Answers(Verdict::Declined),
            "error" => Self::Answers(Verdict::Failed),
            "timeout" => Self::Timeout,
            "unreachable" => Self::Unreachable,
            _ => Self::Answers(Verdict::Pending),
        }
    }

    /// Nobody is asked to pay: who waits for the payer at the checkout has the money of a renewal.
    fn of_renewal(word: &str, charge: Self) -> Self {
        match word {
            "waiting" => Self::Answers(Verdict::Pending),
            "confirmed" | "rejected" | "error" | "timeout" | "unreachable" => Self::of_charge(word),
            _ if charge == Self::Answers(Verdict::Pending) => Self::Answers(Verdict::Done),
            _ => charge,
        }
    }

    fn of_follow_up(word: &str) -> Self {
        match word {
            "declined" => Self::Answers(Verdict::Declined),
            "timeout" => Self::Timeout,
            "unreachable" => Self::Unreachable,
            _ => Self::Answers(Verdict::Done),
        }
    }
}

/// How often each order went unanswered. Shared by all openings of the gateway in a process.
#[derive(Debug, Default)]
pub(crate) struct Unanswered(Mutex<HashMap<String, u64>>);

impl Unanswered {
    /// Whether this try goes unanswered as well. Where too many orders are remembered all of them
    /// are forgotten: they go unanswered once more, and memory stays bounded.
    fn once_more(&self, key: &str, limit: u64) -> bool {
        if limit == 0 {
            return false;
        }
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= REMEMBERED && !tries.contains_key(key) {
            tries.clear();
        }
        let unanswered = tries.entry(key.to_owned()).or_default();
        if *unanswered >= limit {
            return false;
        }
        *unanswered += 1;
        true
    }
}

/// The gateway as its configuration has it.
#[derive(Debug)]
pub(crate) struct Dummy {
    offline: Offline,
    charge: Outcome,
    renewal: Outcome,
    capture: Outcome,
    cancel: Outcome,
    refund: Outcome,
    delay: Duration,
    answer_after: u64,
    unanswered: Arc<Unanswered>,
}

impl Dummy {
    pub(crate) fn new(
        settings: &GatewaySettings,
        offline: Offline,
        unanswered: Arc<Unanswered>,
    ) -> Self {
        let word = |key| settings.reveal().get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key| settings.reveal().get(key).and_then(Value::as_u64).unwrap_or_default();
        let charge = Outcome::of_charge(word("outcome"));
        Self {
            offline,
            charge,
            renewal: Outcome::of_renewal(word("renewal_outcome"), charge),
            capture: Outcome::of_follow_up(word("capture_outcome")),
            cancel: Outcome::of_follow_up(word("cancel_outcome")),
            refund: Outcome::of_follow_up(word("refund_outcome")),
            delay: Duration::from_millis(number("delay_ms")).min(LONGEST_DELAY),
            answer_after: number("answer_after"),
            unanswered,
        }
    }

    const fn outcome(&self, order: &GatewayOrder) -> Outcome {
        match order.kind {
            OperationKind::Charge if order.off_session => self.renewal,
            OperationKind::Charge => self.charge,
            OperationKind::Capture => self.capture,
            OperationKind::Cancel => self.cancel,
            OperationKind::Refund => self.refund,
        }
    }
}

#[async_trait]
impl PaymentGateway for Dummy {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let outcome = self.outcome(&order);
        if outcome == Outcome::Unreachable {
            return Err(GatewayError::Unreachable("the dummy gateway is configured so".into()));
        }
        tokio::time::sleep(self.delay).await;
        match outcome {
            Outcome::Answers(verdict)
                if !self.unanswered.once_more(&order.key, self.answer_after) =>
            {
                Ok(self.offline.answer(&order, verdict))
            }
            _ => Err(GatewayError::Unknown("the dummy gateway is configured so".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiwebb_domain::testing::samples;

    use super::*;

    fn delay(config: Value) -> Duration {
        let settings = GatewaySettings::new(samples::object(config));
        let offline = Offline { variant: "dummy", public_url: String::new() };
        Dummy::new(&settings, offline, Arc::default()).delay
    }

    #[test]
    fn a_delay_is_in_milliseconds_and_never_longer_than_a_request_may_take() {
        assert_eq!(delay(json!({})), Duration::ZERO);
        assert_eq!(delay(json!({"delay_ms": 1_500})), Duration::from_millis(1_500));
        assert_eq!(delay(json!({"delay_ms": 3_600_000})), LONGEST_DELAY);
        assert_eq!(delay(json!({"delay_ms": u64::MAX})), LONGEST_DELAY);
        for odd in [json!(-1), json!(0.5), json!("1500"), json!(null), json!([1_500])] {
            assert_eq!(delay(json!({ "delay_ms": odd })), Duration::ZERO);
        }
    }

    #[test]
    fn counting_unanswered_tries_takes_a_bounded_memory() {
        let unanswered = Unanswered::default();
        for number in 0..=REMEMBERED {
            assert!(unanswered.once_more(&number.to_string(), 1));
        }
        assert_eq!(unanswered.0.lock().unwrap().len(), 1);
        assert!(!unanswered.once_more(&REMEMBERED.to_string(), 1), "the latest is remembered");
    }
}
