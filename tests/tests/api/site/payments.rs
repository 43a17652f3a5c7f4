//! Payments and their log in the console.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, Page, TestApp, Visitor};

use super::check_below;

pub(super) const LIST: &str = "/admin/payments/";
pub(super) const LOG: &str = "/admin/payment-logs/";
pub(super) const DENIED: &str = "You do not have permission to perform this action.";

/// Everybody who can have to do with a payment, and the console as `root` sees it.
pub(super) struct Cast {
    pub(super) app: TestApp,
    root: Client,
    sue: Client,
    pub(super) visitor: Visitor,
}

pub(super) async fn cast() -> Cast {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let acme = app.tenant(&root, "acme").await;
    let globex = app.tenant(&root, "globex").await;
    app.user(&root, "olga", Role::TenantOwner, Some(acme)).await;
    app.user(&root, "stan", Role::TenantOwner, Some(globex)).await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(acme)).await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    Cast { app, root, sue, visitor }
}

impl Cast {
    /// A payment of 20.00 by Sue through a gateway with these settings; its page.
    async fn paid(&self, variant: &str, config: Value) -> String {
        let name = format!("{variant} {config}");
        let body = json!({ "name": name, "variant": variant, "config": config });
        self.root.post("/gateway-configs/", body).await;
        let body = json!({ "amount": "20.00", "payment_gateway": name, "description": "Two days" });
        let answer = self.sue.post("/payments/create_payment/", body).await;
        format!("{LIST}{}/", answer.body["payment"]["id"])
    }

    /// A payment of 20.00 by Sue that the gateway makes this of; its page.
    pub(super) async fn dummy(&self, outcome: &str) -> String {
        self.paid("dummy", json!({ "outcome": outcome })).await
    }

    /// The payment of a page, as the API tells it.
    async fn payment(&self, page: &str) -> Value {
        let id = page.trim_start_matches(LIST);
        self.root.get(&format!("/payments/{id}")).await.expect(200)
    }

    /// Opens the form of a step and sends it.
    async fn take(&self, page: &str, step: &str, fields: &[(&str, &str)]) -> Page {
        let path = format!("{page}{step}/");
        let form = self.visitor.open(&path).await.expect(200);
        self.visitor.submit(&path, form.token().unwrap(), &with_key(&form, fields)).await
    }
}

/// What is typed into a form, with the key that it brings along.
fn with_key<'a>(form: &'a Page, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = fields.to_vec();
    fields.push(("idempotency_key", form.hidden("idempotency_key").unwrap()));
    fields
}

fn plain(page: &Page) -> String {
    page.html.replace(['\u{a0}', '\u{202f}'], " ")
}

/// The value of a fact.
fn fact(page: &Page, label: &str) -> String {
    let html = plain(page);
    let (_, rest) = html.split_once(&format!("<dt>{label}</dt><dd>")).unwrap();
    rest.split_once("</dd>").unwrap().0.to_owned()
}

/// The events on the page, the latest first.
fn events(page: &Page) -> Vec<String> {
    let timeline = page.between("<ol class=\"timeline\">", "</ol>").unwrap();
    let kinds = timeline.split("<strong>").skip(1);
    kinds.map(|rest| rest.split_once("</strong>").unwrap().0.to_owned()).collect()
}

/// The steps that a page leads to.
fn offered(page: &Page) -> Vec<&'static str> {
    let steps = ["capture", "refund", "confirm", "cancel"];
    steps.into_iter().filter(|step| page.html.contains(&format!("id=\"step-{step}\""))).collect()
}

