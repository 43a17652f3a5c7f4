//! Restores a backup: everything that can be told from the file is checked before the database is
//! touched, and what came of it is compared with the manifest.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use wiwebb_persistence::embedded::ClientPrograms;
use wiwebb_persistence::migrate;

use super::contents::{self, Contents};
use super::dump;
use super::error::{At as _, BackupError};
use super::manifest::Manifest;
use super::programs;
use super::progress::Progress;
use super::target::Target;
use crate::config::Config;

/// From this version on `pg_restore` sends a setting that older servers do not know.
pub(crate) const NEW_SETTINGS: u32 = 17;

/// Most sessions that one restore opens.
const MOST_JOBS: usize = 4;

/// What is to be restored into what.
pub(crate) struct Request<'a> {
    /// The dump.
    pub(crate) file: &'a Path,
    /// A database to create; `None` is the one of the settings.
    pub(crate) database: Option<&'a str>,
    /// Whether a file without manifest will do.
    pub(crate) unverified: bool,
}

/// What was restored.
pub(crate) struct Restored {
    /// Into which database.
    pub(crate) database: String,
    /// What is in it now.
    pub(crate) contents: Contents,
    /// Whether a manifest said the same.
    pub(crate) is_verified: bool,
    /// The latest step of the schema.
    pub(crate) schema_version: i64,
    /// Whether this version of the program needs further steps.
    pub(crate) is_outdated: bool,
}

/// Restores. Where it fails or `stop` is cancelled, a new database goes again, and one that was there
/// is as empty as before, or keeps everything if the rows were in it already.
pub(crate) async fn run(
    pool: &PgPool,
    config: &Config,
    request: &Request<'_>,
    stop: &CancellationToken,
) -> Result<Restored, BackupError> {
    let options = pool.connect_options();
    let checks = Source::check(pool, config, request);
    let source = stop.run_until_cancelled(checks).await.ok_or(BackupError::Interrupted)??;
    let target = match request.database {
        Some(name) => Target::create(&options, name).await?,
        // This can wait for others.
        None => stop
            .run_until_cancelled(Target::take(&options))
            .await
            .ok_or(BackupError::Interrupted)??,
    };
    let work = source.pour_into(&target);
    let outcome = match stop.run_until_cancelled(work).await {
        Some(Ok(contents)) => target.publish().await.map(|()| contents),
        Some(Err(error)) => Err(error),
        None => Err(BackupError::Interrupted),
    };
    match outcome {
        Ok(contents) => Ok(Restored {
            database: target.release().await,
            contents,
            is_verified: source.manifest.is_some(),
            schema_version: source.schema_version,
            is_outdated: source.schema_version < source.known_version,
        }),
        Err(error) => Err(target.abandon(error).await),
    }
}

/// A file that can be restored here.
struct Source {
    file: PathBuf,
    programs: ClientPrograms,
    manifest: Option<Manifest>,
    /// How many things are in it.
    entries: u64,
    schema_version: i64,
    /// The latest step that this program knows.
    known_version: i64,
}

impl Source {
    async fn check(
        pool: &PgPool,
        config: &Config,
        request: &Request<'_>,
    ) -> Result<Self, BackupError> {
        let file = request.file.to_path_buf();
        let length = file.metadata().at("read", &file)?.len();
        let beside = Manifest::path_of(&file);
        let manifest = Manifest::read(&beside)?;
        if manifest.is_none() && !request.unverified {
            return Err(BackupError::NoManifest(beside));
        }
        let (server, _) = contents::server_version(&pool.connect_options()).await?;
        let made_by = manifest.as_ref().map_or(0, |manifest| manifest.pg_dump_version);
        let programs = programs::find(config, server.max(made_by)).await?;
        if programs.major() >= NEW_SETTINGS && server < NEW_SETTINGS {
            return Err(BackupError::OldServer { server, program: programs.major() });
        }
        if let Some(manifest) = &manifest {
            compare(&file, length, manifest).await?;
        }
        let archive = Archive::new(&programs, &file);
        let entries = archive.entries().await?;
        let schema_version =
            archive.schema_version().await?.ok_or_else(|| BackupError::Foreign(file.clone()))?;
        let known = migrate::status(pool).await?.into_iter().filter(|step| step.known);
        let known_version = known.map(|step| step.version).max().unwrap_or_default();
        if schema_version > known_version {
            return Err(BackupError::Newer { found: schema_version, known: known_version });
        }
        Ok(Self { file, programs, manifest, entries, schema_version, known_version })
    }

    /// Fills the target and compares what is in it then.
    async fn pour_into(&self, target: &Target) -> Result<Contents, BackupError> {
        self.restore(target).await?;
        let progress = Progress::step("comparing");
        let contents = target.examine().await?;
        if let Some(manifest) = &self.manifest {
            let differences = contents::differences(&manifest.tables, &contents);
            if !differences.is_empty() {
                return Err(BackupError::Differs(differences.join("; ")));
            }
        }
        drop(progress);
        Ok(contents)
    }

