//! Seeing payments.

use super::{Payments, Stepped};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::ids::{PaymentId, PaymentLogId};
use crate::page::{ListRequest, Page};
use crate::payment::{PaymentFilter, PaymentSort, PaymentView};
use crate::payment_log::{PaymentLog, PaymentLogFilter, PaymentLogSort};
use crate::refund::Refund;
use crate::relations::EntityKind;

impl Payments {
    /// The payments the actor may see.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<PaymentFilter, PaymentSort>>,
    ) -> Result<Page<PaymentView>, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read_since("payments.list", actor.written).await?;
        read.payments().list(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One payment.
    pub async fn get(&self, actor: &Actor, id: PaymentId) -> Result<PaymentView, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read("payments.get").await?;
        read.payments().find(scope, id).await?.or_refuse(EntityKind::Payment)
    }

    /// A payment that an earlier request took a step of, and whether the gateway has answered.
    pub async fn progress(&self, actor: &Actor, id: PaymentId) -> Result<Stepped, Error> {
        // Asked first: what is booked between the two statements is then told as open, never as the
        // payment stood before.
        let is_known = {
            let mut read = self.ports.store.read("payments.progress").await?;
            !read.operations().is_open(id).await?
        };
        let view = self.get(actor, id).await?;
        Ok(Stepped::standing(view, is_known))
    }

    /// The history of a payment, newest first.
    pub async fn logs(&self, actor: &Actor, id: PaymentId) -> Result<Vec<PaymentLog>, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read("payments.logs").await?;
        read.payments().find(scope, id).await?.or_refuse(EntityKind::Payment)?;
        Ok(read.payment_logs().list(id).await?)
    }

    /// The history of all payments that the actor may see.
    pub async fn list_logs(
        &self,
        actor: &Actor,
        request: Input<ListRequest<PaymentLogFilter, PaymentLogSort>>,
    ) -> Result<Page<PaymentLog>, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read_since("payments.list_logs", actor.written).await?;
        read.payment_logs().page(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One entry of the history of a payment that the actor may see.
    pub async fn get_log(&self, actor: &Actor, id: PaymentLogId) -> Result<PaymentLog, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read("payments.get_log").await?;
        let found = read.payment_logs().find(id).await?;
        let entry = found.ok_or(Error::NotFound(EntityKind::PaymentLog))?;
        read.payments().find(scope, entry.payment_id).await?.or_refuse(EntityKind::PaymentLog)?;
        Ok(entry)
    }

    /// The refunds of a payment, newest first.
    pub async fn refunds(&self, actor: &Actor, id: PaymentId) -> Result<Vec<Refund>, Error> {
        let scope = access::scope(actor, Action::ReadPayments)?;
        let mut read = self.ports.store.read("payments.refunds").await?;
        read.payments().find(scope, id).await?.or_refuse(EntityKind::Payment)?;
        Ok(read.refunds().list(id).await?)
    }
}
