//! A private PostgreSQL server, for installations and tests that bring none of their own (design,
//! "Embedded default").
//!
//! [`EmbeddedPostgres::start`] finds the server programs or downloads them, creates a database
//! cluster in the data directory, and runs a server that is reachable through a Unix socket in a
//! folder only its user can enter, never over the network.
//!
//! ```text
//! <data_dir>/wiwebb.lock      held by the one process that owns the directory
//! <data_dir>/postgres.log     what the server writes
//! <home>/cluster/             PGDATA
//! <home>/socket/              the Unix socket (in the temporary folder where the path is too long)
//! ```
//!
//! `home` is the data directory. Only where WiWebb runs as root, and the account that then runs
//! PostgreSQL cannot enter the data directory, it is a folder under `/var/lib/wiwebb`.

mod account;
mod clients;
mod cluster;
mod config;
#[cfg(feature = "download")]
mod download;
mod error;
mod install;
mod join;
mod places;
mod programs;
mod server;
mod watchdog;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use account::Account;
pub use clients::ClientPrograms;
pub use config::{Durability, EmbeddedConfig};
use error::At;
pub use error::EmbeddedError;
pub use join::{has_cluster, join};
use places::Places;
use programs::{Needed, Programs};
use server::{Server, Supervisor};
use watchdog::Watchdog;

/// The superuser of the cluster, the only one it has.
const USER: &str = "wiwebb";

/// Part of the socket's name; no network port.
const PORT: u16 = 5432;

/// The database every cluster has.
const MAINTENANCE: &str = "postgres";

/// A server that ended this often before it accepted a connection will not do so.
const HOPELESS: u32 = 4;

/// Pause between two attempts to connect to a server that is starting.
const POLL: Duration = Duration::from_millis(20);

/// A running PostgreSQL server that belongs to this value alone.
///
/// If the server dies it is started again. [`EmbeddedPostgres::stop`] ends it in good order; if
/// this value is dropped, or this process killed, a watchdog process ends it. Value and server do
/// not depend on the async runtime they were started in.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    supervisor: Supervisor,
    programs: Programs,
    durability: Durability,
    places: Places,
}

impl EmbeddedPostgres {
    /// Starts the server, creating the cluster first where there is none, and waits until it
    /// accepts connections.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] while another process owns the data directory,
    /// [`EmbeddedError::ProgramsMissing`] where no server programs can be had, and the others as
    /// they say.
    pub async fn start(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let start_timeout = config.start_timeout;
        let claimed = blocking(move || Claimed::new(config)).await?;
        let programs =
            programs::obtain(&claimed.config, claimed.needed, claimed.places.account).await?;
        let (postgres, log_start) = blocking(move || claimed.launch(programs)).await?;
        match postgres.ready(log_start, start_timeout).await {
            Ok(()) => Ok(postgres),
            Err(error) => {
                postgres.stop().await;
                Err(error)
            }
        }
    }

    /// Starts a server for tests in a new temporary folder, with the programs in `WIWEBB_PG_BIN`
    /// or of this machine. The folder is removed when the server is stopped or dropped, and when
    /// the process ends, so that it can be kept in a `static`.
    ///
    /// # Errors
    /// As [`EmbeddedPostgres::start`].
    pub async fn start_throwaway() -> Result<Self, EmbeddedError> {
        let data_dir = blocking(throwaway_dir).await?;
        let mut config = EmbeddedConfig::new(data_dir);
        config.program_dir = std::env::var_os("WIWEBB_PG_BIN").map(PathBuf::from);
        config.durability = Durability::Throwaway;
        Self::start(config).await
    }

    /// Waits until a connection succeeds.
    async fn ready(&self, log_start: u64, limit: Duration) -> Result<(), EmbeddedError> {
        let problem = |problem: String| EmbeddedError::NotReady {
            problem,
            log: self.places.log.clone(),
            tail: server::tail(&self.places.log, log_start),
        };
        let started = Instant::now();
        let attempts = async {
            while self.supervisor.state().ends < HOPELESS {
                if let Ok(connection) = self.connect_options(MAINTENANCE).connect().await {
                    // It has served its purpose, however the farewell goes.
                    let _ = connection.close().await;
                    tracing::info!(
                        data_dir = %self.places.data_dir.display(),
                        milliseconds = started.elapsed().as_millis(),
                        "the embedded PostgreSQL is running"
                    );
                    return Ok(());
                }
                tokio::time::sleep(POLL).await;
            }
            Err(problem(format!("ended {HOPELESS} times while it was starting")))
        };
        tokio::time::timeout(limit, attempts)
            .await
            .unwrap_or_else(|_| Err(problem(format!("did not start within {limit:?}"))))
    }

