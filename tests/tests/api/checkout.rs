//! The pages on which payments through `dummy` and `manual` are settled (contract §8.1).

use reqwest::header::{AUTHORIZATION, ORIGIN};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, Page, TestApp, Visitor};

use crate::subscriptions::{SUBSCRIBE, Shop, settle};

/// What a script in a page would look like.
const SCRIPT: &str = "<script>alert('1')</script>\"&";

async fn open(client: &Client, page: &str) -> Response {
    client.request(Method::GET, page).send().await.unwrap()
}

/// The page as text.
async fn html(client: &Client, page: &str) -> String {
    let response = open(client, page).await;
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// What follows the server's own address.
fn path(page: &str) -> &str {
    &page[page.find("/checkout/").unwrap()..]
}

/// The text that fits the forms of a browser, whichever page they are on.
async fn token(browser: &Visitor) -> String {
    browser.open("/account/sign-in/").await.expect(200).token().unwrap().to_owned()
}

/// Sends a form as the page's own would be, whether or not the page has one.
async fn send_form(browser: &Visitor, page: &str, form: &str) -> Page {
    let form = format!("csrf_token={}&{form}", token(browser).await);
    browser.send(Method::POST, path(page), Some(form)).await
}

/// The page of `sue`'s first payment for a plan of this name.
async fn page_of(shop: &Shop, plan: &str) -> String {
    shop.app.clock.advance(chrono::Duration::seconds(1));
    let plan = shop.paid_plan(plan, "19.90").await;
    shop.subscribe(plan).await["checkout_url"].as_str().unwrap().to_owned()
}

/// The latest payment of `sue`.
async fn payment(shop: &Shop) -> Value {
    shop.sue.get("/payments/").await.expect(200)["results"][0].clone()
}

#[tokio::test]
async fn it_shows_the_amount_and_the_buttons_and_lets_nothing_else_run() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let nobody = shop.app.anonymous();
    let response = open(&nobody, &page).await;
    assert_eq!(response.status(), 200);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = response.text().await.unwrap();
    for part in [
        "<title>Payment - WiWebb</title>",
        "19.90 USD",
        "Gold",
        "<form method=\"post\"",
        "type=\"hidden\" name=\"csrf_token\" value=\"",
        "name=\"outcome\" value=\"confirmed\"",
        "name=\"outcome\" value=\"rejected\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("<script") && !text.contains("style=\""), "{text}");
    let (_, style) = text.split_once("<link rel=\"stylesheet\" href=\"").unwrap();
    let (style, _) = style.split_once('"').unwrap();
    let style = open(&nobody, &format!("{}{style}", shop.app.base)).await;
    assert_eq!(style.status(), 200);
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn its_form_settles_the_payment_and_leads_back() {
    let shop = Shop::with_pages().await;
    let browser = Visitor::new(&shop.app.base);
    for (form, status, heading) in [
        (&[("outcome", "rejected")][..], "rejected", "Not paid"),
        (&[("x", "1"), ("outcome", "confirmed")], "confirmed", "Paid"),
    ] {
        let page = page_of(&shop, heading).await;
        let own = path(&page);
        let back = browser.fill_to(own, own, form).await.expect(303).location;
        assert_eq!(back, own);
        assert_eq!(payment(&shop).await["status"], status);
        let text = browser.open(&back).await.expect(200).html;
        assert!(text.contains(&format!("<title>{heading} - WiWebb</title>")), "{text}");
        assert!(!text.contains("<button"), "there is nothing left to press: {text}");
        assert!(text.contains("href=\"/account/\""), "there is a way on: {text}");
    }
}

#[tokio::test]
async fn a_form_that_the_page_has_not_sent_is_refused_with_a_page_and_settles_nothing() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let (browser, other) = (Visitor::new(&shop.app.base), Visitor::new(&shop.app.base));
    browser.open(path(&page)).await.expect(200);
    let foreign = token(&other).await;
    // Nor is one on another site's page, for which a browser may send no cookie.
    let fresh = Visitor::new(&shop.app.base).saying(ORIGIN, "https://elsewhere.example");
    for (browser, token) in
        [(&browser, ""), (&browser, "0"), (&browser, &*foreign), (&fresh, &foreign), (&fresh, "")]
    {
        let refused = browser.submit(path(&page), token, &[("outcome", "confirmed")]).await;
        let refused = refused.expect(403);
        refused.shows("This form is out of date, so nothing was changed.");
        assert_eq!(refused.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(refused.headers["referrer-policy"], "no-referrer");
    }
    let bare = Some("outcome=confirmed".to_owned());
    browser.send(Method::POST, path(&page), bare).await.expect(403);
    assert_eq!(payment(&shop).await["status"], "waiting");
}

