//! What the domain needs from outside: stores, clock, randomness, password hashing, mail and
//! payment gateways.
//!
//! All ports are object-safe. With the feature `test-support` each has a `mockall` mock of its
//! name with `Mock` in front.

pub mod access_token;
pub mod audit_log;
pub mod clock;
pub mod customer;
pub mod dashboard;
pub mod deletion;
pub mod gateway;
pub mod idempotency;
pub mod login_attempt;
pub mod mailer;
pub mod operation;
pub mod password;
pub mod password_reset;
pub mod payment;
pub mod payment_gateway;
pub mod payment_log;
pub mod personal_data;
pub mod plan;
pub mod pricing;
pub mod random;
pub mod refund;
pub mod secrets;
pub mod service_key;
pub mod subscription;
pub mod subscription_gateway;
pub mod tenant;
pub mod todo;
pub mod unit_of_work;
pub mod usage;
pub mod user;
pub mod webhook;
pub mod webhook_event;

use crate::error::RepositoryError;
use crate::page::Page;

/// What a repository answers.
pub type Stored<T> = Result<T, RepositoryError>;

/// What a list answers; `None` where there is no such page.
pub type Listing<T> = Stored<Option<Page<T>>>;
