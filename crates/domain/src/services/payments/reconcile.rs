//! Finishing what a crash or a silent gateway left behind.

use super::Payments;
use super::settle::Attempt;
use crate::access::Scope;
use crate::error::Error;
use crate::operation::{PATIENCE, PaymentOperation};
use crate::relations::EntityKind;

impl Payments {
    /// Asks the gateways again about orders that are due, under the keys they were given with, and
    /// books what they say. Answers how many orders it took, `limit` at most. Any number of
    /// replicas may run it at a time: an order is taken by one.
    pub async fn reconcile_due(&self, limit: u32) -> Result<usize, Error> {
        let mut taken = 0;
        let mut failure = None;
        // One at a time, so that each is asked about within its lease.
        for _ in 0..limit {
            let Some(operation) = self.take_due().await? else {
                break;
            };
            taken += 1;
            match self.resume(operation).await {
                // What the gateway refuses, and what it still does not say, is booked.
                Ok(()) | Err(Error::PaymentStep(_)) => {}
                // One that fails is due again after its lease and holds no other up.
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(taken), Err)
    }

    async fn take_due(&self) -> Result<Option<PaymentOperation>, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("payments.reconcile").await?;
        Ok(read.operations().claim_due(now, now + PATIENCE, 1).await?.pop())
    }

    async fn resume(&self, operation: PaymentOperation) -> Result<(), Error> {
        let (payment, gateway) = {
            let mut read = self.ports.store.read("payments.resume").await?;
            let found = read.payments().find(Scope::Everything, operation.payment_id).await?;
            let payment = found.or_refuse(EntityKind::Payment)?.payment;
            let gateway = read.gateways().find(payment.payment_gateway_id).await?;
            (payment, gateway.ok_or(Error::NotFound(EntityKind::PaymentGatewayConfig))?)
        };
        self.carry_out(operation, payment, &gateway, Attempt::Again).await.map(drop)
    }
}
