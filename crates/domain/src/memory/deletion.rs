//! What hangs on a row.

use async_trait::async_trait;

use super::session::Session;
use crate::ports::Stored;
use crate::ports::deletion::DeletionRepository;
use crate::relations::{Dependants, EntityKind, relations_to};

#[async_trait]
impl DeletionRepository for Session {
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>> {
        self.read(|state| {
            let count = |relation: &'static crate::relations::Relation| Dependants {
                relation,
                rows: state.table(relation.child).referring(relation.column, id).len() as u64,
            };
            relations_to(kind).map(count).collect()
        })
    }
}
