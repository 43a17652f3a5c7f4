//! The existing mobile client (contract §15): each of its variations, in both forms.

mod choice;
mod models;
mod passwords;
mod payments;
mod plans;
mod same_rules;
mod subscriptions;
mod tenants;
mod users;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wiwebb_tests::{Answer, Client, TestApp};

/// The client: it keeps its base URL in configuration and sends no special header.
struct Mobile {
    api: Client,
    base: String,
}

impl Mobile {
    /// The client with the key of another.
    fn of(app: &TestApp, api: &Client) -> Self {
        Self { api: api.clone(), base: format!("{}/api/compat/v1", app.base) }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> Answer {
        self.api.get(&self.at(path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.api.post(&self.at(path), body).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.api.put(&self.at(path), body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.api.patch(&self.at(path), body).await
    }

    /// A request under an `Idempotency-Key`.
    async fn repeat(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.api.request(Method::POST, &self.at(path)).json(body);
        self.api.send(request.header("Idempotency-Key", key)).await
    }
}

/// What the client makes of a body. One that its types refuse fails the test.
#[track_caller]
fn understood<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Whether the client's types refuse a body.
fn refused<T: DeserializeOwned>(body: &Value) -> bool {
    serde_json::from_value::<T>(body.clone()).is_err()
}
