//! The PostgreSQL adapter of the domain's repositories.
//!
//! Pool ← [`unit_of_work`] ← `repositories` (a port each, under the port's name) ← `rows` (how a
//! row becomes an entity). Nothing here decides: a repository method is one statement, and every
//! rule it needs is asked of `wiwebb-domain`.
//!
//! | To find | look in |
//! |---|---|
//! | how connections are made | [`config`], [`pool`] |
//! | where a transaction begins and ends | [`unit_of_work`] |
//! | what a statement runs on | `connection`, [`replica`] |
//! | what an error of PostgreSQL means | `error` |
//! | how lists filter, search, order and page | `list`, `conditions` |
//! | what is counted | [`figures`] |
//! | the schema and its steps | [`schema`], [`migrate`] |
//! | the private server of installations without one | [`embedded`] |
//! | loading many rows at once | [`bulk`] |
//! | taking over a database of the Django version | [`import`] |
//!
//! Statements of fixed form are checked against the schema when they are compiled, from the answers
//! in `.sqlx`; `scripts/sqlx-prepare` renews these.

pub mod bulk;
mod conditions;
pub mod config;
mod connection;
pub mod embedded;
mod error;
pub mod figures;
pub mod import;
mod list;
pub mod migrate;
pub mod pool;
pub mod replica;
mod repositories;
mod rows;
pub mod schema;
mod search;
pub mod unit_of_work;

pub use config::PoolConfig;
pub use replica::{Replica, ReplicaConfig};
pub use unit_of_work::PgUnitOfWorkFactory;
