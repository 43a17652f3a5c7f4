//! The file that holds the sealing key where the settings give none.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use wiwebb_domain::ports::random::Random as _;

use crate::adapters::random::SystemRandom;
use crate::config::SealingKey;

/// Reads the key; `None` where there is no file. Errors: also where the file holds none.
pub(super) fn read(path: &Path) -> io::Result<Option<SealingKey>> {
    match fs::read_to_string(path) {
        Ok(text) => match SealingKey::parse(text.trim()) {
            Some(key) => Ok(Some(key)),
            None => Err(io::Error::new(ErrorKind::InvalidData, "it holds no key")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a key that our account alone can read. The file is there whole or not at all; where another
/// process has made one meanwhile, that one is the key.
pub(super) fn create(path: &Path) -> io::Result<SealingKey> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut bytes = [0; SealingKey::LENGTH];
    SystemRandom.fill(&mut bytes);
    // Mode 0600 from the first moment.
    let mut file = tempfile::NamedTempFile::with_prefix_in("secret.key.", folder)?;
    writeln!(file, "{}", hex::encode(bytes))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            // What is sealed from now on must not outlive the key.
            File::open(folder)?.sync_all()?;
            tracing::info!(file = %path.display(), "made a key for secrets of gateways; back it up");
            Ok(SealingKey::new(&bytes))
        }
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| ErrorKind::NotFound.into())
        }
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::thread;

    use super::*;

    #[test]
    fn a_fresh_key_can_be_read_by_its_owner_alone_and_leaves_nothing_else_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret.key");
        let key = create(&path).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().expose(), key.expose());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_the_file_holds_can_be_given_as_a_setting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let key = create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(SealingKey::parse(text.trim()).unwrap().expose(), key.expose());
    }

    #[test]
    fn whoever_makes_a_key_at_the_same_time_gets_the_same_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("secret.key");
        let keys: Vec<SealingKey> = thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| create(path).unwrap())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key.expose() == keys[0].expose()));
        assert_ne!(create(&folder.path().join("other.key")).unwrap().expose(), keys[0].expose());
    }

    #[test]
    fn a_file_without_a_key_is_an_error_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        assert!(read(&path).unwrap().is_none());
        fs::write(&path, "half a key").unwrap();
        assert!(read(&path).is_err());
        assert!(create(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "half a key");
    }
}
