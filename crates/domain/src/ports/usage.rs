//! Where use of the network is kept.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::Stored;
use crate::access::Scope;
use crate::ids::UserId;
use crate::password::PasswordHash;
use crate::plan::Plan;
use crate::subscription::Subscription;
use crate::usage::{NetworkName, NetworkSession, SessionKey, Usage};

/// Whose standing is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscriber {
    /// The user of this id.
    Id(UserId),
    /// The user who signs in with this username.
    Username(String),
}

/// All that tells what a user may use at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Who.
    pub user_id: UserId,
    /// Whether the account is active.
    pub is_active: bool,
    /// The hash of the password.
    pub password: PasswordHash,
    /// Every subscription that is not canceled or whose period is not over, with its plan.
    pub subscriptions: Vec<(Subscription, Plan)>,
    /// The plan of whoever has no subscription that gives access.
    pub default_plan: Option<Plan>,
    /// What was used on the day asked about.
    pub used: Usage,
}

/// Sessions and daily totals.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait UsageRepository: Send {
    /// The standing of a user within a scope at an instant, with the usage of a day, in one
    /// statement; `None` where there is no such user.
    async fn standing(
        &mut self,
        scope: Scope,
        who: Subscriber,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Stored<Option<Standing>>;

    /// The user of a username within a scope, for accounting.
    async fn find_user(&mut self, scope: Scope, username: &str) -> Stored<Option<UserId>>;

    /// Finds a session, or begins one with nothing counted, and keeps others from changing it until
    /// the unit of work ends. Errors: `MissingReference`.
    async fn open_session(&mut self, key: SessionKey, now: DateTime<Utc>)
    -> Stored<NetworkSession>;

    /// Stores all changeable columns of a locked session.
    async fn update_session(&mut self, session: &NetworkSession) -> Stored<()>;

    /// Adds to the totals of a user's day. Errors: `MissingReference`.
    async fn add(&mut self, user: UserId, day: NaiveDate, used: Usage) -> Stored<()>;

    /// Ends the open sessions on a piece of equipment, of users within a scope, and says how many
    /// there were.
    async fn end_sessions(
        &mut self,
        scope: Scope,
        nas: Option<NetworkName>,
        now: DateTime<Utc>,
    ) -> Stored<u64>;
}
