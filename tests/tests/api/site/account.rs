//! The pages of one's own account.

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::stripe::FakeStripe;
use wiwebb_tests::{NO_RATES, Page, TestApp, Visitor};

use super::check_below;
use crate::network::{MEGABYTE, equipment, report};
use crate::subscriptions::Shop;

const OVERVIEW: &str = "/account/";
const PLANS: &str = "/account/plans/";
const PAYMENTS: &str = "/account/payments/";
const CANCEL: &str = "/account/cancel/";
const RESUME: &str = "/account/resume/";
const PROFILE: &str = "/account/profile/";
const KEYS: &str = "/account/keys/";

/// The text that a subscription in this state shows.
fn state(word: &str) -> String {
    format!("{word}</span>")
}

/// What the form of a page sends when its button is pressed.
fn hidden(page: &Page) -> Vec<(String, String)> {
    let names = ["pricing_id", "changes", "idempotency_key"];
    names.map(|name| (name.to_owned(), page.hidden(name).unwrap_or_default().to_owned())).into()
}

/// Presses the button of a page that was opened before.
async fn press(visitor: &Visitor, path: &str, page: &Page) -> Page {
    let fields = hidden(page);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.submit(path, page.token().unwrap(), &fields).await
}

/// Chooses a price of a plan.
async fn choose(visitor: &Visitor, plan: i64, pricing: i64) -> Page {
    let page = visitor.open(&format!("{PLANS}{plan}/?pricing={pricing}")).await.expect(200);
    press(visitor, &format!("{PLANS}{plan}/"), &page).await
}

/// A plan for so much a month, and its price.
async fn priced(shop: &Shop, name: &str, amount: &str) -> (i64, i64) {
    let plan = shop.plan(name, json!({})).await;
    let pricing = shop.price(plan, json!({ "amount": amount })).await;
    (plan, pricing)
}

async fn sue(shop: &Shop) -> Visitor {
    Visitor::signed_in(&shop.app.base, "sue").await
}

/// All payments there are, as `sue` sees them.
async fn payments(shop: &Shop) -> Vec<Value> {
    let page = shop.sue.get("/payments/").await.expect(200);
    page["results"].as_array().unwrap().clone()
}

/// A payment of `sue` that waits; its page.
async fn waiting(shop: &Shop) -> String {
    let (plan, pricing) = priced(shop, "Gold", "19.90").await;
    choose(&sue(shop).await, plan, pricing).await.expect(303).location
}

#[tokio::test]
async fn a_plan_is_chosen_and_paid_and_then_shown_with_its_limits() {
    let shop = Shop::with_pages().await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let sue = sue(&shop).await;
    sue.open(OVERVIEW).await.expect(200).shows("You have not chosen a plan yet.");
    sue.open(PLANS).await.expect(200).shows("Gold").shows("19.90\u{a0}USD a month");
    let chosen = choose(&sue, plan, pricing).await.expect(303);
    assert!(chosen.location.starts_with(PAYMENTS), "{}", chosen.location);
    sue.open(OVERVIEW).await.expect(200).shows("is waiting to be paid.").shows(&chosen.location);
    let payment = sue.open(&chosen.location).await.expect(200);
    payment.shows("Continue to payment").shows(&state("Waiting"));

    let page = format!("/checkout/{}", payment.between("href=\"/checkout/", "\"").unwrap());
    let settled = sue.fill(&page, &[("outcome", "confirmed")]).await.expect(303);
    sue.open(&settled.location).await.expect(200).shows("href=\"/account/\"");
    let overview = sue.open(OVERVIEW).await.expect(200);
    overview.shows("Gold").shows(&state("Active")).shows("unlimited").hides("waiting to be paid");
    let payment = sue.open(&chosen.location).await.expect(200);
    payment.shows(&state("Paid")).hides("Continue to payment").hides("Cancel payment");
    payment.shows("Begun<br>").shows("Paid<br>");
}

