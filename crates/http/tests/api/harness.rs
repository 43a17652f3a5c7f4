//! A server without a database or a socket.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::password::Password;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::ScriptedWebhooks;
use wiwebb_http::{HttpConfig, router};

/// A store that cannot be reached.
pub(crate) struct Unreachable;

#[async_trait]
impl UnitOfWorkFactory for Unreachable {
    async fn begin(&self, _: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }

    async fn read(&self, _: &'static str) -> Stored<Box<dyn Repositories>> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }

    async fn snapshot(&self, _: &'static str) -> Stored<Box<dyn Repositories>> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }

    async fn ping(&self) -> Stored<()> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }
}

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "a-Long-enough-1";

/// The routes over services whose ports are all in memory.
pub(crate) struct Api {
    router: Router,
    services: Services,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// No rate is limited.
pub(crate) fn unlimited() -> HttpConfig {
    HttpConfig {
        login_rate: None,
        user_rate: None,
        anon_rate: None,
        account_rate: None,
        reset_rate: None,
        ..HttpConfig::default()
    }
}

impl Api {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()), &unlimited())
    }

    pub(crate) fn on(store: Arc<dyn UnitOfWorkFactory>, config: &HttpConfig) -> Self {
        let ports = Ports {
            store: store.clone(),
            clock: Arc::new(ManualClock::default()),
            random: Arc::new(SeededRandom::default()),
            passwords: Arc::new(PlainHasher),
            mailer: Arc::new(RecordingMailer::default()),
            gateways: Arc::new(ScriptedRegistry::default()),
            webhooks: Arc::new(ScriptedWebhooks::default()),
            secrets: Arc::new(PlainSecrets::default()),
        };
        let settings = Settings::new("http://x".into());
        let services = Services::new(ports, settings);
        Self { router: router(services.clone(), store, config), services }
    }

    /// The key of a fresh superadmin.
    pub(crate) async fn superadmin(&self) -> String {
        let (name, email) = (samples::username("root"), samples::email("root@x.io"));
        let accounts = &self.services.accounts;
        accounts.ensure_superadmin(name, email, Password::new(PASSWORD.into())).await.unwrap();
        self.login("root").await
    }

    async fn login(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": PASSWORD });
        let answer = self.call(Method::POST, "/api/v1/auth/login/", None, Some(body)).await;
        answer.body["key"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "api.test");
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Token {key}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"))
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
