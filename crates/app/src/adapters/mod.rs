//! The domain's ports on the real world: time, randomness, password hashing,
//! mail and sealed secrets.

pub mod clock;
pub mod gateways;
pub mod mailer;
pub mod metered;
pub mod password;
pub mod random;
pub mod secrets;
