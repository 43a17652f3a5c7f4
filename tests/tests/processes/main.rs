//! Servers as processes of their own: killed and started again, several of them on one database, and
//! without their database for a while; and the commands that take care of what they have stored.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backup;
mod commands;
mod crashes;
mod crowd;
mod gate;
mod home;
mod hygiene;
mod kill;
mod logs;
mod outage;
mod probes;
mod restore;
mod sending;
mod site;
mod storm;
