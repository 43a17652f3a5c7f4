//! Ends the server when our process dies without having ended it: `kill -9`, an abort, a test
//! binary, which has no place to tidy up.
//!
//! A shell holds the reading end of a pipe whose writing end only our process has. The system
//! closes that when our process is gone, and the shell then does what was left undone.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::Durability;

/// Reads the process id of the server, or of initdb, line by line. At the end of the input it
/// signals the last one ($1), and removes the folders ($2 and on), if any, after the process has
/// gone. Its children may still add files while they are removed, hence a second attempt.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
pid=
while read -r word value; do
  case $word in
    run) pid=$value ;;
    idle) pid= ;;
    stop) exit 0 ;;
  esac
done
signal=$1
shift
if [ -n "$pid" ]; then
  kill -s "$signal" "$pid" 2>/dev/null
fi
if [ $# -gt 0 ]; then
  tries=0
  while [ -n "$pid" ] && [ $tries -lt 100 ] && kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  rm -rf -- "$@" || { sleep 2; rm -rf -- "$@"; }
fi
"#;

/// The connection to the watchdog. It fires when this is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    pipe: ChildStdin,
}

impl Watchdog {
    /// Starts the watchdog and returns its process too, which ends after it has fired or was told
    /// to stand down. `folders` are those of a throw-away cluster, removed when it fires.
    pub(super) fn spawn(durability: Durability, folders: [&Path; 3]) -> io::Result<(Self, Child)> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "wiwebb-watchdog"]);
        match durability {
            Durability::Durable => command.arg("INT"),
            Durability::Throwaway => command.arg("QUIT").args(folders.map(OsStr::new)),
        };
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        let mut process = command
            .env_clear()
            .env("PATH", path)
            .current_dir("/")
            // Away from the terminal: a Ctrl-C there must not reach it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = process.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((Self { pipe }, process))
    }

    /// Says which process, the server or `initdb`, is to be ended; `None` while there is none.
    pub(super) fn watch(&self, pid: Option<u32>) {
        let line = pid.map_or_else(|| "idle\n".to_owned(), |pid| format!("run {pid}\n"));
        self.say(&line);
    }

    /// Lets the watchdog end without having done anything.
    pub(super) fn stand_down(&self) {
        self.say("stop\n");
    }

    fn say(&self, line: &str) {
        if let Err(error) = (&self.pipe).write_all(line.as_bytes()) {
            tracing::warn!(%error, "the watchdog of the embedded PostgreSQL is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use nix::sys::signal::Signal;

    use super::*;

    /// Ends by every signal, also where the tests were started with some of them ignored.
    fn sleeper() -> Child {
        Command::new("env").args(["--default-signal", "sleep", "60"]).spawn().unwrap()
    }

    fn folders() -> (tempfile::TempDir, [std::path::PathBuf; 3]) {
        let parent = tempfile::tempdir().unwrap();
        let folders = ["a", "b b", "-c"].map(|name| parent.path().join(name));
        for folder in &folders {
            std::fs::create_dir(folder).unwrap();
        }
        (parent, folders)
    }

    #[test]
    fn a_lost_owner_ends_the_server_and_keeps_a_durable_clusters_files() {
        let (_parent, folders) = folders();
        let mut server = sleeper();
        let (watchdog, mut process) =
            Watchdog::spawn(Durability::Durable, folders.each_ref().map(|path| &**path)).unwrap();
        watchdog.watch(Some(server.id()));
        drop(watchdog);
        assert_eq!(server.wait().unwrap().signal(), Some(Signal::SIGINT as i32));
        assert!(process.wait().unwrap().success());
        assert!(folders.iter().all(|folder| folder.exists()));
    }

    #[test]
    fn a_lost_owner_ends_a_throwaway_server_and_removes_its_files() {
        let (_parent, folders) = folders();
        let mut server = sleeper();
        let (watchdog, mut process) =
            Watchdog::spawn(Durability::Throwaway, folders.each_ref().map(|path| &**path)).unwrap();
        watchdog.watch(Some(server.id()));
        drop(watchdog);
        assert_eq!(server.wait().unwrap().signal(), Some(Signal::SIGQUIT as i32));
        assert!(process.wait().unwrap().success());
        assert!(!folders.iter().any(|folder| folder.exists()));
    }

    #[test]
    fn after_standing_down_it_does_nothing() {
        let (_parent, folders) = folders();
        let mut server = sleeper();
        let (watchdog, mut process) =
            Watchdog::spawn(Durability::Throwaway, folders.each_ref().map(|path| &**path)).unwrap();
        watchdog.watch(Some(server.id()));
        watchdog.stand_down();
        drop(watchdog);
        process.wait().unwrap();
        assert!(folders.iter().all(|folder| folder.exists()));
        assert!(server.try_wait().unwrap().is_none());
        server.kill().unwrap();
        server.wait().unwrap();
    }

    #[test]
    fn a_server_that_has_ended_is_not_signalled_any_more() {
        let (_parent, folders) = folders();
        let mut other = sleeper();
        let (watchdog, mut process) =
            Watchdog::spawn(Durability::Durable, folders.each_ref().map(|path| &**path)).unwrap();
        watchdog.watch(Some(other.id()));
        watchdog.watch(None);
        drop(watchdog);
        process.wait().unwrap();
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
