//! Signing in, sessions, and forms that only the site itself can have sent.

use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, NO_RATES, PASSWORD, Page, TestApp, Visitor};

const SIGN_IN: &str = "/account/sign-in/";
const NEW_TENANT: &str = "/admin/tenants/new/";
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
const HILL: [(&str, &str); 2] = [("name", "Hill Net"), ("slug", "hill")];

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.superadmin().await;
    app
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_and_back() {
    let app = app().await;
    let visitor = Visitor::new(&app.base);
    let page = visitor.open("/admin/tenants/?search=hill").await.expect(303);
    assert_eq!(page.location, "/account/sign-in/?next=%2Fadmin%2Ftenants%2F%3Fsearch%3Dhill");
    let form = visitor.open(&page.location).await.expect(200);
    let next = form.hidden("next").unwrap().to_owned();
    let token = form.token().unwrap().to_owned();
    let fields = [("username", "root"), ("password", PASSWORD), ("next", next.as_str())];
    let signed_in = visitor.submit(SIGN_IN, &token, &fields).await.expect(303);
    assert_eq!(signed_in.location, "/admin/tenants/?search=hill");
    visitor.open(&signed_in.location).await.expect(200);
}

#[tokio::test]
async fn a_sign_in_leads_nowhere_else() {
    let app = app().await;
    for next in ["https://evil.example/", "//evil.example/", "/\\evil.example", ""] {
        let visitor = Visitor::new(&app.base);
        let fields = [("username", "root"), ("password", PASSWORD), ("next", next)];
        let page = visitor.fill(SIGN_IN, &fields).await.expect(303);
        assert_eq!(page.location, "/admin/", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_the_contracts_words_and_not_shown_again() {
    let app = app().await;
    let visitor = Visitor::new(&app.base);
    let fields = [("username", "root"), ("password", "wrong-Horse-77")];
    let page = visitor.fill(SIGN_IN, &fields).await.expect(400);
    page.shows("Unable to log in with provided credentials.").shows("value=\"root\"");
    page.hides("wrong-Horse-77");
    assert_eq!(visitor.cookie("wiwebb_session"), None);
}

#[tokio::test]
async fn the_session_is_out_of_reach_of_scripts_and_ends_with_the_sign_out() {
    let app = app().await;
    let visitor = Visitor::new(&app.base);
    let fields = [("username", "root"), ("password", PASSWORD)];
    let page = visitor.fill(SIGN_IN, &fields).await.expect(303);
    let cookies: Vec<&str> =
        page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let session = cookies.iter().find(|text| text.starts_with("wiwebb_session=")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(part), "{part}");
    }
    let key = visitor.cookie("wiwebb_session").unwrap();
    visitor.fill_to("/admin/tenants/", "/account/sign-out/", &[]).await.expect(303);
    assert_eq!(visitor.cookie("wiwebb_session"), None);
    visitor.keep_cookie("wiwebb_session", &key);
    visitor.open("/admin/tenants/").await.expect(303);
}

#[tokio::test]
async fn a_form_without_the_sites_own_text_is_refused_and_changes_nothing() {
    let app = app().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    let other = Visitor::signed_in(&app.base, "root").await;
    let foreign = other.open(NEW_TENANT).await.token().unwrap().to_owned();
    for token in ["", "0", &foreign] {
        let page = visitor.submit(NEW_TENANT, token, &HILL).await.expect(403);
        page.shows("nothing was changed");
    }
    let fields = "name=Hill&slug=hill".to_owned();
    visitor.send(Method::POST, NEW_TENANT, Some(fields)).await.expect(403);
    visitor.send(Method::POST, NEW_TENANT, None).await.expect(403);
    let root = app.login("root").await;
    assert_eq!(root.get("/tenants/").await.expect(200)["count"], 0);
    visitor.fill(NEW_TENANT, &HILL).await.expect(303);
    assert_eq!(root.get("/tenants/").await.expect(200)["count"], 1);
}

#[tokio::test]
async fn a_sign_in_form_is_bound_to_its_visit() {
    let app = app().await;
    let visitor = Visitor::new(&app.base);
    let foreign = Visitor::new(&app.base).open(SIGN_IN).await.token().unwrap().to_owned();
    let fields = [("username", "root"), ("password", PASSWORD)];
    for token in ["", &foreign] {
        visitor.submit(SIGN_IN, token, &fields).await.expect(403);
        assert_eq!(visitor.cookie("wiwebb_session"), None);
    }
}

#[tokio::test]
async fn a_cookie_opens_no_api() {
    let app = app().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    visitor.open("/api/v1/tenants/").await.expect(401);
}

#[tokio::test]
async fn a_subscriber_has_no_console() {
    let app = app().await;
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let visitor = Visitor::signed_in(&app.base, "sue").await;
    let page = visitor.open("/admin/tenants/").await.expect(403);
    page.shows("You do not have permission to perform this action.").shows("<h1>Not allowed</h1>");
}

#[tokio::test]
async fn pages_load_and_run_nothing_but_files_of_the_site() {
    let app = app().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    for path in ["/account/sign-in/", "/admin/tenants/", "/admin/tenants/99/"] {
        let page = visitor.open(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        page.hides("style=\"").hides("onclick").hides("<style").hides("<script>");
    }
    let page = visitor.open("/admin/tenants/99/").await.expect(404);
    page.shows("Not found.").shows("aria-label=\"Main\"");
}

#[tokio::test]
async fn the_files_of_pages_may_be_kept_for_ever_under_their_own_address() {
    let app = app().await;
    let visitor = Visitor::new(&app.base);
    let page = visitor.open(SIGN_IN).await.expect(200);
    let style = page.between("<link rel=\"stylesheet\" href=\"", "\"").unwrap();
    let file = visitor.open(style).await.expect(200);
    assert_eq!(file.headers["content-type"], "text/css; charset=utf-8");
    assert!(file.headers["cache-control"].to_str().unwrap().contains("immutable"));
    visitor.open("/assets/other/site.css").await.expect(404);
}

/// The cookies that a page sets, each as its name and its attributes.
fn cookies(page: &Page) -> Vec<(String, Vec<String>)> {
    let texts = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    texts
        .map(|text| {
            let mut parts = text.split("; ").map(str::to_owned);
            let name = parts.next().unwrap().split_once('=').unwrap().0.to_owned();
            (name, parts.collect())
        })
        .collect()
}

/// The cookies of a visit, from the first page over the sign-in to the sign-out.
async fn cookies_of_visit(visitor: &Visitor) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let form = visitor.open(SIGN_IN).await.expect(200);
    found.extend(cookies(&form));
    let fields = [("username", "root"), ("password", PASSWORD)];
    let token = form.token().unwrap();
    let signed_in = visitor.submit(SIGN_IN, token, &fields).await.expect(303);
    found.extend(cookies(&signed_in));
    let page = visitor.open("/admin/").await.expect(200);
    let token = page.token().unwrap();
    let signed_out = visitor.submit("/account/sign-out/", token, &[]).await.expect(303);
    found.extend(cookies(&signed_out));
    found
}

#[tokio::test]
async fn behind_a_proxy_that_speaks_https_cookies_are_bound_to_the_host_and_to_https() {
    let mut settings = NO_RATES.to_vec();
    settings.push(("WIWEBB_TRUSTED_PROXIES", "127.0.0.1"));
    let app = TestApp::configured(&settings).await;
    app.superadmin().await;
    let found = cookies_of_visit(&Visitor::new(&app.base).saying(PROTO, "https")).await;
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let (visit, session) = ("__Host-wiwebb_visit", "__Host-wiwebb_session");
    assert_eq!(names, [visit, session, visit, session]);
    for (name, attributes) in &found {
        for part in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
            assert!(attributes.iter().any(|attribute| attribute == part), "{name}: {attributes:?}");
        }
        assert!(!attributes.iter().any(|part| part.starts_with("Domain")), "{name}");
    }
}

#[tokio::test]
async fn over_plain_http_cookies_are_kept_as_well_whatever_a_stranger_says_of_https() {
    let app = app().await;
    for visitor in [Visitor::new(&app.base), Visitor::new(&app.base).saying(PROTO, "https")] {
        let found = cookies_of_visit(&visitor).await;
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let (visit, session) = ("wiwebb_visit", "wiwebb_session");
        assert_eq!(names, [visit, session, visit, session]);
        for (name, attributes) in &found {
            let is_bound = |part: &String| part == "Secure" || part.starts_with("Domain");
            assert!(!attributes.iter().any(is_bound), "{name}: {attributes:?}");
        }
    }
}

/// A subscriber called `sue`, by the API.
async fn sue(app: &TestApp) -> (Client, Client) {
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    (root, sue)
}

#[tokio::test]
async fn a_session_ends_at_once_with_its_key_its_password_or_its_person() {
    let app = app().await;
    let (root, mut sue) = sue(&app).await;
    let path = format!("/users/{}/", sue.get("/auth/user/").await.expect(200)["id"]);
    let new = "brisk-Walrus-51";
    let mut password = PASSWORD;
    for cause in ["keys", "own keys", "own password", "password", "activity", "person"] {
        if !["keys", "own keys"].contains(&cause) {
            sue = app.anonymous().login("sue", password).await;
        }
        let visitor = Visitor::signed_in_with(&app.base, "sue", password).await;
        visitor.open("/account/").await.expect(200);
        let answer = match cause {
            "keys" => root.delete(&format!("{path}tokens/")).await,
            "own keys" => {
                sue = app.anonymous().login("sue", password).await;
                sue.delete("/auth/tokens/").await
            }
            "own password" => {
                let body = json!({
                    "old_password": password, "new_password1": new, "new_password2": new,
                });
                password = new;
                sue.post("/auth/password/change/", body).await
            }
            "password" => {
                password = PASSWORD;
                let body = json!({ "password": PASSWORD });
                root.post(&format!("{path}set-password/"), body).await
            }
            "activity" => {
                let answer =
                    root.post(&format!("{path}activate/"), json!({ "is_active": false })).await;
                check_ended(&visitor, cause).await;
                let body = json!({ "is_active": true });
                root.post(&format!("{path}activate/"), body).await.expect(200);
                answer
            }
            _ => root.delete(&path).await,
        };
        assert!(answer.status < 300, "{cause}: {} {}", answer.status, answer.body);
        check_ended(&visitor, cause).await;
    }
}

/// Fails where the session lasts, or where the browser is left with its cookie.
async fn check_ended(visitor: &Visitor, cause: &str) {
    let page = visitor.open("/account/profile/").await;
    let sign_in = "/account/sign-in/?next=%2Faccount%2Fprofile%2F";
    assert_eq!((page.status, page.location.as_str()), (303, sign_in), "{cause}");
    assert_eq!(visitor.cookie("wiwebb_session"), None, "{cause}");
}

#[tokio::test]
async fn a_part_of_a_page_whose_session_has_ended_has_the_whole_page_loaded_again() {
    let app = app().await;
    let root = app.login("root").await;
    let visitor = Visitor::signed_in(&app.base, "root").await.saying(HX_REQUEST, "true");
    visitor.open("/admin/").await.expect(200).shows("Dashboard");
    root.delete("/auth/tokens/").await;
    // The second time without a cookie.
    for _ in 0..2 {
        let part = visitor.open("/admin/").await.expect(401);
        assert_eq!(part.headers["hx-refresh"], "true");
        assert_eq!((part.size, part.location.as_str()), (0, ""));
        assert_eq!(visitor.cookie("wiwebb_session"), None);
    }
}

#[tokio::test]
async fn a_sign_in_ends_the_session_that_it_takes_the_place_of() {
    let app = app().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    let replaced = visitor.cookie("wiwebb_session").unwrap();
    let fields = [("username", "root"), ("password", PASSWORD)];
    visitor.fill(SIGN_IN, &fields).await.expect(303);
    assert_ne!(visitor.cookie("wiwebb_session").unwrap(), replaced);
    visitor.open("/admin/").await.expect(200);
    visitor.keep_cookie("wiwebb_session", &replaced);
    visitor.open("/admin/").await.expect(303);
}

#[tokio::test]
async fn attempts_count_before_anything_of_their_form_is_read() {
    let app = TestApp::configured(&[("WIWEBB_LOGIN_RATE", "2/min")]).await;
    let visitor = Visitor::new(&app.base);
    for _ in 0..2 {
        visitor.submit(SIGN_IN, "", &[]).await.expect(403);
    }
    let page = visitor.submit(SIGN_IN, "", &[]).await.expect(429);
    assert!(page.headers.contains_key("retry-after"));
    page.shows("<h1>Too many requests</h1>");
}

#[tokio::test]
async fn whoever_is_locked_out_is_told_for_how_long() {
    let app =
        TestApp::configured(&[&NO_RATES[..], &[("WIWEBB_LOCKOUT_AFTER", "1")]].concat()).await;
    app.superadmin().await;
    let visitor = Visitor::new(&app.base);
    let fields = [("username", "root"), ("password", "wrong-Horse-77")];
    visitor.fill(SIGN_IN, &fields).await.expect(400);
    let page = visitor.fill(SIGN_IN, &fields).await.expect(429);
    assert!(page.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn nobody_keeps_what_is_handed_out_about_a_person() {
    let app = app().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    let page = visitor.open("/account/export/").await.expect(200);
    assert_eq!(page.headers["cache-control"], "no-store");
}
