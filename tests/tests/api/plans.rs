//! Plans and pricing (contract §7).

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

#[tokio::test]
async fn a_plan_is_created_with_the_defaults_of_the_schema_and_shows_its_active_pricing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let plan = root.post("/subscriptions/plans/", json!({ "name": " Basic " })).await.expect(201);
    let times = (&plan["created_at"], &plan["updated_at"]);
    assert_eq!(times.0, times.1);
    let id = &plan["id"];
    let expected = json!({
        "id": id, "name": "Basic", "description": "", "default": false, "available": true,
        "requires_payment": true, "requires_invoice": false, "auto_renew": true,
        "daily_time_minutes": null, "daily_data_mb": null, "stripe_product_id": "",
        "metadata": {}, "pricing": [], "created_at": times.0, "updated_at": times.0,
    });
    assert_eq!(plan, expected);

    let pricing = format!("/subscriptions/plans/{id}/pricing/");
    let first = root.post(&pricing, json!({ "amount": 19.90 })).await.expect(201);
    assert_eq!(first["amount"], "19.90");
    assert_eq!(first["currency"], "USD");
    assert_eq!(first["interval"], "month");
    assert_eq!(first["trial_period_days"], 0);
    assert_eq!(first["plan"], *id);
    let hidden = json!({ "amount": "5", "currency": "jpy", "interval": "year", "active": false });
    let second = root.post(&pricing, hidden).await.expect(201);
    assert_eq!((&second["amount"], &second["currency"]), (&json!("5.00"), &json!("JPY")));

    let shown = root.get(&format!("/subscriptions/plans/{id}/")).await.expect(200);
    assert_eq!(shown["pricing"], json!([first]));
    let all = root.get(&pricing).await.expect(200);
    assert_eq!(all, json!([first, second]));
}

#[tokio::test]
async fn everybody_reads_what_can_be_bought_and_only_staff_writes() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let owner = app.user(&root, "olga", Role::TenantOwner, Some(tenant)).await;
    let body = json!({ "name": "Basic" });
    let id = root.post("/subscriptions/plans/", body.clone()).await.expect(201)["id"].clone();
    let path = format!("/subscriptions/plans/{id}/");
    let pricing = format!("{path}pricing/");
    let hidden = root.post(&pricing, json!({ "amount": "1", "active": false })).await.expect(201);
    let hidden = format!("{pricing}{}/", hidden["id"]);
    for reader in [&sue, &owner] {
        reader.get(&path).await.expect(200);
        assert_eq!(reader.get(&pricing).await.expect(200), json!([]));
        reader.get(&hidden).await.expect(404);
        reader.post("/subscriptions/plans/", body.clone()).await.expect(403);
        reader.patch("/subscriptions/plans/999/", json!({})).await.expect(403);
        reader.delete(&path).await.expect(403);
        reader.post(&pricing, json!({})).await.expect(403);
        reader.delete(&hidden).await.expect(403);
    }
    root.get(&hidden).await.expect(200);
    root.get(&format!("/subscriptions/plans/999{}", "/pricing/")).await.expect(404);
}

#[tokio::test]
async fn the_list_shows_available_plans_by_id_unless_asked_otherwise() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (name, available, paid) in [("C", true, true), ("A", false, true), ("B", true, false)] {
        let body = json!({ "name": name, "available": available, "requires_payment": paid });
        root.post("/subscriptions/plans/", body).await.expect(201);
    }
    for (query, names) in [
        ("", vec!["C", "B"]),
        ("?available=", vec!["C", "B"]),
        ("?available=false", vec!["A"]),
        ("?requires_payment=0", vec!["B"]),
        ("?available=False&requires_payment=true", vec!["A"]),
    ] {
        let plans = root.get(&format!("/subscriptions/plans/{query}")).await.expect(200);
        let found: Vec<&str> =
            plans.as_array().unwrap().iter().map(|plan| plan["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
    }
    root.get("/subscriptions/plans/?available=maybe")
        .await
        .expect_body(400, &json!({ "available": ["Enter a valid boolean."] }));
}

#[tokio::test]
async fn at_most_one_plan_is_the_default_and_names_are_unique() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let create = |name: &'static str| {
        root.post("/subscriptions/plans/", json!({ "name": name, "default": true }))
    };
    let first = create("Free").await.expect(201)["id"].clone();
    let second = create("Freer").await.expect(201)["id"].clone();
    let is_default = async |id| {
        root.get(&format!("/subscriptions/plans/{id}/")).await.expect(200)["default"].clone()
    };
    assert_eq!(is_default(&first).await, false);
    assert_eq!(is_default(&second).await, true);
    let path = format!("/subscriptions/plans/{first}/");
    root.patch(&path, json!({ "default": true })).await.expect(200);
    assert_eq!(is_default(&second).await, false);
    create("Free")
        .await
        .expect_body(400, &json!({ "name": ["plan with this name already exists."] }));
    root.put(&path, json!({}))
        .await
        .expect_body(400, &json!({ "name": ["This field is required."] }));
    root.delete(&path).await.expect(204);
    root.delete(&path).await.expect(404);
}

