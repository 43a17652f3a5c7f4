//! Clients that take their time, and many connections.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wiwebb::server::Patience;
use wiwebb_tests::{Client, NO_RATES, TestApp, raw};

/// A head that its client never ends.
const ENDLESS: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ";

/// Slow clients at once.
const CROWD: usize = 100;

/// How long an impatient server waits for a head.
const HEAD: Duration = Duration::from_secs(5);

/// Between two bytes of a slow client, and two requests of another one.
const PACE: Duration = Duration::from_millis(250);

/// When a server that has not cut anybody off has failed.
const BOUND: Duration = Duration::from_mins(5);

/// A server that gives clients little time for heads, and for nothing else.
async fn impatient() -> TestApp {
    TestApp::adjusted(&NO_RATES, |config| {
        config.edge.patience = Patience { head: HEAD, rest: 10 * BOUND, stall: 10 * BOUND };
    })
    .await
}

/// Sends a byte at a time until the server closes the connection, and answers what it said.
async fn dribble(mut stream: TcpStream, start: &'static [u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    if stream.write_all(start).await.is_err() {
        return answer;
    }
    let (mut reader, mut writer) = stream.split();
    let send = async {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(PACE).await;
        }
    };
    let receive = async {
        // However it is closed, it is.
        let _ = reader.read_to_end(&mut answer).await;
    };
    tokio::join!(send, receive);
    answer
}

/// Asks for what everybody else asks for until all of them are cut off. Answers what they were told.
async fn serve_others_meanwhile(
    app: &TestApp,
    root: &Client,
    mut slow: JoinSet<Vec<u8>>,
) -> Vec<Vec<u8>> {
    let mut told = Vec::new();
    let others = async {
        while !slow.is_empty() {
            app.anonymous().get(&format!("{}/healthz", app.base)).await.expect(200);
            root.get("/todos/").await.expect(200);
            while let Some(ended) = slow.try_join_next() {
                told.push(ended.unwrap());
            }
            tokio::time::sleep(PACE).await;
        }
    };
    tokio::time::timeout(BOUND, others).await.expect("slow clients are cut off");
    told
}

#[tokio::test]
async fn heads_that_do_not_end_are_cut_off_and_meanwhile_others_are_served() {
    let app = impatient().await;
    let root = app.superadmin().await;
    let mut slow = JoinSet::new();
    for number in 0..CROWD {
        let stream = raw::connect(&app.base).await;
        // Some never begin.
        let start = if number % 4 == 0 { b"" } else { ENDLESS };
        slow.spawn(async move {
            if start.is_empty() { wait_for_end(stream).await } else { dribble(stream, start).await }
        });
    }
    let told = serve_others_meanwhile(&app, &root, slow).await;
    assert_eq!(told.len(), CROWD);
    assert!(told.iter().all(Vec::is_empty), "there is nothing to answer");
}

/// Says nothing until the server closes the connection.
async fn wait_for_end(mut stream: TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn bodies_that_do_not_end_are_refused_and_meanwhile_others_are_served() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut slow = JoinSet::new();
    for _ in 0..CROWD {
        let stream = raw::connect(&app.base).await;
        let start = b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: a\r\n\
                      Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
        slow.spawn(dribble(stream, start));
    }
    for answer in serve_others_meanwhile(&app, &root, slow).await {
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.ends_with("{\"detail\":\"Request body is incomplete.\"}"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_answers_is_cut_off() {
    let app = TestApp::adjusted(&NO_RATES, |config| {
        config.edge.patience =
            Patience { head: 10 * BOUND, rest: 10 * BOUND, stall: Duration::from_secs(1) };
    })
    .await;
    let mut stream = raw::connect(&app.base).await;
    let ask = async {
        while stream.write_all(b"GET /checkout/done/ HTTP/1.1\r\nHost: a\r\n\r\n").await.is_ok() {}
    };
    tokio::time::timeout(BOUND, ask).await.expect("the server closes the connection");
}

#[tokio::test]
async fn a_connection_may_rest_for_longer_than_a_head_may_take() {
    let app = impatient().await;
    let mut stream = raw::connect(&app.base).await;
    for pause in [Duration::ZERO, HEAD + Duration::from_secs(1)] {
        tokio::time::sleep(pause).await;
        stream.write_all(b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn a_connection_that_rests_for_too_long_is_closed() {
    let app = TestApp::adjusted(&NO_RATES, |config| {
        config.edge.patience =
            Patience { head: 10 * BOUND, rest: Duration::from_secs(2), stall: 10 * BOUND };
    })
    .await;
    let end = wait_for_end(kept(&app).await);
    tokio::time::timeout(BOUND, end).await.expect("the server closes the connection");
}

/// A connection on which a request was answered, and which is kept.
async fn kept(app: &TestApp) -> TcpStream {
    let mut stream = raw::connect(&app.base).await;
    stream.write_all(b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

/// Fails unless a further connection is refused.
async fn check_full(app: &TestApp) {
    let refused = wait_for_end(raw::connect(&app.base).await).await;
    let refused = String::from_utf8(refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 5\r\n"), "{refused}");
    assert!(refused.ends_with("\r\n\r\n{\"detail\":\"Service unavailable.\"}"), "{refused}");
}

/// Fails unless there is a place again soon after somebody has left.
async fn check_free(app: &TestApp) {
    let free = async {
        loop {
            let request = Client::new(&app.base, None).request(Method::GET, "/nowhere/");
            if request.send().await.is_ok_and(|answer| answer.status() == 404) {
                break;
            }
        }
    };
    tokio::time::timeout(BOUND, free).await.expect("a place");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let app = TestApp::adjusted(&NO_RATES, |config| config.edge.capacity.by_address = 3).await;
    let mut held = vec![kept(&app).await, kept(&app).await, kept(&app).await];
    check_full(&app).await;
    held.pop();
    check_free(&app).await;
}

#[tokio::test]
async fn trusted_proxies_have_as_many_connections_as_there_are() {
    let settings = [&NO_RATES[..], &[super::LOOPBACK_IS_TRUSTED]].concat();
    let app = TestApp::adjusted(&settings, |config| {
        config.edge.capacity.by_address = 1;
        config.edge.capacity.in_all = 3;
    })
    .await;
    let mut held = vec![kept(&app).await, kept(&app).await, kept(&app).await];
    check_full(&app).await;
    held.pop();
    check_free(&app).await;
}

#[tokio::test]
async fn a_stopping_server_does_not_wait_for_heads_that_do_not_end() {
    let app = impatient().await;
    let mut stream = raw::connect(&app.base).await;
    stream.write_all(ENDLESS).await.unwrap();
    let _resting = kept(&app).await;
    assert!(app.stop().await, "within the time that requests in flight have");
    assert!(wait_for_end(stream).await.is_empty());
}
