//! Answers kept under an `Idempotency-Key`, so that a repeated request moves no money twice
//! (contract §10.4).

use chrono::Duration;
use sha2::{Digest, Sha256};

use crate::error::{Error, SubscriptionRefused};
use crate::ids::{IdempotencyId, PaymentId, UserId};

/// A key as clients send it: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Greatest number of characters.
    pub const MAX: usize = 255;

    /// Checks the form; `None` is no key.
    pub fn new(raw: &str) -> Option<Self> {
        let printable = raw.bytes().all(|b| (0x20..0x7f).contains(&b));
        (!raw.is_empty() && raw.len() <= Self::MAX && printable).then(|| Self(raw.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The request that a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMark {
    /// Who asks.
    pub user: UserId,
    /// The HTTP method.
    pub method: String,
    /// The path, which names the object acted on.
    pub path: String,
    /// The key.
    pub key: IdempotencyKey,
    /// What was asked, in a form that is the same for the same JSON value.
    pub body: BodyDigest,
}

/// The SHA-256 of a request's body in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// Digests a canonical body.
    pub fn of(canonical: &[u8]) -> Self {
        Self(Sha256::digest(canonical).into())
    }

    /// Wraps 32 bytes from the store.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What a key stands for when a request comes in with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody used it: the request may run, and its answer is to be kept.
    Fresh(IdempotencyId),
    /// The same request was answered.
    Answered(StoredAnswer),
    /// The same request is running.
    Running,
    /// The same request began a step of this payment and died without an answer. The reconciler
    /// finishes what it began; it must not begin again.
    Begun(PaymentId),
    /// Another request used it.
    Mismatch,
}

impl Claim {
    /// What a key in use stands for: to another body nothing at all, else the answer, else the
    /// payment that a dead request began a step of.
    pub fn of_used(
        same_body: bool,
        answer: Option<StoredAnswer>,
        payment: Option<PaymentId>,
        is_dead: bool,
    ) -> Self {
        match (answer, payment) {
            _ if !same_body => Self::Mismatch,
            (Some(answer), _) => Self::Answered(answer),
            (None, Some(payment)) if is_dead => Self::Begun(payment),
            (None, _) => Self::Running,
        }
    }
}

/// What becomes of the key of a request that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The refusal is the answer for good: the request was understood and its object stands
    /// against it (contract §1.3 step 9).
    Keep,
    /// The key was not used: the request was refused before it was carried out, or nothing moved.
    Release,
    /// Nobody knows how far it came.
    Leave,
}

impl Fate {
    /// The fate of a key by the error of its request.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Subscription(SubscriptionRefused::Changing) => Self::Release,
            Error::PaymentStep(_) | Error::Subscription(_) => Self::Keep,
            Error::Invalid(violations) if violations.stand_against_the_object() => Self::Keep,
            Error::Repository(_) | Error::Password(_) => Self::Leave,
            _ => Self::Release,
        }
    }
}

/// How long an answer is kept at least.
pub const KEPT_FOR: Duration = Duration::hours(24);

/// After this time a request that left no answer is taken to have died with its server.
pub const RUNS_AT_MOST: Duration = Duration::minutes(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{PaymentStepRefused, RepositoryError, Violation, Violations};

    #[test]
    fn only_a_refusal_by_the_object_itself_is_kept_and_only_doubt_leaves_the_key_claimed() {
        let amount = |violation| Error::Invalid(Violations::of("amount", violation));
        for (error, fate) in [
            (Error::PaymentStep(PaymentStepRefused::Refund), Fate::Keep),
            (amount(Violation::RefundTooLarge), Fate::Keep),
            (amount(Violation::CaptureTooLarge), Fate::Keep),
            (amount(Violation::NotPositive), Fate::Release),
            (Error::Subscription(SubscriptionRefused::AlreadySubscribed), Fate::Keep),
            (Error::Subscription(SubscriptionRefused::Changing), Fate::Release),
            (Error::GatewayUnreachable, Fate::Release),
            (Error::NoSuchPage, Fate::Release),
            (Error::Repository(RepositoryError::Unavailable("gone".into())), Fate::Leave),
        ] {
            assert_eq!(Fate::of(&error), fate, "{error}");
        }
    }
}
