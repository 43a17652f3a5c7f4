//! Many at once (contract §1.12, §13), and clients that leave.

mod default_plan;
mod deletions;
mod hang_ups;
mod managers;
mod storm;
mod trail;
mod unique_values;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use wiwebb_tests::{Answer, TestApp};

/// Sends requests at the same moment and answers in their order.
pub(crate) async fn together<F>(requests: impl IntoIterator<Item = F>) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let requests: Vec<F> = requests.into_iter().collect();
    let start = Arc::new(Barrier::new(requests.len()));
    let mut running = JoinSet::new();
    for (number, request) in requests.into_iter().enumerate() {
        let start = Arc::clone(&start);
        running.spawn(async move {
            start.wait().await;
            (number, request.await)
        });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// A session beside those of the server.
async fn session(app: &TestApp) -> PgConnection {
    app.database.options().connect().await.unwrap()
}

/// How many sessions of the server are in a state that a condition describes.
async fn sessions(observer: &mut PgConnection, condition: &'static str) -> i64 {
    let count = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(observer).await.unwrap()
}

/// Waits until so many sessions wait for a lock.
async fn blocked(observer: &mut PgConnection, expected: i64) {
    for _ in 0..500 {
        if sessions(observer, "wait_event_type = 'Lock'").await >= expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{expected} sessions should wait for a lock");
}

/// Fails unless before long no session is in a transaction or at work.
async fn at_rest(observer: &mut PgConnection) {
    let busy = "state <> 'idle' AND backend_type = 'client backend'";
    let mut left = 0;
    for _ in 0..500 {
        left = sessions(observer, busy).await;
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{left} sessions are at work or idle in a transaction");
}
