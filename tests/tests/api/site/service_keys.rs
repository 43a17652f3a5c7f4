//! Keys of network equipment in the console.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, Page, TestApp, Visitor};

use super::check_below;

const LIST: &str = "/admin/service-keys/";
const NEW: &str = "/admin/service-keys/new/";

struct Console {
    app: TestApp,
    root: Client,
    tenant: i64,
    visitor: Visitor,
}

impl Console {
    /// With a tenant and its subscriber `sue`.
    async fn open() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let tenant = app.tenant(&root, "hill").await;
        app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
        let visitor = Visitor::signed_in(&app.base, "root").await;
        Self { app, root, tenant, visitor }
    }

    /// What equipment with a key is answered that asks for `sue`.
    async fn authorize(&self, key: &str) -> u16 {
        let equipment = self.app.anonymous().with_key(key);
        equipment.post("/network/authorize/", json!({ "User-Name": "sue" })).await.status
    }
}

/// The key that a page shows.
fn shown_key(page: &Page) -> String {
    let key = page.between("<code>", "</code>").unwrap().to_owned();
    assert!(key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    key
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_deleted() {
    let console = Console::open().await;
    let visitor = &console.visitor;
    visitor.open(LIST).await.expect(200).shows("There are no keys yet.");
    let made = visitor.fill(NEW, &[("name", "Roof"), ("tenant", "")]).await.expect(201);
    made.shows("Roof").shows("Everybody");
    assert_eq!(made.headers["cache-control"], "no-store");
    let key = shown_key(&made);
    assert_eq!(console.authorize(&key).await, 200);

    let list = visitor.open(LIST).await.expect(200);
    list.shows("Roof").hides(&key);
    let path = list.between("<td><a href=\"/admin/service-keys/", "\"").unwrap();
    let delete = format!("{LIST}{path}");
    visitor.open(&delete).await.expect(200).shows("Roof").hides(&key);
    let deleted = visitor.fill(&delete, &[]).await.expect(303);
    assert_eq!(deleted.location, "/admin/service-keys/?done=deleted");
    assert_eq!(console.authorize(&key).await, 401);
    visitor.open(&delete).await.expect(404);
}

#[tokio::test]
async fn a_key_of_a_tenant_reaches_its_users_alone() {
    let console = Console::open().await;
    let lake = console.app.tenant(&console.root, "lake").await;
    let make = async |tenant: i64| {
        let tenant = tenant.to_string();
        console.visitor.fill(NEW, &[("name", "Roof"), ("tenant", &tenant)]).await.expect(201)
    };
    let hill = make(console.tenant).await;
    hill.shows(&format!("/admin/tenants/{}/", console.tenant));
    assert_eq!(console.authorize(&shown_key(&hill)).await, 200);
    let foreign = shown_key(&make(lake).await);
    let equipment = console.app.anonymous().with_key(&foreign);
    let answer = equipment.post("/network/authorize/", json!({ "User-Name": "sue" })).await;
    assert_eq!(answer.body["control:Auth-Type"], "Reject", "{}", answer.body);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let console = Console::open().await;
    for (name, tenant, field, text) in [
        ("", "", "name", "This field is required."),
        ("Roof", "999", "tenant", "object does not exist."),
        ("Roof", "hill", "tenant", "Incorrect type."),
    ] {
        let fields = [("name", name), ("tenant", tenant)];
        let page = console.visitor.fill(NEW, &fields).await.expect(400);
        check_below(&page, field, text);
    }
    assert_eq!(console.root.get("/service-keys/").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn an_owner_has_no_keys() {
    let console = Console::open().await;
    let root = &console.root;
    let key = root.post("/service-keys/", json!({ "name": "Roof" })).await.expect(201);
    console.app.user(root, "olga", Role::TenantOwner, Some(console.tenant)).await;
    let olga = Visitor::signed_in(&console.app.base, "olga").await;
    let delete = format!("{LIST}{}/delete/", key["id"]);
    for path in [LIST, NEW, &delete] {
        olga.open(path).await.expect(403);
    }
    for path in [NEW, &delete] {
        olga.fill_to("/admin/plans/", path, &[("name", "Mine")]).await.expect(403);
    }
    assert_eq!(root.get("/service-keys/").await.expect(200)["count"], 1);
}