    async fn restore(&self, target: &Target) -> Result<(), BackupError> {
        let program = self.programs.restore();
        let options = target.options();
        let mut command = programs::connected(&program, options, self.programs.major());
        // An extension that is there already may be somebody else's, who alone may comment on it.
        command.args(["--exit-on-error", "--no-owner", "--no-privileges", "--no-tablespaces"]);
        command.arg("--no-comments");
        if target.is_new() {
            // Nobody sees it yet, so parts of it may be there before others.
            command.arg(format!("--jobs={}", jobs()));
        } else {
            command.arg("--single-transaction");
        }
        let mut process = command
            .arg("--verbose")
            .arg(programs::dbname(programs::database_of(options)))
            .arg(&self.file)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .at("run", &program)?;
        let progress = Progress::parts("restoring", self.entries);
        let told = match process.stderr.take() {
            Some(said) => programs::listen(said, |line| is_progress(line, &progress)).await,
            None => String::new(),
        };
        let status = process.wait().await.at("wait for", &program)?;
        if status.success() {
            Ok(())
        } else {
            Err(BackupError::Failed { program: "pg_restore", told })
        }
    }
}

/// The file is the one that the manifest describes.
async fn compare(file: &Path, length: u64, manifest: &Manifest) -> Result<(), BackupError> {
    let damaged = |reason| BackupError::Damaged { path: file.to_path_buf(), reason };
    if length != manifest.bytes {
        return Err(damaged(format!("it has {length} bytes instead of {}", manifest.bytes)));
    }
    let path = file.to_path_buf();
    let progress = Progress::bytes("checking the file", Some(length));
    let (sha256, _) = tokio::task::spawn_blocking(move || dump::digest(&path, &progress))
        .await
        .map_err(std::io::Error::other)
        .at("read", file)??;
    if sha256 == manifest.sha256 {
        Ok(())
    } else {
        Err(damaged(format!("its SHA-256 is {sha256} instead of {}", manifest.sha256)))
    }
}

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_JOBS))
}

/// Whether a line of `pg_restore --verbose` tells of progress. One line for each entry counts.
fn is_progress(line: &str, progress: &Progress) -> bool {
    const BEGINS: [&str; 3] = ["creating ", "processing data for ", "executing "];
    let Some(told) = line.strip_prefix("pg_restore: ") else {
        return false;
    };
    if BEGINS.iter().any(|begin| told.starts_with(begin)) {
        progress.advance(1);
    }
    !["error", "fatal", "warning", "detail", "hint"].iter().any(|word| told.starts_with(word))
}

/// A dump as `pg_restore` reads it.
pub(super) struct Archive<'a> {
    programs: &'a ClientPrograms,
    file: &'a Path,
}

impl<'a> Archive<'a> {
    pub(super) fn new(programs: &'a ClientPrograms, file: &'a Path) -> Self {
        Self { programs, file }
    }

    /// How many things are in it; an error where it is no dump.
    pub(super) async fn entries(&self) -> Result<u64, BackupError> {
        let list = self.output(&["--list"]).await?;
        let entries = list.lines().filter(|line| !line.is_empty() && !line.starts_with(';'));
        Ok(entries.count() as u64)
    }

    /// The latest step of the schema in it; `None` where there is none.
    async fn schema_version(&self) -> Result<Option<i64>, BackupError> {
        let rows = self.output(&["--data-only", "--table=_sqlx_migrations", "--file=-"]).await?;
        Ok(latest_step(&rows))
    }

    async fn output(&self, arguments: &[&str]) -> Result<String, BackupError> {
        let arguments = arguments.iter().map(OsStr::new).chain([self.file.as_os_str()]);
        let arguments: Vec<&OsStr> = arguments.collect();
        programs::output(&self.programs.restore(), "pg_restore", &arguments).await
    }
}

/// The highest number in the first column of what is copied into the table of steps.
fn latest_step(sql: &str) -> Option<i64> {
    let rows = sql.lines().skip_while(|line| {
        !(line.starts_with("COPY ") && line.contains("_sqlx_migrations (version,"))
    });
    let rows = rows.skip(1).take_while(|line| *line != "\\.");
    rows.filter_map(|row| row.split('\t').next()?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_step_is_read_from_the_rows_of_its_table() {
        let sql = "SET row_security = off;\n\n\
            COPY public._sqlx_migrations (version, description, success) FROM stdin;\n\
            2\taudit log\tt\n11\tlatest\tt\n1\ttenant\tt\n\\.\n\n99\tno row\n";
        assert_eq!(latest_step(sql), Some(11));
    }

    #[test]
    fn a_dump_without_steps_has_no_latest_one() {
        assert_eq!(latest_step("SET row_security = off;\n"), None);
        let empty = "COPY public._sqlx_migrations (version, description) FROM stdin;\n\\.\n";
        assert_eq!(latest_step(empty), None);
    }

    #[test]
    fn errors_are_told_and_progress_is_not() {
        let progress = Progress::parts("restoring", 2);
        assert!(is_progress("pg_restore: creating TABLE \"public.api_user\"", &progress));
        assert!(is_progress("pg_restore: connecting to database for restore", &progress));
        assert!(!is_progress("pg_restore: error: could not execute query", &progress));
        assert!(!is_progress("Command was: CREATE TABLE", &progress));
    }
}
