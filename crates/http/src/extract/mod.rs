//! From a request to what a use case takes.

pub(crate) mod agent;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod cursor;
pub(crate) mod fields;
pub(crate) mod idempotent;
mod instant;
pub(crate) mod list;
pub(crate) mod path;
