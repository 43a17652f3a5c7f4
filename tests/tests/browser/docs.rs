//! The pages that describe the API.

use serde_json::json;
use wiwebb_tests::PASSWORD;

use crate::browser::Browser;
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
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
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
