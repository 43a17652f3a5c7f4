//! Where the files of one embedded PostgreSQL are, and the lock that says whose they are.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use super::PORT;
use super::account::{Account, is_root};
use super::config::{Durability, EmbeddedConfig};
use super::error::{At, EmbeddedError};

/// Where clusters live that PostgreSQL's account could not reach in the data directory.
const RELOCATED: &str = "/var/lib/wiwebb";

/// Longest path of a Unix socket every supported system accepts, in bytes, without the final NUL.
const LONGEST_SOCKET_PATH: usize = 103;

/// The files of one embedded PostgreSQL. Owns the data directory for as long as it lives.
#[derive(Debug)]
pub(super) struct Places {
    /// What the operator configured, in canonical form.
    pub(super) data_dir: PathBuf,
    /// The folder around the cluster: the data directory, or a folder under [`RELOCATED`].
    pub(super) home: PathBuf,
    /// `PGDATA`.
    pub(super) cluster: PathBuf,
    /// The folder of the Unix socket.
    pub(super) socket_dir: PathBuf,
    /// What the server writes.
    pub(super) log: PathBuf,
    /// Who runs the server.
    pub(super) account: Account,
    /// Closing it gives the data directory free.
    _lock: File,
}

impl Places {
    /// Creates what is missing, takes the lock and decides where the cluster lives. The decision
    /// is the same at every start: where a cluster is, there it stays.
    pub(super) fn claim(config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let data_dir = create_enterable(&config.data_dir)?;
        if config.durability == Durability::Throwaway && !is_empty(&data_dir)? {
            return Err(EmbeddedError::NotEmpty(data_dir));
        }
        let lock_path = data_dir.join("wiwebb.lock");
        let lock = take_lock(&lock_path, &data_dir)?;

        let relocated = Path::new(RELOCATED).join(short_name(&data_dir));
        let existing = [&data_dir, &relocated].into_iter().find(|home| cluster_in(home).exists());
        let account = Account::choose(existing.map(|home| cluster_in(home)).as_deref())?;
        let home = match existing {
            Some(home) => home.clone(),
            None if account.can_enter(&data_dir) => data_dir.clone(),
            None => {
                create_enterable(Path::new(RELOCATED)).and_then(|_| create_enterable(&relocated))?
            }
        };
        if !account.can_enter(&home) {
            return Err(EmbeddedError::Unreachable { path: home, uid: account.uid() });
        }
        if home != data_dir {
            tracing::info!(
                data_dir = %data_dir.display(), home = %home.display(),
                "the account that runs PostgreSQL cannot enter the data directory; the database is elsewhere"
            );
        }
        let log = data_dir.join("postgres.log");
        account.give(&lock_path).at("change the owner of", &lock_path)?;
        let socket_dir = private_socket_dir(&home, account)?;
        Ok(Self {
            cluster: cluster_in(&home),
            data_dir,
            home,
            socket_dir,
            log,
            account,
            _lock: lock,
        })
    }

    /// Every folder that belongs to this PostgreSQL alone: what the end of a throw-away cluster
    /// removes.
    pub(super) fn folders(&self) -> [&Path; 3] {
        [&self.socket_dir, &self.home, &self.data_dir]
    }
}

/// The cluster of a data directory, wherever it is; `None` where there is none. Takes no lock and
/// creates nothing.
pub(super) fn cluster_of(data_dir: &Path) -> Option<PathBuf> {
    let data_dir = data_dir.canonicalize().ok()?;
    let relocated = Path::new(RELOCATED).join(short_name(&data_dir));
    [data_dir, relocated].iter().map(|home| cluster_in(home)).find(|cluster| cluster.exists())
}

fn cluster_in(home: &Path) -> PathBuf {
    home.join("cluster")
}

/// Creates `path` and its parents; a new folder can be entered, as root by every account (but not
/// listed), else by ours alone. The folder's permissions are left alone where it exists.
fn create_enterable(path: &Path) -> Result<PathBuf, EmbeddedError> {
    if !path.exists() {
        let mode = if is_root() { 0o711 } else { 0o700 };
        DirBuilder::new().recursive(true).mode(mode).create(path).at("create", path)?;
        // The umask may have taken away what root's folder needs.
        fs::set_permissions(path, Permissions::from_mode(mode)).at("set permissions of", path)?;
    }
    path.canonicalize().at("find", path)
}

