//! What can go wrong with the embedded PostgreSQL, told so that an operator knows what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded PostgreSQL could not be started or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// Another process owns this data directory.
    #[error(
        "another WiWebb{} is using the data directory {}; stop it first, or choose another data directory",
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        data_dir.display()
    )]
    InUse {
        /// The contested data directory.
        data_dir: PathBuf,
        /// The owner's process id; absent in the instant before the owner has written it down.
        pid: Option<u32>,
    },

    /// No usable server programs on this machine, and none could be downloaded.
    #[error(
        "PostgreSQL {needed} was not found on this machine{}. Install it with `{install}`, or set \
         WIWEBB_PG_BIN to the folder that holds initdb and postgres, or set DATABASE_URL to use a \
         PostgreSQL server of your own",
        reasons.iter().map(|reason| ["; ", reason].concat()).collect::<String>()
    )]
    ProgramsMissing {
        /// The version looked for, as a phrase: `14 or newer`, or the one that wrote the data.
        needed: String,
        /// What was found instead, and why the download brought nothing where one was tried.
        reasons: Vec<String>,
        /// The one command that installs the programs on this system.
        install: String,
    },

    /// No usable client programs on this machine.
    #[error(
        "pg_dump and pg_restore {at_least} or newer, which go with the server, were not found{}. \
         Install them with `{install}`, or set WIWEBB_PG_BIN to their folder",
        reasons.iter().map(|reason| ["; ", reason].concat()).collect::<String>()
    )]
    ClientsMissing {
        /// The oldest major version that would do.
        at_least: u32,
        /// What was found instead.
        reasons: Vec<String>,
        /// The one command that installs the programs on this system.
        install: String,
    },

    /// `initdb` failed; nothing of its attempt is left behind.
    #[error("initdb could not create the database cluster in {}: {output}", cluster.display())]
    InitFailed {
        /// Where the cluster was to be.
        cluster: PathBuf,
        /// What `initdb` wrote.
        output: String,
    },

    /// A folder stands where the cluster belongs, but no cluster is in it.
    #[error(
        "{} holds files but no PostgreSQL cluster; move them away or choose another data directory",
        .0.display()
    )]
    NotACluster(PathBuf),

    /// A throw-away cluster was asked for in a folder that has contents, which its end would delete.
    #[error("{} is not empty, so it cannot be the home of a throw-away cluster", .0.display())]
    NotEmpty(PathBuf),

    /// Running as root on a system with neither of the accounts PostgreSQL could run as.
    #[error(
        "PostgreSQL refuses to run as root, and this system has neither a `postgres` nor a `nobody` \
         user; create one (`useradd --system postgres`) or start WiWebb as another user"
    )]
    NoAccount,

    /// The account PostgreSQL runs as cannot get into a folder that it needs.
    #[error(
        "user id {uid}, which PostgreSQL runs as, cannot enter {}; make every folder on that path \
         enterable for it (chmod o+x) or choose another data directory",
        path.display()
    )]
    Unreachable {
        /// The folder out of reach.
        path: PathBuf,
        /// The account's user id.
        uid: u32,
    },

    /// The socket folder exists, and someone else could be in it.
    #[error(
        "{} must be a folder that only user id {uid} can enter; remove it and start again",
        path.display()
    )]
    NotPrivate {
        /// The folder that is not private.
        path: PathBuf,
        /// The only user id that may own it.
        uid: u32,
    },

    /// A server of an earlier, killed WiWebb does not end.
    #[error("the PostgreSQL server {pid} of an earlier run does not stop; end it by hand")]
    LeftOver {
        /// The old server's process id.
        pid: u32,
    },

    /// The server did not accept a connection in time, or ended at every attempt.
    #[error("PostgreSQL {problem}; the end of {} says:\n{tail}", log.display())]
    NotReady {
        /// What was seen of it.
        problem: String,
        /// Its log file.
        log: PathBuf,
        /// The last lines it has written since it was started.
        tail: String,
    },

    /// A file operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `create`, `lock`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The running server refused a statement.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes `io::Error`s say what was tried on which file.
pub(super) trait At<T> {
    /// Turns an `io::Error` into [`EmbeddedError::Io`].
    fn at(self, action: &'static str, path: &Path) -> Result<T, EmbeddedError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, EmbeddedError> {
        self.map_err(|source| EmbeddedError::Io { action, path: path.to_path_buf(), source })
    }
}
