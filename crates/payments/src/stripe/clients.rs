//! Which key a configured gateway speaks under, and a client for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wiwebb_domain::gateway::GatewaySettings;
use wiwebb_domain::ports::secrets::Secrets;

use super::client::setup::{StripeConfigError, StripeSettings, api_base};
use super::client::{Pace, Stripe};

/// What the server's settings say of Stripe (contract §14).
#[derive(Debug, Clone, Default)]
pub struct StripeConfig {
    /// `STRIPE_SECRET_KEY`: the key of gateways that are configured without one of their own, and
    /// the one by which what webhooks are about is looked up.
    pub secret_key: Option<SecretString>,
    /// `STRIPE_WEBHOOK_SECRET`: set apart by commas. Without any, no webhook is believed.
    pub webhook_secrets: Option<SecretString>,
    /// `STRIPE_API_BASE`; Stripe itself where it is absent.
    pub api_base: Option<String>,
    /// `STRIPE_API_VERSION`; where it is absent, the one that requests and answers were written for.
    pub api_version: Option<String>,
}

impl StripeConfig {
    /// A client under the key of the settings; `None` where there is none.
    pub(crate) fn client(&self) -> Result<Option<Stripe>, StripeConfigError> {
        self.secret_key.as_ref().map(|key| self.client_of(key)).transpose()
    }

    fn client_of(&self, secret_key: &SecretString) -> Result<Stripe, StripeConfigError> {
        Stripe::new(&StripeSettings {
            secret_key: secret_key.clone(),
            api_base: self.api_base.clone(),
            api_version: self.api_version.clone(),
            pace: Pace::default(),
        })
    }
}

/// The key of a gateway's configuration that holds its secret key.
const SECRET_KEY: &str = "secret_key";

/// How the names of variables begin that a configuration may refer to. Whoever may configure a
/// gateway must not learn of others by sending them to an address of their own.
const READABLE: [&str; 2] = ["STRIPE_", "WIWEBB_GATEWAY_"];

/// Clients that are kept at most.
const KEPT: usize = 64;

/// Gives each configured gateway its client. One is made once for each key, as making it is slow.
pub(crate) struct Clients {
    config: StripeConfig,
    secrets: Arc<dyn Secrets>,
    of_setting: Option<Stripe>,
    /// By the digest of the key.
    of_gateways: Mutex<HashMap<[u8; 32], Stripe>>,
}

