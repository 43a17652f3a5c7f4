//! Payments outside of any gateway, such as bank transfers (contract §9.2).

use async_trait::async_trait;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, PaymentGateway, Verdict,
};

use crate::offline::Offline;

/// Moves no money itself. A payment waits until an admin confirms it; an admin who captures, gives
/// back or calls off does it outside, and the order says that it was done.
#[derive(Debug)]
pub(crate) struct Manual(pub(crate) Offline);

#[async_trait]
impl PaymentGateway for Manual {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let verdict = match order.kind {
            OperationKind::Charge => Verdict::Pending,
            OperationKind::Capture | OperationKind::Cancel | OperationKind::Refund => Verdict::Done,
        };
        Ok(self.0.answer(&order, verdict))
    }
}
