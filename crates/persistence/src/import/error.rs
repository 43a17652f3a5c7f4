//! Why a database cannot be taken over.

use std::io;

use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ports::secrets::SecretUnreadable;

use super::OLD_SCHEMA;
use crate::migrate::MigrateError;

/// Why nothing was taken over. Whatever it is, the databases are as they were before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The database to read from cannot be reached or read.
    #[error("the database to import from cannot be read")]
    Source(#[source] sqlx::Error),
    /// A statement failed for no reason that lies in a row.
    #[error("the import failed; nothing was changed")]
    Database(#[from] sqlx::Error),
    /// The same, told by a part that is shared with the repositories.
    #[error("the import failed; nothing was changed")]
    Store(#[from] RepositoryError),
    /// The schema is not the one of this version, or cannot be made.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Tables or columns are missing: this is no database of the Django version.
    #[error("this is no database of the Django version of WiWebb: {}", .0.join("; "))]
    NotDjango(Vec<String>),
    /// The database to write to has rows already.
    #[error("the database has rows already, in {0}; an import needs an empty one")]
    NotEmpty(&'static str),
    /// The database to adopt has this program's migrations.
    #[error("the database belongs to this program already; there is nothing to adopt")]
    AlreadyAdopted,
    /// The database to copy from has this program's migrations.
    #[error(
        "the source is a database of this program, not of the Django version; use backup and restore"
    )]
    OwnSource,
    /// Things in the database that would be lost or go on to use the old tables.
    #[error(
        "the database cannot be adopted as it is: {}. Remove them first, or copy the rows into \
         another database with --from; nothing was changed",
        .0.join("; ")
    )]
    Blocked(Vec<String>),
    /// Rows do not fit, and nobody said what is to become of them.
    #[error("{rows} rows do not fit; correct them or have them set aside. Nothing was changed")]
    Misfits {
        /// How many.
        rows: u64,
    },
    /// A row cannot be read at all.
    #[error("a row of {table} cannot be read; nothing was changed")]
    Unreadable {
        /// Its table.
        table: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Fewer or more rows were read than there are.
    #[error("{table} has {rows} rows, but {read} were read; nothing was changed")]
    Miscounted {
        /// The table.
        table: &'static str,
        /// Rows that are there.
        rows: u64,
        /// Rows that were taken over or refused.
        read: u64,
    },
    /// A secret of a gateway cannot be sealed.
    #[error(transparent)]
    Secret(#[from] SecretUnreadable),
    /// The report cannot be written.
    #[error("the report cannot be written; nothing was changed")]
    Report(#[source] io::Error),
    /// The schema for the old tables is there.
    #[error(
        "the schema {OLD_SCHEMA} exists already; rename it, as Django's tables are kept under this \
         name. Nothing was changed"
    )]
    OldSchemaExists,
}
