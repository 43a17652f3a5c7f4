//! Deleting with the policy table's leave.

use crate::error::Error;
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::{EntityKind, plan_deletion};

/// [`Error::Protected`] with what deleting a row would do, where rows forbid it. The store has the last word: a row that arrives in between is refused by it.
pub(super) async fn require_deletable(
    work: &mut dyn UnitOfWork,
    kind: EntityKind,
    id: i32,
) -> Result<(), Error> {
    let dependants = work.deletions().dependants(kind, id).await?;
    let plan = plan_deletion(kind, &dependants);
    if plan.is_allowed() { Ok(()) } else { Err(Error::Protected(plan)) }
}

/// A delete that found no row lost a race against another one (contract §13: `404`).
pub(super) fn require_deleted(deleted: bool, kind: EntityKind) -> Result<(), Error> {
    if deleted { Ok(()) } else { Err(Error::NotFound(kind)) }
}