#[tokio::test]
async fn a_payment_shows_its_amounts_and_what_happened_the_latest_first() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    cast.take(&page, "refund", &[("amount", "5.50"), ("reason", "One day <less>")])
        .await
        .expect(303);
    let shown = cast.visitor.open(&page).await.expect(200);
    let sums = ["Total", "Captured", "Refunded"].map(|label| fact(&shown, label));
    assert_eq!(sums, ["20.00 USD", "20.00 USD", "5.50 USD"]);
    assert_eq!(fact(&shown, "Description"), "Two days");
    assert!(fact(&shown, "User").contains(">sue</a>"), "{}", fact(&shown, "User"));
    assert_eq!(events(&shown), ["payment.refunded", "payment.confirmed", "payment.created"]);
    shown.shows("One day &#60;less&#62;").shows("&#34;remaining&#34;: &#34;14.50&#34;");
    shown.shows("Succeeded").hides("hx-get");
    cast.visitor.open(&format!("{LIST}999/")).await.expect(404);
}

#[tokio::test]
async fn only_steps_that_lead_on_are_offered() {
    let cast = cast().await;
    for (outcome, steps) in [
        ("waiting", vec!["cancel"]),
        ("preauth", vec!["capture", "cancel"]),
        ("confirmed", vec!["refund"]),
        ("rejected", vec![]),
        ("error", vec![]),
    ] {
        let page = cast.dummy(outcome).await;
        let shown = cast.visitor.open(&page).await.expect(200);
        assert_eq!(offered(&shown), steps, "{outcome}");
        for step in ["capture", "refund", "confirm", "cancel"] {
            let status = if steps.contains(&step) { 200 } else { 400 };
            cast.visitor.open(&format!("{page}{step}/")).await.expect(status);
        }
        cast.visitor.open(&format!("{page}keep/")).await.expect(404);
    }
    let outside = cast.paid("manual", json!({})).await;
    let shown = cast.visitor.open(&outside).await.expect(200);
    assert_eq!(offered(&shown), ["confirm", "cancel"]);
}

#[tokio::test]
async fn a_page_looks_for_news_while_the_payment_waits_and_no_longer() {
    let cast = cast().await;
    let page = cast.dummy("waiting").await;
    let shown = cast.visitor.open(&page).await.expect(200);
    shown.shows(&format!("hx-get=\"{page}\"")).shows("hx-select-oob=\"#payment\"").shows("htmx");
    let done = cast.take(&page, "cancel", &[]).await.expect(303);
    assert_eq!(done.location, format!("{page}?done=payment"));
    let shown = cast.visitor.open(&done.location).await.expect(200);
    shown.shows("The payment was updated.").shows("Rejected").hides("hx-get").hides("htmx");
}

#[tokio::test]
async fn what_is_held_is_captured_in_part_or_in_whole() {
    let cast = cast().await;
    let (part, whole) = (cast.dummy("preauth").await, cast.dummy("preauth").await);
    let refused = cast.take(&part, "capture", &[("amount", "20.01")]).await.expect(400);
    refused.shows("Capture exceeds the authorised amount.").shows("value=\"20.01\"");
    assert_eq!(cast.payment(&part).await["status"], "preauth");
    cast.take(&part, "capture", &[("amount", "15")]).await.expect(303);
    let payment = cast.payment(&part).await;
    assert_eq!(
        (&payment["status"], &payment["captured_amount"]),
        (&json!("confirmed"), &json!("15.00"))
    );
    cast.take(&whole, "capture", &[("amount", "")]).await.expect(303);
    assert_eq!(cast.payment(&whole).await["captured_amount"], "20.00");
}

#[tokio::test]
async fn what_is_held_is_let_go() {
    let cast = cast().await;
    let page = cast.dummy("preauth").await;
    cast.take(&page, "cancel", &[]).await.expect(303);
    let payment = cast.payment(&page).await;
    assert_eq!(
        (&payment["status"], &payment["captured_amount"]),
        (&json!("refunded"), &json!("0.00"))
    );
}

#[tokio::test]
async fn money_goes_back_in_parts_until_nothing_is_left() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    cast.take(&page, "refund", &[("amount", "5.50"), ("reason", "")]).await.expect(303);
    let payment = cast.payment(&page).await;
    assert_eq!(
        (&payment["status"], &payment["refunded_amount"]),
        (&json!("confirmed"), &json!("5.50"))
    );
    cast.take(&page, "refund", &[("amount", ""), ("reason", "")]).await.expect(303);
    let payment = cast.payment(&page).await;
    assert_eq!(
        (&payment["status"], &payment["refunded_amount"]),
        (&json!("refunded"), &json!("20.00"))
    );
}

