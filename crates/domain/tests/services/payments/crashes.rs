//! Whatever goes wrong between two steps, payment and gateway come to agree, and every order is
//! carried out once.

use std::collections::BTreeSet;

use chrono::Duration;
use wiwebb_domain::error::Error;
use wiwebb_domain::idempotency::Claim;
use wiwebb_domain::ids::{IdempotencyId, PaymentId};
use wiwebb_domain::operation::{OperationKind, PATIENCE};
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::{RefundDraft, Stepped};
use wiwebb_domain::testing::gateway::answer;

use super::faults::{Fault, run};
use super::till::Till;

/// A step, what the gateway makes of it, and where the payment stands before and behind.
#[derive(Clone, Copy)]
struct Case {
    kind: OperationKind,
    verdict: Verdict,
    before: PaymentStatus,
    after: PaymentStatus,
    /// What the history tells of the outcome.
    entry: &'static str,
}

const CASES: [Case; 8] = {
    use OperationKind as K;
    use PaymentStatus as S;
    use Verdict as V;
    const fn case(kind: K, verdict: V, [before, after]: [S; 2], entry: &'static str) -> Case {
        Case { kind, verdict, before, after, entry }
    }
    [
        case(K::Charge, V::Done, [S::Waiting, S::Confirmed], "payment.confirmed waiting>confirmed"),
        case(
            K::Charge,
            V::Declined,
            [S::Waiting, S::Rejected],
            "payment.rejected waiting>rejected",
        ),
        case(K::Capture, V::Done, [S::Preauth, S::Confirmed], "payment.captured preauth>confirmed"),
        case(K::Capture, V::Declined, [S::Preauth, S::Preauth], "payment.capture_refused"),
        case(K::Cancel, V::Done, [S::Preauth, S::Refunded], "payment.cancelled preauth>refunded"),
        case(K::Cancel, V::Done, [S::Waiting, S::Rejected], "payment.cancelled waiting>rejected"),
        case(
            K::Refund,
            V::Done,
            [S::Confirmed, S::Refunded],
            "payment.refunded confirmed>refunded",
        ),
        case(K::Refund, V::Failed, [S::Confirmed, S::Confirmed], "payment.refund_failed"),
    ]
};

/// A case under way.
struct Trial {
    case: Case,
    till: Till,
    /// The payment, where it is there before the step.
    id: Option<PaymentId>,
    claim: IdempotencyId,
    /// Orders carried out before.
    earlier: usize,
}

impl Trial {
    fn new(case: Case) -> Self {
        let till = Till::new();
        let id = (case.kind != OperationKind::Charge).then(|| till.standing(case.before));
        let claim = till.fresh_claim();
        let earlier = till.keys().len();
        Self { case, till, id, claim, earlier }
    }

    /// The step; `None` where it died.
    fn step(&self) -> Option<Result<Stepped, Error>> {
        let (payments, admin, claim) = (self.till.payments(), &self.till.admin, Some(self.claim));
        match (self.case.kind, self.id) {
            (OperationKind::Capture, Some(id)) => run(payments.capture(admin, id, Ok(None), claim)),
            (OperationKind::Cancel, Some(id)) => run(payments.cancel(admin, id, Ok(()), claim)),
            (OperationKind::Refund, Some(id)) => {
                run(payments.refund(admin, id, Ok(RefundDraft::default()), claim))
            }
            _ => run(payments.create(admin, Ok(self.till.draft()), claim)),
        }
    }

    /// Lets the reconciler run while something goes wrong behind so many steps. Whether it did.
    fn reconcile_badly(&self, fault: Fault, steps: usize) -> bool {
        self.till.later(PATIENCE);
        self.till.ground.arm(fault, steps);
        drop(run(self.till.payments().reconcile_due(10)));
        self.till.ground.disarm()
    }

    /// Lets the reconciler run undisturbed as long as there is anything to do.
    fn settle(&self) {
        for _ in 0..2 {
            self.till.later(Duration::hours(1));
            self.till.reconcile().unwrap();
        }
    }

