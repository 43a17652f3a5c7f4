//! Pages without a mouse.

use thirtyfour::Key;
use wiwebb_tests::PASSWORD;

use crate::browser::Browser;
use crate::world::World;

/// What has the focus: its text, else its id; and whether one can see that.
const FOCUS: &str = "const at = document.activeElement;
    const style = getComputedStyle(at);
    return [at.textContent.trim() || at.id, style.outlineStyle !== 'none'
        && parseFloat(style.outlineWidth) >= 2]";

/// Presses Tab until an element has the focus; what had it on the way.
async fn tab_to(browser: &Browser, wanted: &str) -> Vec<String> {
    let mut passed = Vec::new();
    for _ in 0..80 {
        browser.strike(Key::Tab).await;
        let focus = browser.driver.execute(FOCUS, []).await.unwrap();
        let (name, is_seen): (String, bool) = focus.convert().unwrap();
        assert!(is_seen, "nobody sees that {name} has the focus");
        passed.push(name);
        if passed.last().is_some_and(|name| name == wanted) {
            return passed;
        }
    }
    panic!("{wanted} is not among {passed:?}");
}

#[tokio::test]
async fn one_signs_in_by_keyboard_alone() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    browser.visit("/account/sign-in/").await;
    assert_eq!(tab_to(&browser, "username").await[0], "Skip to content");
    browser.strike("root").await;
    browser.strike(Key::Tab).await;
    browser.strike(PASSWORD).await;
    browser.strike(Key::Enter).await;
    browser.at("/admin/").await;
}

#[tokio::test]
async fn the_first_link_skips_to_the_content() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.visit("/admin/tenants/").await;
    assert_eq!(tab_to(&browser, "Skip to content").await.len(), 1);
    browser.strike(Key::Enter).await;
    let passed = tab_to(&browser, "New tenant").await;
    assert_eq!(passed.len(), 1, "{passed:?}");
}

#[tokio::test]
async fn the_navigation_and_every_field_are_reached_in_their_order_and_enter_sends() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.visit("/admin/").await;
    let passed = tab_to(&browser, "Todos").await;
    let areas = ["Dashboard", "Tenants", "Users", "Payments", "Plans", "Gateways", "Todos"];
    let reached: Vec<&str> =
        passed.iter().map(String::as_str).filter(|name| areas.contains(name)).collect();
    assert_eq!(reached, areas);
    browser.visit("/admin/tenants/").await;
    tab_to(&browser, "New tenant").await;
    browser.strike(Key::Enter).await;
    browser.at("/admin/tenants/new/").await;
    tab_to(&browser, "name").await;
    browser.strike("Valley Net").await;
    let fields = tab_to(&browser, "Create").await;
    assert_eq!(fields, ["slug", "email", "url", "description", "is_active", "Create"]);
    browser.visit("/admin/tenants/new/").await;
    tab_to(&browser, "name").await;
    browser.strike("Valley Net").await;
    browser.strike(Key::Tab).await;
    browser.strike("valley-net").await;
    browser.strike(Key::Enter).await;
    browser.see("Created.").await;
}
