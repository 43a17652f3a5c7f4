//! Traces over OTLP (feature `otlp`): requests, the units of work and calls of gateways within them,
//! and rounds of background work. The variables are OpenTelemetry's own, `OTEL_*`; without an
//! endpoint among them there are none.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use opentelemetry::context::FutureExt as _;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;
use wiwebb_http::TrustedProxies;

use crate::config::Config;

/// Where the collector is, by any of them.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

const NAME: &str = "wiwebb";

/// The span of a request, as the HTTP adapter calls it.
const REQUEST: &str = "request";

/// How long the collector may take to hear the last of it.
const FLUSH: Duration = Duration::from_secs(5);

/// Our names and those of OpenTelemetry's semantic conventions.
const ATTRIBUTES: [(&str, &str); 5] = [
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("client", "client.address"),
    ("user_id", "user.id"),
];

/// Spans on their way. Sends what is left of them when it is dropped.
pub(super) struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces are lost");
        }
    }
}

/// Where the environment names an endpoint, has spans sent there. Not within a runtime: the exporter
/// has one of its own.
pub(super) fn start<S>(config: &Config) -> (Option<Traces>, Option<Box<dyn Layer<S> + Send + Sync>>)
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    if ENDPOINTS.into_iter().all(|name| config.environment.get(name).is_none()) {
        return (None, None);
    }
    match provider(config) {
        Ok(provider) => {
            let layer = tracing_opentelemetry::layer()
                .with_tracer(provider.tracer(NAME))
                .with_location(false)
                .with_threads(false);
            (Some(Traces(provider)), Some(Ours(layer).boxed()))
        }
        Err(error) => {
            eprintln!("there are no traces: {error}");
            (None, None)
        }
    }
}

/// Hands on what is told by crates of this program; libraries are nobody's concern in a trace.
struct Ours<L>(L);

impl<L> Ours<L> {
    fn are(metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(NAME)
    }
}

impl<S: Subscriber, L: Layer<S>> Layer<S> for Ours<L> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if Self::are(attributes.metadata()) {
            self.0.on_new_span(attributes, id, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        if Self::are(event.metadata()) {
            self.0.on_event(event, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        self.0.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: LayerContext<'_, S>) {
        self.0.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        self.0.on_close(id, context);
    }
}

fn provider(config: &Config) -> Result<SdkTracerProvider, Box<dyn std::error::Error>> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let http = reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).build()?;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(http)
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .build()?;
    let resource = Resource::builder()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let resource = match config.environment.get("OTEL_SERVICE_NAME") {
        Some(_) => resource,
        None => resource.with_service_name(NAME),
    };
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(Named(exporter))
        .with_resource(resource.build())
        .build())
}

/// Gives spans the names that viewers of traces know.
struct Named<E>(E);

impl<E> fmt::Debug for Named<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named")
    }
}

impl<E: SpanExporter> SpanExporter for Named<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(name);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn name(span: &mut SpanData) {
    let told = |key: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| attribute.value.clone())
    };
    if span.name == REQUEST {
        let [method, route] = ["method", "route"].map(|key| told(key).unwrap_or(Value::from("")));
        span.name = format!("{method} {route}").into();
        span.span_kind = SpanKind::Server;
        if matches!(told("status"), Some(Value::I64(500..))) {
            span.status = Status::error("");
        }
        for attribute in &mut span.attributes {
            let known = ATTRIBUTES.iter().find(|(ours, _)| *ours == attribute.key.as_str());
            if let Some((_, theirs)) = known {
                attribute.key = (*theirs).into();
            }
        }
        return;
    }
    let detail = ["name", "call", "round"].into_iter().find_map(told);
    if let Some(detail) = detail {
        span.name = format!("{} {detail}", span.name).into();
    }
}

/// Lets traces of trusted proxies go on here (W3C Trace Context). Anybody else could have everything
/// traced, or put what is theirs into traces of others.
pub(crate) fn adopting(router: Router, trusted: TrustedProxies) -> Router {
    router.layer(from_fn_with_state(Arc::new(trusted), adopt))
}

async fn adopt(
    State(trusted): State<Arc<TrustedProxies>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let context = match peer {
        Some(peer) if trusted.contains(peer) => {
            TraceContextPropagator::new().extract(&Headers(request.headers()))
        }
        _ => Context::new(),
    };
    next.run(request).with_context(context).await
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}
