//! What can go wrong, told in the domain's words.
//!
//! [`Violation`] says why one input value is refused, [`Violations`] gathers them by field,
//! [`RepositoryError`] is what a store can answer and [`Error`] what a use case can answer.
//! Nothing here knows of status codes or SQL; the texts are those that clients read (contract §1.8).

mod violation;

use thiserror::Error as ThisError;

use crate::access::Denial;
use crate::ports::secrets::SecretUnreadable;
use crate::ports::webhook::WebhookRefused;
use crate::relations::{DeletionPlan, EntityKind, Relation};

pub use violation::{NON_FIELD, UniqueKey, Violation, Violations};

/// Any error from outside the domain, kept as the source of one of ours.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a store answers instead of a result. Any of these ends the unit of work it came from.
#[derive(Debug, ThisError)]
pub enum RepositoryError {
    /// Another row has the value.
    #[error("{0:?} is taken")]
    Taken(UniqueKey),
    /// Rows still refer to the row to be deleted.
    #[error("{:?} rows still refer to the row through {}", .0.child, .0.column)]
    Protected(&'static Relation),
    /// The row referred to does not exist.
    #[error("the {:?} row that {} refers to does not exist", .0.parent, .0.column)]
    MissingReference(&'static Relation),
    /// Two units of work got in each other's way; doing the whole use case again may succeed.
    #[error("the unit of work collided with another one")]
    Retryable(#[source] Source),
    /// The store cannot be reached or has no room; it may come back.
    #[error("the store is unavailable")]
    Unavailable(#[source] Source),
    /// A stored row breaks a rule of the domain.
    #[error("{kind:?} row {id} does not fit the domain: {reason}")]
    Inconsistent {
        /// Which kind of row.
        kind: EntityKind,
        /// Its id.
        id: i32,
        /// Which rule it breaks.
        reason: String,
    },
    /// Anything else.
    #[error("the store failed")]
    Backend(#[source] Source),
}

/// A step that a payment cannot take. The texts are those clients read (contract §10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum PaymentStepRefused {
    /// Not authorised, or being processed.
    #[error("Payment cannot be captured")]
    Capture,
    /// Not confirmed, or being processed.
    #[error("Payment cannot be refunded")]
    Refund,
    /// Not waiting, or not paid outside.
    #[error("Payment cannot be confirmed")]
    Confirm,
    /// Neither waiting nor authorised, or being processed.
    #[error("Payment cannot be cancelled")]
    Cancel,
}

/// Something about a subscription that cannot be done. The texts are those clients read (contract §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum SubscriptionRefused {
    /// The plan does not exist or cannot be subscribed to.
    #[error("Plan not available")]
    Plan,
    /// There is a live one.
    #[error("User already has an active subscription")]
    AlreadySubscribed,
    /// The plan has no such price that can be bought.
    #[error("Plan pricing unavailable")]
    Pricing,
    /// There is no live one.
    #[error("No active subscription found")]
    NoneActive,
    /// Another change of it is under way.
    #[error("Subscription is being changed")]
    Changing,
    /// None was called off that goes on still.
    #[error("No canceled subscription to resume")]
    NothingToResume,
}

/// A user of whom it must stay known who it is, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum AnonymisationRefused {
    /// Nobody does this to oneself.
    #[error("You cannot anonymise your own account.")]
    OwnAccount,
    /// There is a subscription that is live, or that a first payment makes so.
    #[error("Cannot anonymise user with an active subscription.")]
    Subscribed,
    /// It is not known yet whether a payment comes to anything.
    #[error("Cannot anonymise user with open payments.")]
    OpenPayments,
}

/// What a use case answers instead of a result.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No row has the id.
    #[error("{0:?} not found")]
    NotFound(EntityKind),
    /// The actor may not do this.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The actor was switched off or removed while the use case ran: the key is dead.
    #[error("the actor is not active any more")]
    ActorGone,
    /// Values of the input are refused.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// The input could not be read at all; the adapter's own account of it, handed back unchanged.
    #[error("unreadable input")]
    Unreadable(#[source] Source),
    /// A list has no such page.
    #[error("no such page")]
    NoSuchPage,
    /// Rows that must not be lost hang on the row to be deleted.
    #[error("{}", .0.refusal())]
    Protected(DeletionPlan),
    /// Nobody deletes oneself (contract §13).
    #[error("You cannot delete your own account.")]
    OwnAccount,
    /// The user cannot be anonymised.
    #[error(transparent)]
    Anonymisation(#[from] AnonymisationRefused),
    /// Whoever is anonymised stays away.
    #[error("Cannot activate an anonymised user.")]
    Forgotten,
    /// One's own password is changed with the old one only (contract §5.5).
    #[error("Use the password change endpoint for your own password")]
    OwnPassword,
    /// One's own keys are revoked one by one, or all but the present one.
    #[error("Use the tokens endpoint for your own keys.")]
    OwnKeys,
    /// Too many logins have failed; nobody is let in for a while, with any password.
    #[error("too many logins have failed")]
    LockedOut {
        /// For how long still.
        retry_in: chrono::Duration,
    },
    /// The payment cannot take this step.
    #[error(transparent)]
    PaymentStep(#[from] PaymentStepRefused),
    /// The payment cannot take this step while the gateway has not answered about another; it may
    /// later.
    #[error(transparent)]
    PaymentBusy(PaymentStepRefused),
    /// The subscription cannot be had so.
    #[error(transparent)]
    Subscription(#[from] SubscriptionRefused),
    /// Nobody has given access to the network: there is neither a subscription nor a default plan.
    #[error("No subscription found")]
    NoSubscription,
    /// A page on which a payment is settled, settled before.
    #[error("Checkout is already settled")]
    CheckoutSettled,
    /// A report that is not taken.
    #[error(transparent)]
    Webhook(#[from] WebhookRefused),
    /// A secret of a gateway cannot be kept.
    #[error(transparent)]
    Secret(#[from] SecretUnreadable),
    /// The gateway was never reached; nothing has moved (contract §10.5).
    #[error("Payment provider unavailable")]
    GatewayUnreachable,
    /// The actor belongs to no tenant.
    #[error("No tenant assigned")]
    NoTenant,
    /// The store failed.
    #[error(transparent)]
    Repository(RepositoryError),
    /// Hashing or checking a password failed.
    #[error("the password could not be processed")]
    Password(#[source] Source),
}

impl From<RepositoryError> for Error {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Taken(key) => Self::Invalid(Violations::from([key].as_slice())),
            RepositoryError::Protected(relation) => {
                Self::Protected(DeletionPlan::blocked_by(relation))
            }
            other => Self::Repository(other),
        }
    }
}

/// Input as an adapter read it. The use case looks at it only after the actor's right and the
/// object of the path were checked, which is the order clients are promised (contract §1.3).
pub type Input<T> = Result<T, InputError>;

/// Why an adapter could not make an input of what it was sent.
#[derive(Debug, ThisError)]
pub enum InputError {
    /// Some values are refused.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// It could not be read at all.
    #[error("unreadable input")]
    Unreadable(#[source] Source),
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Invalid(violations) => Self::Invalid(violations),
            InputError::Unreadable(source) => Self::Unreadable(source),
        }
    }
}
