//! What stands before the database, and beside it.

use std::time::Duration;

use secrecy::SecretString;

use super::keys::Layers;
use super::{ConfigError, DATABASE, values};

/// Furthest in seconds that a replica may be behind: who reads it wants to see today.
const LONGEST_REPLICA_LAG: u64 = 3_600;

/// How several servers share a database (docs/scaling.md).
#[derive(Debug, Clone)]
pub struct SharingConfig {
    /// Whether PgBouncer stands before the database, and its replica, in transaction mode.
    pub pgbouncer: bool,
    /// The database without PgBouncer, for what needs a session of its own.
    pub direct_url: Option<SecretString>,
    /// A copy of the database that lists are read from; `None` has none.
    pub replica_url: Option<SecretString>,
    /// The replica is not read while it is further behind than this.
    pub replica_lag: Duration,
}

impl SharingConfig {
    /// Reads the settings.
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let url = |name| layers.parse(name, DATABASE, values::database_url);
        Ok(Self {
            pgbouncer: layers.require("pgbouncer", "on or off", values::switch)?,
            direct_url: url("database_direct_url")?,
            replica_url: url("database_replica_url")?,
            replica_lag: layers.require(
                "database_replica_lag",
                "a whole number of seconds from 1 to 3600",
                |text| {
                    let seconds = text.parse().ok();
                    let known = seconds.filter(|lag| (1..=LONGEST_REPLICA_LAG).contains(lag));
                    known.map(Duration::from_secs)
                },
            )?,
        })
    }
}
