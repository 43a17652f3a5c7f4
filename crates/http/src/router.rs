//! Every path with its methods, and what surrounds them.

use std::any::Any;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, any, get};
use axum::{Extension, Router};
use bytes::Bytes;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tracing::Instrument as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;
use wiwebb_domain::services::Services;

use crate::checkout;
use crate::config::HttpConfig;
use crate::docs;
use crate::error::ApiError;
use crate::health::{self, Probes};
use crate::middleware::authenticate::{Kind, require_key, require_kind};
use crate::middleware::client::find_client;
use crate::middleware::headers::{StrictTransport, add_headers};
use crate::middleware::observe::{REQUEST_ID, observe, sound_id};
use crate::middleware::profile::choose_profile;
use crate::middleware::throttle::{Throttles, count_anonymous, count_login, count_user};
use crate::middleware::time_limit::limit_time;
use crate::middleware::write::note_writes;
use crate::openapi::{Endpoint, Guard, document};
use crate::profile::ClientProfile;
use crate::site;
use crate::state::AppState;
use crate::v1::{
    audit_logs, auth, dashboard, deletion, gateways, network, payments, plans, privacy,
    service_keys, subscriptions, tenants, todos, users, webhooks,
};

/// Where every path of the API begins (contract §1.1).
pub(crate) const BASE: &str = "/api/v1";

/// The same paths for a client that can choose nothing but its base URL (contract §15).
pub(crate) const COMPAT_BASE: &str = "/api/compat/v1";

/// How long a browser need not ask again whether it may call; none heeds more.
const PREFLIGHT_LIFE: Duration = Duration::from_hours(2);

/// The whole API. Serve it with the peer's address as `ConnectInfo<SocketAddr>` in the request's
/// extensions: by it a trusted proxy is known, or the client itself. For probes a store can stand.
pub fn router(services: Services, probes: impl Into<Probes>, config: &HttpConfig) -> Router {
    let throttles = Arc::new(Throttles::new(config));
    let state = AppState { services, throttles };
    let limit: Duration = config.request_timeout;
    let request_id = HeaderName::from_static(REQUEST_ID);
    let probes = match (probes.into(), config.metrics) {
        (probes, true) => probes,
        (probes, false) => probes.without_figures(),
    };
    let trusted = Arc::new(config.trusted_proxies.clone());
    let strict = StrictTransport::new(config.strict_transport);
    let around = ServiceBuilder::new()
        .layer(map_request(sound_id))
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(from_fn_with_state(trusted, find_client))
        .layer(from_fn_with_state(strict, add_headers))
        .layer(from_fn(observe))
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(from_fn(site::refusal::dress))
        .option_layer(cors(&config.cors_origins))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(limit, limit_time));
    let api = api(&state).layer(from_fn(no_empty_segment));
    Router::new()
        .merge(checkout::pages(&state))
        .merge(site::pages(&state))
        .merge(docs::pages(&state))
        .nest(BASE, api.clone().layer(from_fn_with_state(config.client_profile, choose_profile)))
        .nest(COMPAT_BASE, api.layer(Extension(ClientProfile::Compat)))
        .fallback(not_found)
        .with_state(state)
        .merge(health::probes(probes))
        .layer(around)
}

