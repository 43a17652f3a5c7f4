//! Steps under an idempotency key (contract §10.4).

use futures_executor::block_on;
use wiwebb_domain::error::{Error, RepositoryError};
use wiwebb_domain::idempotency::{Claim, RUNS_AT_MOST};
use wiwebb_domain::ids::IdempotencyId;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::RefundDraft;
use wiwebb_domain::testing::gateway::answer;
use wiwebb_domain::testing::samples;

use super::till::{Till, amount};
use crate::world::refusal;

impl Till {
    /// What the key of the admin's one request stands for.
    pub(super) fn claim(&self) -> Claim {
        let mark = samples::request_mark(self.admin.user, "once");
        block_on(self.services.idempotency.claim(mark)).unwrap()
    }

    pub(super) fn fresh_claim(&self) -> IdempotencyId {
        match self.claim() {
            Claim::Fresh(id) => id,
            other => unreachable!("{other:?}"),
        }
    }

    /// What the key stands for once its request must have died.
    pub(super) fn claim_later(&self) -> Claim {
        self.later(RUNS_AT_MOST + chrono::Duration::seconds(1));
        self.claim()
    }
}

#[test]
fn a_key_is_tied_to_the_payment_that_its_request_takes_a_step_of() {
    for step in ["create", "capture", "cancel", "refund"] {
        let till = Till::new();
        let (admin, payments) = (till.admin, till.payments());
        let status =
            if step == "refund" { PaymentStatus::Confirmed } else { PaymentStatus::Preauth };
        let id = till.standing(status);
        let claim = Some(till.fresh_claim());
        till.script().will_say(Ok(answer(Verdict::Done)));
        let stepped = match step {
            "create" => block_on(payments.create(&admin, Ok(till.draft()), claim)),
            "capture" => block_on(payments.capture(&admin, id, Ok(None), claim)),
            "cancel" => block_on(payments.cancel(&admin, id, Ok(()), claim)),
            _ => block_on(payments.refund(&admin, id, Ok(RefundDraft::default()), claim)),
        };
        let id = stepped.unwrap().view.payment.id;
        assert_eq!(till.claim(), Claim::Running, "{step}");
        assert_eq!(till.claim_later(), Claim::Begun(id), "{step}");
    }
}

#[test]
fn a_step_that_never_reached_the_gateway_was_begun_all_the_same() {
    let till = Till::new();
    let claim = Some(till.fresh_claim());
    till.script().will_be_unreachable();
    let result = block_on(till.payments().create(&till.admin, Ok(till.draft()), claim));
    assert!(matches!(result, Err(Error::GatewayUnreachable)));
    assert_eq!(till.claim_later(), Claim::Begun(till.all()[0]));
}

#[test]
fn a_step_that_is_refused_before_its_order_ties_no_key() {
    let till = Till::new();
    let (waiting, held) =
        (till.standing(PaymentStatus::Waiting), till.standing(PaymentStatus::Preauth));
    let claim = Some(till.fresh_claim());
    let (admin, payments) = (till.admin, till.payments());
    let too_much = || RefundDraft { amount: Some(amount("9000.00")), reason: None };
    for text in [
        refusal(block_on(payments.capture(&admin, waiting, Ok(None), claim))),
        refusal(block_on(payments.capture(&admin, held, Ok(too_much().amount), claim))),
        refusal(block_on(payments.refund(&admin, waiting, Ok(too_much()), claim))),
        refusal(block_on(payments.cancel(&till.bob, held, Ok(()), claim))),
    ] {
        assert_ne!(text, "allowed");
    }
    assert!(matches!(till.claim_later(), Claim::Fresh(_)));
}

#[test]
fn a_step_beside_one_that_is_open_ties_no_key() {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Preauth);
    till.script().will_be_silent();
    till.capture(id, None).unwrap();
    let claim = Some(till.fresh_claim());
    let result = block_on(till.payments().cancel(&till.admin, id, Ok(()), claim));
    assert_eq!(refusal(result), "Payment cannot be cancelled");
    assert!(matches!(till.claim_later(), Claim::Fresh(_)));
}

#[test]
fn a_request_that_lost_its_key_to_another_begins_nothing() {
    let till = Till::new();
    let slow = Some(till.fresh_claim());
    let Claim::Fresh(quick) = till.claim_later() else { unreachable!("it began nothing") };
    let result = block_on(till.payments().create(&till.admin, Ok(till.draft()), slow));
    assert!(matches!(result, Err(Error::Repository(RepositoryError::Retryable(_)))));
    assert_eq!(till.all(), []);
    till.script().will_say(Ok(answer(Verdict::Done)));
    block_on(till.payments().create(&till.admin, Ok(till.draft()), Some(quick))).unwrap();
    assert_eq!(till.all().len(), 1);
}
