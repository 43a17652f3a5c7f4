//! The console, as those who run the business use it.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::PASSWORD;

use crate::browser::Browser;
use crate::world::World;

#[tokio::test]
async fn a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_go() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    browser.visit("/admin/tenants/?search=hill").await;
    browser.at("/account/sign-in/").await;
    browser.fill("Username or email", "root").await;
    browser.fill("Password", "wrong-Horse-7").await;
    browser.press("Sign in").await;
    browser.see("Unable to log in with provided credentials.").await;
    browser.check_page().await;
    browser.picture("sign-in-refused").await;

    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.at("/admin/tenants/").await;
    browser.see("Hill Net").await;
    assert!(!browser.text().await.contains("Lake Wireless"), "the search is still there");

    browser.press("Sign out").await;
    browser.see("You are signed out.").await;
    browser.visit("/admin/").await;
    browser.at("/account/sign-in/").await;
}

#[tokio::test]
async fn a_superadmin_creates_a_tenant_and_its_owner_and_edits_them() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    found_a_tenant(&world, &browser).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_superadmin_does_the_same_without_javascript() {
    let world = World::assemble().await;
    let Some(browser) = Browser::without_scripts(&world.app).await else { return };
    found_a_tenant(&world, &browser).await;
}

/// Makes the tenant Valley Net and its owner `vally`, with mistakes on the way.
async fn found_a_tenant(world: &World, browser: &Browser) {
    browser.sign_in("root").await;
    browser.follow("Tenants").await;
    browser.follow("New tenant").await;
    browser.at("/admin/tenants/new/").await;
    browser.fill("Name", "Valley Net").await;
    browser.fill("Slug", "hill-net").await;
    browser.fill("Email", "nobody").await;
    browser.press("Create").await;
    browser.see("Enter a valid email address.").await;
    assert_eq!(browser.wrong_with("Email").await, "Enter a valid email address.");
    assert_eq!(browser.wrong_with("Name").await, "");
    assert_eq!(browser.field("Name").await.value().await.unwrap().unwrap(), "Valley Net");

    browser.fill("Email", "office@valley.example").await;
    browser.press("Create").await;
    browser.see("tenant with this slug already exists.").await;
    assert_eq!(browser.wrong_with("Slug").await, "tenant with this slug already exists.");
    browser.fill("Slug", "valley-net").await;
    browser.press("Create").await;
    browser.see("Created.").await;
    browser.see("office@valley.example").await;

    browser.follow("Edit").await;
    browser.fill("Description", "Between the hills").await;
    browser.press("Save").await;
    browser.see("Saved.").await;
    browser.see("Between the hills").await;

    browser.follow("Users").await;
    browser.follow("New user").await;
    browser.at("/admin/users/new/").await;
    browser.fill("Username", "vally").await;
    browser.fill("Email", "vally@valley.example").await;
    browser.fill("Password", "short").await;
    browser.choose("Role", "Tenant owner").await;
    browser.press("Create").await;
    let short = "This password is too short. It must contain at least 8 characters.";
    browser.see(short).await;
    assert_eq!(browser.wrong_with("Password").await, short);
    browser.fill("Password", PASSWORD).await;
    browser.choose("Tenant", "Valley Net").await;
    browser.press("Create").await;
    browser.see("Created.").await;
    browser.follow("Edit").await;
    browser.fill("First name", "Vally").await;
    browser.press("Save").await;
    browser.see("Saved.").await;

    let vally = world.app.login("vally").await.get("/auth/user/").await.expect(200);
    let tenant = world.root.get("/tenants/?search=valley").await.expect(200)["results"][0].clone();
    assert_eq!(tenant["description"], "Between the hills");
    assert_eq!(
        (&vally["role"], &vally["tenant"]),
        (&json!(Role::TenantOwner.as_str()), &tenant["id"])
    );
    assert_eq!(vally["first_name"], "Vally");
}

