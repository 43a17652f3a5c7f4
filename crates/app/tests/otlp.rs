//! Traces, sent to a collector (feature `otlp`).
#![cfg(feature = "otlp")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);

/// A trace that somebody else has begun (W3C Trace Context).
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A span as it was sent.
#[derive(Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    attributes: BTreeMap<String, String>,
}

/// A field of a message in the form of Protocol Buffers.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Fixed,
}

fn number(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = number(&mut bytes);
        let length = match tag & 7 {
            0 => {
                found.push((tag >> 3, Field::Number(number(&mut bytes))));
                continue;
            }
            1 => 8,
            5 => 4,
            _ => usize::try_from(number(&mut bytes)).unwrap(),
        };
        let (value, rest) = bytes.split_at(length);
        bytes = rest;
        found.push((tag >> 3, if tag & 7 == 2 { Field::Bytes(value) } else { Field::Fixed }));
    }
    found
}

/// The values of a field that is a message, a text or bytes.
fn all(message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let found = fields(message).into_iter().filter(|(number, _)| *number == wanted);
    found
        .filter_map(|(_, field)| if let Field::Bytes(it) = field { Some(it) } else { None })
        .collect()
}

fn text(message: &[u8], wanted: u64) -> String {
    all(message, wanted)
        .first()
        .map(|it| String::from_utf8(it.to_vec()).unwrap())
        .unwrap_or_default()
}

/// The spans of an `ExportTraceServiceRequest` (OpenTelemetry protocol 1).
fn spans(request: &[u8]) -> Vec<Span> {
    let of_scopes = all(request, 1).into_iter().flat_map(|of_resource| all(of_resource, 2));
    of_scopes.flat_map(|of_scope| all(of_scope, 2)).map(span).collect()
}

fn span(message: &[u8]) -> Span {
    let id = |wanted| all(message, wanted).first().map(hex::encode).unwrap_or_default();
    Span {
        trace: id(1),
        id: id(2),
        parent: id(4),
        name: text(message, 5),
        attributes: all(message, 9).into_iter().map(|it| (text(it, 1), value(it))).collect(),
    }
}

/// The value of an attribute: a text, or a number.
fn value(attribute: &[u8]) -> String {
    let value = all(attribute, 2)[0];
    let number = fields(value).into_iter().find_map(|(field, found)| match found {
        Field::Number(found) if field == 3 => Some(found.to_string()),
        _ => None,
    });
    number.unwrap_or_else(|| text(value, 1))
}

/// Takes what is posted to `/v1/traces`.
fn collect() -> (String, Receiver<Span>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.unwrap());
                while let Some(body) = body(&mut reader) {
                    for span in spans(&body) {
                        // A test that has seen enough has gone.
                        let _ = sender.send(span);
                    }
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    reader.get_mut().write_all(answer).unwrap();
                }
            });
        }
    });
    (address, receiver)
}

/// The body of the next request; `None` at the end of the connection.
fn body(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /v1/traces "), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(body)
}

struct Server {
    process: Child,
    address: String,
    _place: TempDir,
}

impl Server {
    fn start(settings: &[(&str, &str)]) -> Self {
        let place = tempfile::tempdir().unwrap();
        // Where PostgreSQL runs under another account, that account has to get in.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place.path(), open).unwrap();
        let kept = ["PATH", "HOME", "WIWEBB_PG_BIN"];
        let mut process = Command::new(env!("CARGO_BIN_EXE_wiwebb"))
            .arg("serve")
            .current_dir(place.path())
            .env_clear()
            .envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs([("WIWEBB_BIND", "127.0.0.1:0"), ("OTEL_BSP_SCHEDULE_DELAY", "50")])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("WiWebb listens on http://").unwrap().to_owned();
        Self { process, address, _place: place }
    }

    /// Asks for a list as part of a trace.
    fn ask(&self, secret: &str) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET /api/v1/todos/?key={secret} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Authorization: Token {secret}\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Orderly, so that its PostgreSQL ends as well.
        let process = Pid::from_raw(self.process.id().try_into().unwrap());
        let _ = kill(process, Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

/// The span of the request, and of what was done within it.
fn spans_of_request(told: &Receiver<Span>) -> (Span, Vec<Span>) {
    let mut others: Vec<Span> = Vec::new();
    loop {
        let span = told.recv_timeout(PATIENCE).expect("the span of the request");
        if span.name == "GET /api/v1/todos/" {
            others.retain(|other| other.parent == span.id);
            return (span, others);
        }
        others.push(span);
    }
}

#[test]
fn a_request_is_a_span_within_the_trace_of_a_trusted_caller_and_has_no_secret() {
    let (collector, told) = collect();
    let server = Server::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector),
        ("WIWEBB_TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    let secret = "0c".repeat(20);
    server.ask(&secret);
    let (span, within) = spans_of_request(&told);
    assert_eq!((span.trace.as_str(), span.parent.as_str()), (TRACE, PARENT));
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/todos/"),
        ("http.response.status_code", "401"),
        ("client.address", "127.0.0.1"),
    ] {
        assert_eq!(span.attributes.get(name).map(String::as_str), Some(value), "{name}");
    }
    let units: Vec<&str> = within.iter().map(|span| span.name.as_str()).collect();
    assert!(units.iter().any(|name| name.starts_with("unit_of_work ")), "{units:?}");
    assert!(!format!("{span:?}{within:?}").contains(&secret));
}

#[test]
fn a_trace_of_anybody_else_is_not_gone_on_with() {
    let (collector, told) = collect();
    let server = Server::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)]);
    server.ask("none");
    let (span, _) = spans_of_request(&told);
    assert_ne!(span.trace, TRACE);
    assert_eq!(span.parent, "");
}