#[tokio::test]
async fn a_refund_of_too_much_is_refused_in_its_form_and_changes_nothing() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let before = cast.payment(&page).await;
    for (amount, message) in [
        ("20.01", "Refund exceeds the remaining amount."),
        ("0", "Ensure this value is greater than 0."),
        ("much", "A valid number is required."),
    ] {
        let fields = [("amount", amount), ("reason", "Kept")];
        let refused = cast.take(&page, "refund", &fields).await.expect(400);
        check_below(&refused, "amount", message);
        refused.shows(&format!("value=\"{amount}\"")).shows("value=\"Kept\"");
    }
    assert_eq!(cast.payment(&page).await, before);
    let shown = cast.visitor.open(&page).await.expect(200);
    shown.shows("Nothing went back.");
}

#[tokio::test]
async fn a_form_sent_twice_gives_money_back_once() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let path = format!("{page}refund/");
    let form = cast.visitor.open(&path).await.expect(200);
    let (token, fields) = (form.token().unwrap(), with_key(&form, &[("amount", "5")]));
    for _ in 0..2 {
        let done = cast.visitor.submit(&path, token, &fields).await.expect(303);
        assert_eq!(done.location, format!("{page}?done=payment"));
    }
    assert_eq!(cast.payment(&page).await["refunded_amount"], "5.00");
    let changed = with_key(&form, &[("amount", "6")]);
    let refused = cast.visitor.submit(&path, token, &changed).await.expect(422);
    refused.shows("Idempotency-Key was used with a different request");
    assert_ne!(refused.hidden("idempotency_key"), form.hidden("idempotency_key"));
    assert_eq!(cast.payment(&page).await["refunded_amount"], "5.00");
    // Another form is another refund.
    cast.take(&page, "refund", &[("amount", "5")]).await.expect(303);
    assert_eq!(cast.payment(&page).await["refunded_amount"], "10.00");
}

#[tokio::test]
async fn a_refusal_stays_one_when_its_form_is_sent_again() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let path = format!("{page}refund/");
    let form = cast.visitor.open(&path).await.expect(200);
    let fields = with_key(&form, &[("amount", "21")]);
    for _ in 0..2 {
        let refused = cast.visitor.submit(&path, form.token().unwrap(), &fields).await.expect(400);
        refused.shows("Refund exceeds the remaining amount.");
    }
    assert_eq!(cast.payment(&page).await["refunded_amount"], "0.00");
}

#[tokio::test]
async fn a_form_whose_first_sending_left_no_answer_keeps_its_key() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let path = format!("{page}refund/");
    let form = cast.visitor.open(&path).await.expect(200);
    let (token, fields) = (form.token().unwrap(), with_key(&form, &[("amount", "5")]));
    cast.visitor.submit(&path, token, &fields).await.expect(303);
    sqlx::query("UPDATE payment_idempotencykey SET status = NULL, body = NULL")
        .execute(&cast.app.pool)
        .await
        .unwrap();
    let refused = cast.visitor.submit(&path, token, &fields).await.expect(409);
    refused.shows("Request with this Idempotency-Key is in progress").shows("value=\"5\"");
    assert_eq!(refused.hidden("idempotency_key"), form.hidden("idempotency_key"));
    cast.app.clock.advance(chrono::Duration::minutes(5));
    cast.visitor.submit(&path, token, &fields).await.expect(303);
    assert_eq!(cast.payment(&page).await["refunded_amount"], "5.00");
}

