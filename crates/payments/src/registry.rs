//! Which adapter a configured gateway is served by.

use std::sync::Arc;

use wiwebb_domain::gateway::{MANUAL, PaymentGatewayConfig};
use wiwebb_domain::ports::payment_gateway::{GatewayRegistry, PaymentGateway};

use crate::dummy::{Dummy, Unanswered};
use crate::manual::Manual;

/// The adapters of this crate by variant (contract §9.2). A configuration is read anew each time it
/// is opened, so a change of it holds from the next order on.
#[derive(Debug, Default)]
pub struct Registry {
    dummy: Option<Arc<Unanswered>>,
}

impl Registry {
    /// All adapters, `dummy` only where it is enabled (contract §14, `WIWEBB_DUMMY_GATEWAY`).
    pub fn new(dummy: bool) -> Self {
        Self { dummy: dummy.then(Arc::default) }
    }
}

impl GatewayRegistry for Registry {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        match config.variant.as_str() {
            "dummy" => {
                let unanswered = self.dummy.as_ref()?;
                Some(Arc::new(Dummy::new(&config.config, Arc::clone(unanswered))))
            }
            MANUAL => Some(Arc::new(Manual)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use wiwebb_domain::testing::samples;

    use super::*;

    fn opens(registry: &Registry, variant: &str) -> bool {
        let config = PaymentGatewayConfig {
            variant: samples::text(variant),
            ..samples::gateway(1, "gateway")
        };
        registry.open(&config).is_some()
    }

    #[test]
    fn a_variant_without_an_adapter_is_not_opened() {
        let registry = Registry::new(true);
        for known in ["dummy", "manual"] {
            assert!(opens(&registry, known), "{known}");
        }
        for unknown in ["paypal", "Dummy", "dummy2", "manual,dummy"] {
            assert!(!opens(&registry, unknown), "{unknown}");
        }
    }

    #[test]
    fn the_dummy_can_be_disabled_and_nothing_else_with_it() {
        let registry = Registry::new(false);
        assert!(!opens(&registry, "dummy"));
        assert!(opens(&registry, "manual"));
    }
}
