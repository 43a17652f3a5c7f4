//! The server process: how it is started, kept running and ended.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::watch;

use super::account::Account;
use super::places::Places;
use super::programs::Programs;
use super::watchdog::Watchdog;
use super::{Durability, PORT};

/// First and longest pause before a server that has ended is started again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// A server that ran this long was well; its end starts a new series of pauses.
const WELL: Duration = Duration::from_mins(1);

/// A log file that is longer than this, in bytes, makes way for a new one at the next start.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;

/// How much of the log's end a message shows, in bytes.
const TAIL: u64 = 4096;

/// How to start one server.
#[derive(Debug)]
pub(super) struct Server {
    program: PathBuf,
    arguments: Vec<OsString>,
    log: PathBuf,
    account: Account,
}

impl Server {
    /// The server of the cluster in `places`.
    pub(super) fn new(programs: &Programs, places: &Places, durability: Durability) -> Self {
        let mut arguments = vec!["-D".into(), places.cluster.clone().into_os_string()];
        for setting in settings(&places.socket_dir, durability) {
            arguments.extend(["-c".into(), setting]);
        }
        Self {
            program: programs.postgres(),
            arguments,
            log: places.log.clone(),
            account: places.account,
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        self.account.give(&self.log)?;
        self.account
            .command(&self.program)
            .args(&self.arguments)
            .stdout(log.try_clone()?)
            .stderr(Stdio::from(log))
            .spawn()
    }
}

/// What the server is told, all of it on its command line, so that it holds at every start
/// whatever is in the cluster's own files.
fn settings(socket_dir: &Path, durability: Durability) -> Vec<OsString> {
    // The setting is a list; in quotes a folder may have a comma in its name.
    let mut socket = OsString::from("unix_socket_directories=\"");
    socket.push(socket_dir.to_string_lossy().replace('"', "\"\""));
    socket.push("\"");
    let port = format!("port={PORT}");
    let durable: &[&str] = match durability {
        Durability::Durable => &["fsync=on", "synchronous_commit=on", "full_page_writes=on"],
        Durability::Throwaway => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
    };
    let common = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "shared_buffers=64MB",
        "max_connections=100",
        "logging_collector=off",
        "log_destination=stderr",
        "log_line_prefix=%m [%p] ",
        "log_timezone=UTC",
        "timezone=UTC",
    ];
    let texts = common.iter().chain(durable).copied().chain([port.as_str()]);
    std::iter::once(socket).chain(texts.map(OsString::from)).collect()
}

/// Puts a long log aside. Returns where what is written from now on begins, in bytes.
pub(super) fn rotate(log: &Path) -> io::Result<u64> {
    let length = log.metadata().map_or(0, |metadata| metadata.len());
    if length <= LOG_LIMIT {
        return Ok(length);
    }
    fs::rename(log, log.with_extension("log.1"))?;
    Ok(0)
}

/// The last lines of the log, none of them from before `start`.
pub(super) fn tail(log: &Path, start: u64) -> String {
    let read = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(end.saturating_sub(TAIL).max(start)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    };
    read().unwrap_or_else(|error| format!("(cannot be read: {error})"))
}

/// What is known of the server's process.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// The process, while there is one.
    pub(super) pid: Option<u32>,
    /// How many processes have ended so far.
    pub(super) ends: u32,
}

/// Keeps the server running, and its watchdog informed, until it is stopped or dropped. Dropping
/// it ends the server as well, by way of the watchdog, but waits for nothing.
///
/// A thread, not a task: the server has to be looked after for as long as this value lives, and a
/// task ends with its runtime, of which there is one for every test.
#[derive(Debug)]
pub(super) struct Supervisor {
    state: watch::Receiver<State>,
    stop: mpsc::Sender<()>,
    watchdog: Arc<Watchdog>,
}

