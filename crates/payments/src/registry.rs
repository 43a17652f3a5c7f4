//! Which adapter a configured gateway is served by.

use std::sync::Arc;

use wiwebb_domain::gateway::{DUMMY, MANUAL, PaymentGatewayConfig};
use wiwebb_domain::ports::payment_gateway::{GatewayRegistry, PaymentGateway};
use wiwebb_domain::ports::secrets::Secrets;
use wiwebb_domain::ports::subscription_gateway::SubscriptionGateway;

use crate::STRIPE;
use crate::dummy::{Dummy, Unanswered};
use crate::manual::Manual;
use crate::offline::Offline;
use crate::stripe::billing::StripeBilling;
use crate::stripe::client::Stripe;
use crate::stripe::client::setup::StripeConfigError;
use crate::stripe::clients::{Clients, StripeConfig};
use crate::stripe::payments::StripePayments;

/// What the server's settings say of gateways (contract §14).
#[derive(Debug, Clone, Default)]
pub struct RegistryConfig {
    /// `WIWEBB_DUMMY_GATEWAY`.
    pub dummy: bool,
    /// `WIWEBB_PUBLIC_URL`: what the addresses of checkout pages begin with.
    pub public_url: String,
    /// How Stripe is spoken to.
    pub stripe: StripeConfig,
}

/// The adapters of this crate by variant (contract §9.2). A configuration is read anew each time it
/// is opened, so a change of it holds from the next order on.
pub struct Registry {
    dummy: Option<Arc<Unanswered>>,
    /// Without a slash at the end.
    public_url: String,
    stripe: Clients,
}

impl Registry {
    /// All adapters, `dummy` only where it is enabled. Errors: settings of Stripe that cannot be
    /// used.
    pub fn new(
        config: RegistryConfig,
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, StripeConfigError> {
        Ok(Self {
            dummy: config.dummy.then(Arc::default),
            public_url: config.public_url.trim_end_matches('/').to_owned(),
            stripe: Clients::new(config.stripe, secrets)?,
        })
    }

    fn stripe(&self, config: &PaymentGatewayConfig) -> Option<Stripe> {
        if config.variant.as_str() == STRIPE { self.stripe.of(&config.config) } else { None }
    }
}

impl GatewayRegistry for Registry {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let offline = |variant| Offline { variant, public_url: self.public_url.clone() };
        match config.variant.as_str() {
            DUMMY => {
                let unanswered = Arc::clone(self.dummy.as_ref()?);
                Some(Arc::new(Dummy::new(&config.config, offline(DUMMY), unanswered)))
            }
            MANUAL => Some(Arc::new(Manual(offline(MANUAL)))),
            _ => {
                let stripe = self.stripe(config)?;
                Some(Arc::new(StripePayments::new(stripe, &config.config)))
            }
        }
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        let stripe = self.stripe(config)?;
        Some(Arc::new(StripeBilling::new(stripe, self.public_url.clone())))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::{Value, json};
    use wiwebb_domain::gateway::GatewaySettings;
    use wiwebb_domain::testing::samples;
    use wiwebb_domain::testing::secrets::PlainSecrets;

    use super::*;

    fn registry(dummy: bool, key: Option<&str>) -> Registry {
        let stripe =
            StripeConfig { secret_key: key.map(SecretString::from), ..StripeConfig::default() };
        let config = RegistryConfig { dummy, stripe, ..RegistryConfig::default() };
        Registry::new(config, Arc::new(PlainSecrets::default())).unwrap()
    }

    fn config(variant: &str, settings: Value) -> PaymentGatewayConfig {
        PaymentGatewayConfig {
            variant: samples::text(variant),
            config: GatewaySettings::new(samples::object(settings)),
            ..samples::gateway(1, "gateway")
        }
    }

    fn opens(registry: &Registry, variant: &str) -> bool {
        registry.open(&config(variant, json!({}))).is_some()
    }

    #[test]
    fn a_variant_without_an_adapter_is_not_opened() {
        let registry = registry(true, Some("sk_test_1"));
        for known in ["dummy", "manual", "stripe"] {
            assert!(opens(&registry, known), "{known}");
        }
        for unknown in ["paypal", "Dummy", "dummy2", "manual,dummy", "Stripe"] {
            assert!(!opens(&registry, unknown), "{unknown}");
        }
    }

    #[test]
    fn the_dummy_can_be_disabled_and_nothing_else_with_it() {
        let registry = registry(false, Some("sk_test_1"));
        assert!(!opens(&registry, "dummy"));
        assert!(opens(&registry, "manual"));
        assert!(opens(&registry, "stripe"));
    }

    #[test]
    fn stripe_needs_a_key_of_the_settings_or_of_the_gateway() {
        let registry = registry(true, None);
        assert!(!opens(&registry, "stripe"));
        let own = config("stripe", json!({"secret_key": "sk_test_2"}));
        assert!(registry.open(&own).is_some());
        assert!(registry.subscriptions(&own).is_some());
    }

    #[test]
    fn stripe_alone_keeps_subscriptions_going() {
        let registry = registry(true, Some("sk_test_1"));
        for (variant, keeps) in [("stripe", true), ("dummy", false), ("manual", false)] {
            let config = config(variant, json!({}));
            assert_eq!(registry.subscriptions(&config).is_some(), keeps, "{variant}");
        }
    }
}
