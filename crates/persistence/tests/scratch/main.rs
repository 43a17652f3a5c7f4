#![allow(clippy::unwrap_used, clippy::panic, dead_code)]
#[path = "../repositories/claims.rs"]
mod claims;
mod conformance;
mod database;
