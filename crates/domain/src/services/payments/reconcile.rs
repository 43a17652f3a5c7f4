//! Finishing what a crash or a silent gateway left behind.

use chrono::Duration;

use super::Payments;
use super::settle::{Attempt, locked};
use crate::access::Scope;
use crate::error::Error;
use crate::gateway::{DUMMY, MANUAL, PaymentGatewayConfig};
use crate::ids::PaymentId;
use crate::operation::{PATIENCE, PaymentOperation};
use crate::payment::{Patience, Payment, PaymentStatus};
use crate::ports::payment_gateway::Verdict;
use crate::relations::EntityKind;
use crate::services::Round;

/// A payer is given ten minutes before the gateway is asked, then ever longer, up to a day.
const PAYER_PATIENCE: Patience =
    Patience { least: Duration::minutes(10), most: Duration::hours(24) };

impl Payments {
    /// Asks the gateways again about orders that are due, under the keys they were given with, and
    /// books what they say; then about payments that wait for their payers. Answers how many it took,
    /// `limit` at most. Any number of
    /// replicas may run it at a time: an order is taken by one.
    pub async fn reconcile_due(&self, limit: u32) -> Result<usize, Error> {
        let mut round = Round::default();
        // One at a time, so that each is asked about within its lease.
        while round.taken < limit as usize {
            let Some(operation) = self.take_due().await? else {
                break;
            };
            round.note(match self.resume(operation).await {
                // What the gateway refuses, and what it still does not say, is booked.
                Err(Error::PaymentStep(_)) => Ok(()),
                resumed => resumed,
            });
        }
        while round.taken < limit as usize {
            let Some(id) = self.take_waiting().await? else {
                break;
            };
            round.note(self.look_at(id).await);
        }
        round.end()
    }

    async fn take_waiting(&self) -> Result<Option<PaymentId>, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("payments.waiting").await?;
        Ok(read.payments().claim_waiting(&[DUMMY, MANUAL], PAYER_PATIENCE, now).await?)
    }

    /// Asks the gateway about a payment whose payer may have paid without the gateway's report
    /// having come.
    async fn look_at(&self, id: PaymentId) -> Result<(), Error> {
        let (payment, gateway) = self.with_gateway(id).await?;
        let Some(adapter) = self.ports.gateways.open(&gateway) else {
            return Ok(());
        };
        let answer = match adapter.look(&payment).await {
            Ok(Some(answer)) if answer.verdict != Verdict::Pending => answer,
            // It is looked at again, later than now.
            Ok(_) | Err(_) => return Ok(()),
        };
        let mut work = self.ports.store.begin("payments.look").await?;
        let mut view = locked(work.as_mut(), id).await?;
        if view.payment.status == PaymentStatus::Waiting {
            self.book_charge(work.as_mut(), &mut view.payment, answer).await?;
            work.commit().await?;
        }
        Ok(())
    }

    async fn take_due(&self) -> Result<Option<PaymentOperation>, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("payments.reconcile").await?;
        Ok(read.operations().claim_due(now, now + PATIENCE, 1).await?.pop())
    }

    async fn resume(&self, operation: PaymentOperation) -> Result<(), Error> {
        let (payment, gateway) = self.with_gateway(operation.payment_id).await?;
        self.carry_out(operation, payment, &gateway, Attempt::Again).await.map(drop)
    }

    async fn with_gateway(&self, id: PaymentId) -> Result<(Payment, PaymentGatewayConfig), Error> {
        let mut read = self.ports.store.read("payments.resume").await?;
        let found = read.payments().find(Scope::Everything, id).await?;
        let payment = found.or_refuse(EntityKind::Payment)?.payment;
        let gateway = read.gateways().find(payment.payment_gateway_id).await?;
        Ok((payment, gateway.ok_or(Error::NotFound(EntityKind::PaymentGatewayConfig))?))
    }
}
