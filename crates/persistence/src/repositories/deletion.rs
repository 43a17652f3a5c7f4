//! What hangs on a row.

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::deletion::DeletionRepository;
use wiwebb_domain::relations::{Dependants, EntityKind, Relation, relations_to};

use crate::schema;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl DeletionRepository for PgUnitOfWork {
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>> {
        let relations: Vec<&'static Relation> = relations_to(kind).collect();
        if relations.is_empty() {
            return Ok(Vec::new());
        }
        let row = sqlx::query(AssertSqlSafe(statement(&relations)))
            .bind(id)
            .fetch_one(self.connection().await?)
            .await;
        let row = self.settle(row)?;
        let count = |(index, relation)| {
            let rows: i64 = row.try_get(index)?;
            Ok(Dependants { relation, rows: rows.unsigned_abs() })
        };
        let counts: sqlx::Result<_> = relations.into_iter().enumerate().map(count).collect();
        self.settle(counts)
    }
}

/// One count a relation, in their order. All names are the schema's own.
fn statement(relations: &[&'static Relation]) -> String {
    let counts: Vec<String> = relations
        .iter()
        .map(|relation| {
            let table = schema::table(relation.child);
            format!("(SELECT count(*) FROM {table} WHERE {} = $1)", relation.column)
        })
        .collect();
    format!("SELECT {}", counts.join(", "))
}
