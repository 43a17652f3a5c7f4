//! What gateways report (contract §10.3): stored first, then applied, each event once.

mod facts;
mod inbox;
mod payments;
mod refunds;
mod refunds_asked;
mod retries;
mod subscriptions;
