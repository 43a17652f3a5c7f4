use std::time::Duration;

use sqlx::PgPool;
use wiwebb_persistence::migrate::{self, MigrateError, MigrationStatus};

use crate::catalog;
use crate::database::Database;

#[tokio::test]
async fn status_of_an_empty_database_shows_every_step_pending_and_writes_nothing() {
    let database = Database::empty().await;
    let status = migrate::status(&database.pool).await.unwrap();
    assert_eq!(status.first().map(|step| step.version), Some(1));
    assert_eq!(status[0].description, "tenant user todo");
    assert!(status.iter().all(|step| step.known && !step.applied), "{status:?}");
    let table: Option<String> = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::text")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(table, None);
}

#[tokio::test]
async fn up_applies_every_step_and_a_second_up_changes_nothing() {
    let database = Database::empty().await;
    migrate::up(&database.pool).await.unwrap();
    let status = migrate::status(&database.pool).await.unwrap();
    assert!(!status.is_empty() && status.iter().all(|step| step.known && step.applied));
    let first = catalog::everything(&database.pool).await;

    migrate::up(&database.pool).await.unwrap();
    assert_eq!(catalog::everything(&database.pool).await, first);
    migrate::check(&database.pool).await.unwrap();
}

#[tokio::test]
async fn down_undoes_as_many_steps_as_asked_newest_first() {
    let database = Database::migrated().await;
    let pool = &database.pool;
    let all = applied_versions(pool).await;

    migrate::down(pool, 0).await.unwrap();
    assert_eq!(applied_versions(pool).await, all);
    migrate::down(pool, 2).await.unwrap();
    assert_eq!(applied_versions(pool).await, all[..all.len() - 2]);
    migrate::down(pool, all.len()).await.unwrap();
    assert!(applied_versions(pool).await.is_empty());
    migrate::down(pool, 1).await.unwrap();
}

#[tokio::test]
async fn check_names_the_pending_steps() {
    let database = Database::migrated().await;
    let all = applied_versions(&database.pool).await;
    migrate::down(&database.pool, 2).await.unwrap();
    let error = migrate::check(&database.pool).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::Pending(steps) if *steps == all[all.len() - 2..]),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_step_of_a_newer_version_is_shown_and_refused_by_check_up_and_down() {
    let database = Database::migrated().await;
    let pool = &database.pool;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9000, 'from the future', true, '\\x00', 0)",
    )
    .execute(pool)
    .await
    .unwrap();

    let newest = migrate::status(pool).await.unwrap().pop().unwrap();
    let description = "from the future".to_owned();
    assert_eq!(newest, MigrationStatus { version: 9000, description, applied: true, known: false });
    for outcome in
        [migrate::check(pool).await, migrate::up(pool).await, migrate::down(pool, 1).await]
    {
        assert!(
            matches!(&outcome, Err(MigrateError::Unknown(steps)) if *steps == [9000]),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_step_that_was_applied_in_another_form_is_refused_by_check_up_and_down() {
    let database = Database::migrated().await;
    let pool = &database.pool;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2")
        .execute(pool)
        .await
        .unwrap();
    for outcome in
        [migrate::check(pool).await, migrate::up(pool).await, migrate::down(pool, 1).await]
    {
        assert!(
            matches!(&outcome, Err(MigrateError::Modified(steps)) if *steps == [2]),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_of_itself_and_frees_the_lock() {
    let database = Database::empty().await;
    let pool = &database.pool;
    sqlx::query("CREATE TABLE api_auditlog ()").execute(pool).await.unwrap();

    let error = migrate::up(pool).await.unwrap_err();
    assert!(matches!(error, MigrateError::Step { version: 2, .. }), "{error:?}");
    assert_eq!(applied_versions(pool).await, [1]);

    sqlx::query("DROP TABLE api_auditlog").execute(pool).await.unwrap();
    let again = tokio::time::timeout(Duration::from_secs(30), migrate::up(pool)).await;
    again.unwrap().unwrap();
    migrate::check(pool).await.unwrap();
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_take_turns() {
    let database = Database::empty().await;
    let pool = &database.pool;
    let (one, two) = tokio::join!(migrate::up(pool), migrate::up(pool));
    one.unwrap();
    two.unwrap();
    let all = applied_versions(pool).await;

    let (one, two) = tokio::join!(migrate::down(pool, 1), migrate::down(pool, 1));
    one.unwrap();
    two.unwrap();
    assert_eq!(applied_versions(pool).await, all[..all.len() - 2]);
}

async fn applied_versions(pool: &PgPool) -> Vec<i64> {
    let status = migrate::status(pool).await.unwrap();
    status.iter().filter(|step| step.applied).map(|step| step.version).collect()
}