#[tokio::test]
async fn a_delete_that_is_refused_tells_what_is_in_the_way() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    for (path, why, what) in [
        ("/admin/tenants/{hill}/", "Cannot delete tenant with existing users.", "2 users"),
        ("/admin/users/{sue}/", "Cannot delete user with existing payments.", "2 payments"),
    ] {
        browser.visit(&world.path(path)).await;
        browser.follow("Delete").await;
        browser.see(why).await;
        browser.see(what).await;
        browser.check_page().await;
        assert!(!browser.offers("Delete").await);
        browser.follow("Back").await;
        browser.at(&world.path(path)).await;
    }
}

#[tokio::test]
async fn a_delete_takes_along_what_its_preview_told() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.visit("/admin/users/?search=stan").await;
    browser.follow("stan").await;
    browser.follow("Delete").await;
    browser.see("Deleted along with it").await;
    browser.check_page().await;
    browser.press("Delete").await;
    browser.at("/admin/users/").await;
    browser.see("Deleted.").await;
    let left = world.root.get("/users/?search=stan").await.expect(200);
    assert_eq!(left["results"], json!([]));
}

#[tokio::test]
async fn an_owner_sees_the_own_tenant_and_nothing_else() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("olga").await else { return };
    browser.at("/admin/").await;
    browser.check_page().await;
    browser.picture("owner-dashboard").await;
    let nav = browser.of("nav[aria-label=Main]").await.text().await.unwrap();
    let expected = [
        "Dashboard",
        "Tenants",
        "Users",
        "Payments",
        "Payment log",
        "Plans",
        "Pricing",
        "Audit log",
        "Todos",
        "My account",
        "API",
    ];
    assert_eq!(nav.lines().collect::<Vec<_>>(), expected);

    browser.follow("Users").await;
    browser.see("olga").await;
    let users = browser.of("table").await.text().await.unwrap();
    assert!(users.contains("sue"), "{users}");
    for other in ["otto", "stan", "adam", "root"] {
        assert!(!users.contains(other), "{other} in {users}");
    }
    browser.picture("owner-users").await;
    for path in ["/admin/gateways/", "/admin/webhook-events/", "/admin/service-keys/"] {
        browser.visit(path).await;
        browser.see("Not allowed").await;
        assert_eq!(browser.status().await, 403, "{path}");
    }
    browser.visit(&format!("/admin/tenants/{}/", world.lake)).await;
    assert_eq!(browser.status().await, 403);
    let text = browser.text().await;
    assert!(!text.contains("Lake Wireless"), "{text}");
}

#[tokio::test]
async fn money_that_is_held_is_captured() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("adam").await else { return };
    browser.visit(&world.path("/admin/payments/{held}/")).await;
    browser.see("Preauthorised").await;
    browser.follow("Capture").await;
    browser.fill("Amount", "1000").await;
    browser.press("Capture").await;
    browser.see("Capture exceeds the authorised amount.").await;
    assert_eq!(browser.wrong_with("Amount").await, "Capture exceeds the authorised amount.");
    browser.fill("Amount", "").await;
    browser.press("Capture").await;
    browser.see("The payment was updated.").await;
    let held = world.root.get(&world.path("/payments/{held}/")).await.expect(200);
    assert_eq!(held["status"], "confirmed");
}

#[tokio::test]
async fn a_key_of_equipment_is_shown_once() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.follow("Service keys").await;
    browser.follow("New key").await;
    browser.fill("Name", "Roof").await;
    browser.press("Create").await;
    browser.see("It is not shown again").await;
    browser.picture("console-service-key-created").await;
    assert_eq!(browser.faults_anywhere().await, Vec::<String>::new());
    let key = browser.of("pre code").await.text().await.unwrap();
    let equipment = world.app.anonymous().with_key(&key);
    equipment.get("/network/usage/sue/").await.expect(200);
    browser.follow("Service keys").await;
    browser.see("Roof").await;
    assert!(!browser.text().await.contains(&key));
}

#[tokio::test]
async fn a_report_that_led_nowhere_is_replayed_from_the_inbox() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.follow("Webhook inbox").await;
    browser.follow("evt_1").await;
    browser.press("Replay").await;
    browser.see("The event was replayed.").await;
    browser.check_page().await;
    let event = world.root.get(&world.path("/webhook-events/{event}/")).await.expect(200);
    assert_eq!(event["tries"], 2);
}
