//! Signing in, sessions, and forms that only the site itself can have sent.

use reqwest::Method;
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, TestApp, Visitor};

const SIGN_IN: &str = "/account/sign-in/";
const NEW_TENANT: &str = "/admin/tenants/new/";
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
