//! The audit log in the console.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, Visitor};

use crate::subscriptions::number;
use crate::support::{Person, trail};

const LIST: &str = "/admin/audit-logs/";

struct Console {
    app: TestApp,
    root: Client,
    tenant: i64,
    sue: Person,
    visitor: Visitor,
}

impl Console {
    /// With a tenant and its subscriber `sue`.
    async fn open() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let tenant = app.tenant(&root, "hill").await;
        let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
        let sue = Person::holding(sue).await;
        let visitor = Visitor::signed_in(&app.base, "root").await;
        Self { app, root, tenant, sue, visitor }
    }

    async fn activate(&self, person: &Person, is_active: bool) {
        let body = json!({ "is_active": is_active });
        self.root.post(&person.path("activate/"), body).await.expect(200);
    }
}

#[tokio::test]
async fn what_the_console_changes_is_in_the_log_with_before_and_after() {
    let console = Console::open().await;
    let visitor = &console.visitor;
    visitor.open(LIST).await.expect(200).shows("There are no entries yet.");
    let path = format!("/admin/users/{}/role/", console.sue.id);
    let tenant = console.tenant.to_string();
    let fields = [("role", "tenant_owner"), ("tenant", tenant.as_str())];
    visitor.fill(&path, &fields).await.expect(303);

    let list = visitor.open(LIST).await.expect(200);
    list.shows("Role changed").shows(&format!("/admin/users/{}/\">sue</a>", console.sue.id));
    let id = list.between("<td><a href=\"/admin/audit-logs/", "/").unwrap();
    let page = visitor.open(&format!("{LIST}{id}/")).await.expect(200);
    let table = page.between("<tbody>", "</tbody>").unwrap();
    assert!(table.contains("<td>role</td><td>subscriber</td><td>tenant_owner</td>"), "{table}");
    assert!(!table.contains("changed by"), "{table}");
    page.shows("&#34;changed_by&#34;: &#34;root@example.org&#34;");
}

#[tokio::test]
async fn an_entry_that_changed_nothing_to_compare_shows_its_details_alone() {
    let console = Console::open().await;
    let body = json!({ "password": "Quiet-River-31" });
    console.root.post(&console.sue.path("set-password/"), body).await.expect(200);
    let id = number(&trail(&console.root).await[0]["id"]);
    let page = console.visitor.open(&format!("{LIST}{id}/")).await.expect(200);
    page.shows("Password reset").shows("changed_by").hides("Changes").hides("Quiet-River-31");
}

#[tokio::test]
async fn entries_are_filtered_and_the_newest_stands_first() {
    let console = Console::open().await;
    console.activate(&console.sue, false).await;
    console.app.clock.advance(chrono::Duration::minutes(1));
    let role = json!({ "role": "tenant_owner" });
    console.root.post(&console.sue.path("assign-role/"), role).await.expect(200);
    let open =
        async |query: &str| console.visitor.open(&format!("{LIST}{query}")).await.expect(200);
    // The words stand in the filter, too.
    let (role, activity) = ("<td>Role changed</td>", "<td>Activation changed</td>");
    let all = open("").await.html;
    assert!(all.contains(activity) && all.find(role) < all.find(activity), "{all}");
    open("?action=role_changed").await.shows(role).hides(activity);
    open(&format!("?target={}", console.sue.id)).await.shows(role).shows(activity);
    open(&format!("?actor={}", console.sue.id)).await.shows("Nothing matches.");
    open("?timestamp_after=2000-01-01").await.shows(role);
    open("?timestamp_before=2000-01-01").await.shows("Nothing matches.");
    let up = open("?ordering=timestamp").await.html;
    assert!(up.find(activity) < up.find(role), "{up}");
}

#[tokio::test]
async fn an_owner_sees_what_concerns_the_own_tenant_and_nothing_else() {
    let console = Console::open().await;
    let root = &console.root;
    console.app.user(root, "olga", Role::TenantOwner, Some(console.tenant)).await;
    let lake = console.app.tenant(root, "lake").await;
    let zelda = console.app.user(root, "zelda", Role::Subscriber, Some(lake)).await;
    let zelda = Person::holding(zelda).await;
    console.activate(&console.sue, false).await;
    console.app.clock.advance(chrono::Duration::minutes(1));
    console.activate(&zelda, false).await;
    let entries = trail(root).await;
    let (own, foreign) = (number(&entries[0]["id"]), number(&entries[1]["id"]));

    let olga = Visitor::signed_in(&console.app.base, "olga").await;
    let list = olga.open(LIST).await.expect(200);
    list.shows(&format!("/admin/users/{}/\">sue</a>", console.sue.id)).hides("zelda");
    let root_id = number(&entries[0]["actor"]);
    list.shows("<td>root</td>").hides(&format!("/admin/users/{root_id}/"));
    olga.open(&format!("{LIST}{own}/")).await.expect(200).shows("Activation changed");
    olga.open(&format!("{LIST}{foreign}/")).await.expect(403);
    olga.open(&format!("{LIST}{}/", foreign + 1)).await.expect(404);
}

#[tokio::test]
async fn no_entry_can_be_written() {
    let console = Console::open().await;
    console.activate(&console.sue, false).await;
    let id = number(&trail(&console.root).await[0]["id"]);
    console.visitor.fill_to(LIST, &format!("{LIST}{id}/"), &[]).await.expect(405);
    console.visitor.fill(LIST, &[("action", "role_changed")]).await.expect(405);
    assert_eq!(trail(&console.root).await.len(), 1);
}

#[tokio::test]
async fn entries_are_searched_by_action_and_by_the_people_in_them() {
    let console = Console::open().await;
    let tenant = Some(console.tenant);
    let zelda = console.app.user(&console.root, "zelda", Role::Subscriber, tenant).await;
    let zelda = Person::holding(zelda).await;
    console.activate(&console.sue, false).await;
    let role = json!({ "role": "tenant_owner" });
    console.root.post(&zelda.path("assign-role/"), role).await.expect(200);
    for (words, shown) in [
        ("SUE", [true, false]),
        ("zelda", [false, true]),
        ("root", [true, true]),
        ("role_", [false, true]),
        ("activation,sue", [true, false]),
        ("zelda,sue", [false, false]),
    ] {
        let list = console.visitor.open(&format!("{LIST}?search={words}")).await.expect(200);
        let found = ["sue", "zelda"].map(|name| list.html.contains(&format!(">{name}</a>")));
        assert_eq!(found, shown, "{words}");
    }
}
