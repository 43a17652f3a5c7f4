//! Bodies, and what is looked at before them (contract §1.3).

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use crate::harness::{Api, PASSWORD};

#[tokio::test]
async fn bodies_that_are_no_json_object_have_their_answers() {
    let api = Api::new();
    let key = api.superadmin().await;
    let post = |kind: &str, body: &[u8]| {
        Request::post("/api/v1/todos/")
            .header(header::AUTHORIZATION, format!("Token {key}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_vec()))
            .unwrap()
    };
    let json_type = "application/json; charset=utf-8";
    for (body, found) in [
        ("[]", "list"),
        ("\"a\"", "str"),
        ("1", "int"),
        ("1.5", "float"),
        ("true", "bool"),
        ("null", "NoneType"),
    ] {
        let answer = api.send(post(json_type, body.as_bytes())).await;
        let text = format!("Invalid data. Expected a dictionary, but got {found}.");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body, json!({ "non_field_errors": [text] }));
    }
    let deep = "[".repeat(100_000);
    for body in [
        &b"{"[..],
        b"{\"task\": NaN}",
        b"{\"task\": \"\xff\"}",
        br#"{"task": "\ud800"}"#,
        deep.as_bytes(),
    ] {
        let answer = api.send(post(json_type, body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body["detail"].as_str().unwrap().starts_with("JSON parse error - "));
    }
    let answer = api.send(post("text/plain", b"{}")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        answer.body,
        json!({ "detail": "Unsupported media type \"text/plain\" in request." })
    );
    let answer = api.send(post("text/plain", b"")).await;
    assert_eq!(answer.body, json!({ "task": ["This field is required."] }));
    let answer = api.send(post(json_type, &vec![b' '; 1024 * 1024 + 1])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body, json!({ "detail": "Request body too large." }));
}

#[tokio::test]
async fn rights_and_rows_are_checked_before_the_body() {
    let api = Api::new();
    let root = api.superadmin().await;
    let registration = json!({ "username": "sue", "email": "sue@x.io", "password1": PASSWORD, "password2": PASSWORD });
    let answer =
        api.call(Method::POST, "/api/v1/auth/registration/", None, Some(registration)).await;
    let sue = answer.body["key"].as_str().unwrap().to_owned();
    for (key, method, path, status) in [
        (&sue, "POST", "/api/v1/users/", 403),
        (&sue, "POST", "/api/v1/tenants/", 403),
        (&root, "PUT", "/api/v1/users/999/", 404),
        (&root, "PATCH", "/api/v1/tenants/999/", 404),
        (&sue, "PATCH", "/api/v1/users/1/", 403),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Token {key}"))
            .body(Body::from("not json"))
            .unwrap();
        assert_eq!(api.send(request).await.status.as_u16(), status, "{method} {path}");
    }
}
