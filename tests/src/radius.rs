//! A real FreeRADIUS with the configuration of `docs/freeradius`, and equipment that asks it.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The files an operator copies.
const MODULES: &str = include_str!("../../docs/freeradius/rest");
const SITE: &str = include_str!("../../docs/freeradius/wiwebb");
const CLIENTS: &str = include_str!("../../docs/freeradius/clients.conf");
const DICTIONARY: &str = include_str!("../../docs/freeradius/dictionary");

/// What surrounds them: as far as they need it, the file that comes with FreeRADIUS. It names no
/// user to change to, so the server stays who runs the test.
const SURROUNDINGS: &str = r#"
pidfile = ""
proxy_requests = no
security {
    reject_delay = 0
}
thread pool {
    start_servers = 2
    max_servers = 8
    min_spare_servers = 1
    max_spare_servers = 4
}
modules {
    $INCLUDE rest
    always reject {
        rcode = reject
    }
}
$INCLUDE clients.conf
$INCLUDE wiwebb
"#;

const PACKAGES: &str = "This test needs the packages freeradius, freeradius-rest and \
    freeradius-utils (apt-get install, or .ci/run, which does it).";

const LOG: &str = "radius.log";
const SECRET: &str = "a-secret-of-equipment-and-server";

/// Where Debian puts the server, which is not in the `PATH` of everybody.
const SERVER: [&str; 2] = ["freeradius", "/usr/sbin/freeradius"];
const CLIENT: &str = "radclient";

/// The longest that the server may take to start.
const START: Duration = Duration::from_secs(30);

/// FreeRADIUS between equipment and WiWebb, on ports of loopback that nobody else uses.
#[derive(Debug)]
pub struct FreeRadius {
    server: Child,
    folder: TempDir,
    auth: u16,
    acct: u16,
    /// How long equipment waits for an answer.
    pub patience: Duration,
}

/// What equipment has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Name of the packet, such as `Access-Accept`; none where nobody answered in time.
    pub packet: Option<String>,
    attributes: Vec<(String, String)>,
}

impl Reply {
    /// The first value of an attribute, by its name in FreeRADIUS's dictionary.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(attribute, _)| attribute == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The same as a number; anything else fails the test.
    #[track_caller]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).map(|value| value.parse().expect(name))
    }

    /// Fails the test where another packet came, or none.
    #[track_caller]
    pub fn expect(self, packet: &str) -> Self {
        assert_eq!(self.packet.as_deref(), Some(packet), "{self:?}");
        self
    }

    fn parse(output: &str) -> Self {
        let mut lines = output.lines().skip_while(|line| !line.starts_with("Received "));
        let packet = lines.next().and_then(|line| line.split(' ').nth(1)).map(str::to_owned);
        let attributes = lines.map_while(|line| line.strip_prefix('\t')?.split_once(" = "));
        let attributes = attributes.map(|(name, value)| (name.to_owned(), unquoted(value)));
        Self { packet, attributes: attributes.collect() }
    }
}

impl FreeRadius {
    /// Whether its programs are on this machine.
    pub fn is_installed() -> bool {
        SERVER.iter().any(|program| runs(program)) && runs(CLIENT)
    }

    /// Starts one that asks WiWebb at `http://HOST:PORT` with a service key.
    pub async fn start(base_url: &str, service_key: &str) -> Self {
        assert!(Self::is_installed(), "FreeRADIUS is not installed. {PACKAGES}");
        // A free port can be taken by somebody else before the server has it.
        for _ in 0..5 {
            if let Some(running) = Self::try_start(base_url, service_key).await {
                return running;
            }
        }
        panic!("no free ports for FreeRADIUS");
    }

