//! Finds the PostgreSQL server programs on this machine, or has them downloaded.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::Account;
use super::config::EmbeddedConfig;
use super::error::EmbeddedError;
use super::{blocking, install};

/// Oldest supported major version (design, "Persistence").
const OLDEST: u32 = 14;

/// Where systems install the programs: a folder, how the entries below it that count begin, and
/// where in such an entry the programs are.
const USUAL: [(&str, &str, &str); 8] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/local", "pgsql", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
];

/// A folder with programs that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// The folder of the programs.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The program that creates clusters.
    pub(super) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}

/// The versions that will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    /// There is no cluster yet.
    AnySupported,
    /// A cluster can be served by the major version that wrote it alone.
    Exactly(u32),
}

impl Needed {
    fn accepts(self, major: u32) -> bool {
        match self {
            Self::AnySupported => major >= OLDEST,
            Self::Exactly(needed) => major == needed,
        }
    }

    /// The phrase that names the versions in a message.
    pub(super) fn phrase(self) -> String {
        match self {
            Self::AnySupported => format!("{OLDEST} or newer"),
            Self::Exactly(major) => format!("{major} (the version that wrote the existing data)"),
        }
    }
}

/// The outcome of a search that found nothing: the folders that hold programs, with the reason why
/// they cannot be used.
type Rejected = Vec<String>;

/// Finds the programs on this machine, else downloads them.
pub(super) async fn obtain(
    config: &EmbeddedConfig,
    needed: Needed,
    account: Account,
) -> Result<Programs, EmbeddedError> {
    let downloads = config.cache_dir.join("postgresql");
    let (explicit, folder) = (config.program_dir.clone(), downloads.clone());
    let search = move || Ok(find(explicit.as_deref(), &folder, needed, account));
    let mut reasons = match blocking(search).await? {
        Ok(found) => return Ok(found),
        Err(rejected) => rejected,
    };
    let major = match needed {
        Needed::AnySupported => None,
        Needed::Exactly(major) => Some(major),
    };
    let downloaded = match config.program_dir {
        Some(_) => None,
        None => download(&downloads, major).await,
    };
    match downloaded {
        Some(Ok(folder)) => {
            let check = move || Ok(check(&folder, needed, account));
            match blocking(check).await? {
                Ok(found) => return Ok(found),
                Err(rejected) => reasons.extend(rejected),
            }
        }
        Some(Err(reason)) => reasons.push(reason),
        None => {}
    }
    let (needed, install) = (needed.phrase(), install::install_command(major));
    Err(EmbeddedError::ProgramsMissing { needed, reasons, install })
}

/// The downloaded programs' folder, or why there is none; `None` in a build that cannot download.
#[cfg(feature = "download")]
async fn download(folder: &Path, major: Option<u32>) -> Option<Result<PathBuf, String>> {
    Some(super::download::download(folder, major).await)
}

#[cfg(not(feature = "download"))]
fn download(
    _folder: &Path,
    _major: Option<u32>,
) -> std::future::Ready<Option<Result<PathBuf, String>>> {
    std::future::ready(None)
}

/// Finds programs: in `explicit` alone where it is given, else in `PATH`, the usual folders and
/// those of earlier downloads in `downloads`. The first that will do wins.
fn find(
    explicit: Option<&Path>,
    downloads: &Path,
    needed: Needed,
    account: Account,
) -> Result<Programs, Rejected> {
    let candidates = match explicit {
        Some(directory) => vec![directory.to_path_buf()],
        None => candidates(downloads),
    };
    first_usable(candidates, explicit.is_some(), needed, account)
}

/// Checks one folder of programs.
fn check(directory: &Path, needed: Needed, account: Account) -> Result<Programs, Rejected> {
    first_usable(vec![directory.to_path_buf()], true, needed, account)
}

fn first_usable(
    candidates: Vec<PathBuf>,
    is_explicit: bool,
    needed: Needed,
    account: Account,
) -> Result<Programs, Rejected> {
    let mut rejected = Rejected::new();
    for directory in candidates {
        let shown = directory.display().to_string();
        let programs = Programs { directory };
        if !programs.initdb().exists() || !programs.postgres().exists() {
            if is_explicit {
                rejected.push(format!("{shown} does not hold both initdb and postgres"));
            }
            continue;
        }
        match major_of(account.command(programs.postgres()).arg("--version")) {
            Some(major) if needed.accepts(major) => return Ok(programs),
            Some(major) => rejected.push(format!("{shown} has version {major}")),
            None => rejected.push(format!(
                "the programs in {shown} cannot be run by user id {}",
                account.uid()
            )),
        }
    }
    Err(rejected)
}

