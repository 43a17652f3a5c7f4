//! What hangs on a row.

use async_trait::async_trait;

use super::Stored;
use crate::relations::{Dependants, EntityKind, Relation};

/// Counts and removes the rows that refer to a row.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait DeletionRepository: Send {
    /// One count for each foreign key that a delete of the row concerns, in the order of
    /// [`crate::relations::relations_from`], in one statement. Rows that go along count as gone
    /// for what refers to them.
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>>;

    /// Deletes the rows that refer to a row through a foreign key, and what goes along with them,
    /// and says how many referred to it. Errors: `Protected`.
    async fn delete_dependants(&mut self, relation: &'static Relation, id: i32) -> Stored<u64>;
}
