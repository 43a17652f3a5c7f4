//! Makes a backup: counts the tables and dumps them as they are at one moment, and gives the files
//! their names when all of it is on the disk.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ring::digest::{Context, SHA256};
use sqlx::postgres::PgConnectOptions;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_persistence::embedded::ClientPrograms;

use super::contents::{self, Snapshot};
use super::error::{At as _, BackupError};
use super::manifest::{Manifest, persist};
use super::programs;
use super::progress::Progress;
use super::restore::Archive;
use crate::adapters::clock::SystemClock;
use crate::config::Config;

/// How the file of a backup is called that is not done.
const UNFINISHED: (&str, &str) = ("wiwebb-", ".dump.part");

/// An unfinished file that nothing was written to for so long belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_hours(24);

/// How long the dump waits for a table that a migration holds.
const LOCK_WAIT: &str = "--lock-wait-timeout=60s";

/// Bytes that are read at a time.
const CHUNK: usize = 256 * 1024;

/// A backup that was made.
pub(crate) struct Backup {
    /// The dump.
    pub(crate) path: PathBuf,
    /// What is known of it.
    pub(crate) manifest: Manifest,
}

/// Dumps the database that `options` lead to into `folder`, which is created where it is missing.
/// Nothing of a backup that fails stays there.
pub(crate) async fn make(
    options: &PgConnectOptions,
    config: &Config,
    folder: &Path,
) -> Result<Backup, BackupError> {
    let started_at = SystemClock.now();
    let (major, server_version) = contents::server_version(options).await?;
    let programs = programs::find(config, major).await?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).at("create", folder)?;
    remove_abandoned(folder)?;
    let (prefix, suffix) = UNFINISHED;
    // Its mode is 0600 from the first moment.
    let file = tempfile::Builder::new().prefix(prefix).suffix(suffix).tempfile_in(folder);
    let file = file.at("create a file in", folder)?;

    let mut snapshot = Snapshot::take(options).await?;
    let schema_version = snapshot.schema_version().await?;
    let id = snapshot.id.clone();
    let (written, tables) = tokio::try_join!(write(&programs, options, &id, &file), async {
        Ok(snapshot.contents().await?)
    })?;
    snapshot.release().await;
    Archive::new(&programs, file.path()).entries().await?;

    let name = name(started_at);
    let manifest = Manifest {
        format: Manifest::FORM,
        file: name.clone(),
        sha256: written.sha256,
        bytes: written.bytes,
        database: programs::database_of(options).to_owned(),
        server_version,
        pg_dump_version: programs.major(),
        wiwebb_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version,
        started_at,
        finished_at: SystemClock.now(),
        tables,
    };
    let path = folder.join(name);
    publish(file, &path, &manifest)?;
    Ok(Backup { path, manifest })
}

fn name(started_at: DateTime<Utc>) -> String {
    format!("wiwebb-{}.dump", started_at.format("%Y%m%dT%H%M%SZ"))
}

/// What came of a dump.
struct Written {
    sha256: String,
    bytes: u64,
}