fn candidates(downloads: &Path) -> Vec<PathBuf> {
    on_path().into_iter().chain(installed()).chain(newest_first(downloads, "", "bin")).collect()
}

/// The folders of `PATH`.
pub(super) fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// The folders that systems install the programs in.
pub(super) fn installed() -> Vec<PathBuf> {
    USUAL
        .iter()
        .flat_map(|(parent, prefix, inner)| newest_first(Path::new(parent), prefix, inner))
        .collect()
}

/// The folders `<parent>/<prefix><version>/<inner>`, the highest version first.
pub(super) fn newest_first(parent: &Path, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some((version_in(name.strip_prefix(prefix)?), entry.path().join(inner)))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The numbers of a version in a folder's name: `@17` is `[17]`, `17.5.0` is `[17, 5, 0]`.
fn version_in(name: &str) -> Vec<u32> {
    name.split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The major version that a program of PostgreSQL says it has.
pub(super) fn major_of(command: &mut Command) -> Option<u32> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian)`,
/// `postgres (PostgreSQL) 18beta1`.
fn parse_major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    version_in(version).first().copied()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn account() -> Account {
        Account::choose(None).unwrap()
    }

    /// A folder below `parent` with programs that claim to be `version`.
    fn fake_programs(parent: &Path, name: &str, version: &str) -> PathBuf {
        let directory = parent.join(name);
        fs::create_dir_all(&directory).unwrap();
        for program in ["initdb", "postgres"] {
            let file = directory.join(program);
            fs::write(&file, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n"))
                .unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        directory
    }

    fn open_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn the_version_is_read_from_what_the_server_prints() {
        for (text, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18beta1\n", Some(18)),
            ("postgres (PostgreSQL) 9.6.24", Some(9)),
            ("something else 17", None),
        ] {
            assert_eq!(parse_major(text), major, "{text}");
        }
    }

    #[test]
    fn a_version_older_than_14_is_refused_with_the_reason() {
        let folder = open_folder();
        let old = fake_programs(folder.path(), "old", "13.22");
        let rejected =
            find(Some(&old), folder.path(), Needed::AnySupported, account()).unwrap_err();
        assert_eq!(rejected, [format!("{} has version 13", old.display())]);
    }

    #[test]
    fn version_14_will_do() {
        let folder = open_folder();
        let oldest = fake_programs(folder.path(), "oldest", "14.0");
        let found = find(Some(&oldest), folder.path(), Needed::AnySupported, account()).unwrap();
        assert_eq!(found.directory(), oldest);
    }

    #[test]
    fn an_existing_cluster_is_served_by_its_own_version_though_a_newer_one_is_there() {
        let folder = open_folder();
        let newer = fake_programs(folder.path(), "17/bin", "17.2");
        let same = fake_programs(folder.path(), "15/bin", "15.9");
        let found = newest_first(folder.path(), "", "bin");
        assert_eq!(found, [newer.clone(), same.clone()]);
        let programs = first_usable(found, false, Needed::Exactly(15), account()).unwrap();
        assert_eq!(programs.directory(), same);
    }

    #[test]
    fn folders_are_ordered_by_number_not_by_letters() {
        let folder = open_folder();
        for name in ["postgresql@9", "postgresql@17", "postgresql", "other-20"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let expected = ["postgresql@17", "postgresql@9", "postgresql"]
            .map(|name| folder.path().join(name).join("bin"));
        assert_eq!(newest_first(folder.path(), "postgresql", "bin"), expected);
    }

    #[test]
    fn an_explicit_folder_without_the_programs_is_named() {
        let folder = open_folder();
        let rejected =
            find(Some(folder.path()), Path::new("/none"), Needed::AnySupported, account())
                .unwrap_err();
        assert_eq!(
            rejected,
            [format!("{} does not hold both initdb and postgres", folder.path().display())]
        );
    }
}
