//! Who does what to whom: what would be refused is not offered, and refused all the same.

use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, Visitor};

use super::{LIST, NEW, Site, check_below};
use crate::support::{Cast, Person, can_login, own, trail};

/// What can be done to a user, each with fields that would be taken.
const ACTS: [(&str, &[(&str, &str)]); 7] = [
    ("edit/", &[("email", "other@example.org")]),
    ("role/", &[("role", "subscriber")]),
    ("password/", &[("password", "brisk-Walrus-51")]),
    ("activate/", &[("is_active", "false")]),
    ("tokens/", &[]),
    ("anonymise/", &[]),
    ("delete/", &[]),
];

/// What a page of one's own account leads to.
const OWN: [&str; 2] = ["edit/", "export/"];

fn page_of(person: &Person) -> String {
    format!("{LIST}{}/", person.id)
}

/// Has somebody try everything on somebody else. Nothing may come of it.
async fn refuse_everything(cast: &Cast, visitor: &Visitor, target: &str, status: u16) {
    let before = own(&cast[target].api).await;
    let path = page_of(&cast[target]);
    let token = visitor.open(LIST).await.token().unwrap().to_owned();
    for (act, fields) in ACTS {
        let page = visitor.submit(&format!("{path}{act}"), &token, fields).await;
        assert_eq!(page.status, status, "{act} on {target}: {}", page.html);
        // With the person's own key, which is thereby shown to be alive.
        assert_eq!(own(&cast[target].api).await, before, "{act} on {target}");
    }
    assert!(can_login(&cast.app, target, PASSWORD).await);
}

#[tokio::test]
async fn an_owner_sees_the_own_tenant_and_nobody_else() {
    let cast = Cast::assemble().await;
    let visitor = Visitor::signed_in(&cast.app.base, "owner").await;
    let page = visitor.open(LIST).await.expect(200);
    page.shows(">member</a>").shows(">partner</a>").hides(">stranger</a>").hides(">admin</a>");
    page.hides("name=\"tenant\"");
    let page = visitor.open(&format!("{LIST}?tenant={}", cast.globex)).await.expect(200);
    page.hides(">stranger</a>").hides(">member</a>");
    let stranger = page_of(&cast["stranger"]);
    for rest in ["", "edit/", "role/", "password/", "delete/", "anonymise/", "export/"] {
        visitor.open(&format!("{stranger}{rest}")).await.expect(403);
        visitor.open(&format!("{LIST}999/{rest}")).await.expect(404);
    }
    refuse_everything(&cast, &visitor, "stranger", 403).await;
    assert!(trail(&cast["root"].api).await.is_empty());
}

#[tokio::test]
async fn an_owner_gives_no_role_but_subscriber_and_no_tenant() {
    let cast = Cast::assemble().await;
    let visitor = Visitor::signed_in(&cast.app.base, "owner").await;
    let role = format!("{}role/", page_of(&cast["partner"]));
    for path in [NEW, &role] {
        let page = visitor.open(path).await.expect(200);
        page.shows("<option value=\"subscriber\"").hides("name=\"tenant\"");
        page.hides("<option value=\"tenant_owner\"").hides("<option value=\"admin\"");
    }
    let page = visitor.fill(&role, &[("role", "tenant_owner")]).await.expect(403);
    page.shows("Can only assign Subscriber role").shows("<h1>Role of partner</h1>");
    let new = |role| [("username", "ada"), ("email", "ada@example.org"), ("role", role)];
    let password = [("password", PASSWORD)];
    let fields = [&new("tenant_owner")[..], &password].concat();
    visitor.fill(NEW, &fields).await.expect(403).shows("Can only assign Subscriber role.");
    assert_eq!(own(&cast["partner"].api).await["role"], "tenant_owner");

    // A tenant that is sent all the same does not count.
    let other = cast.globex.to_string();
    let fields = [&new("subscriber")[..], &password, &[("tenant", other.as_str())]].concat();
    let created = visitor.fill_to(NEW, NEW, &fields).await.expect(303);
    visitor.open(&created.location).await.expect(200).shows("Tenant acme");
    let fields = [("role", "subscriber"), ("tenant", &other)];
    let done = visitor.fill_to(&role, &role, &fields).await.expect(303);
    visitor.open(&done.location).await.expect(200).shows("Tenant acme").shows(">Subscriber</span>");
}

