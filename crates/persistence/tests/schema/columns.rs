use wiwebb_domain::relations::EntityKind;
use wiwebb_persistence::schema;

use crate::catalog::{self, assert_same};
use crate::database::Database;
use crate::expected::TABLES;

#[tokio::test]
async fn every_table_has_exactly_its_columns_in_order_with_type_null_and_default() {
    let database = Database::migrated().await;
    let tables = catalog::tables(&database.pool).await;
    assert_same(
        "tables",
        TABLES.iter().map(|table| table.name),
        tables.iter().map(|(name, _)| name.clone()),
    );
    for expected in TABLES {
        let (_, found) = tables.iter().find(|(name, _)| name == expected.name).unwrap();
        assert_eq!(found, expected.columns, "columns of {}", expected.name);
    }
}

#[test]
fn every_entity_has_a_table_and_every_table_an_entity() {
    assert_same(
        "tables of entities",
        TABLES.iter().map(|table| table.name),
        EntityKind::ALL.iter().map(|kind| schema::table(*kind).to_owned()),
    );
}
