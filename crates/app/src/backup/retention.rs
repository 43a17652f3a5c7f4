//! Which backups are kept.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};

use super::dump::Backup;
use super::error::{At as _, BackupError};
use super::manifest::Manifest;

/// How long backups are kept. One stays as long as any part of this keeps it; without a part all
/// stay.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retention {
    /// So many of the newest.
    pub(crate) count: Option<u32>,
    /// Those of so many days.
    pub(crate) days: Option<u32>,
}

impl Retention {
    /// Whether a backup goes that has so many newer ones.
    fn drops(self, newer: usize, started_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let counted = self.count.map(|count| newer < usize::try_from(count).unwrap_or(usize::MAX));
        let young = self
            .days
            .map(|days| now.signed_duration_since(started_at) < Duration::days(days.into()));
        match (counted, young) {
            (None, None) => false,
            (counted, young) => !counted.unwrap_or(false) && !young.unwrap_or(false),
        }
    }
}

/// Removes older backups of the same database, and answers which. `made` stays, so there is always
/// one that was verified; so does every file whose manifest does not fit it, and all others.
pub(crate) fn prune(
    retention: Retention,
    made: &Backup,
    now: DateTime<Utc>,
) -> Result<Vec<PathBuf>, BackupError> {
    let folder = made.path.parent().unwrap_or(Path::new("."));
    let mut sound = Vec::new();
    for entry in fs::read_dir(folder).at("list", folder)?.flatten() {
        let path = entry.path();
        if let Some(manifest) = own(&path)
            && manifest.database == made.manifest.database
        {
            sound.push((manifest.started_at, path));
        }
    }
    sound.sort_by(|one, other| other.cmp(one));
    let mut removed = Vec::new();
    for (newer, (started_at, path)) in sound.into_iter().enumerate() {
        if path != made.path && retention.drops(newer, started_at, now) {
            // The manifest last: without it a dump would count as somebody else's.
            fs::remove_file(&path).at("remove", &path)?;
            let beside = Manifest::path_of(&path);
            fs::remove_file(&beside).at("remove", &beside)?;
            removed.push(path);
        }
    }
    Ok(removed)
}

/// The manifest of a dump that was made here and is as long as it was.
fn own(path: &Path) -> Option<Manifest> {
    let name = path.file_name()?.to_str()?;
    let stamp = name.strip_prefix("wiwebb-")?.strip_suffix(".dump")?;
    chrono::NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok()?;
    let found = path.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    let manifest = Manifest::read(&Manifest::path_of(path)).ok()??;
    (manifest.file == name && manifest.bytes == found.len()).then_some(manifest)
}

#[cfg(test)]
mod tests {
    use super::super::manifest::tests::manifest;
    use super::*;

    const LENGTH: usize = 7;

    /// A folder with a backup of noon of each of these days of November 2026; the last one was made
    /// just now.
    struct Shelf(tempfile::TempDir);

    impl Shelf {
        fn new(days: &[u32]) -> (Self, Backup) {
            let shelf = Self(tempfile::tempdir().unwrap());
            let mut made: Vec<Backup> = days.iter().map(|day| shelf.put(*day)).collect();
            (shelf, made.pop().unwrap())
        }

        fn put(&self, day: u32) -> Backup {
            let manifest = manifest(&format!("2026-11-{day:02}T12:00:00Z"), LENGTH as u64);
            let path = self.0.path().join(&manifest.file);
            fs::write(&path, [0; LENGTH]).unwrap();
            manifest.write(&Manifest::path_of(&path)).unwrap();
            Backup { path, manifest }
        }

        fn path(&self, day: u32) -> PathBuf {
            self.0.path().join(format!("wiwebb-202611{day:02}T120000Z.dump"))
        }

        /// The days of the backups that are there, each with its manifest.
        fn days(&self) -> Vec<u32> {
            let whole = |day: &u32| {
                let dump = self.path(*day);
                assert_eq!(dump.exists(), Manifest::path_of(&dump).exists(), "{day}");
                dump.exists()
            };
            (1..=30).filter(whole).collect()
        }
    }

    fn noon(day: u32) -> DateTime<Utc> {
        format!("2026-11-{day:02}T12:00:00Z").parse().unwrap()
    }

    fn keep(count: Option<u32>, days: Option<u32>) -> Retention {
        Retention { count, days }
    }

    #[test]
    fn without_a_rule_everything_stays() {
        let (shelf, made) = Shelf::new(&[1, 2, 20]);
        assert!(prune(Retention::default(), &made, noon(20)).unwrap().is_empty());
        assert_eq!(shelf.days(), [1, 2, 20]);
    }

    #[test]
    fn so_many_of_the_newest_stay() {
        let (shelf, made) = Shelf::new(&[1, 2, 3, 4]);
        assert_eq!(prune(keep(Some(2), None), &made, noon(4)).unwrap().len(), 2);
        assert_eq!(shelf.days(), [3, 4]);
    }

    #[test]
    fn those_of_so_many_days_stay() {
        let (shelf, made) = Shelf::new(&[1, 17, 18, 20]);
        prune(keep(None, Some(3)), &made, noon(20)).unwrap();
        assert_eq!(shelf.days(), [18, 20]);
    }

    #[test]
    fn what_one_rule_keeps_the_other_does_not_remove() {
        let (shelf, made) = Shelf::new(&[1, 2, 19, 20]);
        prune(keep(Some(1), Some(3)), &made, noon(20)).unwrap();
        assert_eq!(shelf.days(), [19, 20]);
        let (shelf, made) = Shelf::new(&[1, 2, 3, 20]);
        prune(keep(Some(3), Some(3)), &made, noon(20)).unwrap();
        assert_eq!(shelf.days(), [2, 3, 20]);
    }

    #[test]
    fn the_one_just_made_stays_even_if_the_clock_was_set_back() {
        let (shelf, made) = Shelf::new(&[20, 21, 3]);
        prune(keep(Some(1), None), &made, noon(3)).unwrap();
        assert_eq!(shelf.days(), [3, 21]);
    }

    #[test]
    fn what_is_not_known_as_an_own_sound_backup_neither_goes_nor_counts() {
        let (shelf, made) = Shelf::new(&[1, 2, 3, 4, 5, 6]);
        // Another length, no manifest, a manifest of another file, another database.
        fs::write(shelf.path(1), "short").unwrap();
        fs::remove_file(Manifest::path_of(&shelf.path(2))).unwrap();
        let moved = Manifest::path_of(&shelf.path(3));
        fs::copy(Manifest::path_of(&shelf.path(4)), moved).unwrap();
        let other = Manifest::path_of(&shelf.path(4));
        let text = fs::read_to_string(&other).unwrap();
        fs::write(&other, text.replace("\"database\": \"wiwebb\"", "\"database\": \"x\"")).unwrap();
        fs::write(shelf.0.path().join("wiwebb-mine.dump"), [0; LENGTH]).unwrap();

        let removed = prune(keep(Some(1), None), &made, noon(6)).unwrap();
        assert_eq!(removed, [shelf.path(5)]);
        for day in [1, 2, 3, 4, 6] {
            assert!(shelf.path(day).exists(), "{day}");
        }
        assert!(shelf.0.path().join("wiwebb-mine.dump").exists());
    }
}
