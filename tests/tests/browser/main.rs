//! Pages as people see them: in a real Chromium, on a real server with a database of its own.
//!
//! They need Chromium and its driver, which `.ci/run` installs. Without them these tests are left
//! out, and say so; without axe-core only what it judges is.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod browser;
mod checkout;
mod checks;
mod console;
mod docs;
mod driver;
mod harness;
mod keyboard;
mod live;
mod refusals;
mod states;
mod walk;
mod world;
