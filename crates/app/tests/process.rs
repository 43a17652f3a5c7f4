//! The program as its operator meets it: real processes on a real data directory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);
const PASSWORD: &str = "four-Horses-at-dawn";

/// A folder for one installation.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Where PostgreSQL runs under another account, that account has to get in.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn data_dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiwebb"));
        let kept = ["PATH", "HOME", "WIWEBB_PG_BIN"];
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("WIWEBB_DATA_DIR", self.data_dir())
            .env("WIWEBB_BIND", "127.0.0.1:0")
            .env("WIWEBB_TIME_ZONE", zone_far_from_midnight())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command writes that must succeed.
    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn create_superadmin(&self, username: &str, password: &str) -> Output {
        let email = format!("{username}@example.org");
        let arguments =
            ["superadmin", "create", "--username", username, "--email", &email, "--password-stdin"];
        let mut command = self.command(&arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        writeln!(process.stdin.take().unwrap(), "{password}").unwrap();
        process.wait_with_output().unwrap()
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        let log = self.0.path().join("server.log");
        let mut command = self.command(&[&["serve"], arguments].concat());
        command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("WiWebb listens on http://");
        let Some(address) = address.and_then(|address| address.parse().ok()) else {
            panic!("{line}{}", fs::read_to_string(log).unwrap());
        };
        Server { process, address, said }
    }

    /// The process of the embedded PostgreSQL, if there is one.
    fn postgres(&self) -> Option<Pid> {
        let file = fs::read_to_string(self.data_dir().join("cluster/postmaster.pid")).ok()?;
        let pid = Pid::from_raw(file.lines().next()?.parse().ok()?);
        kill(pid, None).is_ok().then_some(pid)
    }
}

/// A running server; it is killed with the test.
struct Server {
    process: Child,
    address: SocketAddr,
    said: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().cast_signed()), signal).unwrap();
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        self.get_with(path, "")
    }

    /// An answer to a request with more lines of head, each with its end.
    fn get_with(&self, path: &str, lines: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n")
            .unwrap();
        rest(stream)
    }

    /// A login whose body the server is waiting for.
    fn login_in_flight(&self, body: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(
            stream,
            "POST /api/v1/auth/login/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        )
        .unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }

    fn login(&self, username: &str) -> String {
        self.login_with(&login_body(username, PASSWORD))
    }

    fn login_with(&self, body: &str) -> String {
        let mut stream = self.login_in_flight(body);
        stream.write_all(body.as_bytes()).unwrap();
        rest(stream)
    }

    fn refuses_connections(&self) -> bool {
        TcpStream::connect(self.address).is_err()
    }

    /// Waits for the end and says with what exit code it came.
    fn end(&mut self) -> Option<i32> {
        let mut code = None;
        eventually("the server ends", || {
            let status = self.process.try_wait().unwrap();
            code = status.and_then(|status| status.code());
            status.is_some()
        });
        code
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A time zone in which no day begins while a test runs.
fn zone_far_from_midnight() -> &'static str {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hour = now.as_secs() / 3_600 % 24;
    if (6..18).contains(&hour) { "UTC" } else { "Etc/GMT+12" }
}

fn login_body(username: &str, password: &str) -> String {
    format!("{{\"username\": \"{username}\", \"password\": \"{password}\"}}")
}

fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "it does not happen that {what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_server_drains_on_a_signal_and_comes_back_after_being_killed() {
    let place = Place::new();
    let created = place.create_superadmin("root", PASSWORD);
    assert!(created.status.success(), "{}", stderr(&created));
    assert_eq!(place.postgres(), None, "PostgreSQL ends with the command");

    let mut server = place.serve(&[]);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200 "));
    assert!(place.postgres().is_some());

    let second = place.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let told = stderr(&second);
    let dir = fs::canonicalize(place.data_dir()).unwrap();
    assert!(told.contains("another WiWebb") && told.contains(dir.to_str().unwrap()), "{told}");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "), "the first is not disturbed");

    let body = login_body("root", PASSWORD);
    let mut in_flight = server.login_in_flight(&body);
    server.signal(Signal::SIGTERM);
    eventually("new connections are refused", || server.refuses_connections());
    in_flight.write_all(body.as_bytes()).unwrap();
    let answer = rest(in_flight);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"key\""), "{answer}");
    assert_eq!(server.end(), Some(0));
    assert_eq!(place.postgres(), None, "PostgreSQL ends with the server");

    let mut server = place.serve(&[]);
    let postgres = place.postgres();
    server.signal(Signal::SIGKILL);
    assert_eq!(server.end(), None);
    let mut server = place.serve(&[]);
    assert_ne!(place.postgres(), postgres);
    assert!(server.login("root").contains("\"key\""), "what was stored is still there");
    server.signal(Signal::SIGINT);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let place = Place::new();
    let mut server = place.serve(&["--demo"]);
    let mut demo = String::new();
    for _ in 0..5 {
        server.said.read_line(&mut demo).unwrap();
    }
    assert!(demo.contains("demo-subscriber  wiwebb-demo-2026  subscriber"), "{demo}");

    let _in_flight = server.login_in_flight(&login_body("demo-admin", PASSWORD));
    server.signal(Signal::SIGTERM);
    eventually("new connections are refused", || server.refuses_connections());
    server.signal(Signal::SIGINT);
    assert_eq!(server.end(), Some(128 + Signal::SIGINT as i32));
    eventually("the watchdog ends PostgreSQL", || place.postgres().is_none());

    let again = place.succeed(&["demo"]);
    assert!(again.starts_with("there is demo data already"), "{again}");
}

