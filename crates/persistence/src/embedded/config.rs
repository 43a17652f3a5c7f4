//! How the embedded PostgreSQL is to be run.

use std::path::PathBuf;
use std::time::Duration;

use super::account;

/// How carefully data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A committed transaction survives a crash of the system (fsync is on).
    Durable,
    /// For tests: nothing is forced to disk, and the data directory is removed at the end, also
    /// when the process is killed.
    Throwaway,
}

/// How to run the embedded PostgreSQL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddedConfig {
    /// The folder everything is kept in; created if missing.
    pub data_dir: PathBuf,
    /// The folder that holds `initdb` and `postgres` (`WIWEBB_PG_BIN`); no other is then looked at.
    pub program_dir: Option<PathBuf>,
    /// Downloaded programs are kept in `postgresql` below this folder.
    pub cache_dir: PathBuf,
    /// How carefully data is kept.
    pub durability: Durability,
    /// How long the server may take until it accepts a connection.
    pub start_timeout: Duration,
}

impl EmbeddedConfig {
    /// A durable cluster in `data_dir`, with the programs of this machine or downloaded ones in
    /// the user's cache folder, and a minute to start.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        Self {
            program_dir: None,
            cache_dir: default_cache_dir().unwrap_or_else(|| data_dir.join("cache")),
            data_dir,
            durability: Durability::Durable,
            start_timeout: Duration::from_mins(1),
        }
    }
}

/// The folder for what can be fetched again: the system's for root, whose programs other accounts
/// have to run, else the user's.
fn default_cache_dir() -> Option<PathBuf> {
    if account::is_root() {
        return Some(PathBuf::from("/var/cache/wiwebb"));
    }
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let user = if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    user.map(|folder| folder.join("wiwebb"))
}
