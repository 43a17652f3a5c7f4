//! The repositories on a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bulk;
mod cancellation;
mod claims;
mod conformance;
mod database;
mod due;
mod errors;
mod foreign_rows;
mod inbox;
mod lists;
mod logins;
mod network;
mod replicas;
mod search;
