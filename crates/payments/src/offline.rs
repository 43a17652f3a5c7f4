//! Answers of adapters that ask nobody.

use sha2::{Digest as _, Sha256};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, GatewayOrder, Verdict};
use wiwebb_domain::text::ExternalId;

/// Bytes of the digest in an id: enough that no two keys ever share one.
const ID_BYTES: usize = 16;

/// A gateway that is this server itself.
#[derive(Debug)]
pub(crate) struct Offline {
    /// What its ids begin with.
    pub(crate) variant: &'static str,
    /// What the addresses of its pages begin with, without a slash at the end.
    pub(crate) public_url: String,
}

impl Offline {
    /// A verdict with the id a gateway would give. A charge and a refund are new at the gateway and
    /// get an id of their own; a capture and a release concern what the charge was called. A charge
    /// that waits is settled on a page of this server (contract §8.1).
    pub(crate) fn answer(&self, order: &GatewayOrder, verdict: Verdict) -> GatewayAnswer {
        let transaction_id = match order.kind {
            OperationKind::Charge | OperationKind::Refund => self.transaction_id(&order.key),
            OperationKind::Capture | OperationKind::Cancel => order.payment.transaction_id.clone(),
        };
        let waits = order.kind == OperationKind::Charge && verdict == Verdict::Pending;
        let redirect_url = transaction_id
            .as_ref()
            .filter(|_| waits)
            .map(|id| format!("{}/checkout/{}/", self.public_url, id.as_str()));
        GatewayAnswer { verdict, transaction_id, redirect_url, client_secret: None, message: None }
    }

    /// Made of the key alone, so that every replica gives the same id whenever it is asked.
    fn transaction_id(&self, key: &str) -> Option<ExternalId> {
        let digest = hex::encode(&Sha256::digest(key)[..ID_BYTES]);
        ExternalId::new(&format!("{}_{digest}", self.variant)).ok()
    }
}
