//! A long tour through the API with every secret that there is, and a log of everything that the
//! server says meanwhile: none of the secrets is in it.

mod tour;

use std::collections::BTreeMap;

use sqlx::ConnectOptions as _;

use crate::site::{Server, Site};
use tour::Tour;

/// What the server itself is given; the passwords are of nobody else.
const DATABASE_PASSWORD: &str = "tour-Database-1";
const SEALING_KEY: &str = "c0ffee0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d";
const WEBHOOK_SECRETS: [&str; 2] = ["whsec_of_the_tour_new", "whsec_of_the_tests"];
const OF_A_SHOP: &str = "sk_test_of_the_tours_shop";

/// Secrets by what they are.
#[derive(Default)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    pub(crate) fn add(&mut self, what: &str, secret: &str) -> String {
        assert!(secret.len() > 6, "{what} could be anything");
        self.0.insert(what.to_owned(), secret.to_owned());
        secret.to_owned()
    }

    /// Which of them are in a text.
    fn within(&self, text: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(_, secret)| text.contains(secret.as_str()));
        found.map(|(what, _)| what.as_str()).collect()
    }
}

/// A server that logs everything there is, in a form.
async fn start(format: &str, secrets: &mut Secrets) -> (Site, Server) {
    let (site, first) = Site::new().await;
    first.kill().await;
    let database = secrets.add("the password of the database", DATABASE_PASSWORD);
    let mut address = site.options.to_url_lossy();
    address.query_pairs_mut().append_pair("password", &database);
    for secret in WEBHOOK_SECRETS {
        secrets.add(&format!("the signing secret {secret}"), secret);
    }
    secrets.add("the key of Stripe", &site.stripe.secret_key());
    let server = site
        .serve_with(&[
            ("DATABASE_URL", address.as_str()),
            ("STRIPE_WEBHOOK_SECRET", &WEBHOOK_SECRETS.join(",")),
            ("STRIPE_SECRET_KEY_OF_SHOP", &secrets.add("the key of a shop", OF_A_SHOP)),
            ("WIWEBB_SECRET_KEY", &secrets.add("the sealing key", SEALING_KEY)),
            ("WIWEBB_DUMMY_GATEWAY", "on"),
            ("WIWEBB_METRICS", "on"),
            ("WIWEBB_LOG", "trace"),
            ("WIWEBB_LOG_FORMAT", format),
        ])
        .await;
    (site, server)
}

async fn nothing_leaks_into(format: &str) {
    let mut secrets = Secrets::default();
    let (site, server) = start(format, &mut secrets).await;
    let mut tour = Tour::new(&site, &server, &mut secrets).await;
    tour.people().await;
    tour.keys().await;
    tour.gateways().await;
    tour.payments().await;
    tour.webhooks().await;
    tour.accidents().await;
    let metrics = tour.metrics().await;
    let log = site.log();
    for (what, text) in
        [("request finished", &log), ("a request failed", &log), ("wiwebb_", &metrics)]
    {
        assert!(text.contains(what), "it was not a tour: no {what}");
    }
    for target in ["sqlx::query", "hyper", "wiwebb_http"] {
        assert!(log.contains(target), "the log is not of everything: no {target}");
    }
    assert!(secrets.0.len() > 25, "{}", secrets.0.len());
    for line in log.lines().chain(metrics.lines()) {
        assert_eq!(secrets.within(line), [""; 0], "{line}");
    }
}

#[tokio::test]
async fn no_secret_is_in_a_log_of_everything_as_text() {
    nothing_leaks_into("text").await;
}

#[tokio::test]
async fn no_secret_is_in_a_log_of_everything_as_json() {
    nothing_leaks_into("json").await;
}