#[tokio::test]
async fn an_admin_does_nothing_to_a_superadmin() {
    let cast = Cast::assemble().await;
    let visitor = Visitor::signed_in(&cast.app.base, "admin").await;
    let boss = page_of(&cast["boss"]);
    let page = visitor.open(&boss).await.expect(200);
    for (act, _) in ACTS {
        page.hides(&format!("{boss}{act}"));
    }
    page.hides(&format!("{boss}export/")).hides("id=\"access\"");
    for form in ["edit/", "role/", "password/", "delete/", "anonymise/", "export/"] {
        visitor.open(&format!("{boss}{form}")).await.expect(403);
    }
    refuse_everything(&cast, &visitor, "boss", 403).await;
    let page = visitor.open(NEW).await.expect(200);
    page.shows("<option value=\"admin\"").hides("<option value=\"superadmin\"");
    let role = format!("{}role/", page_of(&cast["second"]));
    let page = visitor.fill(&role, &[("role", "superadmin")]).await.expect(403);
    page.shows("Cannot assign SuperAdmin role");
}

#[tokio::test]
async fn what_only_others_do_to_one_is_not_offered_to_oneself() {
    let cast = Cast::assemble().await;
    for name in ["root", "admin", "owner"] {
        let visitor = Visitor::signed_in(&cast.app.base, name).await;
        let path = page_of(&cast[name]);
        let page = visitor.open(&path).await.expect(200);
        for (act, _) in ACTS.iter().filter(|(act, _)| !OWN.contains(act)) {
            page.hides(&format!("{path}{act}"));
        }
        for rest in OWN {
            page.shows(&format!("{path}{rest}"));
        }
        let edit = format!("{path}edit/");
        visitor.open(&edit).await.expect(200).hides("name=\"is_active\"");
        let email = format!("{name}@hill.example");
        visitor.fill(&edit, &[("email", &email)]).await.expect(303);
        let before = own(&cast[name].api).await;
        assert_eq!((&before["email"], &before["is_active"]), (&email.into(), &true.into()));
        let token = visitor.open(LIST).await.token().unwrap().to_owned();
        for (act, fields) in ACTS.into_iter().filter(|(act, _)| !OWN.contains(act)) {
            visitor.submit(&format!("{path}{act}"), &token, fields).await.expect(400);
        }
        assert_eq!(own(&cast[name].api).await, before, "{name}");
    }
}

#[tokio::test]
async fn a_role_is_assigned_together_with_its_tenant() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let lake = site.app.tenant(&site.root, "lake").await.to_string();
    let path = format!("{sue}role/");
    let page = site.visitor.open(&path).await.expect(200);
    page.shows("<option value=\"subscriber\" selected>").shows("<option value=\"superadmin\"");
    page.shows(&format!("<option value=\"{}\" selected>Tenant hill", site.hill));

    let before = site.object(&sue).await;
    let none = [("role", "tenant_owner"), ("tenant", "")];
    let page = site.visitor.fill(&path, &none).await.expect(400);
    check_below(&page, "tenant", "This field is required.");
    page.shows("<option value=\"tenant_owner\" selected>");
    let unknown = [("role", "king"), ("tenant", lake.as_str())];
    site.visitor.fill(&path, &unknown).await.expect(400).shows("Invalid role");
    assert_eq!(site.object(&sue).await, before);

    let fields = [("role", "tenant_owner"), ("tenant", lake.as_str())];
    let done = site.visitor.fill(&path, &fields).await.expect(303);
    let page = site.visitor.open(&done.location).await.expect(200);
    page.shows("The role was assigned.").shows(">Tenant owner</span>").shows("Tenant lake");
}