/// Every path of the API, who may come there, and the handlers. `document` describes the same.
fn endpoints() -> Vec<Endpoint> {
    let on = Endpoint::new;
    vec![
        on(Guard::Login, routes!(auth::login)),
        on(Guard::Public, routes!(auth::register)),
        on(Guard::Public, routes!(auth::request_reset)),
        on(Guard::Public, routes!(auth::confirm_reset)),
        on(Guard::Person, routes!(auth::logout)),
        on(Guard::Person, routes!(auth::change_password)),
        on(Guard::Person, routes!(auth::profile, auth::update_profile)),
        on(Guard::Person, routes!(auth::list_tokens, auth::revoke_other_tokens)),
        on(Guard::Person, routes!(auth::revoke_token)),
        on(Guard::Person, routes!(tenants::list, tenants::create)),
        on(Guard::Person, routes!(tenants::own)),
        on(Guard::Person, routes!(tenants::retrieve, tenants::update, tenants::delete)),
        on(Guard::Person, routes!(users::list, users::create)),
        on(Guard::Person, routes!(users::retrieve, users::update, users::delete)),
        on(Guard::Person, routes!(users::assign_role)),
        on(Guard::Person, routes!(users::set_password)),
        on(Guard::Person, routes!(users::revoke_tokens)),
        on(Guard::Person, routes!(users::set_active)),
        on(Guard::Person, routes!(deletion::tenant)),
        on(Guard::Person, routes!(deletion::user)),
        on(Guard::Person, routes!(deletion::plan)),
        on(Guard::Person, routes!(deletion::gateway)),
        on(Guard::Person, routes!(privacy::export_own)),
        on(Guard::Person, routes!(privacy::export)),
        on(Guard::Person, routes!(privacy::anonymise)),
        on(Guard::Person, routes!(todos::list, todos::create)),
        on(Guard::Person, routes!(todos::retrieve, todos::update, todos::delete)),
        on(Guard::Person, routes!(audit_logs::list)),
        on(Guard::Person, routes!(audit_logs::retrieve)),
        on(Guard::Person, routes!(dashboard::stats)),
        on(Guard::Person, routes!(plans::list, plans::create)),
        on(Guard::Person, routes!(plans::retrieve, plans::update, plans::delete)),
        on(Guard::Person, routes!(plans::list_pricing, plans::create_pricing)),
        on(
            Guard::Person,
            routes!(plans::retrieve_pricing, plans::update_pricing, plans::delete_pricing),
        ),
        on(Guard::Person, routes!(payments::list)),
        on(Guard::Money, routes!(payments::create)),
        on(Guard::Signed, routes!(webhooks::receive)),
        on(Guard::Person, routes!(payments::retrieve)),
        on(Guard::Person, routes!(payments::logs)),
        on(Guard::Person, routes!(payments::refunds)),
        on(Guard::Money, routes!(payments::capture)),
        on(Guard::Money, routes!(payments::refund)),
        on(Guard::Money, routes!(payments::confirm)),
        on(Guard::Money, routes!(payments::cancel)),
        on(Guard::Money, routes!(subscriptions::subscribe)),
        on(Guard::Money, routes!(subscriptions::cancel)),
        on(Guard::Money, routes!(subscriptions::resume)),
        on(Guard::Money, routes!(subscriptions::change)),
        on(Guard::Person, routes!(subscriptions::status)),
        on(Guard::Person, routes!(subscriptions::limits)),
        on(Guard::Person, routes!(webhooks::list)),
        on(Guard::Person, routes!(webhooks::retrieve)),
        on(Guard::Person, routes!(webhooks::replay)),
        on(Guard::Person, routes!(service_keys::list, service_keys::create)),
        on(Guard::Person, routes!(service_keys::delete)),
        on(Guard::Equipment, routes!(network::authorize)),
        on(Guard::Equipment, routes!(network::account)),
        on(Guard::Equipment, routes!(network::usage)),
        on(Guard::Person, routes!(gateways::active)),
        on(Guard::Person, routes!(gateways::list, gateways::create)),
        on(Guard::Person, routes!(gateways::retrieve, gateways::update, gateways::delete)),
    ]
}

/// The API below its base path.
fn api(state: &AppState) -> Router<AppState> {
    let add = |router: Router<AppState>, endpoint: Endpoint| {
        let path = endpoint.path().to_owned();
        // The same without its final slash leads there (contract §1.1).
        router
            .route(path.trim_end_matches('/'), any(with_final_slash))
            .route(&path, guarded(endpoint, state))
    };
    endpoints()
        .into_iter()
        .fold(Router::new(), add)
        .route("/openapi.json", described(state))
        .fallback(not_found)
}