#[tokio::test]
async fn a_plan_with_many_prices_shows_the_first_and_leads_to_all_that_can_be_bought() {
    let shop = Shop::with_pages().await;
    let (plan, _) = priced(&shop, "Gold", "1.00").await;
    for amount in ["2.00", "3.00", "4.00", "5.00"] {
        shop.price(plan, json!({ "amount": amount })).await;
    }
    shop.price(plan, json!({ "amount": "7.00", "active": false })).await;
    let (sue, all) = (sue(&shop).await, format!("{PLANS}{plan}/prices/"));
    sue.open(PLANS).await.expect(200).shows("5.00\u{a0}USD").hides(&all);
    let pricing = shop.price(plan, json!({ "amount": "6.00" })).await;
    sue.open(PLANS).await.expect(200).shows("5.00\u{a0}USD").hides("6.00").shows(&all);
    let choice = format!("href=\"{PLANS}{plan}/?pricing={pricing}\">6.00\u{a0}USD a month</a>");
    sue.open(&all).await.expect(200).shows("1.00\u{a0}USD").shows(&choice).hides("7.00");
    sue.open(&format!("{PLANS}999/prices/")).await.expect(404);
}

#[tokio::test]
async fn a_gateways_own_page_is_led_to_by_a_link_which_a_repeated_form_shows_again() {
    let stripe = FakeStripe::start().await;
    let (key, base) = (stripe.secret_key(), stripe.base_url());
    let mut settings = NO_RATES.to_vec();
    settings.extend([
        ("STRIPE_SECRET_KEY", key.as_str()),
        ("STRIPE_API_BASE", base.as_str()),
        ("WIWEBB_DUMMY_GATEWAY", "on"),
    ]);
    let shop = Shop::in_server(TestApp::configured(&settings).await, "waiting").await;
    let gateway = json!({ "name": "Cards", "variant": "stripe", "priority": 9 });
    shop.root.post("/gateway-configs/", gateway).await.expect(201);
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let (sue, path) = (sue(&shop).await, format!("{PLANS}{plan}/"));
    let page = sue.open(&format!("{path}?pricing={pricing}")).await.expect(200);
    let mut links = Vec::new();
    for _ in 0..2 {
        let shown = press(&sue, &path, &page).await.expect(200);
        shown.shows("Continue to payment");
        links.push(shown.between("class=\"button\" href=\"", "\"").unwrap().to_owned());
    }
    assert!(links[0].starts_with("http") && links[0] == links[1], "{links:?}");
    let overview = sue.open(OVERVIEW).await.expect(200);
    overview.shows(&state("Waiting for its first payment")).shows("Choose a plan");
}

#[tokio::test]
async fn what_is_paid_outside_says_so_and_has_no_button() {
    let shop = Shop::with_pages().await;
    let desk = json!({ "name": "Desk", "variant": "manual", "priority": 9 });
    shop.root.post("/gateway-configs/", desk).await.expect(201);
    let payment = waiting(&shop).await;
    let page = sue(&shop).await.open(&payment).await.expect(200);
    page.shows("Please pay as agreed.").hides("Continue to payment");
}

