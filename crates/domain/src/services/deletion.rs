//! Deleting with the policy table's leave, and what a delete would do (contract §13).

use super::Ports;
use crate::access::{self, Action, Actor, Denial, Object};
use crate::error::{Error, RepositoryError};
use crate::ids::{GatewayId, PlanId, UserId};
use crate::ports::Stored;
use crate::ports::unit_of_work::{Repositories, UnitOfWork};
use crate::relations::{DeletionPlan, EntityKind, plan_deletion};
use crate::tenant::TenantRef;
use crate::user::User;

/// What deletes would do. Whoever may ask is whoever may delete.
#[derive(Clone)]
pub struct Deletions {
    ports: Ports,
}

impl Deletions {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// What deleting a tenant would do.
    pub async fn of_tenant(&self, actor: &Actor, tenant: TenantRef) -> Result<DeletionPlan, Error> {
        let scope = access::scope(actor, Action::DeleteTenant)?;
        let mut read = self.ports.store.read("deletions.of_tenant").await?;
        let view = read.tenants().find(scope, tenant).await?.or_refuse(EntityKind::Tenant)?;
        let id = view.tenant.id;
        access::decide(actor, Action::DeleteTenant, Object::Tenant(id))?;
        planned(read.as_mut(), EntityKind::Tenant, id.get()).await
    }

    /// What deleting a user would do.
    pub async fn of_user(&self, actor: &Actor, id: UserId) -> Result<DeletionPlan, Error> {
        let scope = access::scope(actor, Action::DeleteUser)?;
        let mut read = self.ports.store.read("deletions.of_user").await?;
        let view = read.users().find(scope, id).await?.or_refuse(EntityKind::User)?;
        may_delete_user(actor, &view.user)?;
        planned(read.as_mut(), EntityKind::User, id.get()).await
    }

    /// What deleting a plan would do.
    pub async fn of_plan(&self, actor: &Actor, id: PlanId) -> Result<DeletionPlan, Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let mut read = self.ports.store.read("deletions.of_plan").await?;
        read.plans().find(id).await?.ok_or(Error::NotFound(EntityKind::Plan))?;
        planned(read.as_mut(), EntityKind::Plan, id.get()).await
    }

    /// What deleting the configuration of a gateway would do.
    pub async fn of_gateway(&self, actor: &Actor, id: GatewayId) -> Result<DeletionPlan, Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut read = self.ports.store.read("deletions.of_gateway").await?;
        let kind = EntityKind::PaymentGatewayConfig;
        read.gateways().find(id).await?.ok_or(Error::NotFound(kind))?;
        planned(read.as_mut(), kind, id.get()).await
    }
}

/// Whether the actor may delete this user; nobody deletes oneself (contract §13).
pub(super) fn may_delete_user(actor: &Actor, user: &User) -> Result<(), Error> {
    match access::decide(actor, Action::DeleteUser, user.as_object()) {
        Err(Denial::Oneself) => Err(Error::OwnAccount),
        decision => Ok(decision?),
    }
}

async fn planned(
    store: &mut (impl Repositories + ?Sized),
    kind: EntityKind,
    id: i32,
) -> Result<DeletionPlan, Error> {
    let dependants = store.deletions().dependants(kind, id).await?;
    Ok(plan_deletion(kind, &dependants))
}

/// [`Error::Protected`] with what deleting a row would do, where rows forbid it. The store has the
/// last word ([`conclude`]).
pub(super) async fn require_deletable(
    work: &mut (impl Repositories + ?Sized),
    kind: EntityKind,
    id: i32,
) -> Result<(), Error> {
    let plan = planned(work, kind, id).await?;
    if plan.is_allowed() { Ok(()) } else { Err(Error::Protected(plan)) }
}

/// Commits a delete. One that the store refused, because a row has arrived since
/// [`require_deletable`], is told with all that hangs on the row by then.
pub(super) async fn conclude(
    ports: &Ports,
    work: Box<dyn UnitOfWork>,
    deleted: Stored<bool>,
    (kind, id): (EntityKind, i32),
) -> Result<(), Error> {
    match deleted {
        Ok(deleted) => {
            require_deleted(deleted, kind)?;
            Ok(work.commit().await?)
        }
        Err(RepositoryError::Protected(relation)) => {
            drop(work);
            let mut read = ports.store.read("deletions.refused").await?;
            require_deletable(read.as_mut(), kind, id).await?;
            // What forbade it has gone again.
            Err(RepositoryError::Protected(relation).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// A delete that found no row lost a race against another one (contract §13: `404`).
pub(super) fn require_deleted(deleted: bool, kind: EntityKind) -> Result<(), Error> {
    if deleted { Ok(()) } else { Err(Error::NotFound(kind)) }
}
