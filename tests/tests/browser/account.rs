//! The pages of one's own account.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::stripe::FakeStripe;
use wiwebb_tests::{NO_RATES, PASSWORD, TestApp};

use crate::browser::Browser;
use crate::world::World;

#[tokio::test]
async fn a_plan_is_chosen_and_paid_and_the_money_given_back() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("stan").await else { return };
    world.app.clock.advance(chrono::Duration::hours(1));
    browser.at("/account/").await;
    browser.see("You have not chosen a plan yet.").await;
    browser.check_page().await;
    browser.follow("Choose a plan").await;
    browser.follow("Choose Gold for 19.90\u{a0}USD a month").await;
    browser.see("Subscribe to Gold").await;
    browser.check_page().await;
    browser.press("Subscribe").await;
    browser.see("Waiting").await;
    browser.check_page().await;
    browser.follow("Continue to payment").await;
    browser.see("19.90 USD").await;
    browser.press("Pay").await;
    browser.see("Paid").await;
    browser.follow("To my account").await;
    browser.see("Active").await;
    browser.check_page().await;
    assert_eq!(browser.path().await, "/account/");
    let standing = world.app.login("stan").await.get("/subscriptions/status/").await.expect(200);
    assert_eq!(standing["status"], "active");

    let admin = world.browser_of("adam").await.unwrap();
    let (page, payment) = world.latest_payment().await;
    assert_eq!(payment["status"], "confirmed");
    admin.visit(&page).await;
    admin.see("payment.created").await;
    admin.follow("Refund").await;
    admin.fill("Reason", "A day without network").await;
    admin.press("Refund").await;
    admin.see("The payment was updated.").await;
    admin.see("A day without network").await;
    let timeline = admin.of(".timeline").await.text().await.unwrap();
    assert!(timeline.contains("payment.refunded"), "{timeline}");
    admin.check_page().await;
    admin.picture("console-payment-refunded").await;
    let (_, payment) = world.latest_payment().await;
    assert_eq!(payment["status"], "refunded");
}

#[tokio::test]
async fn a_gateways_own_page_is_led_to_by_a_link() {
    let stripe = FakeStripe::start().await;
    let (key, base) = (stripe.secret_key(), stripe.base_url());
    let mut settings = NO_RATES.to_vec();
    settings.extend([("STRIPE_SECRET_KEY", key.as_str()), ("STRIPE_API_BASE", base.as_str())]);
    let app = TestApp::configured(&settings).await;
    let Some(browser) = Browser::open(&app).await else { return };
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let gateway = json!({ "name": "Cards", "variant": "stripe" });
    root.post("/gateway-configs/", gateway).await.expect(201);
    let plan = root.post("/subscriptions/plans/", json!({ "name": "Gold" })).await.expect(201);
    let prices = format!("/subscriptions/plans/{}/pricing/", plan["id"]);
    root.post(&prices, json!({ "amount": "19.90" })).await.expect(201);

    browser.sign_in("sue").await;
    browser.at("/account/").await;
    browser.follow("Choose a plan").await;
    browser.follow("Choose Gold for 19.90\u{a0}USD a month").await;
    browser.press("Subscribe").await;
    let link = browser.of("main a[rel=noreferrer]").await;
    assert_eq!(link.text().await.unwrap(), "Continue to payment");
    browser.picture("account-gateway").await;
    assert_eq!(browser.faults_anywhere().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_payment_that_is_looked_at_shows_what_becomes_of_it() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.visit(&world.path("/admin/payments/{open}/")).await;
    browser.see("Waiting").await;
    let address = format!("{}{}", world.app.base, world.checkout);
    world.app.anonymous().post(&address, json!({ "outcome": "confirmed" })).await.expect(200);
    browser.see("Confirmed").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_subscription_is_cancelled_and_taken_up_again() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    for (step, ends) in [("Cancel subscription", true), ("Resume", false)] {
        browser.follow(step).await;
        browser.press(if ends { step } else { "Resume subscription" }).await;
        browser.see("The subscription was updated.").await;
        browser.check_page().await;
        let standing = world.sue.get("/subscriptions/status/").await.expect(200);
        assert_eq!(standing["cancel_at_period_end"], ends, "{standing}");
    }
}

#[tokio::test]
async fn a_changed_password_is_the_one_that_counts() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    browser.follow("Password").await;
    for (present, told) in
        [("wrong-Horse-7", "Wrong password."), (PASSWORD, "Your password was changed.")]
    {
        browser.fill("Present password", present).await;
        browser.fill("New password", "newer-Horse-8").await;
        browser.fill("New password again", "newer-Horse-8").await;
        browser.press("Change password").await;
        browser.see(told).await;
        browser.check_page().await;
    }
    browser.at("/account/sign-in/").await;
    world.app.anonymous().login("sue", "newer-Horse-8").await;
}
