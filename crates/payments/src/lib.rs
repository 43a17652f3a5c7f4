//! Payment-gateway adapters: the ports
//! [`PaymentGateway`](wiwebb_domain::ports::payment_gateway::PaymentGateway),
//! [`SubscriptionGateway`](wiwebb_domain::ports::subscription_gateway::SubscriptionGateway) and
//! [`WebhookReader`](wiwebb_domain::ports::webhook::WebhookReader), a module for each variant of a
//! configured gateway.
//!
//! An adapter translates: an order into what its gateway understands, and what the gateway says
//! into a verdict. It chooses no state of a payment, opens no unit of work and knows no other
//! adapter. [`Registry`] picks the adapter of a configuration.
//!
//! | Variant | |
//! |---|---|
//! | `dummy` | needs no network; its configuration says what it answers. For development and tests |
//! | `manual` | paid outside, by bank for instance; an admin says when the money is there |
//! | `stripe` | Stripe, which also keeps subscriptions going and reports by [`StripeWebhooks`] |
//!
//! `stripe` reads these keys of its configuration; what is absent, unknown or of the wrong type is
//! the default:
//!
//! | Key | Default | |
//! |---|---|---|
//! | `secret_key` | that of the settings | the key; also `{"env": "STRIPE_…"}`, a variable whose name begins with `STRIPE_` or `WIWEBB_GATEWAY_`, and `{"sealed": "…"}`. One that cannot be read closes the gateway |
//! | `capture_method` | `automatic` | `manual` holds the money until it is captured |
//! | `return_url` | none | where payers come back to from means of payment that lead elsewhere; without it such means are not offered |
//! | `payment_method` | none | what every payment is paid with at once, such as `pm_card_visa`. For trials |

mod dummy;
mod manual;
mod offline;
mod registry;
mod stripe;

/// The variant that is Stripe (contract §9.2).
const STRIPE: &str = "stripe";

pub use registry::{Registry, RegistryConfig};
pub use stripe::client::setup::StripeConfigError;
pub use stripe::clients::StripeConfig;
pub use stripe::reader::StripeWebhooks;
