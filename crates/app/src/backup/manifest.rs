//! What is written down beside a dump: how to know it again, and what has to come out of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::contents::TableContents;
use super::error::{At as _, BackupError};

/// The manifest of one dump, in a file of the same name that ends in `.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The form of this file.
    pub(crate) format: u32,
    /// The dump's file name.
    pub(crate) file: String,
    /// SHA-256 of the dump, in hexadecimal digits.
    pub(crate) sha256: String,
    /// Length of the dump in bytes.
    pub(crate) bytes: u64,
    /// The database's name.
    pub(crate) database: String,
    /// Version of the server, as it says it.
    pub(crate) server_version: String,
    /// Major version of `pg_dump`.
    pub(crate) pg_dump_version: u32,
    /// Version of WiWebb.
    pub(crate) wiwebb_version: String,
    /// The latest migration of the database; none where it was never migrated.
    pub(crate) schema_version: Option<i64>,
    /// When the backup was begun.
    pub(crate) started_at: DateTime<Utc>,
    /// When it was done.
    pub(crate) finished_at: DateTime<Utc>,
    /// What is in every table, in the dump's own snapshot.
    pub(crate) tables: BTreeMap<String, TableContents>,
}

impl Manifest {
    /// The form that this version writes and reads.
    pub(crate) const FORM: u32 = 1;

    /// All rows of all tables.
    pub(crate) fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    /// Where the manifest of a dump is.
    pub(crate) fn path_of(dump: &Path) -> PathBuf {
        dump.with_extension("json")
    }

    /// Reads a manifest; `None` where there is no file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, BackupError> {
        let refuse = |reason| BackupError::Manifest { path: path.to_path_buf(), reason };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).at("read", path),
        };
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
        if manifest.format == Self::FORM {
            Ok(Some(manifest))
        } else {
            Err(refuse(format!("its format is {}, known is {}", manifest.format, Self::FORM)))
        }
    }

    /// Writes the manifest, whole or not at all; a file of that name stays as it is.
    pub(super) fn write(&self, path: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| BackupError::Manifest {
            path: path.to_path_buf(),
            reason: error.to_string(),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = NamedTempFile::with_prefix_in(".wiwebb-", folder).at("create", path)?;
        file.write_all(&text).at("write", path)?;
        file.write_all(b"\n").at("write", path)?;
        file.as_file().sync_all().at("write", path)?;
        persist(file, path)
    }
}

/// Gives a finished file its name, which must be free.
pub(super) fn persist(file: NamedTempFile, path: &Path) -> Result<(), BackupError> {
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(path.to_path_buf()))
        }
        Err(error) => Err(error.error).at("create", path),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The manifest of a dump that was begun at this second of 2026-11-26.
    pub(crate) fn manifest(started: &str, bytes: u64) -> Manifest {
        let started_at: DateTime<Utc> = started.parse().unwrap();
        Manifest {
            format: Manifest::FORM,
            file: format!("wiwebb-{}.dump", started_at.format("%Y%m%dT%H%M%SZ")),
            sha256: "ab".repeat(32),
            bytes,
            database: "wiwebb".to_owned(),
            server_version: "15.4".to_owned(),
            pg_dump_version: 15,
            wiwebb_version: "0.1.0".to_owned(),
            schema_version: Some(11),
            started_at,
            finished_at: started_at,
            tables: BTreeMap::new(),
        }
    }

    #[test]
    fn what_was_written_is_read_again_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let written = manifest("2026-11-26T10:00:00Z", 7);
        assert_eq!(Manifest::read(&path).unwrap(), None);
        written.write(&path).unwrap();
        assert!(matches!(written.write(&path), Err(BackupError::Exists(_))));
        assert_eq!(Manifest::read(&path).unwrap(), Some(written));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_manifest_of_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        Manifest { format: 2, ..manifest("2026-11-26T10:00:00Z", 7) }.write(&path).unwrap();
        let told = Manifest::read(&path).unwrap_err().to_string();
        assert!(told.contains("its format is 2"), "{told}");
        fs::write(&path, "{").unwrap();
        assert!(matches!(Manifest::read(&path), Err(BackupError::Manifest { .. })));
    }
}