impl Clients {
    /// Errors: settings that no client can be made of.
    pub(crate) fn new(
        config: StripeConfig,
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, StripeConfigError> {
        api_base(config.api_base.as_deref())?;
        let of_setting = config.client()?;
        Ok(Self { config, secrets, of_setting, of_gateways: Mutex::default() })
    }

    /// The client of a gateway; `None` where it has no key, or one that cannot be read.
    pub(crate) fn of(&self, gateway: &GatewaySettings) -> Option<Stripe> {
        match gateway.reveal().get(SECRET_KEY) {
            None | Some(Value::Null) => self.of_setting.clone(),
            Some(own) => self.of_key(&self.resolve(own)?),
        }
    }

    /// `{"env": NAME}`, `{"sealed": TEXT}`, or the key itself.
    fn resolve(&self, own: &Value) -> Option<SecretString> {
        let part = |name: &str| own.get(name).and_then(Value::as_str);
        let key = match (own, part("env"), part("sealed")) {
            (Value::String(key), ..) => Some(key.clone()),
            (_, Some(name), None) => {
                let is_readable = READABLE.iter().any(|start| name.starts_with(start));
                is_readable.then(|| self.secrets.of_environment(name)).flatten()
            }
            (_, None, Some(sealed)) => self.secrets.open(sealed).ok(),
            _ => None,
        };
        key.map(SecretString::from)
    }

    fn of_key(&self, key: &SecretString) -> Option<Stripe> {
        let digest = Sha256::digest(key.expose_secret()).into();
        let mut kept = self.of_gateways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = kept.get(&digest) {
            return Some(client.clone());
        }
        let client = self.config.client_of(key).ok()?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(digest, client.clone());
        Some(client)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiwebb_domain::testing::samples;
    use wiwebb_domain::testing::secrets::PlainSecrets;

    use super::*;

    fn clients(setting: Option<&str>, secrets: PlainSecrets) -> Clients {
        let secret_key = setting.map(SecretString::from);
        let config = StripeConfig { secret_key, ..StripeConfig::default() };
        Clients::new(config, Arc::new(secrets)).unwrap()
    }

    fn gateway(config: Value) -> GatewaySettings {
        GatewaySettings::new(samples::object(config))
    }

    /// The key that a gateway speaks under.
    fn key(clients: &Clients, config: Value) -> Option<String> {
        let client = clients.of(&gateway(config))?;
        Some(client.secret_key.expose_secret().to_owned())
    }

    #[test]
    fn a_gateway_without_a_key_of_its_own_has_that_of_the_settings() {
        let clients = clients(Some("sk_setting"), PlainSecrets::default());
        for config in [json!({}), json!({"secret_key": null}), json!({"other": "sk_1"})] {
            assert_eq!(key(&clients, config).as_deref(), Some("sk_setting"));
        }
    }

    #[test]
    fn without_any_key_there_is_no_client() {
        assert_eq!(key(&clients(None, PlainSecrets::default()), json!({})), None);
    }

    #[test]
    fn a_key_is_sealed_in_the_environment_or_in_the_clear() {
        let secrets = PlainSecrets::default();
        secrets.set("STRIPE_SECOND", "sk_second");
        secrets.set("WIWEBB_GATEWAY_3", "sk_third");
        let sealed = secrets.seal("sk_sealed").unwrap();
        let clients = clients(Some("sk_setting"), secrets);
        for (own, expected) in [
            (json!({"env": "STRIPE_SECOND"}), "sk_second"),
            (json!({"env": "WIWEBB_GATEWAY_3"}), "sk_third"),
            (json!({ "sealed": sealed }), "sk_sealed"),
            (json!("sk_plain"), "sk_plain"),
        ] {
            assert_eq!(key(&clients, json!({ "secret_key": own })).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_variables_are_not_read() {
        let secrets = PlainSecrets::default();
        for name in ["DATABASE_URL", "WIWEBB_SUPERADMIN_PASSWORD", "stripe_1", "XSTRIPE_1"] {
            secrets.set(name, "secret");
        }
        let clients = clients(Some("sk_setting"), secrets);
        for name in ["DATABASE_URL", "WIWEBB_SUPERADMIN_PASSWORD", "stripe_1", "XSTRIPE_1"] {
            assert_eq!(key(&clients, json!({"secret_key": {"env": name}})), None, "{name}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_replaced_by_another() {
        let clients = clients(Some("sk_setting"), PlainSecrets::default());
        for own in [
            json!({"env": "STRIPE_ABSENT"}),
            json!({"env": 1}),
            json!({"sealed": "of another server"}),
            json!({"env": "STRIPE_ABSENT", "sealed": "of another server"}),
            json!({}),
            json!(""),
            json!("sk with spaces"),
            json!(7),
            json!(["sk_1"]),
            json!(true),
        ] {
            assert_eq!(key(&clients, json!({ "secret_key": own })), None, "{own}");
        }
    }

    #[test]
    fn a_client_is_made_once_for_a_key() {
        let clients = clients(None, PlainSecrets::default());
        for _ in 0..3 {
            assert!(clients.of(&gateway(json!({"secret_key": "sk_1"}))).is_some());
        }
        assert_eq!(clients.of_gateways.lock().unwrap().len(), 1);
        for number in 0..=KEPT {
            clients.of(&gateway(json!({ "secret_key": format!("sk_{number}") }))).unwrap();
        }
        assert!(clients.of_gateways.lock().unwrap().len() <= KEPT);
    }

    #[test]
    fn settings_that_are_none_are_told_at_once() {
        let with = |secret_key: Option<&str>, api_base: &str| {
            let config = StripeConfig {
                secret_key: secret_key.map(SecretString::from),
                webhook_secrets: None,
                api_base: Some(api_base.to_owned()),
                api_version: None,
            };
            Clients::new(config, Arc::new(PlainSecrets::default())).err()
        };
        let base = with(None, "http://stripe.example.org");
        assert!(matches!(base, Some(StripeConfigError::ApiBase(_))));
        let key = with(Some("sk with spaces"), "https://stripe.example.org");
        assert!(matches!(key, Some(StripeConfigError::SecretKey)));
        assert!(with(Some("sk_1"), "").is_none());
    }
}
