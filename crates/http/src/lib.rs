//! The HTTP API of WiWebb: wire types, their errors and the way to the domain's use cases.
//!
//! A handler names the actor, the input and one use case, and turns the answer into a wire type.
//! It decides nothing. The wire follows the API contract: Django-REST-style paths, bodies,
//! pagination and errors under `/api/v1`.

mod account;
mod checkout;
mod config;
mod console;
mod docs;
mod error;
mod extract;
pub mod figures;
mod health;
mod middleware;
mod openapi;
mod profile;
mod router;
mod site;
mod state;
mod v1;

pub use config::{HttpConfig, Rate};
pub use health::{Figures, Missing, Probes, Readiness, probes};
pub use middleware::forwarded::{TrustedProxies, counted_as};
pub use profile::ClientProfile;
pub use router::{openapi, router};
