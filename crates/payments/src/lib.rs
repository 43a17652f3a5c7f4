//! Payment-gateway adapters: the port
//! [`PaymentGateway`](wiwebb_domain::ports::payment_gateway::PaymentGateway), a module for each
//! variant of a configured gateway.
//!
//! An adapter translates: an order into what its gateway understands, and what the gateway says
//! into a verdict. It chooses no state of a payment, opens no unit of work and knows no other
//! adapter. [`Registry`] picks the adapter of a configuration.
//!
//! | Variant | |
//! |---|---|
//! | `dummy` | needs no network; its configuration says what it answers. For development and tests |
//! | `manual` | paid outside, by bank for instance; an admin says when the money is there |

mod dummy;
mod manual;
mod offline;
mod registry;

pub use registry::Registry;
