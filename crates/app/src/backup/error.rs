//! What can go wrong with backups, told so that an operator knows what to do next.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error as ThisError;
use wiwebb_persistence::embedded::EmbeddedError;
use wiwebb_persistence::migrate::MigrateError;

/// Why a backup was not made or not restored.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum BackupError {
    /// A file operation failed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `pg_dump` or `pg_restore` cannot be had.
    #[error(transparent)]
    Programs(#[from] EmbeddedError),
    /// `pg_dump` or `pg_restore` failed.
    #[error("{program} failed: {told}")]
    Failed {
        /// Which of them.
        program: &'static str,
        /// What it wrote.
        told: String,
    },
    /// The database does not answer or refuses.
    #[error("the database refuses a step of it")]
    Database(#[from] sqlx::Error),
    /// The steps of the schema in the database cannot be read.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Another backup of the same second has the name.
    #[error("{} is there already; try again", .0.display())]
    Exists(PathBuf),
    /// A file without manifest, which nothing can be compared with.
    #[error(
        "{} is missing, which says what the backup has to hold; --unverified restores without it",
        .0.display()
    )]
    NoManifest(PathBuf),
    /// The manifest is of another form than this program writes.
    #[error("{} is no manifest of a backup: {reason}", path.display())]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is not the one that was made.
    #[error("{} is damaged: {reason}; nothing was restored", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What differs from its manifest.
        reason: String,
    },
    /// A dump of something else.
    #[error("{} holds no database of WiWebb; nothing was restored", .0.display())]
    Foreign(PathBuf),
    /// A newer version has made the backup.
    #[error(
        "the backup has migration {found:04}, and this version knows none after {known:04}: it was \
         made by a newer WiWebb; restore it with that version. Nothing was restored"
    )]
    Newer {
        /// The backup's latest step.
        found: i64,
        /// The latest step that is known here.
        known: i64,
    },
    /// `pg_restore` is too new for the server.
    #[error(
        "pg_restore {program}, which can read this backup, does not go with a server of version \
         {server}; restore into PostgreSQL 17 or newer, or install the programs of the server's \
         version if they have made the backup"
    )]
    OldServer {
        /// Major version of the server.
        server: u32,
        /// Major version of the programs.
        program: u32,
    },
    /// The database holds something.
    #[error(
        "the database {database} is not empty ({example} is in it); restore into a new one with \
         --database, or into one that holds nothing"
    )]
    NotEmpty {
        /// Which database.
        database: String,
        /// One of the things in it.
        example: String,
    },
    /// The database that is to be created exists.
    #[error("there is a database {0} already; choose another name")]
    DatabaseExists(String),
    /// Another restore to the same name is under way.
    #[error("another restore into {0} is under way")]
    Busy(String),
    /// What was restored is not what was backed up.
    #[error("what was restored differs from the backup: {0}")]
    Differs(String),
    /// A signal.
    #[error("interrupted")]
    Interrupted,
    /// A restore failed, and nothing is left of it.
    #[error("nothing was restored")]
    Undone(#[source] Box<Self>),
    /// A restore failed when its rows were in a database that others may have written to since.
    #[error(
        "the database {database} is not empty now, and all of it stays there, the restored rows and \
         what others may have written; to restore again, drop the database and create it anew, or \
         restore into a new one with --database"
    )]
    Kept {
        /// Which database.
        database: String,
        /// What failed.
        source: Box<Self>,
    },
}

/// Makes `io::Error`s say what was tried on which file.
pub(super) trait At<T> {
    /// Turns an `io::Error` into [`BackupError::File`].
    fn at(self, action: &'static str, path: &Path) -> Result<T, BackupError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, BackupError> {
        self.map_err(|source| BackupError::File { action, path: path.to_path_buf(), source })
    }
}
