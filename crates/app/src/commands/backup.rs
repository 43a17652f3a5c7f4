//! `wiwebb backup`

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_persistence::{embedded, migrate};

use super::cancel_on_signal;
use crate::adapters::clock::SystemClock;
use crate::backup::dump::{self, Backup};
use crate::backup::restore::NEW_SETTINGS;
use crate::backup::retention::{self, Retention};
use crate::backup::{BackupError, contents};
use crate::cli::BackupArgs;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// The folder of backups in the data directory.
const FOLDER: &str = "backups";

/// Makes a backup, then removes those that need not be kept any more.
pub(super) async fn run(args: &BackupArgs, config: &Config) -> Result<(), AppError> {
    let stop = cancel_on_signal()?;
    if config.database_url.is_none() && !embedded::has_cluster(&config.data_dir) {
        let folder = config.data_dir.display();
        return Err(AppError::Refused(format!("there is no database in {folder} to back up")));
    }
    let database = Database::open_beside(config).await?;
    let outcome = execute(args, config, &database, &stop).await;
    database.close().await;
    outcome
}

async fn execute(
    args: &BackupArgs,
    config: &Config,
    database: &Database,
    stop: &CancellationToken,
) -> Result<(), AppError> {
    require_something(database).await?;
    let folder = args.to.clone().unwrap_or_else(|| config.data_dir.join(FOLDER));
    let options = database.direct()?.connect_options();
    let (server, _) = contents::server_version(&options).await.map_err(BackupError::from)?;
    let making = dump::make(&options, config, &folder);
    let made = stop.run_until_cancelled(making).await.ok_or(BackupError::Interrupted)??;
    output::line(report(&made))?;
    if server < NEW_SETTINGS && made.manifest.pg_dump_version >= NEW_SETTINGS {
        tracing::warn!(
            pg_dump = made.manifest.pg_dump_version,
            server,
            "this backup can be restored into PostgreSQL 17 or newer only; for the server's version \
             install the programs of that version"
        );
    }
    let kept = Retention { count: args.keep, days: args.keep_days };
    for removed in retention::prune(kept, &made, SystemClock.now())? {
        output::line(format!("removed {}", removed.display()))?;
    }
    Ok(())
}

/// A backup of nothing would count as the newest, and send sound ones away.
async fn require_something(database: &Database) -> Result<(), AppError> {
    let steps = migrate::status(database.pool()).await?;
    if steps.iter().any(|step| step.applied) {
        return Ok(());
    }
    Err(AppError::Refused("the database holds nothing of WiWebb to back up".to_owned()))
}

fn report(Backup { path, manifest }: &Backup) -> String {
    let seconds = manifest.finished_at.signed_duration_since(manifest.started_at).num_seconds();
    format!(
        "{}: {} bytes, {} rows in {} tables, {seconds} s",
        shown(path),
        manifest.bytes,
        manifest.rows(),
        manifest.tables.len()
    )
}

fn shown(path: &PathBuf) -> String {
    path.canonicalize().as_ref().unwrap_or(path).display().to_string()
}
