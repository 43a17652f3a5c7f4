//! Tenants in the console.

use wiwebb_domain::access::Role;
use wiwebb_tests::Visitor;

use super::{check_below, root};

const LIST: &str = "/admin/tenants/";
const NEW: &str = "/admin/tenants/new/";

#[tokio::test]
async fn a_tenant_is_created_shown_changed_and_deleted() {
    let (_app, visitor) = root().await;
    visitor.open(LIST).await.expect(200).shows("There are no tenants yet.");
    let fields = [("name", "Hill <Net>"), ("slug", "hill"), ("is_active", "true")];
    let created = visitor.fill(NEW, &fields).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("Hill &#60;Net&#62;").hides("<Net>");
    let own = created.location.split('?').next().unwrap().to_owned();

    let edit = format!("{own}edit/");
    visitor.open(&edit).await.expect(200).shows("value=\"hill\"");
    let fields = [("name", "Valley"), ("slug", "valley"), ("description", "Two\r\nlines")];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    let page = visitor.open(&saved.location).await.expect(200);
    page.shows("Saved.").shows("Valley").shows("Two\nlines").shows("Inactive");

    let delete = format!("{own}delete/");
    visitor.open(&delete).await.expect(200).shows("Nothing else depends on it.");
    let deleted = visitor.fill(&delete, &[]).await.expect(303);
    assert_eq!(deleted.location, "/admin/tenants/?done=deleted");
    visitor.open(&own).await.expect(404);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    app.tenant(&root, "hill").await;
    let fields =
        [("name", ""), ("slug", "two words"), ("email", "nobody"), ("description", "Kept")];
    let page = visitor.fill(NEW, &fields).await.expect(400);
    check_below(&page, "name", "This field is required.");
    check_below(&page, "slug", "Enter a valid");
    check_below(&page, "email", "Enter a valid email address.");
    page.shows("value=\"two words\"").shows("Kept").shows("aria-invalid=\"true\"");
    let fields = [("name", "Other"), ("slug", "hill")];
    let page = visitor.fill(NEW, &fields).await.expect(400);
    page.shows("already exists");
}

#[tokio::test]
async fn a_delete_that_is_refused_tells_what_is_in_its_way() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    let tenant = app.tenant(&root, "hill").await;
    app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let path = format!("{LIST}{tenant}/delete/");
    let page = visitor.open(&path).await.expect(200);
    page.shows("Cannot delete").shows("In the way").hides("class=\"danger\"");
    let token = page.token().unwrap();
    let refused = visitor.submit(&path, token, &[]).await.expect(400);
    refused.shows("Cannot delete").shows("In the way");
    visitor.open(&format!("{LIST}{tenant}/")).await.expect(200);
}

#[tokio::test]
async fn a_list_is_searched_filtered_ordered_and_paged() {
    let (app, visitor) = root().await;
    let root = app.login("root").await;
    for number in 10..40 {
        app.tenant(&root, &format!("net-{number}")).await;
    }
    let page = visitor.open(LIST).await.expect(200);
    page.shows("net-10").shows("net-34").hides("net-35").hides("rel=\"prev\"");
    let next = page.between("rel=\"next\" href=\"", "\"").unwrap().replace("&#38;", "&");
    let page = visitor.open(&format!("{LIST}{next}")).await.expect(200);
    page.shows("net-35").hides("net-34").shows("rel=\"prev\"").hides("rel=\"next\"");
    let page = visitor.open(&format!("{LIST}?ordering=-slug")).await.expect(200);
    page.shows("aria-sort=\"descending\"").shows("net-39").hides("net-10");
    visitor
        .open(&format!("{LIST}?search=net-17"))
        .await
        .expect(200)
        .shows("net-17")
        .hides("net-18");
    let none = visitor.open(&format!("{LIST}?is_active=false")).await.expect(200);
    none.shows("Nothing matches.");
    visitor.open(&format!("{LIST}?is_active=perhaps")).await.expect(400);
}

#[tokio::test]
async fn an_owner_sees_and_edits_the_own_tenant_and_no_other() {
    let (app, _) = root().await;
    let root = app.login("root").await;
    let (hill, lake) = (app.tenant(&root, "hill").await, app.tenant(&root, "lake").await);
    app.user(&root, "olga", Role::TenantOwner, Some(hill)).await;
    let olga = Visitor::signed_in(&app.base, "olga").await;
    let page = olga.open(LIST).await.expect(200);
    page.shows("hill").hides("lake").hides("New tenant");
    olga.open(NEW).await.expect(403);
    olga.open(&format!("{LIST}{hill}/")).await.expect(200).shows("Edit").hides("Delete");
    olga.open(&format!("{LIST}{lake}/")).await.expect(403);
    olga.open(&format!("{LIST}{hill}/delete/")).await.expect(403);
}

#[tokio::test]
async fn an_owner_creates_and_deletes_no_tenant_and_changes_no_other_by_sending_forms_either() {
    let (app, _) = root().await;
    let root = app.login("root").await;
    let (hill, lake) = (app.tenant(&root, "hill").await, app.tenant(&root, "lake").await);
    app.user(&root, "olga", Role::TenantOwner, Some(hill)).await;
    let olga = Visitor::signed_in(&app.base, "olga").await;
    let before = root.get("/tenants/").await.expect(200);
    let fields = [("name", "Mine"), ("slug", "mine"), ("is_active", "true")];
    for path in [
        NEW.to_owned(),
        format!("{LIST}{lake}/edit/"),
        format!("{LIST}{lake}/delete/"),
        format!("{LIST}{hill}/delete/"),
    ] {
        let page = olga.fill_to(LIST, &path, &fields).await;
        assert_eq!(page.status, 403, "{path}: {}", page.html);
        page.shows("You do not have permission to perform this action.");
        assert_eq!(root.get("/tenants/").await.expect(200), before, "{path}");
    }
    olga.fill_to(LIST, &format!("{LIST}{hill}/edit/"), &fields).await.expect(303);
}
