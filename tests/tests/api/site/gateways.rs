//! Payment gateways in the console. No value of their settings is on any page.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{TestApp, Visitor};

use super::{check_below, root};
use crate::subscriptions::{SUBSCRIBE, Shop, number};

const LIST: &str = "/admin/gateways/";
const NEW: &str = "/admin/gateways/new/";
const SECRET: &str = "hush-hush-of-the-till";

/// What is stored of the settings of a gateway.
async fn stored(app: &TestApp, name: &str) -> Value {
    sqlx::query_scalar("SELECT config FROM payment_paymentgatewayconfig WHERE name = $1")
        .bind(name)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// Settings with the secret.
fn settings() -> String {
    json!({ "outcome": "confirmed", "api_key": SECRET }).to_string()
}

#[tokio::test]
async fn a_gateway_is_created_shown_changed_and_deleted() {
    let (_app, visitor) = root().await;
    let fields = [("name", "Till"), ("variant", "dummy"), ("priority", "5"), ("is_active", "true")];
    let created = visitor.fill(NEW, &fields).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("Till").shows("<code>dummy</code>").shows("Active");
    let own = created.location.split('?').next().unwrap();
    let edit = format!("{own}edit/");
    visitor.open(&edit).await.expect(200).shows("value=\"Till\"").shows("value=\"5\"");
    let fields = [("name", "Bank"), ("variant", "manual"), ("priority", "-3")];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    let page = visitor.open(&saved.location).await.expect(200);
    page.shows("Saved.").shows("Bank").shows("<code>manual</code>").shows("-3").shows("Inactive");
    let delete = format!("{own}delete/");
    visitor.open(&delete).await.expect(200).shows("Nothing else depends on it.");
    visitor.fill(&delete, &[]).await.expect(303);
    visitor.open(own).await.expect(404);
}

#[tokio::test]
async fn a_secret_is_on_no_page_and_stays_through_an_edit_that_leaves_it_out() {
    let (app, visitor) = root().await;
    let config = settings();
    let fields = [("name", "Till"), ("variant", "dummy"), ("priority", "0"), ("config", &*config)];
    let created = visitor.fill(NEW, &fields).await.expect(303);
    let own = created.location.split('?').next().unwrap();
    let edit = format!("{own}edit/");
    visitor.open(own).await.expect(200).shows("api_key, outcome").hides(SECRET);
    for path in [LIST, &edit, &format!("{own}delete/")] {
        visitor.open(path).await.expect(200).hides(SECRET);
    }
    let before = stored(&app, "Till").await;
    let fields = [("name", "Till"), ("variant", "dummy"), ("priority", "7"), ("config", " ")];
    visitor.fill(&edit, &fields).await.expect(303);
    assert_eq!(stored(&app, "Till").await, before);
    for (config, after) in
        [("{\"outcome\": \"error\"}", json!({ "outcome": "error" })), ("{}", json!({}))]
    {
        let fields =
            [("name", "Till"), ("variant", "dummy"), ("priority", "7"), ("config", config)];
        visitor.fill(&edit, &fields).await.expect(303);
        assert_eq!(stored(&app, "Till").await, after);
    }
}

#[tokio::test]
async fn a_refused_form_says_why_beside_its_fields_and_does_not_repeat_the_settings() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let body = json!({ "name": "Till", "variant": "dummy" });
    let id = number(&root.post("/gateway-configs/", body).await.expect(201)["id"]);
    let (object, list) = (settings(), json!([SECRET]).to_string());
    for path in [NEW.to_owned(), format!("{LIST}{id}/edit/")] {
        let fields = [("name", ""), ("variant", ""), ("priority", ""), ("config", object.as_str())];
        let page = visitor.fill(&path, &fields).await.expect(400);
        page.hides(SECRET);
        for (name, text) in [
            ("name", "This field is required."),
            ("variant", "This field is required."),
            ("priority", "A valid integer is required."),
            ("config", "Enter them once more."),
        ] {
            check_below(&page, name, text);
        }
        for config in [list.as_str(), SECRET] {
            let fields = [("name", "Bank"), ("variant", "dummy"), ("config", config)];
            let page = visitor.fill(&path, &fields).await.expect(400);
            page.hides(SECRET);
            check_below(&page, "config", "Expected a dictionary of items");
        }
    }
    let fields = [("name", "Till"), ("variant", "dummy"), ("priority", "1")];
    let page = visitor.fill(NEW, &fields).await.expect(400);
    check_below(&page, "name", "already exists");
    assert_eq!(stored(&app, "Till").await, json!({}));
}

#[tokio::test]
async fn gateways_are_searched_and_filtered() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    for (name, variant, is_active) in [("Counter", "manual", true), ("Drawer", "dummy", false)] {
        let body = json!({ "name": name, "variant": variant, "is_active": is_active });
        root.post("/gateway-configs/", body).await.expect(201);
    }
    for query in ["?search=count", "?variant=manual", "?search=manual&is_active=true"] {
        let page = visitor.open(&format!("{LIST}{query}")).await.expect(200);
        page.shows("Counter").hides("Drawer");
    }
    let page = visitor.open(&format!("{LIST}?is_active=false")).await.expect(200);
    page.shows("Drawer").hides("Counter");
}

#[tokio::test]
async fn a_gateway_with_payments_tells_what_is_in_the_way_of_its_delete() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    let gateway = number(&shop.root.get("/gateways/").await.expect(200)[0]["id"]);
    let visitor = Visitor::signed_in(&shop.app.base, "root").await;
    let path = format!("{LIST}{gateway}/delete/");
    let page = visitor.open(&path).await.expect(200);
    page.shows("Cannot delete payment gateway with existing payments.").shows("1 payment");
    let refused = visitor.submit(&path, page.token().unwrap(), &[]).await.expect(400);
    refused.shows("In the way").shows("1 payment");
    visitor.open(&format!("{LIST}{gateway}/")).await.expect(200);
}

#[tokio::test]
async fn an_owner_has_no_gateways() {
    let (app, _) = root().await;
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    app.user(&root, "olga", Role::TenantOwner, Some(tenant)).await;
    let olga = Visitor::signed_in(&app.base, "olga").await;
    olga.open("/admin/plans/").await.expect(200).hides(LIST);
    let body = json!({ "name": "Till", "variant": "dummy" });
    let id = number(&root.post("/gateway-configs/", body).await.expect(201)["id"]);
    let before = root.get("/gateway-configs/").await.expect(200);
    for path in [LIST.to_owned(), format!("{LIST}{id}/")] {
        olga.open(&path).await.expect(403);
    }
    for path in [NEW.to_owned(), format!("{LIST}{id}/edit/"), format!("{LIST}{id}/delete/")] {
        olga.open(&path).await.expect(403);
        let fields = [("name", "Mine"), ("variant", "dummy")];
        olga.fill_to("/admin/plans/", &path, &fields).await.expect(403);
    }
    assert_eq!(root.get("/gateway-configs/").await.expect(200), before);
}
