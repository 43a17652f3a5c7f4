//! Probes for load balancers and supervisors, and the figures for whoever collects them.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;

use crate::error::{ApiError, Chain};

/// Seconds after which a server that is not ready may be.
const RETRY: u64 = 5;

/// What a server lacks to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The database does not answer.
    Database,
    /// The schema is older than the program.
    Migrations,
    /// It has been told to stop.
    Stopping,
}

impl Missing {
    /// The word that is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Migrations => "migrations",
            Self::Stopping => "stopping",
        }
    }
}

/// Knows whether the server can serve.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// What is missing; nothing where it can.
    async fn missing(&self) -> Option<Missing>;
}

/// Nothing but the store is needed.
struct OfStore(Arc<dyn UnitOfWorkFactory>);

#[async_trait]
impl Readiness for OfStore {
    async fn missing(&self) -> Option<Missing> {
        match self.0.ping().await {
            Ok(()) => None,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the database is unavailable");
                Some(Missing::Database)
            }
        }
    }
}

/// Writes the figures down in Prometheus' text format.
pub type Figures = Arc<dyn Fn() -> String + Send + Sync>;

/// What probes ask.
#[derive(Clone)]
pub struct Probes {
    readiness: Arc<dyn Readiness>,
    figures: Option<Figures>,
}

impl Probes {
    /// Probes without figures.
    pub fn new(readiness: Arc<dyn Readiness>) -> Self {
        Self { readiness, figures: None }
    }

    /// The same with `/metrics` where there are figures.
    pub fn with_figures(self, figures: Option<Figures>) -> Self {
        Self { figures, ..self }
    }

    pub(crate) fn without_figures(self) -> Self {
        Self { figures: None, ..self }
    }
}

impl From<Arc<dyn UnitOfWorkFactory>> for Probes {
    fn from(store: Arc<dyn UnitOfWorkFactory>) -> Self {
        Self::new(Arc::new(OfStore(store)))
    }
}

/// `/healthz`, `/readyz` and, where there are figures, `/metrics`: for an address of their own.
pub fn probes(probes: Probes) -> Router {
    let router = Router::new().route("/healthz", get(live)).route("/readyz", get(ready));
    let router = match &probes.figures {
        Some(_) => router.route("/metrics", get(figures)),
        None => router,
    };
    router.with_state(probes)
}

/// The process lives. Asks nothing of the database.
async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The process can serve.
async fn ready(State(probes): State<Probes>) -> Response {
    match probes.readiness.missing().await {
        None => Json(json!({ "status": "ready" })).into_response(),
        Some(missing) => {
            let body = json!({ "detail": "Service unavailable.", "missing": missing.as_str() });
            let headers = [(header::RETRY_AFTER, RETRY.to_string())];
            (StatusCode::SERVICE_UNAVAILABLE, headers, Json(body)).into_response()
        }
    }
}

async fn figures(State(probes): State<Probes>) -> Response {
    let Some(figures) = probes.figures else {
        return ApiError::not_found().into_response();
    };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures())
        .into_response()
}