#[test]
fn the_subscriber_of_the_demo_has_a_plan_with_limits_and_has_used_some_of_them() {
    let place = Place::new();
    let server = place.serve(&["--demo"]);
    let answer = server.login_with(&login_body("demo-subscriber", "wiwebb-demo-2026"));
    let key = answer.split("\"key\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let key = format!("Authorization: Token {}\r\n", key.expect(&answer));

    let status = server.get_with("/api/v1/subscriptions/status/", &key);
    assert!(status.contains("\"status\":\"active\"") && status.contains("Basic"), "{status}");
    let limits = server.get_with("/api/v1/subscriptions/me/limits/", &key);
    assert!(limits.contains("\"daily_time_minutes\":240"), "{limits}");
    assert!(limits.contains("\"data_used_mb\":1234"), "{limits}");
}

#[test]
fn reports_of_gateways_are_listed_and_applied_again_by_their_number() {
    let place = Place::new();
    assert_eq!(place.succeed(&["webhooks", "list"]), "no events\n");
    assert_eq!(place.succeed(&["webhooks", "list", "--status", "unmatched"]), "no events\n");
    let odd = place.run(&["webhooks", "list", "--status", "odd"]);
    assert_eq!(odd.status.code(), Some(2));
    assert!(stderr(&odd).contains("unmatched"), "{}", stderr(&odd));
    let missing = place.run(&["webhooks", "replay", "7"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no event 7"), "{}", stderr(&missing));
}

#[test]
fn commands_move_the_schema_and_say_what_they_refuse() {
    let place = Place::new();
    let fresh = place.succeed(&["migrate", "status"]);
    assert!(fresh.contains("pending") && !fresh.contains("applied"), "{fresh}");
    let refused = place.run(&["serve", "--no-migrate"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("wiwebb migrate up"), "{}", stderr(&refused));

    let steps = place.succeed(&["migrate", "up"]).lines().count();
    assert!(steps > 1);
    assert!(place.succeed(&["migrate", "up"]).starts_with("nothing to do"));
    assert_eq!(place.succeed(&["migrate", "down"]).lines().count(), 1);
    let status = place.succeed(&["migrate", "status"]);
    assert_eq!(status.lines().filter(|line| line.contains("applied")).count(), steps - 1);

    let weak = place.create_superadmin("root", "12345");
    assert_eq!(weak.status.code(), Some(1));
    let told = stderr(&weak);
    for rule in ["too short", "too common", "entirely numeric"] {
        assert!(told.contains(rule), "{told}");
    }
    assert!(place.create_superadmin("root", PASSWORD).status.success());
    let taken = place.create_superadmin("root", PASSWORD);
    assert_eq!(taken.status.code(), Some(1));
    assert!(stderr(&taken).contains("A user with that username already exists."));
}

#[test]
fn a_port_in_use_is_told_with_its_setting_before_a_database_is_made() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = place.command(&["serve"]).env("WIWEBB_BIND", &address).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains(&address) && told.contains("WIWEBB_BIND"), "{told}");
    assert!(!place.data_dir().exists());
}

#[test]
fn settings_are_shown_without_secrets_and_wrong_ones_end_the_program() {
    let place = Place::new();
    fs::write(place.0.path().join("wiwebb.toml"), "login_rate = \"off\"\n").unwrap();
    let url = "postgres://wiwebb:hunter2@db.example/wiwebb";
    let shown = place.command(&["config"]).env("DATABASE_URL", url).output().unwrap();
    assert!(shown.status.success(), "{}", stderr(&shown));
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("postgres://wiwebb:***@db.example/wiwebb"), "{text}");
    assert!(text.contains("login_rate = \"off\"") && !text.contains("hunter2"), "{text}");

    let wrong = place.command(&["config"]).env("WIWEBB_DB_POOL", "many").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("WIWEBB_DB_POOL"));

    let nowhere = "postgres://wiwebb:hunter2@127.0.0.1:1/wiwebb";
    let output = place.command(&["serve"]).env("DATABASE_URL", nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("DATABASE_URL") && !told.contains("hunter2"), "{told}");
}
