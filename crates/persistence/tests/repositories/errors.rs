//! What a failing server looks like to the domain.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::audit::AuditEvent;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::unit_of_work::{UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::User;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, pool};

use crate::database;

const PATIENCE: Duration = Duration::from_secs(1);

fn impatient() -> PoolConfig {
    PoolConfig {
        max_connections: 2,
        acquire_timeout: PATIENCE,
        statement_timeout: Some(PATIENCE),
        ..PoolConfig::default()
    }
}

async fn user(factory: &PgUnitOfWorkFactory, name: &str) -> UserId {
    let mut store = factory.read("test").await.unwrap();
    let view = store.users().insert(samples::new_user(name)).await;
    view.unwrap().user.id
}

async fn lock(unit: &mut Box<dyn UnitOfWork>, user: UserId) -> Result<(), RepositoryError> {
    let found = unit.users().lock(Scope::Everything, user).await;
    found.map(|_| ())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_before_patience_ends_twice() {
    let nowhere =
        PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1).username("nobody");
    let factory = PgUnitOfWorkFactory::new(pool::open(nowhere, &impatient()));
    let started = Instant::now();
    let unavailable = |error| matches!(error, RepositoryError::Unavailable(_));
    assert!(factory.ping().await.is_err_and(unavailable));
    assert!(started.elapsed() < 2 * PATIENCE, "{:?}", started.elapsed());
    assert!(factory.begin("test").await.is_err_and(unavailable));
    let mut store = factory.read("test").await.unwrap();
    let found = store.users().find(Scope::Everything, UserId::new(1)).await;
    assert!(found.is_err_and(unavailable));
}

#[tokio::test]
async fn a_use_case_that_finds_no_free_connection_is_told_so() {
    let config = impatient();
    let factory = PgUnitOfWorkFactory::new(pool::open(database::options().await, &config));
    let first = factory.begin("test").await.unwrap();
    let second = factory.begin("test").await.unwrap();
    let third = factory.begin("test").await;
    assert!(third.is_err_and(|error| matches!(error, RepositoryError::Unavailable(_))));
    drop((first, second));
    factory.begin("test").await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let factory = PgUnitOfWorkFactory::new(pool::open(database::options().await, &impatient()));
    let bob = user(&factory, "bob").await;
    let mut holder = factory.begin("test").await.unwrap();
    lock(&mut holder, bob).await.unwrap();
    let mut waiter = factory.begin("test").await.unwrap();
    let outcome = lock(&mut waiter, bob).await;
    assert!(matches!(outcome, Err(RepositoryError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_units_of_work_that_wait_for_each_other_one_may_try_again() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let (anna, bob) = (user(&factory, "anna").await, user(&factory, "bob").await);
    let mut first = factory.begin("test").await.unwrap();
    let mut second = factory.begin("test").await.unwrap();
    lock(&mut first, anna).await.unwrap();
    lock(&mut second, bob).await.unwrap();
    let first = tokio::spawn(async move { lock(&mut first, bob).await });
    let second = tokio::spawn(async move { lock(&mut second, anna).await });
    let outcomes = [first.await.unwrap(), second.await.unwrap()];
    let given_up =
        outcomes.iter().filter(|outcome| matches!(outcome, Err(RepositoryError::Retryable(_))));
    assert_eq!(given_up.count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

/// The user, held for a change.
async fn held(unit: &mut Box<dyn UnitOfWork>, user: UserId) -> User {
    let Lookup::Within(view) = unit.users().lock(Scope::Everything, user).await.unwrap() else {
        panic!("user {user} is out of reach");
    };
    view.user
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_who_change_each_other_at_once_both_succeed() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let (anna, bob) = (user(&factory, "anna").await, user(&factory, "bob").await);
    let mut by_anna = factory.begin("test").await.unwrap();
    let mut by_bob = factory.begin("test").await.unwrap();
    let targets = [held(&mut by_anna, bob).await, held(&mut by_bob, anna).await];
    for (unit, actor, target) in [(&mut by_anna, anna, bob), (&mut by_bob, bob, anna)] {
        let event = AuditEvent::ActivationChanged { is_active: false };
        let address = samples::new_user("somebody").email;
        let entry = event.entry(actor, &address, target, samples::now());
        unit.audit_logs().insert(entry).await.unwrap();
    }
    let changes =
        [(by_anna, &targets[0]), (by_bob, &targets[1])].map(|(mut unit, target)| async move {
            unit.users().update(target).await?;
            unit.commit().await
        });
    let [first, second] = changes;
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
}
