//! Plans and their prices in the console.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, Visitor};

use super::check_below;
use crate::subscriptions::{Shop, number};

const LIST: &str = "/admin/plans/";
const NEW: &str = "/admin/plans/new/";
const PRICING: &str = "/admin/pricing/";
const API: &str = "/subscriptions/plans/";

struct Console {
    app: TestApp,
    root: Client,
    visitor: Visitor,
}

impl Console {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let visitor = Visitor::signed_in(&app.base, "root").await;
        Self { app, root, visitor }
    }

    /// A plan; its id.
    async fn plan(&self, fields: Value) -> i64 {
        number(&self.root.post(API, fields).await.expect(201)["id"])
    }

    /// A price of a plan; its id.
    async fn price(&self, plan: i64, fields: Value) -> i64 {
        let path = format!("{API}{plan}/pricing/");
        number(&self.root.post(&path, fields).await.expect(201)["id"])
    }

    async fn stored_price(&self, plan: i64, id: i64) -> Value {
        self.root.get(&format!("{API}{plan}/pricing/{id}/")).await.expect(200)
    }
}

#[tokio::test]
async fn a_plan_is_created_shown_changed_and_deleted() {
    let console = Console::open().await;
    let visitor = &console.visitor;
    visitor.open(LIST).await.expect(200).shows("There are no plans yet.");
    let fields = [
        ("name", "Sunrise <6>"),
        ("available", "true"),
        ("requires_payment", "true"),
        ("daily_time_minutes", "150"),
        ("daily_data_mb", "1500"),
        ("metadata", "{\"note\": \"spring\"}"),
    ];
    let created = visitor.fill(NEW, &fields).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("Sunrise &#60;6&#62;").shows("spring");
    page.shows("2\u{a0}h 30\u{a0}min").shows("1.5\u{a0}GB").shows("There are no prices yet.");
    let own = created.location.split('?').next().unwrap();
    let id = own.trim_start_matches(LIST).trim_end_matches('/');
    let stored = console.root.get(&format!("{API}{id}/")).await.expect(200);
    assert_eq!(stored["metadata"], json!({ "note": "spring" }));
    assert_eq!((&stored["auto_renew"], &stored["available"]), (&json!(false), &json!(true)));

    let edit = format!("{own}edit/");
    visitor.open(&edit).await.expect(200).shows("value=\"150\"").shows("&#34;spring&#34;");
    let fields = [("name", "Noon"), ("daily_time_minutes", ""), ("daily_data_mb", "3")];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    let page = visitor.open(&saved.location).await.expect(200);
    page.shows("Saved.").shows("Noon").shows("Unlimited").shows("3\u{a0}MB").shows("Not available");

    let delete = format!("{own}delete/");
    visitor.open(&delete).await.expect(200).shows("Nothing else depends on it.");
    let deleted = visitor.fill(&delete, &[]).await.expect(303);
    assert_eq!(deleted.location, "/admin/plans/?done=deleted");
    visitor.open(own).await.expect(404);
}

#[tokio::test]
async fn what_is_wrong_with_a_plan_stands_beside_its_field() {
    let console = Console::open().await;
    console.plan(json!({ "name": "Noon" })).await;
    let fields = [
        ("name", ""),
        ("description", "Kept"),
        ("daily_time_minutes", "-1"),
        ("daily_data_mb", "many"),
        ("metadata", "[1]"),
    ];
    let page = console.visitor.fill(NEW, &fields).await.expect(400);
    for (name, text) in [
        ("name", "This field is required."),
        ("daily_time_minutes", "Ensure this value is greater than or equal to 0."),
        ("daily_data_mb", "A valid integer is required."),
        ("metadata", "Expected a dictionary of items"),
    ] {
        check_below(&page, name, text);
    }
    page.shows("Kept").shows("value=\"many\"");
    let page = console.visitor.fill(NEW, &[("name", "Noon")]).await.expect(400);
    check_below(&page, "name", "already exists");
}

