//! The API as its contract tells it, over real HTTP and real PostgreSQL; a module for every kind
//! of thing.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod auth;
mod bad_input;
mod checkout;
mod compat;
mod concurrency;
mod dashboard;
mod deletion;
mod edge;
mod gateways;
mod lists;
mod metrics;
mod network;
mod openapi;
mod outage;
mod passwords;
mod payments;
mod plans;
mod privacy;
mod roles;
mod site;
mod stripe;
mod subscriptions;
mod support;
mod tenants;
mod todos;
mod users;
mod webhooks;
