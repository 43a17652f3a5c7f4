//! Answers of adapters that ask nobody.

use sha2::{Digest as _, Sha256};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, GatewayOrder, Verdict};
use wiwebb_domain::text::ExternalId;

/// Bytes of the digest in an id: enough that no two keys ever share one.
const ID_BYTES: usize = 16;

/// A verdict with the id a gateway would give. A charge and a refund are new at the gateway and get
/// an id of their own; a capture and a release concern what the charge was called.
pub(crate) fn answer(variant: &str, order: &GatewayOrder, verdict: Verdict) -> GatewayAnswer {
    let transaction_id = match order.kind {
        OperationKind::Charge | OperationKind::Refund => transaction_id(variant, &order.key),
        OperationKind::Capture | OperationKind::Cancel => order.payment.transaction_id.clone(),
    };
    GatewayAnswer { verdict, transaction_id, redirect_url: None, message: None }
}

/// Made of the key alone, so that every replica gives the same id whenever it is asked.
fn transaction_id(variant: &str, key: &str) -> Option<ExternalId> {
    let digest = Sha256::digest(key);
    ExternalId::new(&format!("{variant}_{}", hex::encode(&digest[..ID_BYTES]))).ok()
}
