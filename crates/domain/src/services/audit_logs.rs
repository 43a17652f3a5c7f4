//! Reading the audit log (contract §12). Entries are written by the use cases they tell of.

use super::Ports;
use crate::access::{self, Action, Actor};
use crate::audit::{AuditLogFilter, AuditLogSort, AuditLogView};
use crate::error::{Error, Input};
use crate::ids::AuditLogId;
use crate::page::{ListRequest, Page};
use crate::relations::EntityKind;

/// Use cases on the audit log.
#[derive(Clone)]
pub struct AuditLogs {
    ports: Ports,
}

impl AuditLogs {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The entries the actor may see.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<AuditLogFilter, AuditLogSort>>,
    ) -> Result<Page<AuditLogView>, Error> {
        let scope = access::scope(actor, Action::ReadAuditLogs)?;
        let mut read = self.ports.store.read_since("audit_logs.list", actor.written).await?;
        read.audit_logs().list(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One entry.
    pub async fn get(&self, actor: &Actor, id: AuditLogId) -> Result<AuditLogView, Error> {
        let scope = access::scope(actor, Action::ReadAuditLogs)?;
        let mut read = self.ports.store.read("audit_logs.get").await?;
        read.audit_logs().find(scope, id).await?.or_refuse(EntityKind::AuditLog)
    }
}
