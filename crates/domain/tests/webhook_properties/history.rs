//! What can happen at a gateway to one payment, and what is told of it.

use proptest::prelude::*;
use wiwebb_domain::money::Amount;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::testing::samples::money;

/// What is paid, in cents.
pub(crate) const TOTAL: u32 = 2_000;

pub(crate) fn cents(sum: u32) -> Amount {
    money(&format!("{}.{:02}", sum / 100, sum % 100), "USD").amount()
}

/// What becomes of a payment at the gateway, after attempts that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Course {
    Unpaid,
    CalledOff,
    Held,
    Released,
    /// Held first, then so much was taken.
    Captured(u32),
    Paid,
}

/// What staff and banks do about refunds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    /// Percents of what is left are to go back, and do so at once or later.
    Begin { share: u32, at_once: bool },
    /// One that is under way arrives or fails; one that arrived can only fail.
    End { which: prop::sample::Index, fails: bool },
}

/// What happened at the gateway to one payment, told in its order.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) told: Vec<(&'static str, Happening)>,
    pub(crate) captured: u32,
    pub(crate) refunds: Vec<(u32, RefundStatus)>,
    pub(crate) status: PaymentStatus,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Happening {
    Payment { event: PaymentEvent, received: Option<u32> },
    Refund { number: usize, amount: u32, status: RefundStatus },
    Total(u32),
}

impl History {
    pub(crate) fn new(attempts: usize, course: Course, moves: &[Move]) -> Self {
        use PaymentEvent as E;
        let mut told = vec![("payment_intent.payment_failed", E::Declined); attempts];
        let held = ("payment_intent.amount_capturable_updated", E::Authorised);
        let let_go = ("payment_intent.canceled", E::Cancelled);
        let came = ("payment_intent.succeeded", E::Succeeded);
        told.extend(match course {
            Course::Unpaid => vec![],
            Course::CalledOff => vec![let_go],
            Course::Held => vec![held],
            Course::Released => vec![held, let_go],
            Course::Captured(_) => vec![held, came],
            Course::Paid => vec![came],
        });
        let captured = match course {
            Course::Captured(sum) => sum,
            Course::Paid => TOTAL,
            _ => 0,
        };
        let status = match course {
            Course::Unpaid if attempts == 0 => PaymentStatus::Waiting,
            Course::Unpaid | Course::CalledOff => PaymentStatus::Rejected,
            Course::Held => PaymentStatus::Preauth,
            Course::Released => PaymentStatus::Refunded,
            Course::Captured(_) | Course::Paid => PaymentStatus::Confirmed,
        };
        let received = (captured > 0).then_some(captured);
        let tell = |(word, event)| (word, Happening::Payment { event, received });
        let told = told.into_iter().map(tell).collect();
        let mut history = Self { told, captured, refunds: Vec::new(), status };
        for step in moves {
            history.make(*step);
        }
        if captured > 0 && history.gone() == captured {
            history.status = PaymentStatus::Refunded;
        }
        history
    }

    fn make(&mut self, step: Move) {
        match step {
            Move::Begin { share, at_once } => {
                let amount = (self.captured - self.spoken_for()) * share / 100;
                if amount > 0 {
                    let status =
                        if at_once { RefundStatus::Succeeded } else { RefundStatus::Pending };
                    self.refunds.push((amount, status));
                    self.tell_refund(self.refunds.len() - 1, "refund.created");
                    self.told.push(("charge.refunded", Happening::Total(self.spoken_for())));
                }
            }
            Move::End { which, fails } if !self.refunds.is_empty() => {
                let number = which.index(self.refunds.len());
                let (_, status) = &mut self.refunds[number];
                let can_end = *status == RefundStatus::Pending
                    || (*status == RefundStatus::Succeeded && fails);
                if can_end {
                    *status = if fails { RefundStatus::Failed } else { RefundStatus::Succeeded };
                    self.tell_refund(
                        number,
                        if fails { "refund.failed" } else { "refund.updated" },
                    );
                    self.tell_refund(number, "charge.refund.updated");
                }
            }
            Move::End { .. } => {}
        }
    }

    fn tell_refund(&mut self, number: usize, word: &'static str) {
        let (amount, status) = self.refunds[number];
        self.told.push((word, Happening::Refund { number, amount, status }));
    }

    /// The gateway counts what is under way as given back.
    fn spoken_for(&self) -> u32 {
        let held = self.refunds.iter().filter(|(_, status)| status.holds_money());
        held.map(|(amount, _)| amount).sum()
    }

    fn gone(&self) -> u32 {
        let gone = self.refunds.iter().filter(|(_, status)| *status == RefundStatus::Succeeded);
        gone.map(|(amount, _)| amount).sum()
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.refunds.iter().all(|(_, status)| *status != RefundStatus::Pending)
    }

    /// How what was told under a number stands once so much more has happened, where the gateway is
    /// asked about it: a payment by its status, a charge with all its refunds.
    pub(crate) fn standing(&self, number: usize, by: usize) -> Vec<Happening> {
        let mut past = self.told[..by].iter().map(|(_, happening)| *happening);
        let all = past.clone();
        let of_refund = |wanted: usize| {
            all.clone()
                .rfind(|told| matches!(told, Happening::Refund { number, .. } if *number == wanted))
        };
        match self.told[number].1 {
            Happening::Payment { .. } => {
                past.rfind(|told| matches!(told, Happening::Payment { .. })).into_iter().collect()
            }
            Happening::Refund { number, .. } => of_refund(number).into_iter().collect(),
            Happening::Total(_) => {
                let rows: Vec<_> = (0..self.refunds.len()).filter_map(of_refund).collect();
                let held = rows.iter().map(|row| match row {
                    Happening::Refund { amount, status, .. } if status.holds_money() => *amount,
                    _ => 0,
                });
                let total = Some(held.sum()).filter(|total| *total > 0).map(Happening::Total);
                rows.iter().copied().chain(total).collect()
            }
        }
    }

    /// How it all stands in the end, where no refund is under way.
    pub(crate) fn outcome(&self) -> Outcome {
        let rows = self.refunds.iter().enumerate();
        Outcome {
            status: self.status,
            captured: cents(self.captured),
            refunded: cents(self.gone()),
            refunds: rows
                .map(|(number, (amount, status))| (name(number), cents(*amount), *status))
                .collect(),
        }
    }
}

/// What the gateway calls a refund.
pub(crate) fn name(number: usize) -> String {
    format!("re_{number}")
}

/// How a payment stands here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) status: PaymentStatus,
    pub(crate) captured: Amount,
    pub(crate) refunded: Amount,
    pub(crate) refunds: Vec<(String, Amount, RefundStatus)>,
}

/// One arrival of what was told under a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) number: usize,
    /// The gateway cannot be asked about it.
    pub(crate) in_vain: bool,
}