impl Supervisor {
    /// Starts the server.
    pub(super) fn start(
        server: Server,
        watchdog: Watchdog,
        watchdog_process: Child,
    ) -> io::Result<Self> {
        let first = server.spawn()?;
        watchdog.watch(Some(first.id()));
        let (state_sender, state) = watch::channel(State { pid: Some(first.id()), ends: 0 });
        let (stop, stop_receiver) = mpsc::channel();
        let watchdog = Arc::new(watchdog);
        let supervision = Supervision {
            server,
            // Weak, so that the watchdog fires when the owner drops its end.
            watchdog: Arc::downgrade(&watchdog),
            state: state_sender,
            stop: stop_receiver,
        };
        thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || supervision.run(first, watchdog_process))?;
        Ok(Self { state, stop, watchdog })
    }

    /// What is known of the server's process now.
    pub(super) fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Ends the server: a durable one by a fast shutdown, and where that takes too long at once.
    /// A throw-away one is left to the watchdog, which also removes its folders. Returns whether
    /// everything is gone.
    pub(super) async fn stop(self, durability: Durability) -> bool {
        let Self { mut state, stop, watchdog } = self;
        // The supervision may be gone, in which case there is nothing to tell it.
        let _ = stop.send(());
        let steps: &[(Option<Signal>, u64)] = match durability {
            Durability::Durable => {
                watchdog.stand_down();
                &[(Some(Signal::SIGINT), 30), (Some(Signal::SIGQUIT), 10)]
            }
            Durability::Throwaway => &[(None, 15)],
        };
        drop(watchdog);
        for (signal, seconds) in steps.iter().copied().chain([(Some(Signal::SIGKILL), 5)]) {
            let limit = Duration::from_secs(seconds);
            if tokio::time::timeout(limit, end_by(&mut state, signal)).await.is_ok() {
                return true;
            }
        }
        false
    }
}

/// Sends `signal` to the server, also to one that is only just being started, and waits until the
/// supervision is over.
async fn end_by(state: &mut watch::Receiver<State>, signal: Option<Signal>) {
    loop {
        let pid = state.borrow_and_update().pid;
        if let (Some(pid), Some(signal)) = (pid, signal) {
            // It may be gone by now, which is what is wanted.
            let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// The supervising thread's belongings. Its end closes `state`.
struct Supervision {
    server: Server,
    watchdog: Weak<Watchdog>,
    state: watch::Sender<State>,
    stop: mpsc::Receiver<()>,
}

impl Supervision {
    fn run(self, mut process: Child, mut watchdog_process: Child) {
        let mut pause = BACK_OFF.0;
        loop {
            let started = Instant::now();
            let status = process.wait();
            self.announce(None);
            if started.elapsed() > WELL {
                pause = BACK_OFF.0;
            }
            let Some(next) = self.restart(&status, &mut pause) else {
                break;
            };
            self.announce(Some(next.id()));
            process = next;
        }
        // It ends by itself: it was told to stand down, or its pipe is closed.
        let _ = watchdog_process.wait();
    }

    /// A new process for the one that has ended; `None` when none is wanted any more.
    fn restart(
        &self,
        status: &io::Result<std::process::ExitStatus>,
        pause: &mut Duration,
    ) -> Option<Child> {
        loop {
            match self.stop.recv_timeout(*pause) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
            }
            *pause = (*pause * 2).min(BACK_OFF.1);
            tracing::error!(
                ?status, log = %self.server.log.display(),
                "PostgreSQL has ended unexpectedly; starting it again"
            );
            match self.server.spawn() {
                Ok(process) => return Some(process),
                Err(error) => tracing::error!(%error, "PostgreSQL could not be started again"),
            }
        }
    }

    fn announce(&self, pid: Option<u32>) {
        if let Some(watchdog) = self.watchdog.upgrade() {
            watchdog.watch(pid);
        }
        self.state.send_modify(|state| {
            state.pid = pid;
            state.ends += u32::from(pid.is_none());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_network_address_is_listened_on() {
        for durability in [Durability::Durable, Durability::Throwaway] {
            assert!(settings(Path::new("/s"), durability).contains(&"listen_addresses=".into()));
        }
    }

    #[test]
    fn only_a_throwaway_cluster_forgoes_fsync() {
        assert!(settings(Path::new("/s"), Durability::Durable).contains(&"fsync=on".into()));
        assert!(settings(Path::new("/s"), Durability::Throwaway).contains(&"fsync=off".into()));
    }

    #[test]
    fn a_comma_or_quote_in_the_socket_folder_does_not_split_the_setting() {
        let settings = settings(Path::new("/a, b/\"c\""), Durability::Durable);
        assert_eq!(settings[0], "unix_socket_directories=\"/a, b/\"\"c\"\"\"");
    }

    #[test]
    fn a_log_longer_than_ten_megabytes_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("postgres.log");
        File::create(&log).unwrap().set_len(LOG_LIMIT).unwrap();
        assert_eq!(rotate(&log).unwrap(), LOG_LIMIT);
        File::create(&log).unwrap().set_len(LOG_LIMIT + 1).unwrap();
        assert_eq!(rotate(&log).unwrap(), 0);
        assert!(!log.exists());
        let aside = folder.path().join("postgres.log.1");
        assert_eq!(aside.metadata().unwrap().len(), LOG_LIMIT + 1);
    }

    #[test]
    fn the_tail_shows_nothing_from_before_this_start() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("postgres.log");
        fs::write(&log, "old\nnew\n").unwrap();
        assert_eq!(tail(&log, 4), "new");
        assert!(tail(&folder.path().join("none"), 0).contains("cannot be read"));
    }
}