/// The description as text. It is the same for every router of a process, and long.
static DESCRIPTION: LazyLock<Result<Bytes, ApiError>> = LazyLock::new(|| {
    openapi().map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "the API cannot be described");
        ApiError::internal()
    })
});

fn described(state: &AppState) -> MethodRouter<AppState> {
    let served = |text| ([(header::CONTENT_TYPE, "application/json")], text);
    get(async move || DESCRIPTION.clone().map(served))
        .fallback(method_not_allowed)
        .route_layer(from_fn_with_state(state.clone(), count_anonymous))
        .layer(CompressionLayer::new())
}

/// The handlers of a path behind what its guard asks for, in the order of contract §1.3.
fn guarded(endpoint: Endpoint, state: &AppState) -> MethodRouter<AppState> {
    let Endpoint { guard, methods, .. } = endpoint;
    let with_key = |methods: MethodRouter<AppState>, kind| {
        methods
            .fallback(method_not_allowed)
            .route_layer(from_fn(require_kind))
            .route_layer(from_fn_with_state(state.clone(), count_user))
            .layer(from_fn_with_state((state.clone(), kind), require_key))
    };
    let noted = |methods: MethodRouter<AppState>| {
        methods.route_layer(from_fn_with_state(state.clone(), note_writes))
    };
    match guard {
        Guard::Person => with_key(noted(methods), Kind::Person),
        Guard::Money => with_key(noted(methods).route_layer(from_fn(carry_through)), Kind::Person),
        Guard::Equipment => with_key(methods, Kind::Equipment),
        Guard::Public => methods
            .fallback(method_not_allowed)
            .route_layer(from_fn_with_state(state.clone(), count_anonymous)),
        Guard::Login => methods
            .fallback(method_not_allowed)
            .route_layer(from_fn_with_state(state.clone(), count_login)),
        Guard::Signed => methods.fallback(method_not_allowed).route_layer(from_fn(carry_through)),
    }
}

/// The description of the API in OpenAPI 3.1.
pub(crate) fn description() -> OpenApi {
    document(endpoints(), BASE)
}

/// The description of the API in OpenAPI 3.1, as JSON.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn openapi() -> serde_json::Result<String> {
    description().to_pretty_json()
}

/// A client that hangs up takes its request's future along; a task of its own stays.
pub(crate) async fn carry_through(request: Request, next: Next) -> Response {
    let ended = tokio::spawn(next.run(request).in_current_span()).await;
    ended.unwrap_or_else(|_| panicked(Box::new(())))
}

/// What panicked is on standard error; here it gets the name of its request.
#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    ApiError::internal().into_response()
}

pub(crate) async fn with_final_slash(OriginalUri(uri): OriginalUri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", uri.path()))
}

/// The routes take nothing for an id; no row has it, and the path is none of the contract's.
async fn no_empty_segment(OriginalUri(uri): OriginalUri, request: Request, next: Next) -> Response {
    if uri.path().contains("//") {
        return ApiError::not_found().into_response();
    }
    next.run(request).await
}

async fn not_found() -> ApiError {
    ApiError::not_found()
}

pub(crate) async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::detail(StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
}

/// Pages know people by their cookies: no script of another origin may read them, whoever is listed.
fn is_api(path: &str) -> bool {
    [BASE, COMPAT_BASE]
        .iter()
        .filter_map(|base| path.strip_prefix(base))
        .any(|rest| rest.starts_with('/'))
}

/// Which browsers may call, with what (contract §14, `WIWEBB_CORS_ORIGINS`).
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    // Without one, `OPTIONS` is a method like any other.
    if origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, request| {
            origins.contains(origin) && is_api(request.uri.path())
        }))
        .allow_credentials(true)
        .allow_methods([
            Method::DELETE,
            Method::GET,
            Method::OPTIONS,
            Method::PATCH,
            Method::POST,
            Method::PUT,
        ])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ORIGIN,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            header::RETRY_AFTER,
            HeaderName::from_static("idempotent-replayed"),
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(PREFLIGHT_LIFE);
    Some(layer)
}
