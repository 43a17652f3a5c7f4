use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use wiwebb_domain::relations::{OnDelete, RELATIONS, Relation};
use wiwebb_persistence::schema::{foreign_key_name, relation_of_constraint, table};

use crate::catalog::{self, assert_same};
use crate::database::Database;

#[tokio::test]
async fn foreign_keys_and_the_table_of_relations_agree_in_both_directions() {
    let database = Database::migrated().await;
    let expected = RELATIONS.iter().map(|relation| {
        let rule = match relation.on_delete {
            OnDelete::Protect => "RESTRICT",
            OnDelete::Cascade => "CASCADE",
            OnDelete::SetNull => "SET NULL",
        };
        format!(
            "{} ON {}: FOREIGN KEY ({}) REFERENCES {}(id) ON DELETE {rule}",
            foreign_key_name(relation),
            table(relation.child),
            relation.column,
            table(relation.parent),
        )
    });
    assert_same("foreign keys", expected, catalog::foreign_keys(&database.pool).await);
}

#[tokio::test]
async fn a_reference_that_is_set_null_is_nullable() {
    let database = Database::migrated().await;
    let tables = catalog::tables(&database.pool).await;
    for relation in RELATIONS.iter().filter(|relation| relation.on_delete == OnDelete::SetNull) {
        let (_, columns) = tables.iter().find(|(name, _)| name == table(relation.child)).unwrap();
        let nullable = format!("{} integer", relation.column);
        assert!(columns.contains(&nullable), "{relation:?} in {columns:?}");
    }
}

#[tokio::test]
async fn deleting_a_parent_does_to_its_child_what_the_relation_says() {
    let database = Database::with_rows().await;
    for relation in RELATIONS {
        delete_parent(&database.pool, relation).await;
    }
}

/// Deletes, and then rolls back, a parent that has children through this one relation alone.
async fn delete_parent(pool: &PgPool, relation: &'static Relation) {
    let mut transaction = pool.begin().await.unwrap();
    let (child, column) = (table(relation.child), relation.column);
    let (child_id, parent_id): (i32, i32) = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT id, {column} FROM {child} WHERE {column} IS NOT NULL ORDER BY id LIMIT 1"
    )))
    .fetch_one(&mut *transaction)
    .await
    .unwrap();
    for other in RELATIONS.iter().filter(|other| {
        other.parent == relation.parent && foreign_key_name(other) != foreign_key_name(relation)
    }) {
        let sql = format!("DELETE FROM {} WHERE {} = $1", table(other.child), other.column);
        sqlx::query(AssertSqlSafe(sql)).bind(parent_id).execute(&mut *transaction).await.unwrap();
    }

    let sql = format!("DELETE FROM {} WHERE id = $1", table(relation.parent));
    let deleted = sqlx::query(AssertSqlSafe(sql)).bind(parent_id).execute(&mut *transaction).await;
    match relation.on_delete {
        OnDelete::Protect => assert_refused(&deleted.unwrap_err(), relation),
        OnDelete::Cascade => {
            assert_eq!(deleted.unwrap().rows_affected(), 1);
            assert_eq!(reference(&mut transaction, relation, child_id).await, None);
        }
        OnDelete::SetNull => {
            assert_eq!(deleted.unwrap().rows_affected(), 1);
            assert_eq!(reference(&mut transaction, relation, child_id).await, Some(None));
        }
    }
}

fn assert_refused(error: &sqlx::Error, relation: &'static Relation) {
    let error = error.as_database_error().unwrap();
    let code = error.code().unwrap();
    assert!(code == "23503" || code == "23001", "{code}");
    assert_eq!(relation_of_constraint(error.constraint().unwrap()), Some(relation));
}

/// What the child refers to; `None` when there is no such child any more.
async fn reference(
    connection: &mut PgConnection,
    relation: &Relation,
    child_id: i32,
) -> Option<Option<i32>> {
    let sql = format!("SELECT {} FROM {} WHERE id = $1", relation.column, table(relation.child));
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(child_id).fetch_optional(connection).await.unwrap()
}