    /// Whether the gateway carried the order out. If so all the rest must say so, and the other way
    /// round.
    fn is_agreed(&self) -> bool {
        let Self { case, till, .. } = self;
        let keys = till.keys().split_off(self.earlier);
        let different: BTreeSet<&String> = keys.iter().collect();
        assert!(different.len() <= 1, "one order has one key: {keys:?}");
        let times = till.script().carried_out(case.kind);
        assert!(times <= 1, "carried out {times} times");
        let Some(id) = self.id.or_else(|| till.all().first().copied()) else {
            assert_eq!(times, 0, "the gateway took an order that is on no record");
            assert!(matches!(till.claim_later(), Claim::Fresh(_)));
            return false;
        };
        assert!(till.is_settled(id));
        let told = till.told(id).iter().filter(|entry| *entry == case.entry).count();
        assert_eq!(told, times, "the outcome is told once");
        assert_eq!(till.status(id), if times == 1 { case.after } else { case.before });
        match till.claim_later() {
            Claim::Begun(begun) => assert!(times == 1 && begun == id, "an order is on record"),
            Claim::Fresh(_) => assert_eq!(times, 0, "a repetition would be carried out again"),
            other => unreachable!("{other:?}"),
        }
        times == 1
    }
}

/// Lets every step of a case go wrong in turn, and for each of them every step of the reconciler.
/// Answers how often the order was carried out, and how often not.
fn try_everything(case: Case, fault: Fault) -> [usize; 2] {
    let mut counts = [0, 0];
    for steps in 0.. {
        let mut has_gone_wrong = false;
        for steps_again in 0.. {
            let trial = Trial::new(case);
            trial.till.script().will_say(Ok(answer(case.verdict)));
            trial.till.ground.arm(fault, steps);
            let result = trial.step();
            has_gone_wrong = trial.till.ground.disarm();
            if fault == Fault::Dies {
                assert_eq!(result.is_none(), has_gone_wrong);
            }
            let went_wrong_again = trial.reconcile_badly(fault, steps_again);
            trial.settle();
            let is_carried_out = trial.is_agreed();
            if let Some(Ok(_)) = result {
                assert!(is_carried_out, "what was promised is done");
            }
            counts[usize::from(!is_carried_out)] += 1;
            if !went_wrong_again {
                break;
            }
        }
        if !has_gone_wrong {
            break;
        }
    }
    counts
}

#[test]
fn a_process_that_dies_between_any_two_steps_leaves_nothing_undone_or_done_twice() {
    for case in CASES {
        let [done, undone] = try_everything(case, Fault::Dies);
        assert!(done > 10 && undone > 1, "{:?}: {done} {undone}", case.kind);
    }
}

#[test]
fn a_store_or_gateway_that_fails_at_any_step_leaves_nothing_undone_or_done_twice() {
    for case in CASES {
        let [done, undone] = try_everything(case, Fault::Fails);
        assert!(done > 10 && undone > 1, "{:?}: {done} {undone}", case.kind);
    }
}

#[test]
fn an_order_that_was_not_sent_is_void_or_carried_out_but_never_half() {
    for fault in [Fault::Dies, Fault::Fails] {
        let mut standings = BTreeSet::new();
        for steps in 0.. {
            let case = CASES[0];
            let trial = Trial::new(case);
            trial.till.script().will_be_unreachable().will_say(Ok(answer(Verdict::Done)));
            trial.till.ground.arm(fault, steps);
            drop(trial.step());
            let has_gone_wrong = trial.till.ground.disarm();
            trial.till.later(PATIENCE);
            trial.settle();
            let times = trial.till.script().carried_out(OperationKind::Charge);
            match trial.till.all().first() {
                None => assert_eq!(times, 0),
                Some(id) => {
                    assert!(trial.till.is_settled(*id));
                    let status = trial.till.status(*id);
                    let expected = [PaymentStatus::Error, PaymentStatus::Confirmed][times];
                    assert_eq!(status, expected, "{fault:?} at {steps}");
                    standings.insert(status);
                }
            }
            if !has_gone_wrong {
                break;
            }
        }
        assert_eq!(standings.len(), 2, "{standings:?}");
    }
}
