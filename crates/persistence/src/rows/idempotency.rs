//! `payment_idempotencykey`

use chrono::{DateTime, Utc};
use wiwebb_domain::idempotency::{BodyDigest, Claim, StoredAnswer};
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::relations::EntityKind;

use super::Origin;

/// What is known of the request that has a key.
pub(crate) struct KeyRow {
    pub(crate) id: i32,
    pub(crate) body_digest: Vec<u8>,
    pub(crate) payment_id: Option<i32>,
    pub(crate) status: Option<i32>,
    pub(crate) body: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl KeyRow {
    /// What the key stands for to a request with this body.
    pub(crate) fn claim(self, asked: BodyDigest, running_since: DateTime<Utc>) -> Stored<Claim> {
        let from = Origin { kind: EntityKind::IdempotencyRecord, id: self.id };
        let digest: [u8; 32] =
            self.body_digest.try_into().map_err(|_| from.unfit("body_digest", "no SHA-256"))?;
        let answer = match self.status.zip(self.body) {
            Some((status, body)) => {
                let status = from.value("status", u16::try_from(status))?;
                Some(StoredAnswer { status, body })
            }
            None => None,
        };
        let same_body = BodyDigest::new(digest) == asked;
        let payment = self.payment_id.map(PaymentId::new);
        Ok(Claim::of_used(same_body, answer, payment, self.created_at < running_since))
    }
}
