//! Time, from outside.

use chrono::{DateTime, Utc};

/// Tells the time. Use cases ask it once and pass the answer on.
#[cfg_attr(feature = "test-support", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The present instant, in the microseconds that PostgreSQL keeps.
    fn now(&self) -> DateTime<Utc>;
}