#[tokio::test]
async fn a_form_without_its_key_is_refused() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let path = format!("{page}refund/");
    let form = cast.visitor.open(&path).await.expect(200);
    for fields in [vec![], vec![("idempotency_key", "")], vec![("idempotency_key", "a\nb")]] {
        let refused = cast.visitor.submit(&path, form.token().unwrap(), &fields).await.expect(400);
        refused.shows("Invalid Idempotency-Key");
    }
    assert_eq!(cast.payment(&page).await["refunded_amount"], "0.00");
}

#[tokio::test]
async fn what_was_paid_outside_is_confirmed_once() {
    let cast = cast().await;
    let page = cast.paid("manual", json!({})).await;
    let path = format!("{page}confirm/");
    let form = cast.visitor.open(&path).await.expect(200);
    let (token, fields) = (form.token().unwrap(), with_key(&form, &[]));
    for _ in 0..2 {
        cast.visitor.submit(&path, token, &fields).await.expect(303);
    }
    let shown = cast.visitor.open(&page).await.expect(200);
    assert_eq!(events(&shown), ["payment.confirmed", "payment.created"]);
    let fields = [("idempotency_key", "another")];
    let refused = cast.visitor.submit(&path, token, &fields).await.expect(400);
    refused.shows("Payment cannot be confirmed");
}

#[tokio::test]
async fn a_gateway_that_says_nothing_leaves_the_payment_open_and_the_page_says_so() {
    let cast = cast().await;
    let config = json!({ "outcome": "confirmed", "answer_after": 1 });
    let page = cast.paid("dummy", config).await;
    let shown = cast.visitor.open(&page).await.expect(200);
    shown.shows("The gateway has not said yet").shows("hx-get");
    cast.app.clock.advance(chrono::Duration::minutes(5));
    assert_eq!(cast.app.reconcile().await, 1);
    let shown = cast.visitor.open(&page).await.expect(200);
    shown.hides("The gateway has not said yet").hides("hx-get").shows("Confirmed");
}

#[tokio::test]
async fn an_owner_sees_the_own_tenants_payments_and_moves_no_money() {
    let cast = cast().await;
    let (page, held) = (cast.dummy("confirmed").await, cast.dummy("preauth").await);
    let olga = Visitor::signed_in(&cast.app.base, "olga").await;
    olga.open(LIST).await.expect(200).shows(&page);
    for page in [&page, &held] {
        let before = cast.payment(page).await;
        let shown = olga.open(page).await.expect(200);
        assert_eq!(offered(&shown), Vec::<&str>::new());
        let token = shown.token().unwrap();
        for step in ["capture", "refund", "confirm", "cancel"] {
            let path = format!("{page}{step}/");
            olga.open(&path).await.expect(403);
            let fields = [("idempotency_key", "k")];
            olga.submit(&path, token, &fields).await.expect(403).shows(DENIED);
        }
        assert_eq!(cast.payment(page).await, before);
    }
    let stan = Visitor::signed_in(&cast.app.base, "stan").await;
    stan.open(LIST).await.expect(200).hides(&page).shows("There are no payments yet.");
    stan.open(&page).await.expect(403);
    olga.open(LOG).await.expect(200).shows("payment.confirmed");
    stan.open(LOG).await.expect(200).shows("Nothing happened yet.");
}

#[tokio::test]
async fn a_form_without_the_sites_own_text_moves_no_money() {
    let cast = cast().await;
    let page = cast.dummy("confirmed").await;
    let before = cast.payment(&page).await;
    let path = format!("{page}refund/");
    let other = Visitor::signed_in(&cast.app.base, "root").await;
    let form = other.open(&path).await.expect(200);
    let fields = with_key(&form, &[("amount", "5")]);
    for token in ["", "0", form.token().unwrap()] {
        let refused = cast.visitor.submit(&path, token, &fields).await.expect(403);
        refused.shows("nothing was changed");
    }
    assert_eq!(cast.payment(&page).await, before);
}

