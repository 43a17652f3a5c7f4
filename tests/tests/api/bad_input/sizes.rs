//! Bodies of about 1 MiB, with their length announced and without.

use serde_json::json;
use wiwebb_tests::raw;

use super::{World, check_sound_raw};
use crate::support::detail;

const LIMIT: usize = 1024 * 1024;

/// A todo in so many bytes.
fn body(length: usize) -> Vec<u8> {
    let (start, end) = ("{\"task\":\"large\",\"filler\":\"", "\"}");
    format!("{start}{}{end}", "f".repeat(length - start.len() - end.len())).into_bytes()
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_taken_and_one_byte_more_is_not() {
    let world = World::new().await;
    let json: &[u8] = b"Content-Type: application/json";
    let own = world.lines();
    let mut lines: Vec<&[u8]> = own.iter().map(Vec::as_slice).collect();
    lines.push(json);
    let refused = detail("Request body too large.");
    let todo = world.path("/api/v1/todos/{todo}/");
    for (method, target, success) in
        [("POST", "/api/v1/todos/", 201), ("PUT", todo.as_str(), 200), ("PATCH", &todo, 200)]
    {
        for (length, fits) in
            [(LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false), (3 * LIMIT, false)]
        {
            let before = world.rows().await;
            let body = body(length);
            for request in [
                raw::request(method, target, &lines, &body),
                raw::chunked_request(method, target, &lines, &body),
            ] {
                let answer = raw::exchange(&world.app.base, &request).await;
                let what = format!("{method} {length}");
                check_sound_raw(&what, &answer);
                if fits {
                    assert_eq!(answer.status, success, "{what}: {answer:?}");
                    assert_eq!(answer.json()["task"], "large");
                } else {
                    assert_eq!((answer.status, answer.json()), (413, refused.clone()), "{what}");
                    assert_eq!(world.rows().await, before);
                }
            }
        }
    }
}

#[tokio::test]
async fn public_endpoints_have_the_same_limit_and_keys_are_asked_for_first() {
    let world = World::new().await;
    let lines: &[&[u8]] = &[b"Host: localhost", b"Content-Type: application/json"];
    let before = world.rows().await;
    for (target, status) in [
        ("/api/v1/auth/login/", 413),
        ("/api/v1/auth/registration/", 413),
        ("/api/v1/auth/password/reset/", 413),
        ("/api/v1/auth/password/reset/confirm/", 413),
        ("/api/v1/payments/webhook/", 413),
        ("/api/v1/todos/", 401),
        ("/api/v1/auth/user/", 401),
        ("/api/v1/nowhere/", 404),
    ] {
        let body = body(LIMIT + 1);
        for request in [
            raw::request("POST", target, lines, &body),
            raw::chunked_request("POST", target, lines, &body),
        ] {
            let answer = raw::exchange(&world.app.base, &request).await;
            check_sound_raw(target, &answer);
            assert_eq!(answer.status, status, "{target}: {answer:?}");
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn broken_framing_writes_nothing_and_leaves_the_server_well() {
    let world = World::new().await;
    let before = world.rows().await;
    let own = world.lines();
    let mut lines: Vec<&[u8]> = own.iter().map(Vec::as_slice).collect();
    lines.push(b"Content-Type: application/json");
    let framings: [(&[&[u8]], &[u8]); 8] = [
        (&[b"Content-Length: abc"], b"{\"task\":\"x\"}"),
        (&[b"Content-Length: -1"], b"{\"task\":\"x\"}"),
        (&[b"Content-Length: 99999999999999999999"], b"{\"task\":\"x\"}"),
        (&[b"Content-Length: 12", b"Content-Length: 13"], b"{\"task\":\"x\"}"),
        (&[b"Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n"),
        (&[b"Transfer-Encoding: chunked"], b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        (&[b"Transfer-Encoding: chunked"], b"-1\r\n{}\r\n0\r\n\r\n"),
        (&[b"Transfer-Encoding: gzip"], b"{\"task\":\"x\"}"),
    ];
    for (framing, body) in framings {
        let lines: Vec<&[u8]> = lines.iter().chain(framing).copied().collect();
        let mut request = raw::request("POST", "/api/v1/todos/", &lines, b"");
        request.extend_from_slice(body);
        let answer = raw::exchange(&world.app.base, &request).await;
        let what = String::from_utf8_lossy(framing[0]).into_owned();
        check_sound_raw(&what, &answer);
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
    }
    assert_eq!(world.rows().await, before);
    world.root.post("/todos/", json!({ "task": "well" })).await.expect(201);
}
