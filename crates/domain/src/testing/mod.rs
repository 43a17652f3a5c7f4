//! What tests of the rules, of a use case or of an adapter need.
//!
//! | To test | take |
//! |---|---|
//! | a use case against real rules | [`crate::memory::MemoryStore`] with [`clock`], [`random`], [`password`], [`mailer`], [`gateway`], [`subscription_gateway`], [`webhook`], [`secrets`] |
//! | which calls a use case makes, and what it does when one fails | [`unit_of_work`] |
//! | a store | [`conformance`] |
//!
//! [`samples`] makes valid rows for all of them.

// Whatever fails in here fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

pub mod clock;
pub mod conformance;
pub mod gateway;
pub mod mailer;
pub mod password;
pub mod random;
pub mod samples;
pub mod secrets;
pub mod subscription_gateway;
pub mod unit_of_work;
pub mod webhook;
