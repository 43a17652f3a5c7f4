//! wip
pub mod embedded;
pub mod migrate;
pub mod schema;
