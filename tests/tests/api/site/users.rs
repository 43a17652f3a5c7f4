//! Users in the console.

mod account;
mod reach;
mod standing;

use serde_json::Value;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, TestApp, Visitor};

use super::check_below;

const LIST: &str = "/admin/users/";
const NEW: &str = "/admin/users/new/";

/// A server with a tenant and `root`, who looks at its pages.
struct Site {
    app: TestApp,
    root: Client,
    visitor: Visitor,
    hill: i64,
}

impl Site {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let hill = app.tenant(&root, "hill").await;
        let visitor = Visitor::signed_in(&app.base, "root").await;
        Self { app, root, visitor, hill }
    }

    /// Somebody of the tenant, by the page that shows the person.
    async fn member(&self, name: &str, role: Role) -> String {
        let client = self.app.user(&self.root, name, role, Some(self.hill)).await;
        page_of(&client).await
    }

    /// The user object behind a page.
    async fn object(&self, page: &str) -> Value {
        let path = page.strip_prefix("/admin").unwrap();
        self.root.get(path).await.expect(200)
    }
}

/// The page in the console of whoever holds the client's key.
async fn page_of(client: &Client) -> String {
    format!("{LIST}{}/", crate::support::own(client).await["id"])
}

#[tokio::test]
async fn a_user_is_created_shown_and_changed() {
    let site = Site::new().await;
    let (visitor, hill) = (&site.visitor, site.hill);
    visitor.open(NEW).await.expect(200).shows(">Tenant hill</option>");
    let tenant = hill.to_string();
    let fields = [
        ("username", "ada"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("role", "subscriber"),
        ("tenant", &tenant),
        ("is_active", "true"),
        ("first_name", "Ada <b>"),
        ("url", "https://ada.example"),
    ];
    let created = visitor.fill(NEW, &fields).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("<h1>ada</h1>").shows("Ada &#60;b&#62;").hides("<b>");
    page.shows(&format!("<a href=\"/admin/tenants/{hill}/\">Tenant hill</a>"));
    page.shows(">Subscriber</span>").shows(">Active</span>").hides(PASSWORD);
    let own = created.location.split('?').next().unwrap().to_owned();

    let edit = format!("{own}edit/");
    let page = visitor.open(&edit).await.expect(200);
    page.shows("value=\"ada@example.org\"").shows("value=\"Ada &#60;b&#62;\"");
    let fields = [
        ("email", "ada@hill.example"),
        ("first_name", ""),
        ("url", ""),
        ("bio", "Two\r\nlines"),
        ("birth_date", "1990-12-10"),
        ("phone_number", "+44 20 7946 0000"),
    ];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    let page = visitor.open(&saved.location).await.expect(200);
    page.shows("Saved.").shows("ada@hill.example").shows("Two\nlines").shows("1990-12-10");
    page.shows(">Inactive</span>").hides("Ada &#60;b&#62;").hides("https://ada.example");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost_but_the_password() {
    let site = Site::new().await;
    site.member("ada", Role::Subscriber).await;
    let fields = [
        ("username", "two words"),
        ("email", "nobody"),
        ("password", "31415926"),
        ("role", "subscriber"),
        ("company", "Kept"),
        ("birth_date", "tomorrow"),
    ];
    let page = site.visitor.fill(NEW, &fields).await.expect(400);
    for (name, message) in [
        ("username", "Enter a valid username."),
        ("email", "Enter a valid email address."),
        ("password", "This password is entirely numeric."),
        ("birth_date", "Date has wrong format."),
    ] {
        check_below(&page, name, message);
    }
    page.shows("value=\"two words\"").shows("value=\"Kept\"").hides("31415926");

    let fields = [
        ("username", "ada"),
        ("email", "ADA@example.org"),
        ("password", "quite-Unlike-9"),
        ("role", "subscriber"),
        ("tenant", ""),
    ];
    let page = site.visitor.fill(NEW, &fields).await.expect(400);
    for (name, message) in [
        ("username", "A user with that username already exists."),
        ("email", "user with this email already exists."),
        ("tenant", "This field is required."),
    ] {
        check_below(&page, name, message);
    }
    assert_eq!(site.root.get("/users/").await.expect(200)["count"], 2);
}

#[tokio::test]
async fn an_edit_that_is_refused_keeps_what_was_typed_and_changes_nothing() {
    let site = Site::new().await;
    let ada = site.member("ada", Role::Subscriber).await;
    let before = site.object(&ada).await;
    let fields = [("email", "root@example.org"), ("location", "Hillview"), ("is_active", "true")];
    let page = site.visitor.fill(&format!("{ada}edit/"), &fields).await.expect(400);
    check_below(&page, "email", "already exists");
    page.shows("value=\"Hillview\"").shows("<h1>Edit ada</h1>");
    assert_eq!(site.object(&ada).await, before);
}

#[tokio::test]
async fn where_there_are_too_many_tenants_to_choose_from_the_id_is_typed() {
    let site = Site::new().await;
    let page = site.visitor.open(NEW).await.expect(200);
    page.shows("<select id=\"tenant\"").hides("inputmode=\"numeric\"");
    sqlx::query(
        "INSERT INTO api_tenant (name, slug, uuid) \
         SELECT 'Net ' || n, 'net-' || n, gen_random_uuid() FROM generate_series(1, 100) AS n",
    )
    .execute(&site.app.pool)
    .await
    .unwrap();
    let page = site.visitor.open(NEW).await.expect(200);
    page.hides("<select id=\"tenant\"").shows("inputmode=\"numeric\"");
    let tenant = site.hill.to_string();
    let fields = [
        ("username", "ada"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("role", "subscriber"),
        ("tenant", &tenant),
    ];
    let created = site.visitor.fill(NEW, &fields).await.expect(303);
    site.visitor.open(&created.location).await.expect(200).shows("Tenant hill");
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_ordered() {
    let cast = crate::support::Cast::assemble().await;
    let visitor = Visitor::signed_in(&cast.app.base, "root").await;
    let page = visitor.open(LIST).await.expect(200);
    page.shows(">member</a>").shows(">stranger</a>").shows("New user");
    page.shows(&format!("<a href=\"/admin/tenants/{}/\">Tenant acme</a>", cast.acme));
    let open = async |query: &str| visitor.open(&format!("{LIST}?{query}")).await;
    let page = open("search=strang").await.expect(200);
    page.shows(">stranger</a>").hides(">member</a>");
    let page = open("role=admin").await.expect(200);
    page.shows(">attached</a>").hides(">member</a>").hides(">boss</a>");
    let page = open(&format!("tenant={}", cast.globex)).await.expect(200);
    page.shows(">rival</a>").hides(">member</a>");
    open("is_active=false").await.expect(200).shows("Nothing matches.");
    open("role=king").await.expect(400);
    let page = open("ordering=-username").await.expect(200);
    page.shows("aria-sort=\"descending\"");
    let (first, last) = (page.html.find(">stranger</a>"), page.html.find(">admin</a>"));
    assert!(first.unwrap() < last.unwrap());
}
