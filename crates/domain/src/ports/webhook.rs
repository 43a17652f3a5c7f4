//! Reading what gateways report, from outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error as ThisError;

use super::payment_gateway::GatewayError;
use crate::webhook::{Fact, NewWebhookEvent, WebhookEvent};

/// Why a report is not taken. The texts are those clients read (contract §10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum WebhookRefused {
    /// Nobody is known to have signed it, or too long ago.
    #[error("Invalid signature")]
    Signature,
    /// It is no event.
    #[error("Invalid payload")]
    Payload,
}

/// Knows the form of reports.
#[allow(clippy::ref_option_ref, reason = "the mock takes its arguments by reference")]
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait WebhookReader: Send + Sync {
    /// Checks who signed a body as it came over the wire, and reads which event it is.
    #[allow(clippy::needless_lifetimes, reason = "the mock needs a name")]
    fn open<'a>(
        &self,
        signature: Option<&'a str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused>;

    /// What an event says happened; `None` where it is of no interest. Where the gateway can be
    /// asked, it says how what the event is about stands now.
    async fn read(
        &self,
        event: &WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError>;
}
