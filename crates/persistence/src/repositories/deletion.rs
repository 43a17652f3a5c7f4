//! What hangs on a row.

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::deletion::DeletionRepository;
use wiwebb_domain::relations::{Dependants, EntityKind, OnDelete, Relation, relations_from};

use crate::schema;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl DeletionRepository for PgUnitOfWork {
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>> {
        let relations = relations_from(kind);
        if relations.is_empty() {
            return Ok(Vec::new());
        }
        let row = sqlx::query(AssertSqlSafe(counts(kind, &relations)))
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

    async fn delete_dependants(&mut self, relation: &'static Relation, id: i32) -> Stored<u64> {
        let (table, column) = (schema::table(relation.child), relation.column);
        let text = format!("DELETE FROM {table} WHERE {column} = $1");
        let outcome =
            sqlx::query(AssertSqlSafe(text)).bind(id).execute(self.connection().await?).await;
        Ok(self.settle_delete(outcome)?.rows_affected())
    }
}

/// One count a relation, in their order. All names are the schema's own.
fn counts(root: EntityKind, relations: &[&'static Relation]) -> String {
    let counts: Vec<String> = relations
        .iter()
        .map(|relation| {
            let table = schema::table(relation.child);
            let gone = gone(root, relations, relation.parent, &[]);
            format!("(SELECT count(*) FROM {table} WHERE {} IN ({gone}))", relation.column)
        })
        .collect();
    format!("SELECT {}", counts.join(", "))
}

/// The ids of a kind that a delete of the row `$1` of the root takes along. Kinds above are those on
/// the way from there to the root.
fn gone(
    root: EntityKind,
    relations: &[&'static Relation],
    kind: EntityKind,
    above: &[EntityKind],
) -> String {
    let mut rows: Vec<String> = (kind == root).then(|| "$1".to_owned()).into_iter().collect();
    let way: Vec<EntityKind> = above.iter().copied().chain([kind]).collect();
    let takes_along = |relation: &&&'static Relation| {
        relation.child == kind
            && relation.on_delete == OnDelete::Cascade
            && !way.contains(&relation.parent)
    };
    rows.extend(relations.iter().filter(takes_along).map(|relation| {
        let (table, column) = (schema::table(kind), relation.column);
        let parents = gone(root, relations, relation.parent, &way);
        format!("SELECT id FROM {table} WHERE {column} IN ({parents})")
    }));
    rows.join(" UNION ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_go_along_are_counted_as_gone_for_what_refers_to_them() {
        static TABLE: [Relation; 3] = [
            Relation {
                child: EntityKind::User,
                column: "tenant_id",
                parent: EntityKind::Tenant,
                on_delete: OnDelete::Cascade,
            },
            Relation {
                child: EntityKind::Todo,
                column: "user_id",
                parent: EntityKind::User,
                on_delete: OnDelete::Cascade,
            },
            Relation {
                child: EntityKind::Payment,
                column: "todo_id",
                parent: EntityKind::Todo,
                on_delete: OnDelete::Protect,
            },
        ];
        let relations: Vec<&'static Relation> = TABLE.iter().collect();
        assert_eq!(
            counts(EntityKind::Tenant, &relations),
            "SELECT (SELECT count(*) FROM api_user WHERE tenant_id IN ($1)), \
             (SELECT count(*) FROM api_todo WHERE user_id IN \
             (SELECT id FROM api_user WHERE tenant_id IN ($1))), \
             (SELECT count(*) FROM payment_payment WHERE todo_id IN \
             (SELECT id FROM api_todo WHERE user_id IN \
             (SELECT id FROM api_user WHERE tenant_id IN ($1))))"
        );
    }
}
