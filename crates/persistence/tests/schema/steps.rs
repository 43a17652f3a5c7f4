use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;
use wiwebb_persistence::migrate;

use crate::catalog;
use crate::database::{self, Database, MIGRATIONS};
use crate::expected::TABLES;

#[test]
fn every_step_is_a_pair_of_an_up_and_a_down_file_numbered_without_gaps() {
    let mut steps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(MIGRATIONS).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some((step, direction)) = name.split_once('.').filter(|(step, _)| *step != "README")
        {
            steps.entry(step.to_owned()).or_default().insert(direction.to_owned());
        }
    }
    assert!(!steps.is_empty());
    for (number, (step, directions)) in (1..).zip(&steps) {
        assert!(step.starts_with(&format!("{number:04}_")), "{step} is not number {number}");
        assert!(directions.iter().eq(["down.sql", "up.sql"]), "{step}: {directions:?}");
    }
}

#[tokio::test]
async fn a_step_without_a_transaction_is_one_statement_that_can_be_repeated() {
    let steps = Migrator::new(Path::new(MIGRATIONS)).await.unwrap();
    for step in steps.iter() {
        let sql = step.sql.as_str();
        assert_eq!(step.no_tx, sql.contains("CONCURRENTLY"), "{}", step.version);
        if step.no_tx {
            let other = steps.iter().filter(|other| other.version == step.version);
            assert!(other.into_iter().all(|other| other.no_tx), "{}", step.version);
            assert!(sql.matches(';').count() == 1 && sql.trim_end().ends_with(';'), "{sql}");
            let is_up = step.migration_type.is_up_migration();
            let repeatable = if is_up {
                "\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "
            } else {
                "\nDROP INDEX CONCURRENTLY IF EXISTS "
            };
            assert!(sql.contains(repeatable), "{sql}");
        }
    }
}

#[tokio::test]
async fn every_step_undoes_exactly_what_it_did_over_rows_in_every_table() {
    let database = Database::empty().await;
    let pool = &database.pool;
    let steps = Migrator::new(Path::new(MIGRATIONS)).await.unwrap();
    let mut before = Vec::new();
    for step in steps.iter().filter(|step| step.migration_type.is_up_migration()) {
        before.push((step.version, catalog::everything(pool).await));
        steps.run_to(step.version, pool).await.unwrap();
        database::insert_rows_of(pool, step).await;
    }
    for table in TABLES {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        assert!(rows > 0, "no sample row for {}", table.name);
    }

    let top = catalog::everything(pool).await;
    while let Some((version, expected)) = before.pop() {
        migrate::down(pool, 1).await.unwrap();
        let found = catalog::everything(pool).await;
        let left: Vec<_> = found.difference(&expected).collect();
        let lost: Vec<_> = expected.difference(&found).collect();
        assert!(left.is_empty() && lost.is_empty(), "{version} left {left:#?}, lost {lost:#?}");
    }
    assert!(catalog::everything(pool).await.is_empty());

    migrate::up(pool).await.unwrap();
    assert_eq!(catalog::everything(pool).await, top);
}

#[tokio::test]
async fn all_steps_at_once_go_down_over_rows_and_up_again() {
    let database = Database::with_rows().await;
    let pool = &database.pool;
    let top = catalog::everything(pool).await;
    assert!(!top.is_empty());

    migrate::down(pool, usize::MAX).await.unwrap();
    assert!(catalog::everything(pool).await.is_empty());
    migrate::up(pool).await.unwrap();
    assert_eq!(catalog::everything(pool).await, top);
    migrate::check(pool).await.unwrap();
}
