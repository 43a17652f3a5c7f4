//! The pages on which payments through the `dummy` gateway are settled (contract §8.1).

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

use crate::browser::Browser;

#[tokio::test]
async fn whoever_presses_pay_has_paid() {
    let app = TestApp::start().await;
    let Some(browser) = Browser::open(&app).await else { return };
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let config = json!({ "outcome": "waiting" });
    let gateway = json!({ "name": "Till", "variant": "dummy", "config": config });
    root.post("/gateway-configs/", gateway).await.expect(201);
    let order = json!({ "amount": 19.9, "payment_gateway": "Till", "description": "Gold plan" });
    let payment = sue.post("/payments/create_payment/", order).await.expect(201);
    let page = format!("/checkout/{}/", payment["payment"]["transaction_id"].as_str().unwrap());

    browser.visit(&page).await;
    browser.see("19.90 USD").await;
    browser.check_page().await;
    browser.picture("checkout").await;
    browser.press("Pay").await;
    browser.see("Paid").await;
    browser.check_page().await;
    assert_eq!(browser.path().await, page);
    let paid = sue.get("/payments/").await.expect(200);
    assert_eq!(paid["results"][0]["status"], "confirmed");
}
