//! Servers as processes of their own: killed and started again, and two of them on one database.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crashes;
mod gate;
mod site;
mod storm;
