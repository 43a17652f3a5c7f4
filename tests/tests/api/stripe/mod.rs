//! The real adapter for Stripe, over HTTP against stand-ins.

mod adapter;
mod localstripe;
