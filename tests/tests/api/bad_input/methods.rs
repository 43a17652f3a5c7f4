//! Methods that a path does not take (contract §1.3, §1.4).

use serde_json::Value;
use wiwebb_tests::{not_found, raw};

use super::{PATHS, PUBLIC, World};
use crate::support::detail;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"];

fn takes(methods: &[&str], method: &str) -> bool {
    methods.contains(&method) || method == "HEAD" && methods.contains(&"GET")
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_and_the_others_are_told() {
    let world = World::new().await;
    let before = world.rows().await;
    for (path, methods) in PATHS {
        for method in METHODS.iter().filter(|method| !takes(methods, method)) {
            let target = format!("/api/v1{}", world.path(path));
            let answer = world.raw(method, &target, &[], b"").await;
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let allowed = answer.header("allow").unwrap_or_else(|| panic!("{method} {path}"));
            let allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
            for taken in methods {
                assert!(allowed.contains(taken), "{method} {path}: {allowed:?}");
            }
            for told in allowed {
                assert!(takes(methods, told), "{method} {path}: {told} is not taken");
            }
            if *method != "HEAD" {
                let refused = detail(&format!("Method \"{method}\" not allowed."));
                assert_eq!(answer.json(), refused, "{path}");
            }
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn the_path_is_looked_at_first_then_the_key_then_the_method() {
    let world = World::new().await;
    let lines: &[&[u8]] = &[b"Host: localhost"];
    for method in METHODS {
        for (path, methods) in PATHS.iter().filter(|(_, methods)| !takes(methods, method)) {
            let target = format!("/api/v1{}", world.path(path));
            let request = raw::request(method, &target, lines, b"");
            let answer = raw::exchange(&world.app.base, &request).await;
            let status = if PUBLIC.contains(path) { 405 } else { 401 };
            assert_eq!(answer.status, status, "{method} {path} {methods:?}: {answer:?}");
        }
        let request = raw::request(method, "/api/v1/nowhere/", lines, b"");
        let answer = raw::exchange(&world.app.base, &request).await;
        let body = if method == "HEAD" { Value::Null } else { not_found() };
        assert_eq!((answer.status, answer.json()), (404, body), "{method}");
    }
}

/// Browsers ask with it first, but where no origin may call there is nothing to tell them.
#[tokio::test]
async fn options_is_a_method_like_any_other_where_no_origin_may_call() {
    let world = World::new().await;
    for (path, _) in PATHS {
        let target = format!("/api/v1{}", world.path(path));
        let answer = world.raw("OPTIONS", &target, &[], b"").await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert_eq!(answer.json(), detail("Method \"OPTIONS\" not allowed."), "{path}");
    }
    let answer = world.raw("OPTIONS", "/api/v1/nowhere/", &[], b"").await;
    assert_eq!((answer.status, answer.json()), (404, not_found()));
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let world = World::new().await;
    for (path, _) in PATHS.iter().filter(|(_, methods)| methods.contains(&"GET")) {
        for key in [true, false] {
            let own = world.lines_for(path);
            let lines: Vec<&[u8]> =
                own.iter().map(Vec::as_slice).take(1 + usize::from(key)).collect();
            let target = format!("/api/v1{}", world.path(path));
            let mut answers = Vec::new();
            for method in ["GET", "HEAD"] {
                let request = raw::request(method, &target, &lines, b"");
                answers.push(raw::exchange(&world.app.base, &request).await);
            }
            assert_eq!(answers[0].status, answers[1].status, "{path}");
            assert!(answers[1].body.is_empty(), "{path}");
            for header in ["content-type", "content-length", "www-authenticate"] {
                assert_eq!(answers[0].header(header), answers[1].header(header), "{path} {header}");
            }
        }
    }
}

#[tokio::test]
async fn a_connect_or_an_asterisk_gets_an_answer() {
    let world = World::new().await;
    for (method, target) in [
        ("CONNECT", "example.org:443"),
        ("OPTIONS", "*"),
        ("GET", "*"),
        ("GET", "http://example.org/api/v1/users/"),
        ("GET", "http://example.org"),
        ("PRI", "*"),
        ("get", "/api/v1/users/"),
    ] {
        let answer = world.raw(method, target, &[], b"").await;
        assert!(answer.status < 500, "{method} {target}: {answer:?}");
    }
    world.root.get("/auth/user/").await.expect(200);
}
