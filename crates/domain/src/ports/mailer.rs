//! Mail, to the outside.

use async_trait::async_trait;

use crate::text::EmailAddress;

/// A mail in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// Subject line.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// Accepts mail for delivery.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Takes the mail at once and delivers it later: the caller learns nothing of the delivery,
    /// not even by the time taken (contract §3.6). A failure is the adapter's to report.
    async fn post(&self, mail: Mail);
}
