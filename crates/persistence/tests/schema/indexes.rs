use crate::catalog::{self, assert_same};
use crate::database::Database;
use crate::expected::INDEXES;

#[tokio::test]
async fn every_index_is_there_with_its_columns_order_and_uniqueness_and_no_other() {
    let database = Database::migrated().await;
    assert_same("indexes", INDEXES.iter().copied(), catalog::indexes(&database.pool).await);
}

#[tokio::test]
async fn every_foreign_key_leads_an_index_over_all_rows() {
    let database = Database::migrated().await;
    let rows: Vec<(String, bool)> = sqlx::query_as(
        "SELECT n.conname::text, EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = n.conrelid AND i.indpred IS NULL AND i.indisvalid
                AND i.indkey[0] = n.conkey[1] AND cardinality(n.conkey) = 1
        )
        FROM pg_constraint n
        WHERE n.contype = 'f' AND n.connamespace = current_schema()::regnamespace",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert!(!rows.is_empty());
    let bare: Vec<_> = rows.iter().filter(|(_, indexed)| !indexed).collect();
    assert!(bare.is_empty(), "foreign keys without an index: {bare:?}");
}

#[tokio::test]
async fn no_two_indexes_have_the_same_columns() {
    let database = Database::migrated().await;
    let mut columns: Vec<String> = catalog::indexes(&database.pool)
        .await
        .iter()
        .map(|index| index.split_once(" ON ").unwrap().1.to_owned())
        .collect();
    columns.sort();
    let twice: Vec<_> = columns.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(!columns.is_empty() && twice.is_empty(), "{twice:?}");
}
