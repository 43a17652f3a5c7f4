//! Why a command failed.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use thiserror::Error as ThisError;
use wiwebb_domain::error::{Error as DomainError, RepositoryError, Violation};
use wiwebb_payments::StripeConfigError;
use wiwebb_persistence::embedded::EmbeddedError;
use wiwebb_persistence::import::ImportError;
use wiwebb_persistence::migrate::MigrateError;

use crate::adapters::mailer::MailError;
use crate::backup::BackupError;
use crate::config::ConfigError;

/// Any failure of a command, told for the operator.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum AppError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An argument is wrong, in a way that only the command can tell.
    #[error("{0}")]
    Usage(String),
    /// The command was refused; the text says why.
    #[error("{0}")]
    Refused(String),
    /// The address to listen on is taken or is none of this machine.
    #[error("cannot listen on {address}: {}", bind_hint(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The embedded PostgreSQL does not run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The database of `DATABASE_URL` does not answer.
    #[error("cannot connect to the database {url} (DATABASE_URL)")]
    Connect {
        /// Its URL without password.
        url: String,
        /// The reason.
        source: sqlx::Error,
    },
    /// The schema is not what this version needs.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The schema is older than this version needs, and must not be moved here.
    #[error("the database is not up to date; run `wiwebb migrate up` first")]
    NotMigrated(#[source] MigrateError),
    /// What was asked for needs a session of its own, which PgBouncer does not give.
    #[error("PgBouncer stands before the database; set WIWEBB_DATABASE_DIRECT_URL for this")]
    NoDirectUrl,
    /// A backup was not made or not restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Nothing was taken over.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The command did what can be done without a person; the text says what is left.
    #[error("{0}")]
    Incomplete(String),
    /// A use case failed.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// Writing rows failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
    /// Demo data that breaks a rule of the domain: a defect of its generator.
    #[error("the demo data is not valid")]
    Demo(#[from] Violation),
    /// Stripe cannot be spoken to as the settings say.
    #[error("the settings of Stripe (STRIPE_*) cannot be used")]
    Stripe(#[from] StripeConfigError),
    /// Mail cannot go where the settings say.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The async runtime or its signal handlers do not start.
    #[error("the runtime cannot start")]
    Runtime(#[source] io::Error),
    /// Reading from standard input or a terminal failed.
    #[error("cannot read the password")]
    Input(#[source] io::Error),
    /// Standard output cannot be written to.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

fn bind_hint(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::AddrInUse => {
            "another program is using this port; stop it or choose another one \
             (WIWEBB_BIND, WIWEBB_METRICS_BIND)"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have the address; choose another one \
             (WIWEBB_BIND, WIWEBB_METRICS_BIND)"
        }
        io::ErrorKind::PermissionDenied => {
            "this user may not listen there; choose a port above 1023 \
             (WIWEBB_BIND, WIWEBB_METRICS_BIND)"
        }
        _ => "choose another address (WIWEBB_BIND, WIWEBB_METRICS_BIND)",
    }
}

impl AppError {
    /// 2 where arguments or settings are to blame, 3 where something is left to a person, else 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Incomplete(_) => ExitCode::from(3),
            _ => ExitCode::FAILURE,
        }
    }
}
