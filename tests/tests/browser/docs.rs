//! The pages that describe the API.

use serde_json::{Value, json};
use wiwebb_tests::{PASSWORD, TestApp};

use crate::browser::{Browser, Screen};
use crate::world::World;

#[tokio::test]
async fn a_request_can_be_tried_from_the_page_of_its_operation() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    browser.visit("/api/docs/").await;
    browser.follow("sign in").await;
    browser.at("/api/docs/auth_login/").await;
    let credentials = json!({ "username": "sue", "password": PASSWORD });
    browser.fill("Body", &credentials.to_string()).await;
    browser.press("Send").await;
    browser.see("200 OK").await;
    let answer = browser.of("#try-result").await.text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    browser.check_page().await;
    browser.of("#try-result").await.scroll_into_view().await.unwrap();
    browser.picture("docs-tried").await;

    browser.visit("/api/docs/auth_profile/").await;
    browser.press("Send").await;
    browser.see("401 Unauthorized").await;
    browser.fill("Key", answer["key"].as_str().unwrap()).await;
    browser.press("Send").await;
    browser.see("200 OK").await;
    let profile = browser.of("#try-result").await.text().await.unwrap();
    assert!(profile.contains("\"username\": \"sue\""), "{profile}");
}

/// Where the index leads to.
const OPERATIONS: &str = "return [...document.querySelectorAll('main td a')]
    .map(link => link.getAttribute('href'))";

#[tokio::test]
async fn everybody_can_use_the_page_of_every_operation() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&app).await else { return };
    browser.visit("/api/docs/").await;
    let links = browser.driver.execute(OPERATIONS, []).await.unwrap();
    let links: Vec<String> = links.convert().unwrap();
    let document = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(links.len(), operations(&document));
    browser.show_on(Screen::Phone).await;
    browser.prefer("dark").await;
    let mut wrong = Vec::new();
    for link in links {
        browser.visit(&link).await;
        assert_eq!(browser.status().await, 200, "{link}");
        let found = browser.faults(Screen::Phone).await;
        wrong.extend(found.into_iter().map(|fault| format!("{link}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many operations an API has (OpenAPI, "Path Item Object").
fn operations(document: &Value) -> usize {
    let methods = ["get", "put", "post", "patch", "delete"];
    let paths = document["paths"].as_object().unwrap().values();
    paths.map(|path| methods.iter().filter(|method| path.get(**method).is_some()).count()).sum()
}
