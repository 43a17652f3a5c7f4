//! HTTP by hand, for what no client library would send.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a body that travel in one chunk.
const CHUNK: usize = 16 * 1024;

/// An answer as it came.
#[derive(Debug)]
pub struct RawAnswer {
    /// Status code.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Body.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON; null where there is none.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A request with these header lines, which must say the host themselves. A body that is not
/// empty is announced with its length.
pub fn request(method: &str, target: &str, lines: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let mut lines = lines.to_vec();
    if !body.is_empty() {
        lines.push(length.as_bytes());
    }
    let mut bytes = head(method, target, &lines);
    bytes.extend_from_slice(body);
    bytes
}

/// The same with a body of chunks whose length nobody announces.
pub fn chunked_request(method: &str, target: &str, lines: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let mut lines = lines.to_vec();
    lines.push(b"Transfer-Encoding: chunked");
    let mut bytes = head(method, target, &lines);
    for chunk in body.chunks(CHUNK) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

fn head(method: &str, target: &str, lines: &[&[u8]]) -> Vec<u8> {
    let mut start = String::new();
    let _ = write!(start, "{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    let mut bytes = start.into_bytes();
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// A connection to a server, given as `http://HOST:PORT`.
pub async fn connect(base: &str) -> TcpStream {
    TcpStream::connect(base.trim_start_matches("http://")).await.unwrap()
}

/// Sends bytes and reads until the server closes the connection. It may answer and close before
/// it has taken everything.
pub async fn exchange(base: &str, request: &[u8]) -> RawAnswer {
    let (mut reader, mut writer) = connect(base).await.into_split();
    let mut answer = Vec::new();
    let talk = async {
        // A server that has refused need not take the rest.
        let send = async { writer.write_all(request).await.is_ok() };
        let receive = async { reader.read_to_end(&mut answer).await.is_ok() };
        tokio::join!(send, receive)
    };
    tokio::time::timeout(PATIENCE, talk).await.expect("an answer in time");
    parse(&answer)
}

fn parse(bytes: &[u8]) -> RawAnswer {
    let text = String::from_utf8_lossy(bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer but {text:?}"));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    RawAnswer { status, head, body: bytes[end + 4..].to_vec() }
}
