//! What network equipment asks and reports: how often the server is asked, and many reports at once.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{PgPool, Row};
use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWorkFactory};
use wiwebb_domain::ports::usage::{Standing, Subscriber};
use wiwebb_domain::subscription::{NewSubscription, SubscriptionStatus};
use wiwebb_domain::testing::samples;
use wiwebb_domain::usage::Usage;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, pool};

use crate::database;

const REPORTS: u64 = 16;
const MINUTE: Usage = Usage { seconds: 60, octets: 1_000 };

fn today() -> NaiveDate {
    samples::now().date_naive()
}

async fn user(store: &mut dyn Repositories, name: &str) -> UserId {
    store.users().insert(samples::new_user(name)).await.unwrap().user.id
}

async fn standing(store: &mut dyn Repositories, user: UserId) -> Standing {
    let who = Subscriber::Id(user);
    let found = store.usage().standing(Scope::Everything, who, today(), samples::now()).await;
    found.unwrap().unwrap()
}

/// How often the only connection of a pool has run each of its prepared statements.
pub(crate) async fn runs(pool: &PgPool) -> Vec<i64> {
    // Text without parameters is not prepared, so it is not among them.
    let text = "SELECT generic_plans + custom_plans FROM pg_prepared_statements";
    let rows = sqlx::raw_sql(text).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_standing_with_all_that_belongs_to_it_is_one_statement() {
    let options = database::options().await;
    let filler = PgUnitOfWorkFactory::new(database::open(options.clone(), 1));
    let mut store = filler.read("test").await.unwrap();
    let bob = user(store.as_mut(), "bob").await;
    let free = wiwebb_domain::plan::NewPlan { default: true, ..samples::new_plan("Free") };
    store.plans().insert(free, samples::now()).await.unwrap();
    let basic = store.plans().insert(samples::new_plan("Basic"), samples::now()).await.unwrap();
    for (number, status) in [(1, SubscriptionStatus::Active), (2, SubscriptionStatus::Incomplete)] {
        let new = NewSubscription { status, ..samples::new_subscription(number, bob, basic.id) };
        store.subscriptions().insert(new, samples::now()).await.unwrap();
    }
    store.usage().add(bob, today(), MINUTE).await.unwrap();

    let pool = database::open(options, 1);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    let found = standing(store.as_mut(), bob).await;
    drop(store);
    assert_eq!(runs(&pool).await, [1]);
    assert_eq!((found.subscriptions.len(), found.used), (2, MINUTE));
    assert!(found.subscriptions.iter().all(|(_, plan)| *plan == basic));
    assert_eq!(found.default_plan.map(|plan| plan.name), Some(samples::text("Free")));
}

#[tokio::test]
async fn a_key_is_known_and_its_use_noted_in_one_statement() {
    let options = database::options().await;
    let filler = PgUnitOfWorkFactory::new(database::open(options.clone(), 1));
    let mut store = filler.read("test").await.unwrap();
    let new = samples::new_service_key("Radius", 7);
    store.service_keys().insert(new, samples::now()).await.unwrap();

    let pool = database::open(options, 1);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut asking = factory.read("test").await.unwrap();
    let known = asking.service_keys().authenticate(samples::digest(7), samples::now()).await;
    drop(asking);
    assert_eq!(runs(&pool).await, [1]);
    assert!(known.unwrap().is_some());
    let page = store.service_keys().list(ListRequest::default()).await.unwrap().unwrap();
    let key = page.items[0].clone();
    assert!(key.last_used_at.is_some());
}

#[tokio::test]
async fn no_request_waits_for_another_one_to_note_the_use_of_their_key() {
    let options = database::options().await;
    let patience = Some(Duration::from_millis(500));
    let config = PoolConfig { statement_timeout: patience, ..PoolConfig::default() };
    let factory = PgUnitOfWorkFactory::new(pool::open(options, &config));
    let mut first = factory.begin("test").await.unwrap();
    let new = samples::new_service_key("Radius", 7);
    first.service_keys().insert(new, samples::now()).await.unwrap();
    first.commit().await.unwrap();

    let mut first = factory.begin("test").await.unwrap();
    let mut second = factory.begin("test").await.unwrap();
    for unit in [&mut first, &mut second] {
        let known = unit.service_keys().authenticate(samples::digest(7), samples::now()).await;
        assert!(known.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_a_new_session_that_come_at_once_take_turns() {
    let factory = PgUnitOfWorkFactory::new(database::open(database::options().await, 8));
    let bob = user(factory.read("test").await.unwrap().as_mut(), "bob").await;
    let hands: Vec<_> = (0..REPORTS)
        .map(|_| {
            let factory = factory.clone();
            tokio::spawn(async move {
                let mut unit = factory.begin("test").await.unwrap();
                let key = samples::session_key(bob, "a");
                let mut session = unit.usage().open_session(key, samples::now()).await.unwrap();
                session.counted = session.counted.plus(MINUTE);
                unit.usage().update_session(&session).await.unwrap();
                unit.commit().await.unwrap();
            })
        })
        .collect();
    for hand in hands {
        hand.await.unwrap();
    }
    let mut unit = factory.begin("test").await.unwrap();
    let key = samples::session_key(bob, "a");
    let session = unit.usage().open_session(key, samples::now()).await.unwrap();
    assert_eq!(session.counted.seconds, REPORTS * MINUTE.seconds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_to_a_day_at_once_is_added_up() {
    let factory = PgUnitOfWorkFactory::new(database::open(database::options().await, 8));
    let mut store = factory.read("test").await.unwrap();
    let bob = user(store.as_mut(), "bob").await;
    let hands: Vec<_> = (0..REPORTS)
        .map(|_| {
            let factory = factory.clone();
            tokio::spawn(async move {
                let mut store = factory.read("test").await.unwrap();
                store.usage().add(bob, today(), MINUTE).await.unwrap();
            })
        })
        .collect();
    for hand in hands {
        hand.await.unwrap();
    }
    let sum = Usage { seconds: REPORTS * MINUTE.seconds, octets: REPORTS * MINUTE.octets };
    assert_eq!(standing(store.as_mut(), bob).await.used, sum);
}

#[tokio::test]
async fn reports_of_what_is_known_use_up_no_ids() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    let bob = user(store.as_mut(), "bob").await;
    for _ in 0..REPORTS {
        let key = samples::session_key(bob, "a");
        store.usage().open_session(key, samples::now()).await.unwrap();
        store.usage().add(bob, today(), MINUTE).await.unwrap();
    }
    for table in ["network_session", "network_usage"] {
        let used = sqlx::query_scalar("SELECT pg_sequence_last_value($1::regclass)")
            .bind(format!("{table}_id_seq"));
        let used: i64 = used.fetch_one(&pool).await.unwrap();
        assert_eq!(used, 1, "{table}");
    }
}

#[tokio::test]
async fn totals_beyond_the_columns_range_stay_at_its_end() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let mut store = factory.read("test").await.unwrap();
    let bob = user(store.as_mut(), "bob").await;
    let endless = Usage { seconds: u64::MAX, octets: u64::MAX };
    let end = Usage { seconds: i64::MAX.unsigned_abs(), octets: i64::MAX.unsigned_abs() };
    for used in [MINUTE, endless, MINUTE] {
        store.usage().add(bob, today(), used).await.unwrap();
    }
    assert_eq!(standing(store.as_mut(), bob).await.used, end);

    let key = samples::session_key(bob, "a");
    let mut session = store.usage().open_session(key.clone(), samples::now()).await.unwrap();
    session.counted = endless;
    store.usage().update_session(&session).await.unwrap();
    let session = store.usage().open_session(key, samples::now()).await.unwrap();
    assert_eq!(session.counted, end);
}