#[tokio::test]
async fn a_form_that_a_program_sends_needs_no_page() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let request = shop.app.anonymous().request(Method::POST, &page).body("outcome=confirmed");
    let kind = "application/x-www-form-urlencoded";
    let settled = request.header("Content-Type", kind).send().await.unwrap();
    assert_eq!(settled.status(), 303);
    assert_eq!(payment(&shop).await["status"], "confirmed");
}

#[tokio::test]
async fn json_needs_no_cookie_and_gets_none_but_must_be_called_json() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let nobody = shop.app.anonymous();
    let send = async |kind: &str| {
        let request = nobody.request(Method::POST, &page).header("Content-Type", kind);
        request.body("{\"outcome\": \"confirmed\"}").send().await.unwrap()
    };
    // What a browser sends to other sites without asking there first.
    for (kind, status) in [
        ("", 415),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 400),
        ("Application/X-WWW-Form-URLEncoded; charset=utf-8", 400),
    ] {
        assert_eq!(send(kind).await.status(), status, "{kind}");
    }
    assert_eq!(payment(&shop).await["status"], "waiting");
    let settled = send("application/json").await;
    assert_eq!(settled.status(), 200);
    assert!(!settled.headers().contains_key("set-cookie"), "{settled:?}");
}

#[tokio::test]
async fn it_is_settled_with_json_too() {
    let shop = Shop::with_pages().await;
    for outcome in ["rejected", "confirmed"] {
        let page = json!(page_of(&shop, outcome).await);
        settle(&shop.app.anonymous(), &page, outcome).await.expect(200);
        let payment = payment(&shop).await;
        assert_eq!(
            (&payment["status"], &payment["webhook_received"]),
            (&json!(outcome), &json!(false))
        );
        let logs = shop.sue.get(&format!("/payments/{}/logs/", payment["id"])).await.expect(200);
        assert_eq!(logs[0]["event_type"], format!("payment.{outcome}"));
    }
}

#[tokio::test]
async fn it_is_settled_once() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let nobody = shop.app.anonymous();
    settle(&nobody, &json!(page), "confirmed").await.expect(200);
    for outcome in ["confirmed", "rejected"] {
        let refused = settle(&nobody, &json!(page), outcome).await.expect(400);
        assert!(refused["error"].is_string(), "{refused}");
    }
    let browser = Visitor::new(&shop.app.base);
    send_form(&browser, &page, "outcome=rejected").await.expect(400);
    assert_eq!(payment(&shop).await["status"], "confirmed");
}

#[tokio::test]
async fn of_simultaneous_settlements_one_counts() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let answers = crate::concurrency::together((0..12).map(|number: usize| {
        let (client, page) = (shop.app.anonymous(), json!(page));
        let outcome = if number.is_multiple_of(2) { "confirmed" } else { "rejected" };
        async move { settle(&client, &page, outcome).await }
    }))
    .await;
    let settled: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)), "{answers:?}");
    assert_eq!(settled.len(), 1);
    let payment = payment(&shop).await;
    let logs = shop.sue.get(&format!("/payments/{}/logs/", payment["id"])).await.expect(200);
    assert_eq!(logs.as_array().unwrap().len(), 2, "created and settled: {logs}");
}

#[tokio::test]
async fn anything_but_the_two_outcomes_is_refused() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let nobody = shop.app.anonymous();
    for (body, refused) in [
        (json!({}), json!({ "outcome": ["This field is required."] })),
        (json!({ "outcome": null }), json!({ "outcome": ["This field may not be null."] })),
        (json!({ "outcome": "paid" }), json!({ "outcome": ["\"paid\" is not a valid choice."] })),
        (
            json!(["confirmed"]),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got list."] }),
        ),
    ] {
        nobody.post(&page, body).await.expect_body(400, &refused);
    }
    let browser = Visitor::new(&shop.app.base);
    for form in ["", "outcome=", "outcome=paid", "outcome", "%00", "outcome=%FF"] {
        assert_eq!(send_form(&browser, &page, form).await.status, 400, "{form}");
    }
    let json = nobody.request(Method::POST, &page).header("Content-Type", "application/json");
    nobody.send(json.body("{")).await.expect(400);
    let text = nobody.request(Method::POST, &page).header("Content-Type", "text/plain");
    nobody.send(text.body("outcome=confirmed")).await.expect(415);
    let large = nobody.request(Method::POST, &page).header("Content-Type", "application/json");
    nobody.send(large.body(" ".repeat(1024 * 1024 + 1))).await.expect(413);
    assert_eq!(payment(&shop).await["status"], "waiting");
}

