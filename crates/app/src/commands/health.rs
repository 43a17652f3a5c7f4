//! `wiwebb health`

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::http::Uri;
use axum::http::uri::Scheme;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::cli::HealthArgs;
use crate::config::Config;
use crate::error::AppError;
use crate::output;

/// How long the server may take to answer; supervisors do not wait much longer themselves.
const LIMIT: Duration = Duration::from_secs(4);

/// Whether the process lives.
const LIVE: &str = "/healthz";

/// More of an answer than any status line has, in bytes.
const HEAD: u64 = 1_024;

/// Asks the server once. Anything but 200 is a failure.
pub(super) async fn run(args: &HealthArgs, config: &Config) -> Result<(), AppError> {
    let question = match &args.url {
        Some(url) => Question::new(url).ok_or_else(|| {
            AppError::Usage("--url: expected an address that begins with http://".to_owned())
        })?,
        None => Question::of_server(config.bind),
    };
    let Question { authority, path, .. } = &question;
    let refuse = |reason| AppError::Refused(format!("http://{authority}{path}: {reason}"));
    match tokio::time::timeout(LIMIT, question.ask()).await {
        Ok(Ok(200)) => output::line(format!("http://{authority}{path}: 200")),
        Ok(Ok(status)) => Err(refuse(status.to_string())),
        Ok(Err(error)) => Err(refuse(error.to_string())),
        Err(_) => Err(refuse(format!("no answer within {} s", LIMIT.as_secs()))),
    }
}

/// Whom to ask for what.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    /// Host and port, as names or numbers.
    authority: String,
    /// Where to connect to.
    address: String,
    path: String,
}

impl Question {
    /// TLS is spoken by proxies, whose health is not the server's.
    fn new(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        if uri.scheme() != Some(&Scheme::HTTP) || authority.as_str().contains('@') {
            return None;
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(Self {
            authority: authority.to_string(),
            address: format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)),
            path: if path == "/" { LIVE } else { path }.to_owned(),
        })
    }

    /// Of the server that listens here; one that listens on every address is asked on loopback.
    fn of_server(bind: SocketAddr) -> Self {
        let ip = match bind.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let authority = SocketAddr::new(ip, bind.port()).to_string();
        Self { address: authority.clone(), authority, path: LIVE.to_owned() }
    }

    /// The status of the answer.
    async fn ask(&self) -> std::io::Result<u16> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let Self { authority, path, .. } = self;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: wiwebb-health\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        stream.take(HEAD).read_to_end(&mut head).await?;
        status(&head).ok_or_else(|| std::io::Error::other("what answers there is no HTTP server"))
    }
}

/// The status in the first line of an answer.
fn status(head: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(head);
    let mut words = line.lines().next()?.split(' ');
    words.next()?.starts_with("HTTP/1.").then_some(())?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str) -> Option<(String, String)> {
        Question::new(url).map(|question| (question.address, question.path))
    }

    fn told(address: &str, path: &str) -> (String, String) {
        (address.to_owned(), path.to_owned())
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        for (bind, address) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:8000", "[::1]:8000"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(Question::of_server(bind.parse().unwrap()).address, address);
        }
    }

    #[test]
    fn an_address_without_a_path_is_asked_whether_the_process_lives() {
        assert_eq!(asked("http://host"), Some(told("host:80", "/healthz")));
        assert_eq!(asked("http://host:8000/"), Some(told("host:8000", "/healthz")));
        assert_eq!(asked("http://[::1]:8000/readyz"), Some(told("[::1]:8000", "/readyz")));
    }

    #[test]
    fn what_cannot_be_asked_in_plain_http_is_refused() {
        for url in ["https://host/", "host:8000", "/readyz", "http://me:secret@host/", ""] {
            assert_eq!(asked(url), None, "{url}");
        }
    }

    #[test]
    fn the_status_is_in_the_first_line() {
        assert_eq!(status(b"HTTP/1.1 503 Service Unavailable\r\nx: y\r\n"), Some(503));
        assert_eq!(status(b"HTTP/1.0 200 OK"), Some(200));
        assert_eq!(status(b"SSH-2.0-OpenSSH_9.2\r\n"), None);
        assert_eq!(status(b""), None);
    }
}
