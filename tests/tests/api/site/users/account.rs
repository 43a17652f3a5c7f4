//! Password, activity, keys, and the end of an account.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, Visitor};

use super::{LIST, Site, check_below};
use crate::subscriptions::Shop;
use crate::support::{can_login, check_dead};

const OTHER: &str = "brisk-Walrus-51";

#[tokio::test]
async fn a_deactivation_ends_every_session_and_an_activation_lets_in_again() {
    let site = Site::new().await;
    let otto = site.member("otto", Role::TenantOwner).await;
    let session = Visitor::signed_in(&site.app.base, "otto").await;
    let client = site.app.login("otto").await;
    session.open(LIST).await.expect(200);
    let act = format!("{otto}activate/");
    let done = site.visitor.fill_to(&otto, &act, &[("is_active", "false")]).await.expect(303);
    assert_eq!(done.location, format!("{otto}?done=activity"));
    let page = site.visitor.open(&done.location).await.expect(200);
    page.shows(">Inactive</span>").shows(">Activate</button>").hides(">Deactivate</button>");
    session.open(LIST).await.expect(303);
    check_dead("key", &client).await;
    assert!(!can_login(&site.app, "otto", PASSWORD).await);

    assert_eq!(page.hidden("is_active"), Some("true"));
    let done = site.visitor.fill_to(&otto, &act, &[("is_active", "true")]).await.expect(303);
    site.visitor.open(&done.location).await.expect(200).shows(">Deactivate</button>");
    assert!(can_login(&site.app, "otto", PASSWORD).await);
}

#[tokio::test]
async fn acts_are_not_done_by_links() {
    let site = Site::new().await;
    let otto = site.member("otto", Role::TenantOwner).await;
    for act in ["activate/", "tokens/"] {
        site.visitor.open(&format!("{otto}{act}")).await.expect(405);
    }
    assert!(can_login(&site.app, "otto", PASSWORD).await);
}

#[tokio::test]
async fn revoked_keys_end_sessions_and_leave_the_password() {
    let site = Site::new().await;
    let otto = site.member("otto", Role::TenantOwner).await;
    let session = Visitor::signed_in(&site.app.base, "otto").await;
    let client = site.app.login("otto").await;
    let done = site.visitor.fill_to(&otto, &format!("{otto}tokens/"), &[]).await.expect(303);
    site.visitor.open(&done.location).await.expect(200).shows("The keys were revoked.");
    session.open(LIST).await.expect(303);
    check_dead("key", &client).await;
    assert!(can_login(&site.app, "otto", PASSWORD).await);
}

#[tokio::test]
async fn a_password_is_set_unless_it_is_weak() {
    let site = Site::new().await;
    let otto = site.member("otto", Role::TenantOwner).await;
    let session = Visitor::signed_in(&site.app.base, "otto").await;
    let path = format!("{otto}password/");
    for (weak, message) in [
        ("", "This field is required."),
        ("ab-1", "This password is too short. It must contain at least 8 characters."),
        ("otto@example.org", "The password is too similar to the"),
    ] {
        let page = site.visitor.fill(&path, &[("password", weak)]).await.expect(400);
        check_below(&page, "password", message);
    }
    session.open(LIST).await.expect(200);
    let page = site.visitor.fill(&path, &[("password", "9".repeat(9).as_str())]).await.expect(400);
    page.hides("999999999");

    let done = site.visitor.fill(&path, &[("password", OTHER)]).await.expect(303);
    site.visitor.open(&done.location).await.expect(200).shows("The password was set.");
    session.open(LIST).await.expect(303);
    assert!(can_login(&site.app, "otto", OTHER).await);
    assert!(!can_login(&site.app, "otto", PASSWORD).await);
}

