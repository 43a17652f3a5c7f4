//! The programs that dump and restore databases, of this machine or downloaded with the server's.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::config::EmbeddedConfig;
use super::error::EmbeddedError;
use super::{account, blocking, install, programs};

/// `pg_dump` and `pg_restore` of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPrograms {
    directory: PathBuf,
    major: u32,
}

impl ClientPrograms {
    /// Finds programs of major version `at_least`, the oldest that will do: a dump is read by
    /// programs of its own version and newer ones, so an older one can be used in more places.
    /// Where a folder is configured no other is looked at. Nothing is downloaded.
    ///
    /// # Errors
    /// [`EmbeddedError::ClientsMissing`]
    pub async fn find(config: &EmbeddedConfig, at_least: u32) -> Result<Self, EmbeddedError> {
        let (explicit, cache) = (config.program_dir.clone(), config.cache_dir.join("postgresql"));
        blocking(move || {
            let candidates = match &explicit {
                Some(directory) => vec![directory.clone()],
                None => candidates(&cache),
            };
            choose(&candidates, at_least, explicit.is_some())
        })
        .await
    }

    /// Their major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The program that dumps.
    pub fn dump(&self) -> PathBuf {
        self.directory.join("pg_dump")
    }

    /// The program that restores.
    pub fn restore(&self) -> PathBuf {
        self.directory.join("pg_restore")
    }

    /// The programs in `directory`; `None` where one of them is missing or does not run.
    fn in_directory(directory: &Path) -> Option<Self> {
        let found = Self { directory: directory.to_path_buf(), major: 0 };
        let version = |program: PathBuf| {
            if !program.exists() {
                return None;
            }
            let mut command = Command::new(program);
            command.env_clear().envs(account::kept_environment());
            programs::major_of(command.arg("--version"))
        };
        // The older one says what both of them can do.
        let major = version(found.dump())?.min(version(found.restore())?);
        Some(Self { major, ..found })
    }
}

/// The system's folders before `PATH`, where a script can stand that chooses a version by itself.
fn candidates(downloads: &Path) -> Vec<PathBuf> {
    let downloaded = programs::newest_first(downloads, "", "bin");
    programs::installed().into_iter().chain(downloaded).chain(programs::on_path()).collect()
}

fn choose(
    candidates: &[PathBuf],
    at_least: u32,
    is_explicit: bool,
) -> Result<ClientPrograms, EmbeddedError> {
    let found: Vec<ClientPrograms> =
        candidates.iter().filter_map(|folder| ClientPrograms::in_directory(folder)).collect();
    let usable = found.iter().filter(|programs| programs.major >= at_least);
    if let Some(programs) = usable.min_by_key(|programs| programs.major) {
        return Ok(programs.clone());
    }
    let mut reasons: Vec<String> = found
        .iter()
        .map(|programs| format!("{} has version {}", programs.directory.display(), programs.major))
        .collect();
    if let ([directory], true, true) = (candidates, is_explicit, reasons.is_empty()) {
        reasons.push(format!("{} does not hold both of them", directory.display()));
    }
    let install = install::client_command(at_least);
    Err(EmbeddedError::ClientsMissing { at_least, reasons, install })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder below `parent` with programs that claim to be of these versions.
    fn fake_programs(parent: &Path, dump: u32, restore: u32) -> PathBuf {
        let directory = parent.join(format!("{dump}-{restore}"));
        fs::create_dir(&directory).unwrap();
        for (program, version) in [("pg_dump", dump), ("pg_restore", restore)] {
            let file = directory.join(program);
            fs::write(&file, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}.1'\n"))
                .unwrap();
            fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
        }
        directory
    }

    #[test]
    fn the_oldest_programs_that_go_with_the_server_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let all = [17, 15, 16, 14].map(|version| fake_programs(folder.path(), version, version));
        let majors = |at_least| choose(&all, at_least, false).map(|programs| programs.major());
        assert_eq!(majors(15).unwrap(), 15);
        assert_eq!(majors(16).unwrap(), 16);
        assert!(matches!(majors(18), Err(EmbeddedError::ClientsMissing { at_least: 18, .. })));
    }

    #[test]
    fn two_programs_count_as_the_older_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let mixed = [fake_programs(folder.path(), 17, 15)];
        assert_eq!(choose(&mixed, 15, true).unwrap().major(), 15);
        let told = choose(&mixed, 16, true).unwrap_err().to_string();
        assert!(told.contains("has version 15") && told.contains("16 or newer"), "{told}");
    }

    #[test]
    fn a_configured_folder_without_the_programs_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let told = choose(&[folder.path().to_path_buf()], 14, true).unwrap_err().to_string();
        assert!(told.contains(folder.path().to_str().unwrap()), "{told}");
    }
}
