//! The use cases, over the in-memory store and doubles of everything else; and over mocks, where
//! the question is what happens when the store fails.
//!
//! Texts are compared as clients read them (the contract's tables).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account_passwords;
mod accounts;
mod copies;
mod deletion;
mod failures;
mod fakes;
mod gateway_secrets;
mod gateways;
mod keys;
mod late_refusals;
mod lockout;
mod network;
mod overview;
mod password_resets;
mod payments;
mod plans;
mod privacy;
mod reading;
mod role_assignment;
mod shop;
mod subscriptions;
mod tenants;
mod todos;
mod user_actions;
mod users;
mod webhooks;
mod world;
