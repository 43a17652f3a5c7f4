//! An event that a gateway sends several times at once.

use std::collections::BTreeSet;

use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

const HANDS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_many_times_at_once_is_one_row_for_all() {
    let pool = database::open(database::options().await, 8);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    for round in 0..20 {
        let hands: Vec<_> = (0..HANDS)
            .map(|_| {
                let factory = factory.clone();
                let new = samples::new_webhook_event(&format!("evt_{round}"));
                tokio::spawn(async move {
                    let mut unit = factory.begin("test").await.unwrap();
                    let (now, retry_at) = (samples::now(), samples::after(60));
                    let event = unit.webhook_events().store(new, now, retry_at).await.unwrap();
                    unit.commit().await.unwrap();
                    event.id
                })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for hand in hands {
            ids.insert(hand.await.unwrap());
        }
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
    let count = sqlx::query_scalar("SELECT count(*) FROM payment_webhookevent");
    let count: i64 = count.fetch_one(&pool).await.unwrap();
    assert_eq!(count, 20);
}
