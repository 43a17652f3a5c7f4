//! What pages show while they look for news, and when none come.

use crate::browser::Browser;
use crate::world::World;

/// Keeps whether the indicator could be seen, each time that a request began.
const WATCH: &str = "window.seen = [];
    const indicator = document.getElementById('loading');
    new MutationObserver(() => {
        if (indicator.classList.contains('htmx-request')) seen.push(indicator.checkVisibility());
    }).observe(indicator, { attributes: true, attributeFilter: ['class'] })";

/// The page of a payment that waits, which looks for news every ten seconds.
async fn waiting(world: &World) -> Option<Browser> {
    let browser = world.browser_of("root").await?;
    browser.visit(&world.path("/admin/payments/{open}/")).await;
    browser.see("Waiting").await;
    Some(browser)
}

#[tokio::test]
async fn a_page_shows_that_it_is_looking_for_news_for_as_long_as_it_does() {
    let world = World::assemble().await;
    let Some(browser) = waiting(&world).await else { return };
    browser.driver.execute(WATCH, []).await.unwrap();
    let seen = async || {
        let seen =
            browser.driver.execute("return window.seen", []).await?.convert::<Vec<bool>>()?;
        Ok(seen.first().copied())
    };
    assert!(browser.until("no request", seen).await, "nobody sees the indicator");
    let hidden = "return !document.getElementById('loading').checkVisibility()";
    let hidden = async || {
        let is_hidden = browser.driver.execute(hidden, []).await?.convert::<bool>()?;
        Ok(is_hidden.then_some(()))
    };
    browser.until("the indicator stays", hidden).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_that_gets_no_news_says_so_until_it_does() {
    let world = World::assemble().await;
    let Some(browser) = waiting(&world).await else { return };
    let notice = "This page could not be brought up to date.";
    assert!(!browser.text().await.contains(notice));
    browser.offline(true).await;
    browser.see(notice).await;
    assert_eq!(browser.barriers().await, Vec::<String>::new());
    browser.prefer("dark").await;
    assert_eq!(browser.barriers().await, Vec::<String>::new());
    browser.offline(false).await;
    let gone = async || Ok((!browser.shown_text().await?.contains(notice)).then_some(()));
    browser.until("the notice stays", gone).await;
    browser.see("Waiting").await;
}
