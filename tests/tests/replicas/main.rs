//! Several servers on one database: plain, behind PgBouncer, and beside a replica.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod cluster;
mod copies;
mod load;
mod pgbouncer;
mod pooled;
#[path = "../processes/sending.rs"]
mod sending;
#[allow(dead_code, reason = "what only the tests of `processes` need")]
#[path = "../processes/site.rs"]
mod site;
mod two_servers;