#[tokio::test]
async fn the_list_is_filtered_and_ordered() {
    let cast = cast().await;
    let (one, two) = (cast.dummy("confirmed").await, cast.dummy("waiting").await);
    let user = cast.sue.get("/auth/user/").await.expect(200)["id"].clone();
    let gateway = cast.payment(&one).await["payment_gateway"].clone();
    let day = cast.payment(&one).await["created_at"].as_str().unwrap()[..10].to_owned();
    let pages = [one.as_str(), two.as_str()];
    for (query, shown) in [
        (String::new(), [true, true]),
        ("status=confirmed".into(), [true, false]),
        ("status=waiting".into(), [false, true]),
        ("variant=dummy".into(), [true, true]),
        ("variant=manual".into(), [false, false]),
        (format!("payment_gateway={gateway}"), [true, false]),
        (format!("user={user}"), [true, true]),
        ("user=999".into(), [false, false]),
        ("order_id=none".into(), [false, false]),
        (format!("created_after={day}"), [true, true]),
        (format!("created_before={day}"), [false, false]),
    ] {
        let list = cast.visitor.open(&format!("{LIST}?{query}")).await.expect(200);
        let found = pages.map(|page| list.html.contains(&format!("href=\"{page}\"")));
        assert_eq!(found, shown, "{query}");
    }
    let list = cast.visitor.open(&format!("{LIST}?ordering=-created_at")).await.expect(200);
    list.shows("aria-sort=\"descending\"");
    for query in ["status=lost", "user=sue", "created_after=yesterday"] {
        cast.visitor.open(&format!("{LIST}?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn the_log_of_all_payments_leads_to_them_and_is_filtered() {
    let cast = cast().await;
    let (one, two) = (cast.dummy("confirmed").await, cast.dummy("rejected").await);
    let list = cast.visitor.open(LOG).await.expect(200);
    list.shows(&one).shows(&two).shows("payment.created").shows("waiting \u{2192} rejected");
    let id = one.trim_start_matches(LIST).trim_end_matches('/');
    let list = cast.visitor.open(&format!("{LOG}?payment={id}")).await.expect(200);
    list.shows(&one).hides(&two).shows("payment.confirmed");
    let list = cast.visitor.open(&format!("{LOG}?event_type=payment.rejected")).await.expect(200);
    list.shows(&two).hides(&one);
    let list = cast.visitor.open(&format!("{LOG}?event_type=payment.lost")).await.expect(200);
    list.shows("Nothing matches.");
    cast.visitor.open(&format!("{LOG}?payment=x")).await.expect(400);
}

#[tokio::test]
async fn payments_are_searched_by_their_names_and_their_payers() {
    let cast = cast().await;
    let sues = cast.dummy("confirmed").await;
    let gateway = cast.payment(&sues).await["payment_gateway"].clone();
    let hooli = cast.app.tenant(&cast.root, "hooli").await;
    let bob = cast.app.user(&cast.root, "bob", Role::Subscriber, Some(hooli)).await;
    let body = json!({ "amount": "5.00", "payment_gateway": gateway, "order_id": "A-1001" });
    let answer = bob.post("/payments/create_payment/", body).await.expect(201);
    let bobs = format!("{LIST}{}/", answer["payment"]["id"]);
    let transaction = cast.payment(&bobs).await["transaction_id"].as_str().unwrap().to_owned();
    let pages = [sues.as_str(), bobs.as_str()];
    for (words, shown) in [
        ("SUE", [true, false]),
        ("bob@", [false, true]),
        ("a-1001", [false, true]),
        (transaction.as_str(), [false, true]),
        ("example.org", [true, true]),
        ("bob,sue", [false, false]),
    ] {
        let list = cast.visitor.open(&format!("{LIST}?search={words}")).await.expect(200);
        let found = pages.map(|page| list.html.contains(&format!("href=\"{page}\"")));
        assert_eq!(found, shown, "{words}");
    }
    let olga = Visitor::signed_in(&cast.app.base, "olga").await;
    olga.open(&format!("{LIST}?search=bob")).await.expect(200).shows("Nothing matches.");
}