fn is_empty(directory: &Path) -> Result<bool, EmbeddedError> {
    Ok(fs::read_dir(directory).at("list", directory)?.next().is_none())
}

/// Takes the exclusive lock of the data directory and writes our process id into it. The system
/// frees it with our process, however that ends.
fn take_lock(path: &Path, data_dir: &Path) -> Result<File, EmbeddedError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .at("open", path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
            return Err(EmbeddedError::InUse { data_dir: data_dir.to_path_buf(), pid });
        }
        Err(TryLockError::Error(source)) => return Err(source).at("lock", path),
    }
    file.set_len(0).at("write", path)?;
    writeln!(file, "{}", std::process::id()).at("write", path)?;
    Ok(file)
}

/// The socket's folder: in `home`, or in the temporary folder where that path is too long for a
/// socket.
fn private_socket_dir(home: &Path, account: Account) -> Result<PathBuf, EmbeddedError> {
    let inside = home.join("socket");
    let directory = if fits_a_socket(&inside) {
        inside
    } else {
        let name = format!("wiwebb-{}", short_name(home));
        temporary_folders(account)
            .map(|folder| folder.join(&name))
            .find(|candidate| fits_a_socket(candidate))
            .ok_or_else(|| EmbeddedError::Unreachable { path: "/tmp".into(), uid: account.uid() })?
    };
    make_private(&directory, account)?;
    Ok(directory)
}

fn fits_a_socket(directory: &Path) -> bool {
    let socket = directory.join(format!(".s.PGSQL.{PORT}"));
    socket.as_os_str().len() <= LONGEST_SOCKET_PATH
}

/// The temporary folders that `account` can enter, the configured one first.
pub(super) fn temporary_folders(account: Account) -> impl Iterator<Item = PathBuf> {
    [std::env::temp_dir(), PathBuf::from("/tmp")]
        .into_iter()
        .filter(move |folder| account.can_enter(folder))
}

/// Makes sure that `directory` exists and only `account` can enter it. One that somebody else has
/// prepared (the temporary folder is open to all) is refused.
fn make_private(directory: &Path, account: Account) -> Result<(), EmbeddedError> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let found = directory.symlink_metadata().at("read", directory)?;
            let owners = [account.uid(), Uid::effective().as_raw()];
            let is_private = found.mode() & 0o777 == 0o700 && owners.contains(&found.uid());
            if !found.is_dir() || !is_private {
                let path = directory.to_path_buf();
                return Err(EmbeddedError::NotPrivate { path, uid: account.uid() });
            }
        }
        Err(error) => return Err(error).at("create", directory),
    }
    account.give(directory).at("change the owner of", directory)
}

/// A short name for `path` that is the same in every run and release (FNV-1a, 64 bits).
fn short_name(path: &Path) -> String {
    let hash = path.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_never_changes() {
        assert_eq!(short_name(Path::new("")), "cbf29ce484222325");
        assert_eq!(short_name(Path::new("foobar")), "85944171f73967e8");
    }

    #[test]
    fn a_socket_path_may_have_103_bytes_and_no_more() {
        let rest = "/.s.PGSQL.5432".len();
        assert!(fits_a_socket(&PathBuf::from("x".repeat(103 - rest))));
        assert!(!fits_a_socket(&PathBuf::from("x".repeat(104 - rest))));
    }

    #[test]
    fn a_socket_folder_that_others_can_enter_is_refused() {
        let account = Account::choose(None).unwrap();
        let parent = tempfile::tempdir().unwrap();
        let open = parent.path().join("open");
        DirBuilder::new().mode(0o755).create(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(
            make_private(&open, account),
            Err(EmbeddedError::NotPrivate { path, .. }) if path == open
        ));
    }

    #[test]
    fn a_socket_folder_behind_a_symbolic_link_is_refused() {
        let account = Account::choose(None).unwrap();
        let parent = tempfile::tempdir().unwrap();
        let (target, link) = (parent.path().join("target"), parent.path().join("link"));
        make_private(&target, account).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(make_private(&link, account), Err(EmbeddedError::NotPrivate { .. })));
    }

    #[test]
    fn a_socket_folder_is_for_its_account_alone_and_may_be_used_again() {
        let account = Account::choose(None).unwrap();
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("socket");
        make_private(&directory, account).unwrap();
        make_private(&directory, account).unwrap();
        let made = directory.metadata().unwrap();
        assert_eq!((made.mode() & 0o777, made.uid()), (0o700, account.uid()));
    }
}
