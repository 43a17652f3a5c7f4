//! What hangs on a row.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::engine::State;
use super::session::Session;
use crate::ports::Stored;
use crate::ports::deletion::DeletionRepository;
use crate::relations::{Dependants, EntityKind, OnDelete, Relation, relations_from};

/// The ids of rows by kind.
type Rows = BTreeMap<EntityKind, BTreeSet<i32>>;

/// The rows that refer to any of these through a foreign key.
fn referring(state: &State, relation: &Relation, rows: &Rows) -> BTreeSet<i32> {
    let parents = rows.get(&relation.parent).into_iter().flatten();
    parents.flat_map(|id| state.table(relation.child).referring(relation.column, *id)).collect()
}

/// A row and all that goes along with it.
fn doomed(state: &State, relations: &[&'static Relation], root: (EntityKind, i32)) -> Rows {
    let mut rows = Rows::from([(root.0, BTreeSet::from([root.1]))]);
    let count = |rows: &Rows| rows.values().map(BTreeSet::len).sum::<usize>();
    loop {
        let before = count(&rows);
        for relation in relations.iter().filter(|known| known.on_delete == OnDelete::Cascade) {
            let children = referring(state, relation, &rows);
            rows.entry(relation.child).or_default().extend(children);
        }
        if count(&rows) == before {
            return rows;
        }
    }
}

#[async_trait]
impl DeletionRepository for Session {
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>> {
        self.read(|state| {
            let relations = relations_from(kind);
            let gone = doomed(state, &relations, (kind, id));
            let count = |relation| Dependants {
                relation,
                rows: referring(state, relation, &gone).len() as u64,
            };
            relations.into_iter().map(count).collect()
        })
    }

    async fn delete_dependants(&mut self, relation: &'static Relation, id: i32) -> Stored<u64> {
        self.write(|state| {
            let children = state.table(relation.child).referring(relation.column, id);
            for child in &children {
                state.delete(relation.child, *child)?;
            }
            Ok(children.len() as u64)
        })
        .await
    }
}
