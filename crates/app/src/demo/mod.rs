//! Demo data: realistic, of a chosen size, and the same every time but for its dates.
//!
//! It is written in many steps, so an attempt that is broken off leaves a part of it behind.

mod catalogue;
mod dice;
mod fill;
mod people;
mod progress;
mod subscriptions;
mod trade;
mod words;

use wiwebb_domain::access::Scope;
use wiwebb_domain::error::{Error as DomainError, RepositoryError, Violation};
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::password::Password;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::password::PasswordHasher as _;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::text::Username;

use crate::adapters::clock::SystemClock;
use crate::adapters::password::SlowHasher;
use crate::cli::DemoArgs;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::output;
use fill::Demo;
use people::LOGINS;
use progress::Progress;

/// The password of every demo user. It is public.
const PASSWORD: &str = "wiwebb-demo-2026";

/// What came of an attempt to create demo data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is there now.
    Created,
    /// It was there before; nothing was changed.
    Existed,
}

/// The demo logins as a table.
pub(crate) fn logins() -> String {
    let mut rows = vec![["username", "password", "role"].map(str::to_owned)];
    rows.extend(
        LOGINS.map(|login| [login.username, PASSWORD, login.role.as_str()].map(str::to_owned)),
    );
    output::table(&rows)
}

/// Whether anybody could sign in.
pub(crate) async fn has_users(store: &dyn UnitOfWorkFactory) -> Result<bool, AppError> {
    let mut read = store.read("demo.has_users").await?;
    let page = read.users().list(Scope::Everything, ListRequest::default()).await?;
    Ok(page.is_some_and(|page| !page.items.is_empty()))
}

/// Whether the demo logins exist.
pub(crate) async fn exists(store: &dyn UnitOfWorkFactory) -> Result<bool, AppError> {
    let mut read = store.read("demo.exists").await?;
    let [first, ..] = LOGINS;
    let username = Username::new(first.username)?;
    Ok(!read.users().taken(Some(username), None, None).await?.is_empty())
}

/// Creates demo data of this size, unless there is some.
pub(crate) async fn create(
    database: &Database,
    size: &DemoArgs,
    config: &Config,
) -> Result<Outcome, AppError> {
    let store = database.store();
    if exists(store.as_ref()).await? {
        return Ok(Outcome::Existed);
    }
    let password = SlowHasher::default().hash(Password::new(PASSWORD.to_owned())).await;
    let demo = Demo {
        pool: database.direct()?,
        store: store.as_ref(),
        size,
        now: SystemClock.now(),
        zone: config.time_zone,
        grace: config.grace(),
        password: password.map_err(DomainError::Password)?,
        progress: Progress::of(size.rows()),
    };
    match demo.fill().await {
        Err(AppError::Store(RepositoryError::Taken(key))) => Err(AppError::Refused(format!(
            "there is no room for demo data: {} Take an empty database; an attempt that was \
             broken off can have left this one as it is",
            Violation::Taken(key)
        ))),
        outcome => outcome.map(|()| Outcome::Created),
    }
}