    /// How to connect to `database`: over the Unix socket, as the cluster's superuser.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        through(&self.places.socket_dir, database)
    }

    /// Creates the database `name` where it does not exist.
    ///
    /// # Errors
    /// [`EmbeddedError::Database`] if the server refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<(), EmbeddedError> {
        let mut connection: PgConnection = self.connect_options(MAINTENANCE).connect().await?;
        let quoted = name.replace('"', "\"\"");
        let outcome = sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE \"{quoted}\"")))
            .execute(&mut connection)
            .await;
        connection.close().await?;
        match outcome {
            Err(error) if !already_exists(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The folder of the programs in use, which may hold client programs such as `pg_dump` too.
    pub fn program_dir(&self) -> &Path {
        self.programs.directory()
    }

    /// The server's process id; `None` between the death of one server and the start of the next.
    pub fn server_pid(&self) -> Option<u32> {
        self.supervisor.state().pid
    }

    /// Stops the server: open sessions are ended, their transactions rolled back. A server that
    /// takes longer than half a minute is stopped at once, from which the next start recovers.
    pub async fn stop(self) {
        let Self { supervisor, durability, places, .. } = self;
        if supervisor.stop(durability).await {
            // Worth doing in a temporary folder; the next start makes it again.
            let _ = std::fs::remove_dir(&places.socket_dir);
            tracing::info!("the embedded PostgreSQL has stopped");
        } else {
            tracing::error!(log = %places.log.display(), "the embedded PostgreSQL does not stop");
        }
    }
}

/// How to connect to `database` of the server whose socket is in this folder.
fn through(socket_dir: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(PORT)
        .username(USER)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

/// A data directory that is ours, before its server is started.
struct Claimed {
    config: EmbeddedConfig,
    places: Places,
    needed: Needed,
    /// There from the beginning, so that a throw-away folder goes away even if the rest fails.
    watchdog: (Watchdog, Child),
}

impl Claimed {
    fn new(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let places = Places::claim(&config)?;
        let watchdog =
            Watchdog::spawn(config.durability, places.folders()).at("run", Path::new("/bin/sh"))?;
        cluster::end_left_over(&places.cluster)?;
        cluster::remove_unfinished(&places.home)?;
        let major = cluster::major_version(&places.cluster)?;
        let needed = major.map_or(Needed::AnySupported, Needed::Exactly);
        Ok(Self { config, places, needed, watchdog })
    }

    /// Creates the cluster if necessary and starts its server. Also says where in the log the
    /// server's own lines begin.
    fn launch(self, programs: Programs) -> Result<(EmbeddedPostgres, u64), EmbeddedError> {
        let Self { config, places, needed, watchdog: (watchdog, watchdog_process) } = self;
        let durability = config.durability;
        if needed == Needed::AnySupported {
            cluster::create(&programs, &places, durability, &watchdog)?;
        }
        let log_start = server::rotate(&places.log).at("rotate", &places.log)?;
        let server = Server::new(&programs, &places, durability);
        let supervisor = Supervisor::start(server, watchdog, watchdog_process)
            .at("run", &programs.postgres())?;
        Ok((EmbeddedPostgres { supervisor, programs, durability, places }, log_start))
    }
}

/// Whether a `CREATE DATABASE` failed because there is one of that name: made earlier
/// (`duplicate_database`) or at this very moment by someone else (`unique_violation`).
fn already_exists(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "42P04" || code == "23505")
}

/// A name for a new folder that PostgreSQL's account will be able to reach.
fn throwaway_dir() -> Result<PathBuf, EmbeddedError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let account = Account::choose(None)?;
    let parent = places::temporary_folders(account).next().ok_or_else(|| {
        EmbeddedError::Unreachable { path: std::env::temp_dir(), uid: account.uid() }
    })?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    Ok(parent.join(format!("wiwebb-throwaway-{}-{count}-{time:08x}", std::process::id())))
}

/// Runs work on files and processes where it holds up no task.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(EmbeddedError::Io {
                action: "start",
                path: PathBuf::from("PostgreSQL"),
                source: std::io::Error::other("the runtime is shutting down"),
            }),
        },
    }
}
