//! Two servers on one database, which is all they share.

use std::time::Duration;

use serde_json::json;
use wiwebb_tests::stripe::Fault;
use wiwebb_tests::{Client, PASSWORD};

use super::load;
use crate::site::{Server, Site};

async fn site() -> (Site, [Server; 2]) {
    let (site, first) = Site::new().await;
    let second = site.serve().await;
    (site, [first, second])
}

/// Creates a user at a server, who is signed in there.
async fn user(root: &Client, name: &str, role: &str) -> (serde_json::Value, Client) {
    let tenant = json!({ "name": format!("Tenant of {name}"), "slug": format!("of-{name}") });
    let tenant = root.post("/tenants/", tenant).await.expect(201)["id"].clone();
    let body = json!({
        "username": name, "email": format!("{name}@example.org"), "password": PASSWORD,
        "role": role, "tenant": tenant,
    });
    let id = root.post("/users/", body).await.expect(201)["id"].clone();
    (id, root.login(name, PASSWORD).await)
}

/// The same client at another server.
fn at(site: &Site, server: &Server, client: &Client) -> Client {
    site.client(server).with_key(client.key().unwrap())
}

#[tokio::test]
async fn a_key_of_one_server_is_good_at_the_other_and_dead_there_at_once() {
    let (site, [one, other]) = site().await;
    let root = site.client(&one);
    let (id, ada) = user(&root, "ada", "subscriber").await;
    let elsewhere = at(&site, &other, &ada);
    assert_eq!(elsewhere.get("/auth/user/").await.expect(200)["username"], "ada");
    ada.post("/auth/logout/", json!({})).await.expect(200);
    elsewhere.get("/auth/user/").await.expect(401);

    let ada = root.login("ada", PASSWORD).await;
    let elsewhere = at(&site, &other, &ada);
    let change = json!({
        "old_password": PASSWORD, "new_password1": "other-Zebra-42",
        "new_password2": "other-Zebra-42",
    });
    elsewhere.post("/auth/password/change/", change).await.expect(200);
    ada.get("/auth/user/").await.expect(401);

    let ada = root.login("ada", "other-Zebra-42").await;
    let path = format!("/users/{id}/activate/");
    site.client(&other).post(&path, json!({ "is_active": false })).await.expect(200);
    ada.get("/auth/user/").await.expect(401);
}

#[tokio::test]
async fn a_role_given_at_one_server_holds_for_the_next_request_at_the_other() {
    let (site, [one, other]) = site().await;
    let root = site.client(&one);
    let (id, ada) = user(&root, "ada", "subscriber").await;
    let elsewhere = at(&site, &other, &ada);
    elsewhere.get("/dashboard/stats/").await.expect(403);
    let path = format!("/users/{id}/assign-role/");
    root.post(&path, json!({ "role": "tenant_owner" })).await.expect(200);
    elsewhere.get("/dashboard/stats/").await.expect(200);
    site.client(&other).post(&path, json!({ "role": "subscriber" })).await.expect(200);
    ada.get("/dashboard/stats/").await.expect(403);
}

#[tokio::test]
async fn a_request_that_is_under_way_at_one_server_is_not_begun_at_the_other() {
    let (site, [one, other]) = site().await;
    let (root, elsewhere) = (site.client(&one), site.client(&other));
    let call = "POST /v1/payment_intents";
    site.stripe.fault(call, Fault::Delay(Duration::from_secs(2)), 1);
    let path = "/payments/create_payment/";
    let body = json!({ "amount": "20.00", "payment_gateway": "Card" });
    let first = {
        let (root, body) = (root.clone(), body.clone());
        tokio::spawn(async move { load::post_once(&root, path, "once", &body).await })
    };
    crate::site::until("the gateway is asked", async || site.stripe.requests_to(call).len() == 1)
        .await;
    // The delay may be over by now on a slow machine; then it is told again.
    let meanwhile = load::post_once(&elsewhere, path, "once", &body).await;
    assert!([409, 201].contains(&meanwhile.status), "{meanwhile:?}");
    let told = first.await.unwrap().expect(201);
    load::post_once(&elsewhere, path, "once", &body).await.expect_body(201, &told);
    assert_eq!(site.stripe.requests_to(call).len(), 1);
    let other_body = json!({ "amount": "21.00", "payment_gateway": "Card" });
    load::post_once(&elsewhere, path, "once", &other_body).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_falls_due_is_done_once_by_whichever_server_takes_it() {
    let (site, servers) = site().await;
    load::reports_fall_due(&site, &servers).await;
}