#[tokio::test]
async fn a_gateway_that_cannot_be_reached_is_told_on_a_page() {
    let shop = Shop::with_pages().await;
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let sue = sue(&shop).await;
    choose(&sue, plan, pricing).await.expect(503).shows("Payment provider unavailable");
    sue.open(OVERVIEW).await.expect(200).shows("You have not chosen a plan yet.");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_begins_one_payment_and_leads_to_it_twice() {
    let shop = Shop::with_pages().await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let (sue, path) = (sue(&shop).await, format!("{PLANS}{plan}/"));
    let page = sue.open(&format!("{path}?pricing={pricing}")).await.expect(200);
    let first = press(&sue, &path, &page).await.expect(303);
    let second = press(&sue, &path, &page).await.expect(303);
    assert_eq!(first.location, second.location);
    assert_eq!(payments(&shop).await.len(), 1);
}

#[tokio::test]
async fn a_free_plan_is_there_at_once() {
    let shop = Shop::with_pages().await;
    let plan = shop.free_plan("Basic").await;
    let (sue, path) = (sue(&shop).await, format!("{PLANS}{plan}/"));
    let page = sue.open(&path).await.expect(200);
    let done = press(&sue, &path, &page).await.expect(303);
    assert_eq!(done.location, "/account/?done=subscription");
    sue.open(&done.location).await.expect(200).shows("Basic").shows(&state("Active"));
    sue.open(PLANS).await.expect(200).shows(&state("Your plan"));
}

#[tokio::test]
async fn a_choice_that_is_refused_is_told_in_the_contracts_words_and_can_be_sent_again() {
    let shop = Shop::with_pages().await;
    let (plan, _) = priced(&shop, "Gold", "19.90").await;
    let (_, foreign) = priced(&shop, "Silver", "9.90").await;
    let (sue, path) = (sue(&shop).await, format!("{PLANS}{plan}/"));
    let page = sue.open(&format!("{path}?pricing={foreign}")).await.expect(200);
    let refused = press(&sue, &path, &page).await.expect(400);
    refused.shows("Plan pricing unavailable");
    assert_ne!(refused.hidden("idempotency_key"), page.hidden("idempotency_key"));
    press(&sue, &path, &page).await.expect(400).shows("Plan pricing unavailable");
    let page = sue.open(&format!("{path}?pricing=dear")).await.expect(200);
    press(&sue, &path, &page).await.expect(400).shows("A valid integer is required.");
    assert!(payments(&shop).await.is_empty());
    sue.open(&format!("{PLANS}99/")).await.expect(404);
}

#[tokio::test]
async fn a_form_without_a_key_moves_nothing() {
    let shop = Shop::with_pages().await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let sue = sue(&shop).await;
    let pricing = pricing.to_string();
    let path = format!("{PLANS}{plan}/");
    let page = sue.fill(&path, &[("pricing_id", &pricing)]).await.expect(400);
    page.shows("Invalid Idempotency-Key");
    assert!(payments(&shop).await.is_empty());
}

#[tokio::test]
async fn a_change_tells_first_what_it_costs_and_from_when() {
    let shop = Shop::open().await;
    let bronze = priced(&shop, "Bronze", "5.00").await;
    let gold = priced(&shop, "Gold", "25.00").await;
    let sue = sue(&shop).await;
    choose(&sue, bronze.0, bronze.1).await.expect(303);
    let page = sue.open(&format!("{PLANS}{}/?pricing={}", gold.0, gold.1)).await.expect(200);
    page.shows("Change to Gold").shows("Due now").shows("20.00\u{a0}USD");
    let done = press(&sue, &format!("{PLANS}{}/", gold.0), &page).await.expect(303);
    assert_eq!(done.location, "/account/?done=subscription");
    assert_eq!(shop.status().await["plan"]["name"], "Gold");

    let page = sue.open(&format!("{PLANS}{}/?pricing={}", bronze.0, bronze.1)).await.expect(200);
    page.shows("0.00\u{a0}USD");
    press(&sue, &format!("{PLANS}{}/", bronze.0), &page).await.expect(303);
    sue.open(OVERVIEW).await.expect(200).shows("Gold").shows("Next plan").shows("Bronze");
}

#[tokio::test]
async fn a_change_that_cannot_be_had_has_no_button() {
    let shop = Shop::open().await;
    let bronze = priced(&shop, "Bronze", "5.00").await;
    let (plan, _) = priced(&shop, "Gold", "25.00").await;
    let sue = sue(&shop).await;
    choose(&sue, bronze.0, bronze.1).await.expect(303);
    let page = sue.open(&format!("{PLANS}{plan}/?pricing=999")).await.expect(200);
    page.shows("Plan pricing unavailable").hides("<button>Change plan");
}

#[tokio::test]
async fn a_subscription_is_cancelled_once_and_resumed() {
    let shop = Shop::open().await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let sue = sue(&shop).await;
    choose(&sue, plan, pricing).await.expect(303);
    sue.open(OVERVIEW).await.expect(200).shows(CANCEL).hides(RESUME);
    let page = sue.open(CANCEL).await.expect(200);
    for _ in 0..2 {
        let done = press(&sue, CANCEL, &page).await.expect(303);
        assert_eq!(done.location, "/account/?done=subscription");
    }
    assert_eq!(shop.status().await["status"], "canceled");
    let overview = sue.open(OVERVIEW).await.expect(200);
    overview.shows(&state("Cancelled, runs out")).shows(RESUME).hides(CANCEL);

    sue.fill(RESUME, &[]).await.expect(303);
    assert_eq!(shop.status().await["status"], "active");
    sue.open(OVERVIEW).await.expect(200).shows(&state("Active")).hides(RESUME);
}

#[tokio::test]
async fn without_a_subscription_there_is_nothing_to_cancel_or_resume() {
    let shop = Shop::open().await;
    let sue = sue(&shop).await;
    let page = sue.open(CANCEL).await.expect(200);
    press(&sue, CANCEL, &page).await.expect(400).shows("No active subscription found");
    sue.fill(RESUME, &[]).await.expect(400).shows("No canceled subscription to resume");
}

#[tokio::test]
async fn a_form_without_the_sites_text_changes_nothing() {
    let shop = Shop::with_pages().await;
    let (plan, pricing) = priced(&shop, "Gold", "19.90").await;
    let (sue, pricing) = (sue(&shop).await, pricing.to_string());
    let fields = [("pricing_id", pricing.as_str()), ("idempotency_key", "k")];
    sue.submit(&format!("{PLANS}{plan}/"), "", &fields).await.expect(403);
    assert!(payments(&shop).await.is_empty());
    let profile = [("email", "other@example.org")];
    sue.submit(PROFILE, "", &profile).await.expect(403).shows("nothing was changed");
    sue.submit(KEYS, "", &[]).await.expect(403);
    let own = shop.sue.get("/auth/user/").await.expect(200);
    assert_eq!(own["email"], "sue@example.org");
}

#[tokio::test]
async fn a_payment_that_waits_is_called_off_by_its_payer() {
    let shop = Shop::with_pages().await;
    let payment = waiting(&shop).await;
    let sue = sue(&shop).await;
    let cancel = format!("{payment}cancel/");
    sue.open(&payment).await.expect(200).shows(&cancel);
    let page = sue.open(&cancel).await.expect(200);
    let done = press(&sue, &cancel, &page).await.expect(303);
    assert_eq!(done.location, format!("{payment}?done=payment"));
    sue.open(&payment).await.expect(200).shows(&state("Declined")).hides(&cancel);
    let page = sue.open(&cancel).await.expect(200);
    press(&sue, &cancel, &page).await.expect(400).shows("form-errors");
}

#[tokio::test]
async fn the_payment_of_somebody_else_is_refused() {
    let shop = Shop::with_pages().await;
    let payment = waiting(&shop).await;
    shop.app.user(&shop.root, "bob", Role::Subscriber, Some(shop.tenant())).await;
    let bob = Visitor::signed_in(&shop.app.base, "bob").await;
    bob.open(&payment).await.expect(403).shows("You do not have permission");
    let cancel = format!("{payment}cancel/");
    bob.open(&cancel).await.expect(403);
    let token = bob.open(PROFILE).await.token().unwrap().to_owned();
    let fields = [("idempotency_key", "k")];
    bob.submit(&cancel, &token, &fields).await.expect(403);
    assert_eq!(payments(&shop).await[0]["status"], "waiting");
    bob.open(PAYMENTS).await.expect(200).shows("You have not paid anything yet.");
    bob.open(&format!("{PAYMENTS}999/")).await.expect(404);
}

#[tokio::test]
async fn payments_are_filtered_and_are_ones_own_alone() {
    let shop = Shop::with_pages().await;
    let payment = waiting(&shop).await;
    let sue = sue(&shop).await;
    sue.open(PAYMENTS).await.expect(200).shows(&payment).shows("Gold");
    sue.open(&format!("{PAYMENTS}?status=waiting")).await.expect(200).shows(&payment);
    sue.open(&format!("{PAYMENTS}?status=confirmed")).await.expect(200).shows("Nothing matches.");
    let root = Visitor::signed_in(&shop.app.base, "root").await;
    root.open(PAYMENTS).await.expect(200).hides(&payment);
}

#[tokio::test]
async fn what_was_used_today_stands_against_the_limits() {
    let shop = Shop::open().await;
    let fields = json!({ "requires_payment": false, "daily_time_minutes": 60 });
    let plan = shop.plan("Daily", fields).await;
    shop.subscribe(plan).await;
    let device = equipment(&shop.app, &shop.root, Value::Null).await;
    let used = json!({ "Acct-Session-Time": 12 * 60, "Acct-Input-Octets": 34 * MEGABYTE });
    report(&device, "sue", "Interim-Update", "a", used).await.expect(204);
    let page = sue(&shop).await.open(OVERVIEW).await.expect(200);
    page.shows("12\u{a0}min of 1\u{a0}h, 48\u{a0}min left").shows("34\u{a0}MB, unlimited");
    page.shows("value=\"20\"").shows("2026-01-16 00:00 UTC");
    page.shows("hx-get=\"/account/\"").shows("hx-select-oob=\"#usage\"");
}

#[tokio::test]
async fn everybody_has_the_pages_and_those_who_run_the_business_the_way_to_the_console() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "hill").await;
    for (name, role) in [("olga", Role::TenantOwner), ("sue", Role::Subscriber)] {
        app.user(&root, name, role, Some(tenant)).await;
    }
    for (name, has_console) in [("root", true), ("olga", true), ("sue", false)] {
        let visitor = Visitor::signed_in(&app.base, name).await;
        for path in [OVERVIEW, PLANS, PAYMENTS, PROFILE, "/account/password/", KEYS, CANCEL, RESUME]
        {
            let page = visitor.open(path).await.expect(200);
            page.hides("style=\"").hides("<script>");
            assert_eq!(page.html.contains("href=\"/admin/\""), has_console, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn a_profile_is_saved_and_what_is_wrong_with_it_stands_beside_its_field() {
    let shop = Shop::open().await;
    let sue = sue(&shop).await;
    sue.open(PROFILE).await.expect(200).shows("value=\"sue@example.org\"");
    let fields = [("email", "nobody"), ("birth_date", "soon"), ("first_name", "Sue <b>")];
    let page = sue.fill(PROFILE, &fields).await.expect(400);
    check_below(&page, "email", "Enter a valid email address.");
    check_below(&page, "birth_date", "Date has wrong format.");
    page.shows("Sue &#60;b&#62;").hides("<b>");
    let fields = [("email", "sue@hill.example"), ("first_name", "Sue"), ("bio", "Two\r\nlines")];
    let saved = sue.fill(PROFILE, &fields).await.expect(303);
    sue.open(&saved.location).await.expect(200).shows("Saved.").shows("value=\"Sue\"");
    let own = shop.sue.get("/auth/user/").await.expect(200);
    assert_eq!((&own["email"], &own["bio"]), (&json!("sue@hill.example"), &json!("Two\nlines")));
}

#[tokio::test]
async fn ones_data_can_be_had_as_a_file() {
    let shop = Shop::open().await;
    let file = sue(&shop).await.open("/account/export/").await.expect(200);
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let document: Value = serde_json::from_str(&file.html).unwrap();
    assert_eq!(document["user"]["username"], "sue");
}

#[tokio::test]
async fn a_device_is_signed_out_from_another() {
    let shop = Shop::open().await;
    let here = sue(&shop).await;
    shop.app.clock.advance(Duration::seconds(1));
    let there = sue(&shop).await;
    let page = here.open(KEYS).await.expect(200);
    page.shows("This device").shows("Sign out all others");
    // The newest stands first: that is `there`.
    let form = format!("<form method=\"post\" action=\"{KEYS}");
    let path = format!("{KEYS}{}/revoke/", page.between(&form, "/revoke/").unwrap());
    let done = here.fill_to(KEYS, &path, &[]).await.expect(303);
    here.open(&done.location).await.expect(200).shows("The keys were revoked.");
    there.open(KEYS).await.expect(303);
    shop.sue.get("/auth/user/").await.expect(200);

    here.fill(KEYS, &[]).await.expect(303);
    shop.sue.get("/auth/user/").await.expect(401);
    here.open(KEYS).await.expect(200).hides("Sign out all others");
}