#[tokio::test]
async fn a_delete_tells_first_what_goes_along() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let client = site.app.login("sue").await;
    client.post("/todos/", json!({ "task": "Call" })).await.expect(201);
    let path = format!("{sue}delete/");
    let page = site.visitor.open(&path).await.expect(200);
    page.shows("<h1>Delete the user sue</h1>").shows("Deleted along with it").shows("1 todo");
    let deleted = site.visitor.fill(&path, &[]).await.expect(303);
    assert_eq!(deleted.location, "/admin/users/?done=deleted");
    site.visitor.open(&sue).await.expect(404);
    check_dead("key", &client).await;
}

#[tokio::test]
async fn a_user_with_payments_stays() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let sue = super::page_of(&shop.sue).await;
    let visitor = Visitor::signed_in(&shop.app.base, "root").await;
    let path = format!("{sue}delete/");
    let page = visitor.open(&path).await.expect(200);
    page.shows("Cannot delete user with existing payments.").shows("1 payment");
    page.hides("class=\"danger\"");
    let refused = visitor.submit(&path, page.token().unwrap(), &[]).await.expect(400);
    refused.shows("Cannot delete user with existing payments.").shows("1 payment");
    visitor.open(&sue).await.expect(200).shows("<h1>sue</h1>");
}

#[tokio::test]
async fn what_is_kept_about_a_user_comes_as_a_file_that_nobody_keeps_by_the_way() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let id = site.object(&sue).await["id"].clone();
    let path = format!("{sue}export/");
    site.visitor.open(&sue).await.expect(200).shows(&format!("href=\"{path}\""));
    let file = site.visitor.open(&path).await.expect(200);
    let name = format!("attachment; filename=\"wiwebb-user-{id}.json\"");
    assert_eq!(file.headers["content-disposition"], name);
    assert_eq!(file.headers["content-type"], "application/json");
    assert_eq!(file.headers["cache-control"], "no-store");
    let document: Value = serde_json::from_str(&file.html).unwrap();
    assert_eq!(document["user"]["username"], "sue");
}

#[tokio::test]
async fn a_user_is_anonymised_after_a_confirmation() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let path = format!("{sue}anonymise/");
    let page = site.visitor.open(&path).await.expect(200);
    page.shows("<h1>Anonymise sue</h1>").shows("class=\"danger\"");
    assert_eq!(site.object(&sue).await["username"], "sue");
    let done = site.visitor.fill(&path, &[]).await.expect(303);
    let page = site.visitor.open(&done.location).await.expect(200);
    page.shows("Nothing tells any more who the person was.");
    page.shows("@deleted.invalid").shows(">Inactive</span>").hides("sue");
    // Nobody comes back as who is forgotten.
    let act = format!("{sue}activate/");
    site.visitor.fill_to(&sue, &act, &[("is_active", "true")]).await.expect(400);
    assert_eq!(site.object(&sue).await["is_active"], false);
}

#[tokio::test]
async fn whoever_still_has_a_plan_is_not_anonymised() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    shop.subscribe(plan).await;
    let sue = super::page_of(&shop.sue).await;
    let visitor = Visitor::signed_in(&shop.app.base, "root").await;
    let page = visitor.fill(&format!("{sue}anonymise/"), &[]).await.expect(400);
    page.shows("Cannot anonymise user with an active subscription.");
    visitor.open(&sue).await.expect(200).shows("<h1>sue</h1>");
}

#[tokio::test]
async fn no_act_is_done_without_the_sites_own_text() {
    let site = Site::new().await;
    let sue = site.member("sue", Role::Subscriber).await;
    let before = site.object(&sue).await;
    for (act, fields) in [
        ("edit/", "email=other@example.org"),
        ("role/", "role=admin"),
        ("password/", "password=brisk-Walrus-51"),
        ("activate/", "is_active=false"),
        ("tokens/", ""),
        ("delete/", ""),
        ("anonymise/", ""),
    ] {
        let path = format!("{sue}{act}");
        site.visitor.send(Method::POST, &path, Some(fields.to_owned())).await.expect(403);
        assert_eq!(site.object(&sue).await, before, "{act}");
    }
    assert!(can_login(&site.app, "sue", PASSWORD).await);
}
