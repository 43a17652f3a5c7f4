//! Where users are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::error::UniqueKey;
use crate::ids::UserId;
use crate::page::ListRequest;
use crate::password::PasswordHash;
use crate::text::{EmailAddress, Username};
use crate::user::{NewUser, User, UserFilter, UserSort, UserView};

/// Users. A scope of oneself covers the user of that id.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// Stores a new user. Errors: `Taken`, `MissingReference`.
    async fn insert(&mut self, user: NewUser) -> Stored<UserView>;

    /// Finds a user with the tenant.
    async fn find(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>>;

    /// Finds a user and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>>;

    /// A page of users with their tenants, in a fixed number of statements. Search: `username`,
    /// `email`, `first_name`, `last_name`.
    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<UserFilter, UserSort>,
    ) -> Listing<UserView>;

    /// Stores all changeable columns of a locked user. Errors: `Taken`, `MissingReference`.
    async fn update(&mut self, user: &User) -> Stored<()>;

    /// Notes a login, and the hash made anew where one is given.
    async fn record_login(
        &mut self,
        id: UserId,
        at: DateTime<Utc>,
        rehashed: Option<PasswordHash>,
    ) -> Stored<()>;

    /// Deletes a user; `false` where there is none. Errors: `Protected`.
    async fn delete(&mut self, id: UserId) -> Stored<bool>;

    /// The user who signs in with a text: a username, else an email address without regard to
    /// case (contract §3.1).
    async fn find_by_login(&mut self, login: &str) -> Stored<Option<User>>;

    /// Which of these values another user than `except` has.
    async fn taken(
        &mut self,
        username: Option<Username>,
        email: Option<EmailAddress>,
        except: Option<UserId>,
    ) -> Stored<Vec<UniqueKey>>;
}
