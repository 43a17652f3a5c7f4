//! Where the audit log is kept. Entries are added and read, never changed.

use async_trait::async_trait;

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::audit::{AuditLogFilter, AuditLogSort, AuditLogView, NewAuditLog};
use crate::ids::AuditLogId;
use crate::page::ListRequest;

/// The audit log. A tenant's scope covers entries whose target is in the tenant; a scope of
/// oneself those whose target one is.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait AuditLogRepository: Send {
    /// Adds an entry. Errors: `MissingReference`.
    async fn insert(&mut self, entry: NewAuditLog) -> Stored<AuditLogId>;

    /// Finds an entry with the names of its users.
    async fn find(&mut self, scope: Scope, id: AuditLogId) -> Stored<Lookup<AuditLogView>>;

    /// A page of entries with the names of their users. Searches `action` and the usernames of actor
    /// and target.
    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<AuditLogFilter, AuditLogSort>,
    ) -> Listing<AuditLogView>;
}
