//! Payment gateways and their configuration (contract §9).

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

const SECRET: &str = "sk_live_never_shown";

#[tokio::test]
async fn a_configuration_shows_the_keys_of_its_settings_and_never_a_value() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let body = json!({
        "name": "Cards", "variant": "stripe", "priority": 5,
        "config": { "webhook": SECRET, "api_key": { "nested": SECRET } },
    });
    let gateway = root.post("/gateway-configs/", body.clone()).await.expect(201);
    assert_eq!(
        gateway,
        json!({
            "id": gateway["id"], "name": "Cards", "variant": "stripe", "is_active": true,
            "priority": 5, "config_keys": ["api_key", "webhook"],
            "created_at": gateway["created_at"], "updated_at": gateway["updated_at"],
        })
    );
    let path = format!("/gateway-configs/{}/", gateway["id"]);
    let answers = [
        root.get(&path).await,
        root.get("/gateway-configs/").await,
        root.get("/gateways/").await,
        root.patch(&path, json!({ "priority": 6 })).await,
        root.patch(&path, json!({ "config": [SECRET] })).await,
        root.post("/gateway-configs/", body).await,
    ];
    for answer in answers {
        assert!(!answer.body.to_string().contains(SECRET), "{}", answer.body);
    }
    let kept = root.get(&path).await.expect(200);
    assert_eq!(
        kept["config_keys"],
        json!(["api_key", "webhook"]),
        "a PATCH without config keeps it"
    );
    let replaced = root.patch(&path, json!({ "config": { "other": 1 } })).await.expect(200);
    assert_eq!(replaced["config_keys"], json!(["other"]));
}

#[tokio::test]
async fn everybody_sees_the_active_gateways_by_priority_and_only_staff_configures() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let sue = app.user(&root, "amy", Role::Admin, None).await;
    for (name, priority, is_active) in
        [("b", 1, true), ("a", 1, true), ("top", 9, true), ("off", 99, false)]
    {
        let body = json!({ "name": name, "variant": "manual", "priority": priority, "is_active": is_active });
        sue.post("/gateway-configs/", body).await.expect(201);
    }
    let tenant = app.tenant(&root, "acme").await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let shown = sue.get("/gateways/").await.expect(200);
    let names: Vec<&str> =
        shown.as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["top", "a", "b"]);
    assert_eq!(
        shown[0],
        json!({ "id": shown[0]["id"], "name": "top", "variant": "manual", "priority": 9 })
    );
    sue.get("/gateway-configs/").await.expect(403);
    sue.post("/gateway-configs/", json!({})).await.expect(403);
    sue.delete("/gateway-configs/999/").await.expect(403);

    let page = root.get("/gateway-configs/?is_active=false&search=o").await.expect(200);
    assert_eq!((&page["count"], &page["results"][0]["name"]), (&json!(1), &json!("off")));
    let page = root.get("/gateway-configs/").await.expect(200);
    let names: Vec<&str> = page["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["off", "top", "a", "b"]);
}

#[tokio::test]
async fn a_gateway_with_payments_stays() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let body = json!({ "name": "Desk", "variant": "manual" });
    let id = root.post("/gateway-configs/", body.clone()).await.expect(201)["id"].clone();
    root.post("/gateway-configs/", body).await.expect_body(
        400,
        &json!({ "name": ["payment gateway config with this name already exists."] }),
    );
    sqlx::query(
        "INSERT INTO payment_payment (user_id, payment_gateway_id, status, total)
         SELECT api_user.id, gateway.id, 'waiting', 5 FROM api_user, payment_paymentgatewayconfig AS gateway",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let path = format!("/gateway-configs/{id}/");
    let refused = "Cannot delete payment gateway with existing payments.";
    crate::support::check_stays("paid through", &root.delete(&path).await, refused);
    sqlx::query("DELETE FROM payment_payment").execute(&app.pool).await.unwrap();
    root.delete(&path).await.expect(204);
    root.delete(&path).await.expect(404);
}