async fn write(
    programs: &ClientPrograms,
    options: &PgConnectOptions,
    snapshot: &str,
    file: &NamedTempFile,
) -> Result<Written, BackupError> {
    let program = programs.dump();
    let mut process = programs::connected(&program, options, programs.major())
        .args(["--format=custom", LOCK_WAIT])
        .arg(format!("--snapshot={snapshot}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .at("run", &program)?;
    let (Some(dump), Some(said)) = (process.stdout.take(), process.stderr.take()) else {
        return Err(BackupError::Failed { program: "pg_dump", told: "it says nothing".into() });
    };
    let progress = Progress::bytes("dumping", None);
    let (written, told) =
        tokio::join!(copy(dump, file, &progress), programs::listen(said, |_| false));
    let status = process.wait().await.at("wait for", &program)?;
    outcome(written, status, told)
}

/// A dump that cannot be written breaks the pipe, of which `pg_dump` then complains: the reason is
/// with the file.
fn outcome(
    written: Result<Written, BackupError>,
    status: ExitStatus,
    told: String,
) -> Result<Written, BackupError> {
    let written = written?;
    if status.success() {
        Ok(written)
    } else {
        Err(BackupError::Failed { program: "pg_dump", told })
    }
}

/// Writes a dump to its file and to the disk, a part at a time.
async fn copy(
    mut dump: impl AsyncRead + Unpin,
    file: &NamedTempFile,
    progress: &Progress,
) -> Result<Written, BackupError> {
    let path = file.path();
    let mut target = tokio::fs::File::from_std(file.reopen().at("open", path)?);
    let mut hash = Context::new(&SHA256);
    let mut bytes = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = dump.read(&mut buffer).await.at("read the dump for", path)?;
        if length == 0 {
            break;
        }
        let part = &buffer[..length];
        hash.update(part);
        target.write_all(part).await.at("write", path)?;
        bytes += length as u64;
        progress.advance(length);
    }
    target.flush().await.at("write", path)?;
    target.sync_all().await.at("write", path)?;
    Ok(Written { sha256: hex::encode(hash.finish()), bytes })
}

/// SHA-256 of a file, in hexadecimal digits, and its length.
pub(super) fn digest(path: &Path, progress: &Progress) -> Result<(String, u64), BackupError> {
    use std::io::Read as _;

    let mut file = File::open(path).at("open", path)?;
    let mut hash = Context::new(&SHA256);
    let mut bytes = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = file.read(&mut buffer).at("read", path)?;
        if length == 0 {
            return Ok((hex::encode(hash.finish()), bytes));
        }
        hash.update(&buffer[..length]);
        bytes += length as u64;
        progress.advance(length);
    }
}

/// Gives the files their names: the manifest first, so that every dump that can be seen has one.
fn publish(file: NamedTempFile, path: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let beside = Manifest::path_of(path);
    manifest.write(&beside)?;
    if let Err(error) = persist(file, path) {
        // A manifest alone does no harm.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).at("sync", folder)
}

/// Removes what backups left that were killed.
fn remove_abandoned(folder: &Path) -> Result<(), BackupError> {
    let (prefix, suffix) = UNFINISHED;
    for entry in fs::read_dir(folder).at("list", folder)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().ok().and_then(|data| data.modified().ok()?.elapsed().ok());
        let is_abandoned = age.is_some_and(|age| age > ABANDONED);
        if name.starts_with(prefix) && name.ends_with(suffix) && is_abandoned {
            let path = entry.path();
            fs::remove_file(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_backup_is_called_by_the_second_it_was_begun_in() {
        let started = "2026-11-26T09:08:07.654Z".parse().unwrap();
        assert_eq!(name(started), "wiwebb-20261126T090807Z.dump");
    }

    #[tokio::test]
    async fn what_is_written_is_hashed_on_its_way() {
        let file = NamedTempFile::new().unwrap();
        let progress = Progress::bytes("dumping", None);
        let written = copy(&b"abc"[..], &file, &progress).await.unwrap();
        // FIPS 180-2, B.1
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((written.sha256.as_str(), written.bytes), (expected, 3));
        assert_eq!(digest(file.path(), &progress).unwrap(), (expected.to_owned(), 3));
    }

    #[test]
    fn a_full_disk_is_told_rather_than_the_pipe_that_it_broke() {
        let failed = ExitStatus::from_raw(1 << 8);
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull)).at("write", Path::new("a"));
        let told = outcome(full(), failed, "broken pipe".to_owned()).err().unwrap().to_string();
        assert_eq!(told, "cannot write a");

        let written = Written { sha256: String::new(), bytes: 0 };
        let told = outcome(Ok(written), failed, "no table".to_owned()).err().unwrap().to_string();
        assert_eq!(told, "pg_dump failed: no table");
    }

    #[test]
    fn of_unfinished_files_only_those_are_removed_that_nobody_writes_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - Duration::from_hours(25);
        for (name, modified) in [
            ("wiwebb-a1b2.dump.part", Some(old)),
            ("wiwebb-c3d4.dump.part", None),
            ("somebody.part", Some(old)),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            if let Some(modified) = modified {
                file.set_modified(modified).unwrap();
            }
        }
        remove_abandoned(folder.path()).unwrap();
        let left = |name: &str| folder.path().join(name).exists();
        assert!(!left("wiwebb-a1b2.dump.part"));
        assert!(left("wiwebb-c3d4.dump.part") && left("somebody.part"));
    }
}