    async fn try_start(base_url: &str, service_key: &str) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("wiwebb-radius-").tempdir().unwrap();
        let (auth, acct) = free_ports();
        write_configuration(folder.path(), auth, acct);
        let program = SERVER.into_iter().find(|program| runs(program)).expect(PACKAGES);
        let server = std::process::Command::new(program)
            .args(["-f", "-d"])
            .arg(folder.path())
            .arg("-l")
            .arg(folder.path().join(LOG))
            .env("WIWEBB_URL", base_url)
            .env("WIWEBB_SERVICE_KEY", service_key)
            .env("RADIUS_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut radius = Self { server, folder, auth, acct, patience: Duration::from_secs(20) };
        radius.ready().await.then_some(radius)
    }

    /// Waits until the server listens. False if its ports were taken.
    async fn ready(&mut self) -> bool {
        let deadline = Instant::now() + START;
        loop {
            // Asked first: what a server that has ended wrote is in the log by then.
            let ended = self.server.try_wait().unwrap();
            let log = self.log();
            if log.contains("Ready to process requests") {
                return true;
            }
            if ended.is_some() && log.contains("Address already in use") {
                return false;
            }
            assert!(ended.is_none(), "FreeRADIUS does not start. {PACKAGES}\n{log}");
            assert!(Instant::now() < deadline, "FreeRADIUS is not ready\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default()
    }

    /// Somebody asks for access with a password.
    pub async fn authenticate(&self, user: &str, password: &str) -> Reply {
        self.ask_for_access(&[("User-Name", user), ("User-Password", password)]).await
    }

    /// An Access-Request of these attributes.
    pub async fn ask_for_access(&self, attributes: &[(&str, &str)]) -> Reply {
        let signed = [attributes, &[("Message-Authenticator", "0x00")]].concat();
        self.send("auth", self.auth, &signed).await
    }

    /// An Accounting-Request of these attributes.
    pub async fn account(&self, attributes: &[(&str, &str)]) -> Reply {
        self.send("acct", self.acct, attributes).await
    }

    async fn send(&self, kind: &str, port: u16, attributes: &[(&str, &str)]) -> Reply {
        let mut client = Command::new(CLIENT)
            .arg("-d")
            .arg(self.folder.path())
            .args(["-x", "-r", "1", "-t", &self.patience.as_secs_f32().to_string()])
            .args([&format!("127.0.0.1:{port}"), kind, SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let packet: String = attributes.iter().map(|(name, value)| line(name, value)).collect();
        client.stdin.take().unwrap().write_all(packet.as_bytes()).await.unwrap();
        let output = client.wait_with_output().await.unwrap();
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        let reply = Reply::parse(&said);
        let silent = said.contains("No reply") || errors.contains("No reply");
        assert!(reply.packet.is_some() || silent, "{packet}\n{said}\n{errors}\n{}", self.log());
        reply
    }
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Two ports, given back so that the server can take them.
fn free_ports() -> (u16, u16) {
    let sockets = [0, 0].map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
    let [auth, acct] = sockets.map(|socket| socket.local_addr().unwrap().port());
    (auth, acct)
}

fn write_configuration(folder: &Path, auth: u16, acct: u16) {
    let mut site = SITE.to_owned();
    for (usual, port) in [("1812", auth), ("1813", acct)] {
        let usual = format!("ipaddr = *\n\t\tport = {usual}\n");
        assert!(site.contains(&usual), "{usual}");
        site = site.replace(&usual, &format!("ipaddr = 127.0.0.1\n\t\tport = {port}\n"));
    }
    for (name, content) in [
        ("radiusd.conf", SURROUNDINGS),
        ("rest", MODULES),
        ("clients.conf", CLIENTS),
        ("dictionary", DICTIONARY),
        ("wiwebb", &site),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
}

/// A line of what radclient reads. Numbers and names of values may stand in quotes as well.
fn line(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name} = \"{value}\"\n")
}

fn unquoted(value: &str) -> String {
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.map_or_else(|| value.to_owned(), |text| text.replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether a program is there to be run.
fn runs(program: &str) -> bool {
    let mut command = std::process::Command::new(program);
    let quiet = command.arg("-v").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match quiet.status() {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => panic!("{program}: {error}"),
    }
}
