//! Pages in other states than those in which the walk finds them.

use serde_json::{Value, json};
use wiwebb_tests::{NO_RATES, TestApp};

use crate::browser::Browser;
use crate::walk::CONSOLE;
use crate::world::World;

#[tokio::test]
async fn everybody_can_use_the_console_as_the_owner_of_a_tenant_sees_it() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("olga").await else { return };
    let mut wrong = Vec::new();
    let mut shown = 0;
    for (_, path) in CONSOLE {
        let path = world.path(path);
        browser.visit(&path).await;
        let status = browser.status().await;
        assert!([200, 400, 403, 404].contains(&status), "{path}: {status}");
        if status == 200 {
            shown += 1;
            wrong.extend(browser.faults_anywhere().await);
        }
    }
    assert!(shown > 15, "{shown}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn everybody_can_use_the_account_of_a_member_of_staff() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("adam").await else { return };
    let pages = [
        "/account/",
        "/account/plans/",
        "/account/plans/{gold}/?pricing={price}",
        "/account/payments/",
        "/account/profile/",
        "/account/password/",
        "/account/keys/",
    ];
    browser.check_pages(200, pages.map(|path| world.path(path))).await;
}

#[tokio::test]
async fn everybody_can_see_what_a_change_of_plan_would_cost() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    let platinum = json!({ "name": "Platinum", "description": "Without any limit." });
    let platinum = world.root.post("/subscriptions/plans/", platinum).await.expect(201);
    let own = format!("/subscriptions/plans/{}/pricing/", platinum["id"]);
    let price = world.root.post(&own, json!({ "amount": "49.90" })).await.expect(201);
    let dearer = format!("/account/plans/{}/?pricing={}", platinum["id"], price["id"]);
    browser.visit(&dearer).await;
    browser.see("Change to Platinum").await;
    browser.see("Due now").await;
    browser.check_pages(200, ["/account/plans/".to_owned(), dearer]).await;
    browser.check_pages(200, [world.path("/account/plans/{basic}/")]).await;
}

#[tokio::test]
async fn everybody_can_use_the_pages_of_payments_that_are_settled() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    let path =
        |payment: &Value| format!("/checkout/{}/", payment["transaction_id"].as_str().unwrap());
    let paid = world.path("/payments/{paid}/");
    let refunded = world.root.post(&format!("{paid}refund_payment/"), json!({})).await.expect(200);
    assert_eq!(refunded["status"], "refunded");
    let refunded = path(&world.root.get(&paid).await.expect(200));
    let held = path(&world.root.get(&world.path("/payments/{held}/")).await.expect(200));
    let desk = path(&world.root.get(&world.path("/payments/{desk}/")).await.expect(200));
    for (page, told) in [
        (&refunded, "The payment was given back."),
        (&held, "Thank you."),
        (&desk, "Please pay as agreed."),
    ] {
        browser.visit(page).await;
        browser.see(told).await;
    }
    browser.check_pages(200, [refunded, held, desk]).await;

    browser.visit(&world.checkout).await;
    browser.press("Decline").await;
    browser.see("The payment was declined.").await;
    browser.check_pages(200, [world.checkout.clone()]).await;
    browser.check_pages(404, ["/checkout/nowhere/".to_owned()]).await;
}

#[tokio::test]
async fn everybody_can_use_the_pages_of_payments_that_came_to_nothing() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    let address = format!("{}{}", world.app.base, world.checkout);
    world.app.anonymous().post(&address, json!({ "outcome": "rejected" })).await.expect(200);
    let refund = world.path("/payments/{paid}/refund_payment/");
    world.root.post(&refund, json!({ "amount": "5.00", "reason": "Rain" })).await.expect(200);
    let pages = ["/account/payments/{open}/", "/account/payments/{paid}/", "/account/payments/"];
    browser.check_pages(200, pages.map(|path| world.path(path))).await;
    let root = world.browser_of("root").await.unwrap();
    let pages = ["/admin/payments/{open}/", "/admin/payments/{paid}/", "/admin/payments/{held}/"];
    root.check_pages(200, pages.map(|path| world.path(path))).await;
}

#[tokio::test]
async fn everybody_can_use_the_pages_that_refuse() {
    let world = World::assemble().await;
    let Some(owner) = world.browser_of("olga").await else { return };
    owner.check_pages(403, ["/admin/gateways/", "/admin/tenants/new/"].map(str::to_owned)).await;
    let posts = ["/admin/users/{sue}/activate/", "/account/sign-out/"];
    owner.check_pages(405, posts.map(|path| world.path(path))).await;
    let nowhere = ["/account/payments/999999/", "/api/docs/nowhere/"];
    owner.check_pages(404, nowhere.map(str::to_owned)).await;
    let admin = world.browser_of("adam").await.unwrap();
    admin.check_pages(400, [world.path("/admin/payments/{paid}/confirm/")]).await;
    admin.check_pages(403, [world.path("/admin/users/{root}/role/")]).await;
}

#[tokio::test]
async fn everybody_can_use_the_page_that_tells_whoever_is_too_fast() {
    for (limit, path, who) in [
        ("WIWEBB_ANON_RATE", "/account/register/", None),
        ("WIWEBB_USER_RATE", "/account/", Some("root")),
    ] {
        let others = NO_RATES.into_iter().filter(|(name, _)| *name != limit);
        let settings: Vec<(&str, &str)> = others.chain([(limit, "5/hour")]).collect();
        let app = TestApp::configured(&settings).await;
        app.superadmin().await;
        let Some(browser) = Browser::open(&app).await else { return };
        if let Some(name) = who {
            browser.sign_in(name).await;
        }
        let mut tries = 0;
        while {
            browser.visit(path).await;
            browser.status().await
        } != 429
        {
            tries += 1;
            assert!(tries < 10, "{path} is never refused");
        }
        browser.see("Too many requests").await;
        browser.check_pages(429, [path.to_owned()]).await;
    }
}
