//! Subscriptions (contract §8), over gateways that follow a script.

mod cancel;
mod change;
mod changes_unpaid;
mod crashes;
mod gateway_changes;
mod gateway_driven;
mod gateways;
mod of_user;
mod renewal;
mod renewal_failures;
mod subscribe;
mod trial;
