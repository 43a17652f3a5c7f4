//! The wire on the in-memory store: what does not depend on PostgreSQL.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bodies;
mod harness;
mod limits;
mod lists;
mod paths;
mod style;
