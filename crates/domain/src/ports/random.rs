//! Randomness, from outside.

use uuid::Uuid;

/// Draws unpredictable bytes.
#[cfg_attr(feature = "test-support", mockall::automock)]
pub trait Random: Send + Sync {
    /// Fills the buffer with bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// A random UUID (RFC 9562 version 4).
pub fn uuid_v4(random: &dyn Random) -> Uuid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
