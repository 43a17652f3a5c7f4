//! Backups: made by `pg_dump`, described by a manifest, and restored by `pg_restore` into a database
//! that holds nothing.
//!
//! | To find | look in |
//! |---|---|
//! | how a backup is made | `dump` |
//! | what is written down about it | `manifest` |
//! | which backups are removed | `retention` |
//! | how one is restored and compared | `restore`, `target` |
//! | what is in a database | `contents` |
//! | how the programs are run | `programs` |

pub(crate) mod contents;
pub(crate) mod dump;
mod error;
pub(crate) mod manifest;
pub(crate) mod programs;
mod progress;
pub(crate) mod restore;
pub(crate) mod retention;
mod target;

pub use error::BackupError;