#[tokio::test]
async fn plans_that_cannot_be_subscribed_to_are_listed_until_they_are_filtered_out() {
    let console = Console::open().await;
    console.plan(json!({ "name": "Sunrise", "requires_payment": false })).await;
    let dark = console.plan(json!({ "name": "Moonlight", "available": false })).await;
    console.price(dark, json!({ "amount": "5", "interval": "week" })).await;
    let open =
        async |query: &str| console.visitor.open(&format!("{LIST}{query}")).await.expect(200);
    let all = open("").await;
    all.shows("Sunrise").shows("Moonlight").shows("5.00\u{a0}USD a week");
    open("?available=false").await.shows("Moonlight").hides("Sunrise");
    open("?requires_payment=false").await.shows("Sunrise").hides("Moonlight");
    open("?search=moon").await.shows("Moonlight").hides("Sunrise");
    let names = open("?ordering=name").await.html;
    assert!(names.find("Moonlight") < names.find("Sunrise"));
}

#[tokio::test]
async fn a_price_is_created_shown_changed_and_deleted() {
    let console = Console::open().await;
    let visitor = &console.visitor;
    let plan = console.plan(json!({ "name": "Sunrise" })).await;
    let new = format!("{LIST}{plan}/pricing/new/");
    let fields = [
        ("amount", "19.9"),
        ("currency", "eur"),
        ("interval", "year"),
        ("trial_period_days", "14"),
        ("active", "true"),
    ];
    let created = visitor.fill(&new, &fields).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("19.90\u{a0}EUR").shows("14 days").shows("Sunrise");
    let own = created.location.split('?').next().unwrap();
    let link = format!("<a href=\"{own}\">19.90\u{a0}EUR a year</a>");
    visitor.open(&format!("{LIST}{plan}/")).await.expect(200).shows(&link).shows("New price");
    visitor.open(PRICING).await.expect(200).shows(&link).shows("Sunrise");

    let edit = format!("{own}edit/");
    visitor.open(&edit).await.expect(200).shows("value=\"19.90\"").shows("value=\"year\" selected");
    let fields =
        [("amount", "21"), ("currency", "EUR"), ("interval", "week"), ("trial_period_days", "0")];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    let page = visitor.open(&saved.location).await.expect(200);
    page.shows("Saved.").shows("21.00\u{a0}EUR a week").shows("Inactive");

    let delete = format!("{own}delete/");
    visitor.open(&delete).await.expect(200).shows("Nothing else depends on it.");
    visitor.fill(&delete, &[]).await.expect(303);
    visitor.open(own).await.expect(404);
}

#[tokio::test]
async fn prices_of_all_plans_are_searched_filtered_and_ordered() {
    let console = Console::open().await;
    let sun = console.plan(json!({ "name": "Sunrise" })).await;
    let moon = console.plan(json!({ "name": "Moonlight" })).await;
    console.price(sun, json!({ "amount": "7", "currency": "EUR" })).await;
    console.price(moon, json!({ "amount": "3", "active": false })).await;
    let open =
        async |query: &str| console.visitor.open(&format!("{PRICING}{query}")).await.expect(200);
    for query in [format!("?plan={sun}"), "?currency=eur".into(), "?search=rise".into()] {
        open(&query).await.shows("Sunrise").hides("Moonlight");
    }
    open("?active=false").await.shows("Moonlight").hides("Sunrise");
    let page = open("?ordering=amount").await.html;
    assert!(page.find("Moonlight") < page.find("Sunrise"));
    console.visitor.open(&format!("{PRICING}?currency=mars")).await.expect(400);
}

#[tokio::test]
async fn what_is_wrong_with_a_price_stands_beside_its_field() {
    let console = Console::open().await;
    let plan = console.plan(json!({ "name": "Sunrise" })).await;
    let new = format!("{LIST}{plan}/pricing/new/");
    let fields =
        [("amount", ""), ("currency", ""), ("interval", "month"), ("trial_period_days", "")];
    let page = console.visitor.fill(&new, &fields).await.expect(400);
    for (name, text) in [
        ("amount", "This field is required."),
        ("currency", "Enter a valid currency code."),
        ("trial_period_days", "A valid integer is required."),
    ] {
        check_below(&page, name, text);
    }
    let fields = [("amount", "1.50"), ("currency", "JPY"), ("trial_period_days", "731")];
    let page = console.visitor.fill(&new, &fields).await.expect(400);
    check_below(&page, "trial_period_days", "less than or equal to 730");
    let fields = [("amount", "1.50"), ("currency", "JPY"), ("trial_period_days", "0")];
    let page = console.visitor.fill(&new, &fields).await.expect(400);
    check_below(&page, "amount", "more decimals");
}

