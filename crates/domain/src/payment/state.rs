//! Where a payment stands, and where an event leads from there.

use thiserror::Error as ThisError;

use crate::money::Amount;

/// The status values of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStatus {
    /// Awaiting payment.
    Waiting,
    /// Authorised, not captured.
    Preauth,
    /// Money received.
    Confirmed,
    /// Declined, expired or called off.
    Rejected,
    /// All money given back, or the authorisation released.
    Refunded,
    /// A definite technical failure.
    Error,
}

impl PaymentStatus {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Preauth,
        Self::Confirmed,
        Self::Rejected,
        Self::Refunded,
        Self::Error,
    ];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preauth => "preauth",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Refunded => "refunded",
            Self::Error => "error",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl std::fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can happen to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The payer's means were checked and the money is held.
    Authorised,
    /// The money was received.
    Succeeded,
    /// A held payment was captured, in whole or in part.
    Captured,
    /// A final decline.
    Declined,
    /// Called off by payer or staff, or expired at the gateway.
    Cancelled,
    /// The gateway definitely could not take it.
    Failed,
    /// Money went back; how much is left of what was received.
    Refunded {
        /// What the payer has still paid after the refund.
        remaining: Amount,
    },
    /// A refund that was thought done came to nothing, so that money received is here again.
    RefundFailed,
}

impl PaymentEvent {
    /// The event for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::Succeeded => "confirmed",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Refunded { .. } => "refunded",
            Self::RefundFailed => "refund failed",
        }
    }
}

/// What an event does to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The status changes.
    Move {
        /// Before.
        from: PaymentStatus,
        /// After.
        to: PaymentStatus,
    },
    /// The status stays: a replay, or an event that came late.
    Stay,
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("a payment that is {from} cannot be {}", .event.word())]
pub struct IllegalTransition {
    /// The state.
    pub from: PaymentStatus,
    /// The event.
    pub event: PaymentEvent,
}

impl PaymentStatus {
    /// Where an event leads from this state (contract §10.2, §10.3).
    pub fn after(self, event: PaymentEvent) -> Result<Self, IllegalTransition> {
        use PaymentEvent as E;
        use PaymentStatus as S;
        let to = match (self, event) {
            (S::Waiting | S::Error | S::Rejected | S::Preauth, E::Authorised) => S::Preauth,
            // A late success is evidence of money, whatever was believed before.
            (S::Waiting | S::Error | S::Rejected | S::Preauth, E::Succeeded)
            | (S::Preauth, E::Captured)
            | (S::Refunded, E::RefundFailed) => S::Confirmed,
            (S::Waiting | S::Error | S::Rejected, E::Declined | E::Cancelled) => S::Rejected,
            (S::Preauth, E::Cancelled) => S::Refunded,
            (S::Waiting | S::Preauth | S::Error, E::Failed) => S::Error,
            (S::Confirmed, E::Refunded { remaining }) if remaining.is_zero() => S::Refunded,
            // What came late or twice changes nothing.
            (
                S::Confirmed,
                E::Refunded { .. }
                | E::Authorised
                | E::Succeeded
                | E::Captured
                | E::Declined
                | E::Failed
                | E::RefundFailed,
            )
            // Money that is held was not declined: an earlier attempt was.
            | (S::Preauth, E::Declined)
            | (S::Rejected, E::Failed)
            | (S::Refunded, _) => self,
            (S::Waiting | S::Rejected | S::Error, E::Captured)
            | (S::Confirmed, E::Cancelled)
            | (_, E::Refunded { .. } | E::RefundFailed) => return Err(IllegalTransition { from: self, event }),
        };
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaymentEvent as E;
    use PaymentStatus as S;

    fn events() -> [PaymentEvent; 9] {
        let some = Amount::new("1".parse().unwrap()).unwrap();
        [
            E::Authorised,
            E::Succeeded,
            E::Captured,
            E::Declined,
            E::Cancelled,
            E::Failed,
            E::Refunded { remaining: some },
            E::Refunded { remaining: Amount::ZERO },
            E::RefundFailed,
        ]
    }

    /// Rows: states. Columns: authorised, succeeded, captured, declined, cancelled, failed,
    /// refunded in part, refunded in whole, a refund failed. `-` is refused.
    #[test]
    fn the_whole_state_table_is_as_stated() {
        let table = [
            (S::Waiting, "preauth confirmed - rejected rejected error - - -"),
            (S::Preauth, "preauth confirmed confirmed preauth refunded error - - -"),
            (
                S::Confirmed,
                "confirmed confirmed confirmed confirmed - confirmed confirmed refunded confirmed",
            ),
            (S::Rejected, "preauth confirmed - rejected rejected rejected - - -"),
            (
                S::Refunded,
                "refunded refunded refunded refunded refunded refunded refunded refunded confirmed",
            ),
            (S::Error, "preauth confirmed - rejected rejected error - - -"),
        ];
        assert_eq!(table.map(|row| row.0), S::ALL);
        for (from, row) in table {
            let found: Vec<&str> =
                events().iter().map(|event| from.after(*event).map_or("-", S::as_str)).collect();
            assert_eq!(found.join(" "), row, "from {from}");
        }
    }

    #[test]
    fn replaying_any_event_changes_nothing() {
        for from in S::ALL {
            for event in events() {
                if let Ok(once) = from.after(event) {
                    assert_eq!(once.after(event), Ok(once), "{from} {event:?}");
                }
            }
        }
    }

    #[test]
    fn money_received_is_never_forgotten_for_a_late_failure() {
        for event in [E::Declined, E::Failed] {
            assert_eq!(S::Confirmed.after(event), Ok(S::Confirmed));
            assert_eq!(S::Refunded.after(event), Ok(S::Refunded));
        }
    }
}
