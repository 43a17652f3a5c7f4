//! Bodies that are no JSON, no object, or not said to be JSON.

use serde_json::{Value, json};

use super::{WRITES, World, check_sound};
use crate::support::detail;

#[tokio::test]
async fn malformed_json_is_refused_everywhere() {
    let world = World::new().await;
    let before = world.rows().await;
    let bodies: [&[u8]; 29] = [
        b"{",
        b"}",
        b"[",
        b"nonsense",
        b"'a'",
        b"{'a': 1}",
        b"{a: 1}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\" 1}",
        b"{\"a\":1,}",
        b"{\"a\":[1,]}",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":.5}",
        b"{\"a\":NaN}",
        b"{\"a\":Infinity}",
        b"{\"a\":-Infinity}",
        b"{\"a\":True}",
        b"{\"a\":\"unfinished",
        b"{\"a\":\"tab\there\"}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\u12\"}",
        b"{} {}",
        b"{}x",
        b"{/* comment */}",
        b"\x00",
        b"{\"a\":1}\x00",
        b"a=1&b=2",
    ];
    for (method, path) in WRITES {
        for body in bodies {
            let what = format!("{method} {path} {}", String::from_utf8_lossy(body));
            check_unparsed(&what, world.send(method, path, body).await);
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn text_that_is_no_unicode_is_refused_everywhere_in_fields_that_do_not_count_too() {
    let world = World::new().await;
    let before = world.rows().await;
    let bodies: [&[u8]; 11] = [
        b"{\"task\":\"\xff\"}",
        b"{\"unknown\":\"\xc3\x28\"}",
        b"{\"\xfe\":1}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"a\":\"\xc0\x80\"}",
        b"{\"a\":\"\xf4\x90\x80\x80\"}",
        b"{\"task\":\"\\ud800\"}",
        b"{\"a\":\"\\udc00\"}",
        b"{\"a\":\"\\ud800\\ud800\"}",
        b"{\"a\":\"\\ud83dx\"}",
        b"{\"\\ud800\":1}",
    ];
    for (method, path) in WRITES {
        for body in bodies {
            let what = format!("{method} {path} {}", String::from_utf8_lossy(body));
            check_unparsed(&what, world.send(method, path, body).await);
        }
    }
    assert_eq!(world.rows().await, before);
    let pair = world.send("POST", "/todos/", "{\"task\":\"\\ud83d\\udca7\"}").await.expect(201);
    assert_eq!(pair["task"], "💧", "two halves are a character");
}

#[track_caller]
fn check_unparsed(what: &str, answer: wiwebb_tests::Answer) {
    check_sound(what, &answer);
    let body = answer.expect(400);
    let said = body["detail"].as_str().unwrap_or_else(|| panic!("{what}: {body}"));
    assert!(said.starts_with("JSON parse error - "), "{what}: {body}");
    assert_eq!(body.as_object().unwrap().len(), 1, "{what}: {body}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_with_its_type() {
    let world = World::new().await;
    let before = world.rows().await;
    for (method, path) in WRITES {
        for (body, found) in [
            ("[]", "list"),
            (" [{\"task\": \"x\"}] ", "list"),
            ("\"text\"", "str"),
            ("\"\"", "str"),
            ("0", "int"),
            ("-12", "int"),
            ("1.5", "float"),
            ("1e3", "float"),
            ("true", "bool"),
            ("null", "NoneType"),
        ] {
            let message = format!("Invalid data. Expected a dictionary, but got {found}.");
            let answer = world.send(method, path, body).await;
            assert_eq!(
                (answer.status, &answer.body),
                (400, &json!({ "non_field_errors": [message] })),
                "{method} {path} {body}"
            );
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn a_body_of_another_type_is_unsupported_unless_it_is_empty() {
    let world = World::new().await;
    let before = world.rows().await;
    for (method, path) in WRITES {
        for kind in [
            "text/plain",
            "text/plain; charset=utf-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/jsonp",
            "application/json+x",
            "application/problem+json",
            "text/json",
            "json",
            "*/*",
        ] {
            let request = world.request(method, path).header("Content-Type", kind).body("{}");
            let refused = detail(&format!("Unsupported media type \"{kind}\" in request."));
            world.root.send(request).await.expect_body(415, &refused);
        }
        let untyped = world.root.send(world.request(method, path).body("{}")).await;
        check_sound(&format!("{method} {path} without a type"), &untyped);
        untyped.expect(415);
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn an_empty_body_counts_as_an_empty_object_whatever_its_type() {
    let world = World::new().await;
    for (method, path) in WRITES {
        let object = world.send(method, path, "{}").await;
        for kind in [None, Some("application/json"), Some("text/plain"), Some("x")] {
            let mut request = world.request(method, path);
            if let Some(kind) = kind {
                request = request.header("Content-Type", kind);
            }
            let empty = world.root.send(request).await;
            assert_eq!(empty.status, object.status, "{method} {path} {kind:?}: {}", empty.body);
            if empty.status >= 400 {
                assert_eq!(empty.body, object.body, "{method} {path} {kind:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_media_type_is_compared_without_case_and_parameters() {
    let world = World::new().await;
    for kind in [
        "application/json",
        "application/json;charset=utf-8",
        "application/json ; charset=\"UTF-8\"; x=y",
        "Application/JSON",
        "APPLICATION/JSON; CHARSET=UTF-8",
    ] {
        let request = world.request("POST", "/todos/").header("Content-Type", kind);
        let answer = world.root.send(request.body("{\"task\": \"typed\"}")).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
    }
}

#[tokio::test]
async fn deep_nesting_and_odd_numbers_break_nothing() {
    let world = World::new().await;
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let mut bodies = vec![
        nested("[", "", "]", 100_000),
        "[".repeat(500_000),
        "{\"a\":".repeat(200_000),
        format!("{{\"task\":{}}}", nested("[", "", "]", 50_000)),
    ];
    for depth in [100, 127, 128, 129, 5_000] {
        bodies.push(nested("{\"a\":", "1", "}", depth));
        bodies.push(format!("{{\"unknown\":{},\"task\":1}}", nested("[", "", "]", depth)));
    }
    for number in ["1e999", "-1e999", "1e-999", "123456789012345678901234567890", "-0", "0.1e1"] {
        for field in ["task", "completed", "tenant", "role", "email", "is_active", "birth_date"] {
            bodies.push(format!("{{\"{field}\":{number}}}"));
        }
    }
    bodies.push(format!("{{\"task\":{}}}", "9".repeat(100_000)));
    bodies.push("{\"task\":\"a\",\"task\":\"b\"}".into());
    for (method, path) in WRITES {
        for body in &bodies {
            let start: String = body.chars().take(60).collect();
            let answer = world.send(method, path, body.clone()).await;
            check_sound(&format!("{method} {path} {start}"), &answer);
        }
    }
    let still: Value = world.root.get("/auth/user/").await.expect(200);
    assert_eq!(still["username"], "root");
}
