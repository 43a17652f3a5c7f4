//! chromedriver: one process for all browsers of this binary.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

/// Where chromedriver and the browsers write; the shell removes it.
const FOLDER: &str = "WIWEBB_BROWSER_FOLDER";

/// Runs the driver until its own input ends, which it does however our process ends, and then ends
/// the whole group: a driver that is signalled leaves its browsers behind. They may still write
/// while their folder is removed, hence a second attempt.
const SCRIPT: &str = r#"
"$@" </dev/null &
exec >/dev/null
read -r _
trap '' TERM
kill -s TERM 0
wait
rm -rf -- "$WIWEBB_BROWSER_FOLDER" || { sleep 2; rm -rf -- "$WIWEBB_BROWSER_FOLDER"; }
"#;

/// What chromedriver says when it answers.
const READY: &str = "was started successfully on port ";

/// A running chromedriver.
pub(crate) struct Driver {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    /// The browser it starts.
    pub(crate) chromium: PathBuf,
    _process: Child,
    /// Its end is the shell's signal.
    _lifeline: ChildStdin,
    /// Open, so that the driver can go on writing.
    _said: BufReader<ChildStdout>,
}

impl Driver {
    /// The driver of this binary; `None` where it or Chromium is not installed.
    pub(crate) fn get() -> Option<&'static Self> {
        static DRIVER: OnceLock<Option<Driver>> = OnceLock::new();
        DRIVER.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        let driver = program("WIWEBB_CHROMEDRIVER", &["chromedriver"]);
        let chromium = program("WIWEBB_CHROMIUM", &["chromium", "chromium-browser"]);
        let (Some(driver), Some(chromium)) = (driver, chromium) else {
            eprintln!("left out: Chromium and its driver are not installed");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("wiwebb-browser-").tempdir().unwrap().keep();
        let mut process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "wiwebb-browser"])
            .arg(driver)
            .args(["--port=0", "--log-level=SEVERE"])
            // Profiles, caches and what crashes leave.
            .env("TMPDIR", &folder)
            .env("HOME", &folder)
            .env(FOLDER, &folder)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lifeline = process.stdin.take().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let port = port(&mut said);
        let address = format!("http://127.0.0.1:{port}");
        Some(Self { address, chromium, _process: process, _lifeline: lifeline, _said: said })
    }
}

fn port(said: &mut impl BufRead) -> u16 {
    let mut all = String::new();
    loop {
        let start = all.len();
        assert_ne!(said.read_line(&mut all).unwrap(), 0, "chromedriver ended: {all}");
        if let Some((_, port)) = all[start..].split_once(READY) {
            return port.trim().trim_end_matches('.').parse().unwrap();
        }
    }
}

/// A program: the one that a variable names, else the first of these on the path.
fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let on_path = |name: &&str| {
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        found.find(|program| program.is_file())
    };
    names.iter().find_map(on_path)
}
