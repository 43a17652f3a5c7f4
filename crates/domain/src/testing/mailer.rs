//! A mailer that keeps what it is given.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::ports::mailer::{Mail, Mailer};

/// Delivers nothing and remembers everything.
#[derive(Debug, Default)]
pub struct RecordingMailer(Mutex<Vec<Mail>>);

impl RecordingMailer {
    /// Every mail so far, the oldest first.
    pub fn posted(&self) -> Vec<Mail> {
        let mails = self.0.lock();
        mails.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn post(&self, mail: Mail) {
        let mails = self.0.lock();
        mails.unwrap_or_else(PoisonError::into_inner).push(mail);
    }
}
