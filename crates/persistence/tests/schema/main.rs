//! The live catalog against what the schema document and the domain say of it.
//!
//! `expected.rs` is the readable side of every comparison; each one fails on what is missing and on
//! what is too much. How to add a table: `migrations/README.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod catalog;
mod checks;
mod columns;
mod commands;
mod concurrently;
mod database;
mod expected;
mod extension;
mod foreign_keys;
mod indexes;
mod previous_release;
mod steps;
mod triggers;
