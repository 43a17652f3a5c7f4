use serde_json::json;

use super::{Caller, Heard, id};
use crate::stripe::Verdict;

async fn paid(stripe: &Caller) -> String {
    id(&stripe.charge("pm_card_visa", &[]).await.ok())
}

async fn refund(stripe: &Caller, intent: &str, amount: &str) -> Heard {
    stripe.post("refunds", &[("payment_intent", intent), ("amount", amount)]).await
}

#[tokio::test]
async fn no_more_than_was_paid_goes_back() {
    let stripe = Caller::new().await;
    let intent = paid(&stripe).await;
    refund(&stripe, &intent, "900").await.ok();
    let answer = refund(&stripe, &intent, "900").await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "", "amount"));
    assert_eq!(stripe.fake.charges()[0].refunded, 900);
    assert_eq!(stripe.fake.refunds(&intent).len(), 1);
}

#[tokio::test]
async fn nothing_is_left_of_a_refunded_charge() {
    let stripe = Caller::new().await;
    let intent = paid(&stripe).await;
    let form = [("payment_intent", intent.as_str())];
    let whole = stripe.post("refunds", &form).await.ok();
    assert_eq!((&whole["amount"], &whole["status"]), (&json!(1099), &json!("succeeded")));
    let answer = refund(&stripe, &intent, "1").await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "charge_already_refunded", ""));
}

#[tokio::test]
async fn what_was_not_captured_is_not_refunded() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_visa", &[("capture_method", "manual")]).await.ok();
    assert_eq!(refund(&stripe, &id(&intent), "100").await.status, 400);
    let open = stripe.open_intent().await;
    assert_eq!(refund(&stripe, &open, "100").await.status, 400);
}

#[tokio::test]
async fn a_pending_refund_holds_its_amount() {
    let stripe = Caller::new().await;
    let intent = paid(&stripe).await;
    stripe.fake.hold_refunds(true);
    let pending = refund(&stripe, &intent, "1000").await.ok();
    assert_eq!(pending["status"], "pending");
    assert_eq!(refund(&stripe, &intent, "100").await.status, 400);
    stripe.fake.settle_refund(&id(&pending));
    assert_eq!(stripe.fake.refunds(&intent)[0]["status"], "succeeded");
}

#[tokio::test]
async fn a_failed_refund_leaves_the_money_to_be_refunded_again() {
    let stripe = Caller::new().await;
    let intent = paid(&stripe).await;
    let first = refund(&stripe, &intent, "1099").await.ok();
    stripe.fake.fail_refund(&id(&first));
    assert_eq!(stripe.fake.events_of("refund.failed")[0].object()["status"], "failed");
    refund(&stripe, &intent, "1099").await.ok();
    let list = stripe.get(&format!("refunds?payment_intent={intent}")).await.ok();
    let statuses = list["data"].as_array().unwrap().iter().map(|refund| &refund["status"]);
    assert_eq!(statuses.collect::<Vec<_>>(), ["succeeded", "failed"]);
}

#[tokio::test]
async fn a_disputed_charge_is_refunded_only_when_the_dispute_is_won() {
    let stripe = Caller::new().await;
    let intent = paid(&stripe).await;
    let charge = stripe.fake.charges()[0].id.clone();
    let dispute = stripe.fake.open_dispute(&charge);
    let answer = refund(&stripe, &intent, "100").await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "charge_disputed", ""));
    stripe.fake.close_dispute(&dispute, Verdict::Won);
    refund(&stripe, &intent, "100").await.ok();
    assert_eq!(stripe.get(&format!("disputes/{dispute}")).await.ok()["status"], "won");
}
