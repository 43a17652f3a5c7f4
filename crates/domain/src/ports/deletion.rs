//! What hangs on a row.

use async_trait::async_trait;

use super::Stored;
use crate::relations::{Dependants, EntityKind};

/// Counts the rows that refer to a row.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait DeletionRepository: Send {
    /// One count for each foreign key that refers to the kind, in the order of
    /// [`crate::relations::RELATIONS`], in one statement.
    async fn dependants(&mut self, kind: EntityKind, id: i32) -> Stored<Vec<Dependants>>;
}