#[tokio::test]
async fn a_page_that_is_none_is_not_found() {
    let shop = Shop::with_pages().await;
    let (nobody, browser) = (shop.app.anonymous(), Visitor::new(&shop.app.base));
    let long = "x".repeat(5_000);
    for name in ["nowhere", "0", "%00", "%FF", "dummy_", "..%2F..", "%3Cscript%3E", &long] {
        let page = format!("{}/checkout/{name}/", shop.app.base);
        let response = open(&nobody, &page).await;
        assert_eq!(response.status(), 404, "{name}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{name}");
        assert!(!response.text().await.unwrap().contains("<script"));
        let answer = settle(&nobody, &json!(page), "confirmed").await;
        answer.expect_body(404, &json!({ "detail": "Not found." }));
        send_form(&browser, &page, "outcome=confirmed").await.expect(404);
    }
}

#[tokio::test]
async fn what_is_paid_outside_is_settled_by_admins_alone() {
    let shop = Shop::with_pages().await;
    let desk = json!({ "name": "Desk", "variant": "manual", "priority": 9 });
    shop.root.post("/gateway-configs/", desk).await.expect(201);
    let page = page_of(&shop, "Gold").await;
    let nobody = shop.app.anonymous();
    let text = html(&nobody, &page).await;
    assert!(text.contains("19.90 USD") && !text.contains("<button"), "{text}");
    let tenant = shop.sue.get("/auth/user/").await.expect(200)["tenant"].as_i64();
    let owner = shop.app.user(&shop.root, "olga", Role::TenantOwner, tenant).await;
    for client in [&shop.sue, &owner] {
        settle(client, &json!(page), "confirmed").await.expect(403);
        let key = format!("Token {}", client.key().unwrap());
        let browser = Visitor::new(&shop.app.base).saying(AUTHORIZATION, &key);
        let refused = send_form(&browser, &page, "outcome=confirmed").await.expect(403);
        refused.shows("Only staff can settle this payment.");
    }
    let refused = settle(&nobody, &json!(page), "confirmed").await;
    assert!([401, 403].contains(&refused.status), "{refused:?}");
    let dead = shop.root.with_key(&"0".repeat(40));
    settle(&dead, &json!(page), "confirmed").await.expect(401);
    assert_eq!(payment(&shop).await["status"], "waiting");

    let admin = shop.app.user(&shop.root, "adam", Role::Admin, None).await;
    settle(&admin, &json!(page), "confirmed").await.expect(200);
    assert_eq!(payment(&shop).await["status"], "confirmed");
    assert_eq!(shop.status().await["status"], "active");
}

#[tokio::test]
async fn what_people_have_written_is_text_and_never_markup() {
    let shop = Shop::with_pages().await;
    let nobody = shop.app.anonymous();
    let page = page_of(&shop, SCRIPT).await;
    let body = json!({ "amount": 5, "payment_gateway": "Till", "description": SCRIPT });
    let paid =
        shop.sue.post("/payments/create_payment/", body).await.expect(201)["payment"].clone();
    let other = format!("{}/checkout/{}/", shop.app.base, paid["transaction_id"].as_str().unwrap());
    for page in [page, other] {
        let text = html(&nobody, &page).await;
        assert!(!text.contains("<script"), "{text}");
        assert!(text.contains("script&") && text.contains("alert("), "it is shown: {text}");
        settle(&nobody, &json!(page), "confirmed").await.expect(200);
        assert!(!html(&nobody, &page).await.contains("<script"));
    }
}

#[tokio::test]
async fn it_tells_nobody_who_pays() {
    let shop = Shop::with_pages().await;
    let page = page_of(&shop, "Gold").await;
    let text = html(&shop.app.anonymous(), &page).await;
    for secret in ["sue", "example.org", PASSWORD, "sub_"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn pages_count_as_requests_without_a_key() {
    let rates = [("WIWEBB_ANON_RATE", "3/min"), ("WIWEBB_LOGIN_RATE", "off")];
    let app = TestApp::configured(&rates).await;
    let page = format!("{}/checkout/nowhere/", app.base);
    for _ in 0..3 {
        assert_eq!(open(&app.anonymous(), &page).await.status(), 404);
    }
    assert_eq!(open(&app.anonymous(), &page).await.status(), 429);
}

#[tokio::test]
async fn a_page_of_a_gateway_that_is_not_ours_does_not_exist() {
    let shop = Shop::with_pages().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    sqlx::query("UPDATE payment_paymentgatewayconfig SET variant = 'stripe'")
        .execute(&shop.app.pool)
        .await
        .unwrap();
    let name = payment(&shop).await["transaction_id"].as_str().unwrap().to_owned();
    let page = format!("{}/checkout/{name}/", shop.app.base);
    assert_eq!(open(&shop.app.anonymous(), &page).await.status(), 404);
    settle(&shop.app.anonymous(), &json!(page), "confirmed").await.expect(404);
    assert_eq!(payment(&shop).await["status"], "waiting");
}
