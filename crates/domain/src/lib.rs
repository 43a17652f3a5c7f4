//! The rules of WiWebb.
//!
//! Entities and values ← [`access`] and [`relations`] ← [`ports`] ← [`services`]. Nothing here does
//! I/O, starts a runtime, speaks SQL or knows an HTTP status; time, randomness, storage, hashing,
//! mail and payment gateways come in through [`ports`]. A service that embeds this crate brings its own adapters, or
//! takes the in-memory store of the feature `memory` and the mocks of `test-support`.
//!
//! | To find | look in |
//! |---|---|
//! | who may do what | [`access`] |
//! | what a delete does | [`relations`] |
//! | when guessing is stopped | [`lockout`] |
//! | what a value must look like | [`text`], [`money`], [`password`] |
//! | how a payment moves | [`payment`] |
//! | what a gateway was asked, and when it is asked again | [`operation`] |
//! | what of a payment has gone back | [`refund`] |
//! | who has which plan, until when | [`subscription`] |
//! | what is left of a day's limits | [`usage`] |
//! | what a gateway reports | [`webhook`] |
//! | what a repeated request is told | [`idempotency`] |
//! | what is taken over from an older database | [`import`] |
//! | what a use case does, step by step | [`services`] |

pub mod access;
pub mod audit;
pub mod dashboard;
pub mod error;
pub mod gateway;
pub mod idempotency;
pub mod ids;
pub mod import;
pub mod lockout;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
pub mod operation;
pub mod page;
pub mod password;
pub mod payment;
pub mod payment_log;
pub mod personal_data;
pub mod plan;
pub mod ports;
pub mod pricing;
pub mod refund;
pub mod relations;
pub mod service_key;
pub mod services;
pub mod subscription;
pub mod tenant;
#[cfg(feature = "test-support")]
pub mod testing;
pub mod text;
pub mod todo;
pub mod token;
pub mod usage;
pub mod user;
pub mod webhook;

/// What the README shows of this crate compiles and holds.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
