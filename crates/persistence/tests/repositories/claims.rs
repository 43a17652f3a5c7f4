//! Idempotency keys under many hands at once, and how the store stays small.

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
    let held = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let hands: Vec<_> = (0..HANDS)
        .map(|_| {
            let (factory, mark, held) = (factory.clone(), mark.clone(), held.clone());
            tokio::spawn(async move {
                let mut won = 0;
                for _ in 0..50 {
                    let mut store = factory.read("test").await.unwrap();
                    let now = samples::now();
                    let keys = store.idempotency();
                    let claim =
                        keys.claim(mark.clone(), now, now - KEPT_FOR, now - RUNS_AT_MOST).await;
                    match claim {
                        Ok(Claim::Fresh(id)) => {
                            assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                            won += 1;
                            held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                            keys.release(id).await.unwrap();
                        }
                        Ok(Claim::Running) | Err(RepositoryError::Retryable(_)) => {}
                        other => panic!("{other:?}"),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = 0;
    for hand in hands {
        won += hand.await.unwrap();
    }
    assert!(won > 0);
    assert_eq!(rows(&pool).await, 0);
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

#[tokio::test]
async fn a_request_that_lost_its_key_takes_no_step() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let anna = user(&factory).await;
    let mut store = factory.read("test").await.unwrap();
    let gateway = store.gateways().insert(samples::new_gateway("Card"), samples::now()).await;
    let payment = samples::new_payment(anna, gateway.unwrap().id);
    let payment = store.payments().insert(payment, samples::now()).await.unwrap().id;
    let mark = samples::request_mark(anna, "a");
    let Claim::Fresh(lost) = claim(&factory, mark.clone(), samples::now()).await else {
        panic!("the key is free");
    };
    let later = samples::now() + RUNS_AT_MOST + Duration::seconds(1);
    assert!(matches!(claim(&factory, mark, later).await, Claim::Fresh(id) if id != lost));
    let attached = store.idempotency().attach(lost, payment).await;
    assert!(matches!(attached, Err(RepositoryError::Retryable(_))), "{attached:?}");
}
