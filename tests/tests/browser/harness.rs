//! That the checks of pages can fail.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::browser::{Browser, Screen, no_scripts};
use crate::checks::axe;

const POLICY: &str = "default-src 'none'; style-src 'self'";

/// A page without an icon has its browser look for one.
const ICON: &str = "<link rel=icon href=data:,>";

/// Serves one page, and a style sheet, until the test ends; its address.
async fn site(head: &str, body: &str) -> String {
    let page = format!(
        "<!doctype html><html lang=en><head><title>Page</title>{ICON}{head}</head>\
         <body><main><h1>Page</h1>{body}</main></body></html>"
    );
    let page = || async { Html(page) };
    let style = || async { ([("content-type", "text/css")], format!("/*{}*/", "x".repeat(5_000))) };
    let strict = || async {
        let page = Html("<!doctype html><title>Page</title><script>document.title = ''</script>");
        ([("content-security-policy", POLICY)], page).into_response()
    };
    let router = Router::new()
        .route("/", get(page))
        .route("/style.css", get(style))
        .route("/strict/", get(strict))
        .fallback(|| async { (StatusCode::NOT_FOUND, Html(format!("{ICON}Not here"))) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn browser(head: &str, body: &str) -> Option<Browser> {
    let browser = Browser::at_site(&site(head, body).await, serde_json::json!({})).await?;
    browser.visit("/").await;
    Some(browser)
}

#[tokio::test]
async fn a_page_that_has_nothing_wrong_passes() {
    let Some(browser) = browser("", "<p>All is well.</p>").await else { return };
    browser.check_page().await;
}

#[tokio::test]
async fn faint_text_and_fields_without_a_label_are_barriers() {
    let faint = "<p style='color:#bbb;background:#fff'>Faint</p><form><input name=a></form>";
    let Some(browser) = browser("", faint).await else { return };
    if axe().is_none() {
        return;
    }
    let barriers = browser.barriers().await;
    assert!(barriers.iter().any(|told| told.starts_with("color-contrast: p")), "{barriers:?}");
    assert!(barriers.iter().any(|told| told.starts_with("label: input")), "{barriers:?}");
}

#[tokio::test]
async fn what_the_policy_forbids_and_what_is_missing_is_complained_about() {
    let Some(browser) = browser("<link rel=stylesheet href=/none.css>", "").await else { return };
    let missing = browser.complaints().await;
    assert!(missing.len() == 1 && missing[0].contains("/none.css"), "{missing:?}");
    browser.visit("/strict/").await;
    let forbidden = browser.complaints().await;
    assert!(forbidden.len() == 1, "{forbidden:?}");
    assert!(forbidden[0].contains("Content Security Policy"), "{forbidden:?}");
    browser.visit("/nowhere/").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new(), "a page may be missing");
}

#[tokio::test]
async fn a_page_weighs_what_it_loads_also_from_the_cache() {
    let head = "<link rel=stylesheet href=/style.css>";
    let Some(browser) = browser(head, &"x".repeat(10_000)).await else { return };
    let first = browser.weight().await;
    assert!((17_048..18_000).contains(&first), "{first}");
    browser.visit("/").await;
    assert_eq!(browser.weight().await, first);
}

#[tokio::test]
async fn a_page_that_is_too_heavy_or_wider_than_a_phone_is_told() {
    let head = "<meta name=viewport content='width=device-width, initial-scale=1'>";
    let wide = format!("<p style='width:600px'>{}</p>", "wide ".repeat(20_000));
    let Some(browser) = browser(head, &wide).await else { return };
    let faults = browser.faults(Screen::Desktop).await;
    assert!(faults.len() == 1 && faults[0].starts_with("it weighs 10"), "{faults:?}");
    browser.show_on(Screen::Phone).await;
    let faults = browser.faults(Screen::Phone).await;
    assert!(faults.len() == 2 && faults[1].starts_with("it is 6"), "{faults:?}");
}

#[tokio::test]
async fn where_scripts_are_off_none_runs() {
    let body = "<script>document.querySelector('h1').textContent = 'A script ran'</script>";
    let Some(with) = browser("", body).await else { return };
    with.see("A script ran").await;
    let without = Browser::at_site(&with.base, no_scripts()).await.unwrap();
    without.visit("/").await;
    without.see("Page").await;
    assert_eq!(without.text().await, "Page");
}
