//! Payments (contract §10), over a gateway that follows a script.

mod access;
mod claims;
mod crashes;
mod create;
mod faults;
mod reconcile;
mod refunds;
mod steps;
mod till;
mod waiting;
