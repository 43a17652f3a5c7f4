//! Idempotency keys under many hands at once, and how the store stays small.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Duration, Utc};
use sqlx::PgPool;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::idempotency::{Claim, KEPT_FOR, RUNS_AT_MOST, RequestMark, StoredAnswer};
use wiwebb_domain::ids::{IdempotencyId, UserId};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

const HANDS: usize = 16;

async fn user(factory: &PgUnitOfWorkFactory) -> UserId {
    let mut store = factory.read("test").await.unwrap();
    store.users().insert(samples::new_user("anna")).await.unwrap().user.id
}

async fn claim(factory: &PgUnitOfWorkFactory, mark: RequestMark, at: DateTime<Utc>) -> Claim {
    let mut store = factory.read("test").await.unwrap();
    let keys = store.idempotency();
    keys.claim(mark, at, at - KEPT_FOR, at - RUNS_AT_MOST).await.unwrap()
}

/// Claims one key with all hands at once.
async fn claims(
    factory: &PgUnitOfWorkFactory,
    mark: &RequestMark,
    at: DateTime<Utc>,
) -> Vec<Claim> {
    let hands: Vec<_> = (0..HANDS)
        .map(|_| {
            let (factory, mark) = (factory.clone(), mark.clone());
            tokio::spawn(async move { claim(&factory, mark, at).await })
        })
        .collect();
    let mut claims = Vec::new();
    for hand in hands {
        claims.push(hand.await.unwrap());
    }
    claims
}

/// The id under which exactly one of the claims got the key while all others are told `otherwise`.
fn winner(claims: &[Claim], otherwise: &Claim) -> IdempotencyId {
    let mut won = claims.iter().filter_map(|claim| match claim {
        Claim::Fresh(id) => Some(*id),
        _ => None,
    });
    let id = won.next().unwrap();
    assert_eq!(claims.iter().filter(|claim| *claim == otherwise).count(), HANDS - 1, "{claims:?}");
    id
}

async fn rows(pool: &PgPool) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM payment_idempotencykey");
    count.fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_claims_one_gets_the_key_be_it_new_dead_or_old() {
    let pool = database::open(database::options().await, 16);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let anna = user(&factory).await;
    let now = samples::now();
    for round in 0..10 {
        let mark = samples::request_mark(anna, &format!("k{round}"));
        let first = winner(&claims(&factory, &mark, now).await, &Claim::Running);
        let later = now + RUNS_AT_MOST + Duration::seconds(1);
        let second = winner(&claims(&factory, &mark, later).await, &Claim::Running);
        assert_ne!(second, first);
        let answer = StoredAnswer { status: 201, body: "{}".to_owned() };
        let mut store = factory.read("test").await.unwrap();
        store.idempotency().answer(second, answer.clone()).await.unwrap();
        drop(store);
        let answered = claims(&factory, &mark, later).await;
        assert_eq!(answered, vec![Claim::Answered(answer); HANDS]);
        let third = winner(
            &claims(&factory, &mark, later + KEPT_FOR + Duration::seconds(1)).await,
            &Claim::Running,
        );
        assert_ne!(third, second);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_released_all_the_time_is_never_held_twice() {
    let pool = database::open(database::options().await, 16);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let anna = user(&factory).await;
    let mark = samples::request_mark(anna, "a");
    let holders = Arc::new(AtomicU32::new(0));
    let hands: Vec<_> = (0..HANDS)
        .map(|_| tokio::spawn(hold_now_and_then(factory.clone(), mark.clone(), holders.clone())))
        .collect();
    let mut held = 0;
    for hand in hands {
        held += hand.await.unwrap();
    }
    assert!(held > 0);
    assert_eq!(rows(&pool).await, 0);
}

/// Claims a key again and again, holds it for a moment, and answers how often it had it.
async fn hold_now_and_then(
    factory: PgUnitOfWorkFactory,
    mark: RequestMark,
    holders: Arc<AtomicU32>,
) -> u32 {
    let mut held = 0;
    let now = samples::now();
    for _ in 0..50 {
        let mut store = factory.read("test").await.unwrap();
        let keys = store.idempotency();
        match keys.claim(mark.clone(), now, now - KEPT_FOR, now - RUNS_AT_MOST).await {
            Ok(Claim::Fresh(id)) => {
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                holders.fetch_sub(1, Ordering::SeqCst);
                keys.release(id).await.unwrap();
                held += 1;
            }
            Ok(Claim::Running) | Err(RepositoryError::Retryable(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    held
}

#[tokio::test]
async fn claims_clear_away_what_is_no_longer_kept() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let anna = user(&factory).await;
    let now = samples::now();
    for number in 0..40 {
        claim(&factory, samples::request_mark(anna, &format!("old{number}")), now).await;
    }
    assert_eq!(rows(&pool).await, 40);
    let later = now + KEPT_FOR + Duration::seconds(1);
    for number in 0..5 {
        claim(&factory, samples::request_mark(anna, &format!("new{number}")), later).await;
    }
    assert_eq!(rows(&pool).await, 5);
}
