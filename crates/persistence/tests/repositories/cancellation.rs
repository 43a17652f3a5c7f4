//! A client that hangs up drops the future that works for it, at any point.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use sqlx::PgPool;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

/// SQLSTATE `no_active_sql_transaction`.
const NO_TRANSACTION: &str = "25P01";

/// Drops a future that is not ready after so many polls; `None` if it came to that.
async fn drop_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Waits until the pool's only connection is back.
async fn at_rest(pool: &PgPool) {
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begin_nobody_waits_for_leaves_its_connection_outside_a_transaction() {
    let pool = database::open(database::options().await, 1);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    factory.ping().await.unwrap();
    let mut dropped = 0;
    for step in 0..200 {
        at_rest(&pool).await;
        let polls = 1 + step % 4;
        let begun = drop_after(polls, factory.begin("dropped")).await;
        dropped += u32::from(begun.is_none());
        drop(begun);
        // PostgreSQL refuses a savepoint where there is no transaction.
        let probe = sqlx::raw_sql("SAVEPOINT probe").execute(&pool).await;
        let refusal = probe.err().and_then(sqlx::Error::into_database_error);
        let state = refusal.as_ref().and_then(|refusal| refusal.code());
        assert_eq!(state.as_deref(), Some(NO_TRANSACTION), "{polls} polls");
    }
    assert!(dropped > 0, "every begin was ready at once");
}
