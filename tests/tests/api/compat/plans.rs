//! Plans and pricing: row 7 of contract §15.

use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::TestApp;

use super::models::{Plan, Pricing};
use super::{Mobile, refused, understood};
use crate::support::with;

const PLANS: &str = "/subscriptions/plans/";

#[tokio::test]
async fn row_7_an_amount_is_text_or_a_number_wherever_a_price_is_shown() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mobile = Mobile::of(&app, &root);
    let now = app.clock.now();
    let plan = mobile.post(PLANS, json!({ "name": "Gold" })).await.expect(201);
    let path = format!("{PLANS}{}/", plan["id"]);
    let body = json!({ "amount": "19.90", "trial_period_days": 7 });
    let made = mobile.post(&format!("{path}pricing/"), body).await.expect(201);
    let usual = json!({
        "id": made["id"], "plan": plan["id"], "amount": "19.90", "currency": "USD",
        "interval": "month", "trial_period_days": 7, "active": true, "stripe_price_id": "",
        "created_at": now, "updated_at": now,
    });
    let number: Value = serde_json::from_str("19.90").unwrap();
    let compat = with(usual.clone(), json!({ "amount": number }));
    assert_eq!(made, compat);
    let of_plan = |pricing: &Value| {
        json!({
            "id": plan["id"], "name": "Gold", "description": "", "default": false,
            "available": true, "requires_payment": true, "requires_invoice": false,
            "auto_renew": true, "daily_time_minutes": null, "daily_data_mb": null,
            "stripe_product_id": "", "metadata": {}, "pricing": [pricing], "created_at": now,
            "updated_at": now,
        })
    };
    let one = format!("{path}pricing/{}/", made["id"]);
    for (shown, expected) in [
        (path.clone(), [of_plan(&usual), of_plan(&compat)]),
        (PLANS.to_owned(), [json!([of_plan(&usual)]), json!([of_plan(&compat)])]),
        (format!("{path}pricing/"), [json!([usual]), json!([compat])]),
        (one.clone(), [usual.clone(), compat.clone()]),
    ] {
        let answers = [root.get(&shown).await.expect(200), mobile.get(&shown).await.expect(200)];
        assert_eq!(answers, expected, "{shown}");
    }
    let read: Plan = understood(&mobile.get(&path).await.expect(200));
    assert_eq!(read.pricing[0].amount.to_string(), "19.90");
    assert!(refused::<Pricing>(&usual) && refused::<Plan>(&of_plan(&usual)));
    let dearer = mobile.patch(&one, json!({ "amount": 21 })).await.expect(200);
    assert_eq!(understood::<Pricing>(&dearer).amount.to_string(), "21.00");
}