/// There, a price cannot be changed: the form brings the old one along, which is of no use any more.
#[tokio::test]
async fn a_changed_amount_forgets_the_price_at_stripe_unless_another_one_is_given() {
    let console = Console::open().await;
    let plan = console.plan(json!({ "name": "Sunrise" })).await;
    for (amount, given, kept) in
        [("5.00", "price_1", "price_1"), ("6.00", "price_1", ""), ("6.00", "price_2", "price_2")]
    {
        let id = console.price(plan, json!({ "amount": "5", "stripe_price_id": "price_1" })).await;
        let edit = format!("{LIST}{plan}/pricing/{id}/edit/");
        let fields = [
            ("amount", amount),
            ("currency", "USD"),
            ("interval", "month"),
            ("trial_period_days", "0"),
            ("stripe_price_id", given),
        ];
        console.visitor.fill(&edit, &fields).await.expect(303);
        let stored = console.stored_price(plan, id).await;
        assert_eq!(stored["stripe_price_id"], kept, "{amount} {given}");
        assert_eq!(stored["active"], false);
    }
}

#[tokio::test]
async fn a_plan_with_subscriptions_tells_what_is_in_the_way_of_its_delete() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    shop.price(plan, json!({ "amount": "1" })).await;
    shop.subscribe(plan).await;
    let visitor = Visitor::signed_in(&shop.app.base, "root").await;
    let path = format!("{LIST}{plan}/delete/");
    let page = visitor.open(&path).await.expect(200);
    page.shows("Cannot delete plan with existing subscriptions.").shows("1 subscription");
    page.shows("1 pricing").hides("class=\"danger\"");
    let refused = visitor.submit(&path, page.token().unwrap(), &[]).await.expect(400);
    refused.shows("Cannot delete plan with existing subscriptions.").shows("In the way");
    visitor.open(&format!("{LIST}{plan}/")).await.expect(200);
}

#[tokio::test]
async fn an_owner_reads_plans_and_their_active_prices_and_writes_nothing() {
    let console = Console::open().await;
    let plan = console.plan(json!({ "name": "Sunrise" })).await;
    let shown = console.price(plan, json!({ "amount": "7" })).await;
    let hidden = console.price(plan, json!({ "amount": "3", "active": false })).await;
    let tenant = console.app.tenant(&console.root, "hill").await;
    console.app.user(&console.root, "olga", Role::TenantOwner, Some(tenant)).await;
    let olga = Visitor::signed_in(&console.app.base, "olga").await;

    olga.open(LIST).await.expect(200).shows("Sunrise").hides("New plan");
    let own = format!("{LIST}{plan}/");
    let page = olga.open(&own).await.expect(200);
    page.shows("7.00\u{a0}USD").hides("3.00\u{a0}USD").hides("New price").hides("Edit");
    page.hides("Delete");
    let list = olga.open(PRICING).await.expect(200);
    list.shows("7.00\u{a0}USD").hides("3.00\u{a0}USD").hides("filter-active");
    let price = format!("{own}pricing/{shown}/");
    olga.open(&price).await.expect(200).hides("Edit").hides("Delete");
    olga.open(&format!("{own}pricing/{hidden}/")).await.expect(404);

    let before = console.root.get(API).await.expect(200);
    for path in [
        NEW.to_owned(),
        format!("{own}edit/"),
        format!("{own}delete/"),
        format!("{own}pricing/new/"),
        format!("{price}edit/"),
        format!("{price}delete/"),
    ] {
        olga.open(&path).await.expect(403);
        let fields = [("name", "Taken"), ("amount", "0"), ("currency", "USD")];
        olga.fill_to(LIST, &path, &fields).await.expect(403);
    }
    assert_eq!(console.root.get(API).await.expect(200), before);
}
