//! Pages of lists, by number and by cursor (contract §1.6).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::Api;

#[tokio::test]
async fn pages_have_links_that_keep_the_other_parameters() {
    let api = Api::new();
    let key = api.superadmin().await;
    for number in 0..5 {
        let body = json!({ "task": format!("task {number}") });
        api.call(Method::POST, "/api/v1/todos/", Some(&key), Some(body)).await;
    }
    let get = |query: &str| {
        let path = format!("/api/v1/todos/?{query}");
        let (api, key) = (&api, key.clone());
        async move { api.call(Method::GET, &path, Some(&key), None).await }
    };
    let answer = get("ordering=task&page_size=2&page=2&search=task").await;
    assert_eq!(answer.body["count"], 5);
    assert_eq!(
        answer.body["next"],
        "http://api.test/api/v1/todos/?ordering=task&page_size=2&search=task&page=3"
    );
    assert_eq!(
        answer.body["previous"],
        "http://api.test/api/v1/todos/?ordering=task&page_size=2&search=task"
    );
    assert_eq!(answer.body["results"][0]["task"], "task 2");
    let answer = get("page=last&page_size=2").await;
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 1);
    for query in ["page=0", "page=9", "page=-1", "page=x"] {
        let answer = get(query).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}");
        assert_eq!(answer.body, json!({ "detail": "Invalid page." }));
    }
    let answer = get("cursor=nonsense").await;
    assert_eq!(answer.body, json!({ "detail": "Invalid cursor." }));
    let answer = get("completed=maybe&search=a%00b").await;
    assert_eq!(
        answer.body,
        json!({ "completed": ["Enter a valid boolean."], "search": ["Null characters are not allowed."] })
    );
}

#[tokio::test]
async fn walking_by_cursor_shows_each_row_once_and_leads_back() {
    let api = Api::new();
    let key = api.superadmin().await;
    for number in 0..7 {
        let body = json!({ "task": format!("t{number}"), "completed": number % 2 == 0 });
        api.call(Method::POST, "/api/v1/todos/", Some(&key), Some(body)).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/todos/?cursor=&page_size=3&ordering=-completed".to_owned();
    let last = loop {
        let answer = api.call(Method::GET, &path, Some(&key), None).await;
        assert!(answer.body.get("count").is_none());
        seen.extend(answer.body["results"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        match answer.body["next"].as_str() {
            Some(next) => path = next.trim_start_matches("http://api.test").to_owned(),
            None => break answer,
        }
    };
    assert_eq!(seen, [1, 3, 5, 7, 2, 4, 6]);
    let previous = last.body["previous"].as_str().unwrap().trim_start_matches("http://api.test");
    let answer = api.call(Method::GET, previous, Some(&key), None).await;
    let ids: Vec<&Value> =
        answer.body["results"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(7), &json!(2), &json!(4)]);
}
