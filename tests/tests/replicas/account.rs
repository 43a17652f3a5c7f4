//! The programs of PostgreSQL and PgBouncer, neither of which runs as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Who runs them where the tests are run by root.
const ACCOUNT: &str = "postgres";

/// Ids of user and group to change to; none where the tests are not run by root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account(Option<(u32, u32)>);

impl Account {
    pub(super) fn of_postgres() -> Self {
        let is_root = Path::new("/proc/self").metadata().unwrap().uid() == 0;
        Self(is_root.then(|| (id("-u"), id("-g"))))
    }

    /// A folder of the account's.
    pub(super) fn folder(self, name: &str) -> TempDir {
        let folder = tempfile::Builder::new().prefix(name).tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        if let Some((user, group)) = self.0 {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        folder
    }

    pub(super) fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("LC_ALL", "C").current_dir("/");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn id(option: &str) -> u32 {
    let output = Command::new("id").args([option, ACCOUNT]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().parse().unwrap_or_else(|_| panic!("there is no account called {ACCOUNT}"))
}

/// The folder of PostgreSQL's programs: the one of `WIWEBB_PG_BIN`, else the newest of Debian's.
pub(super) fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("WIWEBB_PG_BIN") {
        return folder.into();
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, bin)| bin.join("pg_basebackup").exists())
        .collect();
    found.sort();
    let newest = found.pop().expect("This test needs the package postgresql (apt-get install).");
    newest.1
}