#[tokio::test]
async fn refused_values_are_told_by_field() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id =
        root.post("/subscriptions/plans/", json!({ "name": "P" })).await.expect(201)["id"].clone();
    let pricing = format!("/subscriptions/plans/{id}/pricing/");
    for (body, errors) in [
        (json!({}), json!({ "amount": ["This field is required."] })),
        (
            json!({ "amount": -1 }),
            json!({ "amount": ["Ensure this value is greater than or equal to 0."] }),
        ),
        (json!({ "amount": "NaN" }), json!({ "amount": ["A valid number is required."] })),
        (
            json!({ "amount": "1.005" }),
            json!({ "amount": ["Ensure that there are no more than 2 decimal places."] }),
        ),
        (
            json!({ "amount": "123456789.1" }),
            json!({ "amount": ["Ensure that there are no more than 8 digits before the decimal point."] }),
        ),
        (
            json!({ "amount": "12345678901" }),
            json!({ "amount": ["Ensure that there are no more than 10 digits in total."] }),
        ),
        (
            json!({ "amount": "1.50", "currency": "JPY" }),
            json!({ "amount": ["This amount has more decimals than the currency allows."] }),
        ),
        (
            json!({ "amount": 1, "currency": "ABC" }),
            json!({ "currency": ["Enter a valid currency code."] }),
        ),
        (
            json!({ "amount": 1, "currency": "EURO" }),
            json!({ "currency": ["Ensure this field has no more than 3 characters."] }),
        ),
        (
            json!({ "amount": 1, "interval": "decade", "trial_period_days": 731 }),
            json!({
                "interval": ["\"decade\" is not a valid choice."],
                "trial_period_days": ["Ensure this value is less than or equal to 730."],
            }),
        ),
    ] {
        root.post(&pricing, body).await.expect_body(400, &errors);
    }
    assert_eq!(root.get(&pricing).await.expect(200), json!([]));
    for (body, errors) in [
        (
            json!({ "daily_data_mb": -1 }),
            json!({ "daily_data_mb": ["Ensure this value is greater than or equal to 0."] }),
        ),
        (
            json!({ "daily_time_minutes": 2_147_483_648_i64 }),
            json!({ "daily_time_minutes": ["Ensure this value is less than or equal to 2147483647."] }),
        ),
        (
            json!({ "metadata": [] }),
            json!({ "metadata": ["Expected a dictionary of items but got type \"list\"."] }),
        ),
        (
            json!({ "metadata": { "a": "\u{0}" } }),
            json!({ "metadata": ["Null characters are not allowed."] }),
        ),
        (
            json!({ "name": "x".repeat(101) }),
            json!({ "name": ["Ensure this field has no more than 100 characters."] }),
        ),
    ] {
        root.patch(&format!("/subscriptions/plans/{id}/"), body).await.expect_body(400, &errors);
    }
}

#[tokio::test]
async fn a_change_of_the_currency_must_fit_the_amount_that_stays() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id =
        root.post("/subscriptions/plans/", json!({ "name": "P" })).await.expect(201)["id"].clone();
    let pricing = format!("/subscriptions/plans/{id}/pricing/");
    let price = root.post(&pricing, json!({ "amount": "1.50" })).await.expect(201);
    let path = format!("{pricing}{}/", price["id"]);
    let errors = json!({ "amount": ["This amount has more decimals than the currency allows."] });
    root.patch(&path, json!({ "currency": "JPY" })).await.expect_body(400, &errors);
    let changed = root.patch(&path, json!({ "currency": "JPY", "amount": 150 })).await.expect(200);
    assert_eq!((&changed["amount"], &changed["currency"]), (&json!("150.00"), &json!("JPY")));
    root.delete(&path).await.expect(204);
    root.get(&path).await.expect(404);
}
