//! The system account PostgreSQL runs as: our own, or as root another, because PostgreSQL refuses
//! to run as root.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, User};

use super::error::{At, EmbeddedError};

/// Who may run PostgreSQL for root, best first (design, "Embedded default").
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// What PostgreSQL's programs inherit of our environment. Everything else stays out: it may hold
/// secrets, which the server's account has no business to read, or PG* settings meant for others.
const KEPT_ENVIRONMENT: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// The account PostgreSQL's programs run under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another account than our own.
    switch: bool,
}

impl Account {
    /// Chooses the account; as root, that of the owner of `cluster` where there is one already, so
    /// that a cluster keeps its account for life.
    pub(super) fn choose(cluster: Option<&Path>) -> Result<Self, EmbeddedError> {
        if !is_root() {
            let (uid, gid) = (Uid::effective().as_raw(), Gid::effective().as_raw());
            return Ok(Self { uid, gid, switch: false });
        }
        if let Some(cluster) = cluster {
            let owner = cluster.metadata().at("read", cluster)?;
            if owner.uid() != 0 {
                return Ok(Self { uid: owner.uid(), gid: owner.gid(), switch: true });
            }
        }
        ACCOUNTS
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), switch: true })
            .ok_or(EmbeddedError::NoAccount)
    }

    /// The account's user id.
    pub(super) fn uid(self) -> u32 {
        self.uid
    }

    /// A command that will run as this account: without our environment, away from our terminal's
    /// signals (a Ctrl-C must not stop the database before its clients are done) and in a working
    /// directory everyone can enter.
    pub(super) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(kept_environment())
            .env("LC_ALL", "C")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether the account can get into `directory`. Asks the system itself, which knows of access
    /// lists and read-only mounts too.
    pub(super) fn can_enter(self, directory: &Path) -> bool {
        self.command("/bin/sh")
            .args([OsStr::new("-c"), OsStr::new("cd -- \"$0\""), directory.as_os_str()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes the account the owner of one file or directory.
    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        if self.switch { lchown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }
}

/// What PostgreSQL's programs inherit.
pub(super) fn kept_environment() -> impl Iterator<Item = (&'static str, OsString)> {
    KEPT_ENVIRONMENT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))
}

/// Whether this process runs as root.
pub(super) fn is_root() -> bool {
    Uid::effective().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_never_run_as_root() {
        assert_ne!(Account::choose(None).unwrap().uid(), 0);
    }

    #[test]
    fn the_programs_get_no_environment_that_may_hold_a_secret() {
        let account = Account::choose(None).unwrap();
        let output = account.command("env").output().unwrap();
        let names: Vec<_> = std::str::from_utf8(&output.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| line.split('=').next())
            .filter(|name| !KEPT_ENVIRONMENT.contains(name))
            .collect();
        assert_eq!(names, ["LC_ALL"]);
    }

    #[test]
    fn a_missing_folder_cannot_be_entered() {
        let account = Account::choose(None).unwrap();
        assert!(account.can_enter(Path::new("/")));
        assert!(!account.can_enter(Path::new("/no/such/folder")));
    }
}
