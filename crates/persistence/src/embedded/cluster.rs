//! The database cluster's files: creates them, and ends a server that a killed owner left on them.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::error::{At, EmbeddedError};
use super::places::Places;
use super::programs::Programs;
use super::watchdog::Watchdog;
use super::{Durability, USER};

/// Character types for the new cluster, best first: with them `lower()` knows letters beyond ASCII,
/// while the collation stays `C`, which sorts by bytes and never changes with the system.
const CHARACTER_TYPES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// How an unfinished cluster's folder is called, followed by its creator's process id.
const UNFINISHED: &str = "cluster.new-";

/// How long a left-over server has to end after each of the two signals it gets.
const LEFT_OVER_LIMIT: Duration = Duration::from_secs(15);

/// The major version that wrote the cluster; `None` where there is none yet.
pub(super) fn major_version(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let file = cluster.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(_) => Err(EmbeddedError::NotACluster(cluster.to_path_buf())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("read", &file),
    }
}

/// Creates the cluster. It is made under another name and renamed when it is complete, so that a
/// killed `initdb` leaves nothing that looks like a cluster.
pub(super) fn create(
    programs: &Programs,
    places: &Places,
    durability: Durability,
    watchdog: &Watchdog,
) -> Result<(), EmbeddedError> {
    let Places { home, cluster, account, .. } = places;
    // An empty folder may have been prepared; rename(2) replaces it, and nothing but an empty one.
    let unfinished = home.join(format!("{UNFINISHED}{}", std::process::id()));
    tracing::info!(cluster = %cluster.display(), "creating the database cluster");
    let outcome =
        initialise(programs, &unfinished, *account, durability, watchdog).and_then(|()| {
            fs::rename(&unfinished, cluster).map_err(|source| match source.kind() {
                ErrorKind::DirectoryNotEmpty => EmbeddedError::NotACluster(cluster.clone()),
                _ => EmbeddedError::Io { action: "create", path: cluster.clone(), source },
            })
        });
    if outcome.is_err() {
        // Whatever cannot be removed now, the next start removes.
        let _ = fs::remove_dir_all(&unfinished);
        return outcome;
    }
    File::open(home).and_then(|folder| folder.sync_all()).at("sync", home)
}

/// Removes what was left by an `initdb` that was killed, or whose owner was.
pub(super) fn remove_unfinished(home: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(home).at("list", home)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            tracing::info!(path = %path.display(), "removing an unfinished database cluster");
            // Its initdb may be still at work; a later start will succeed.
            if let Err(error) = fs::remove_dir_all(&path) {
                tracing::warn!(%error, path = %path.display(), "it cannot be removed now");
            }
        }
    }
    Ok(())
}

fn initialise(
    programs: &Programs,
    directory: &Path,
    account: Account,
    durability: Durability,
    watchdog: &Watchdog,
) -> Result<(), EmbeddedError> {
    DirBuilder::new().mode(0o700).create(directory).at("create", directory)?;
    account.give(directory).at("change the owner of", directory)?;
    let mut output = String::new();
    for character_type in CHARACTER_TYPES {
        let result = initdb(programs, directory, account, durability, character_type)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(|process| {
                watchdog.watch(Some(process.id()));
                process.wait_with_output()
            })
            .at("run", &programs.initdb())?;
        watchdog.watch(None);
        if result.status.success() {
            return Ok(());
        }
        output = text_of(&result);
        if !output.contains("invalid locale") {
            break;
        }
    }
    Err(EmbeddedError::InitFailed { cluster: directory.to_path_buf(), output })
}

fn initdb(
    programs: &Programs,
    directory: &Path,
    account: Account,
    durability: Durability,
    character_type: &str,
) -> Command {
    let mut command = account.command(programs.initdb());
    command
        .arg("-D")
        .arg(directory)
        .arg(format!("--username={USER}"))
        .args(["--encoding=UTF8", "--locale=C"])
        .arg(format!("--lc-ctype={character_type}"))
        // Only PostgreSQL's own account and ours can get at the socket.
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args(["--data-checksums", "--no-instructions"]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    command
}

fn text_of(output: &Output) -> String {
    [&output.stderr, &output.stdout]
        .map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned())
        .join("\n")
}

/// Ends the server that still runs on `cluster` although its owner is gone: first politely, then
/// at once (which the next start recovers from).
pub(super) fn end_left_over(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(pid) = left_over(cluster) else {
        return Ok(());
    };
    tracing::warn!(pid, "a PostgreSQL server of an earlier run is still there; stopping it");
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        // It may be gone by now, which is what is wanted.
        let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
        let deadline = Instant::now() + LEFT_OVER_LIMIT;
        while Instant::now() < deadline {
            if !is_server_of(pid, cluster) {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
    }
    Err(EmbeddedError::LeftOver { pid })
}

fn left_over(cluster: &Path) -> Option<u32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().parse().ok()?;
    is_server_of(pid, cluster).then_some(pid)
}

/// Whether process `pid` is a server that was started on `cluster`. The number alone says nothing:
/// after a restart of the system it may belong to any other process.
fn is_server_of(pid: u32, cluster: &Path) -> bool {
    let cluster = cluster.as_os_str().as_encoded_bytes();
    if Path::new("/proc/self/cmdline").exists() {
        // Empty for a process that has ended but was not waited for.
        fs::read(PathBuf::from(format!("/proc/{pid}/cmdline")))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|argument| argument == cluster))
    } else {
        Command::new("ps")
            .args(["-o", "command=", "-p", &pid.to_string()])
            .output()
            .is_ok_and(|output| output.stdout.windows(cluster.len()).any(|part| part == cluster))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_a_server_of_the_cluster_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::process::id();
        fs::write(folder.path().join("postmaster.pid"), format!("{own}\n")).unwrap();
        assert_eq!(left_over(folder.path()), None);
        end_left_over(folder.path()).unwrap();
    }

    #[test]
    fn what_a_killed_initdb_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("cluster.new-4711/base")).unwrap();
        fs::create_dir(folder.path().join("cluster")).unwrap();
        fs::write(folder.path().join("postgres.log"), "").unwrap();
        remove_unfinished(folder.path()).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["cluster", "postgres.log"]);
    }

    #[test]
    fn a_folder_with_an_unreadable_version_is_no_cluster() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(major_version(folder.path()).unwrap(), None);
        fs::write(folder.path().join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(major_version(folder.path()).unwrap(), Some(15));
        fs::write(folder.path().join("PG_VERSION"), "").unwrap();
        assert!(matches!(major_version(folder.path()), Err(EmbeddedError::NotACluster(_))));
    }
}
