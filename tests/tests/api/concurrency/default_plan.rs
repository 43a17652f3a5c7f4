//! At most one plan is the default (contract §7.1), however many are made so at once.

use serde_json::json;
use wiwebb_tests::{Answer, Client, TestApp};

use super::together;

const AT_ONCE: usize = 8;

const PLANS: &str = "/subscriptions/plans/";

/// Makes a plan the default: a new one without an id.
async fn make_default(by: Client, name: String, id: Option<i64>) -> Answer {
    match id {
        None => by.post(PLANS, json!({ "name": name, "default": true })).await,
        Some(id) => by.patch(&format!("{PLANS}{id}/"), json!({ "default": true })).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_plans_made_the_default_at_once_all_are_and_the_last_stays() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut plans = Vec::new();
    for number in 0..AT_ONCE {
        let body = json!({ "name": format!("Plan {number}"), "default": number == 0 });
        plans.push(root.post(PLANS, body).await.expect(201)["id"].as_i64().unwrap());
    }
    for round in 0..5 {
        let creations = (0..AT_ONCE).map(|number| (format!("New {round} {number}"), None, 201));
        let updates = plans.iter().map(|id| (format!("plan {id}"), Some(*id), 200));
        let steps: Vec<(String, Option<i64>, u16)> = creations.chain(updates).collect();
        let requests =
            steps.iter().map(|(name, id, _)| make_default(root.clone(), name.clone(), *id));
        let answers = together(requests).await;
        for ((name, _, status), answer) in steps.iter().zip(answers) {
            assert_eq!(answer.status, *status, "round {round}, {name}: {}", answer.body);
            assert_eq!(answer.body["default"], true, "round {round}, {name}");
        }
        let defaults: i64 =
            sqlx::query_scalar("SELECT count(*) FROM payment_plan WHERE \"default\"")
                .fetch_one(&app.pool)
                .await
                .unwrap();
        assert_eq!(defaults, 1, "round {round}");
    }
}
