#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[path = "api/stripe/adapter/mod.rs"]
mod adapter;
