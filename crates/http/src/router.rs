//! Every path with its methods, and what surrounds them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, any, delete, get, post};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::Services;

use crate::checkout;
use crate::config::HttpConfig;
use crate::error::ApiError;
use crate::health;
use crate::middleware::authenticate::{Kind, require_key, require_kind};
use crate::middleware::throttle::{Throttles, count_anonymous, count_login, count_user};
use crate::middleware::time_limit::limit_time;
use crate::state::AppState;
use crate::v1::{
    audit_logs, auth, dashboard, gateways, network, payments, plans, service_keys, subscriptions,
    tenants, todos, users, webhooks,
};

/// The whole API. Serve it with the peer's address as `ConnectInfo<SocketAddr>`, which the
/// limits by address are counted by.
pub fn router(
    services: Services,
    store: Arc<dyn UnitOfWorkFactory>,
    config: &HttpConfig,
) -> Router {
    let throttles = Arc::new(Throttles::new(config));
    let state = AppState { services, throttles, store };
    let limit: Duration = config.request_timeout;
    let request_id = HeaderName::from_static("x-request-id");
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(request_id))
        .option_layer(cors(&config.cors_origins))
        .layer(CatchPanicLayer::custom(|_| ApiError::internal().into_response()))
        .layer(from_fn_with_state(limit, limit_time))
        .layer(map_response(no_sniffing));
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(checkout_pages(&state))
        .nest("/api/v1", Endpoints::new(&state).all().layer(from_fn(no_empty_segment)))
        .fallback(not_found)
        .with_state(state)
        .layer(around)
}

/// Pages for browsers. Whoever opens one is not signed in.
fn checkout_pages(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/checkout/done/", get(checkout::done))
        .route("/checkout/cancelled/", get(checkout::cancelled))
        .route("/checkout/style.css", get(checkout::style))
        .route("/checkout/{page}/", get(checkout::show).post(checkout::settle))
        .route_layer(from_fn_with_state(state.clone(), count_anonymous))
}

/// Routes under construction. Each path gets the guards of its kind of caller.
struct Endpoints<'a> {
    state: &'a AppState,
    router: Router<AppState>,
}

impl<'a> Endpoints<'a> {
    fn new(state: &'a AppState) -> Self {
        Self { state, router: Router::new() }
    }

    fn all(self) -> Router<AppState> {
        self.login("/auth/login/", post(auth::login))
            .public("/auth/registration/", post(auth::register))
            .public("/auth/password/reset/", post(auth::request_reset))
            .public("/auth/password/reset/confirm/", post(auth::confirm_reset))
            .keyed("/auth/logout/", post(auth::logout))
            .keyed("/auth/password/change/", post(auth::change_password))
            .keyed(
                "/auth/user/",
                get(auth::profile).put(auth::update_profile).patch(auth::update_profile),
            )
            .keyed("/tenants/", get(tenants::list).post(tenants::create))
            .keyed("/tenants/me/", get(tenants::own))
            .keyed(
                "/tenants/{id}/",
                get(tenants::retrieve)
                    .put(tenants::update)
                    .patch(tenants::update)
                    .delete(tenants::delete),
            )
            .keyed("/users/", get(users::list).post(users::create))
            .keyed(
                "/users/{id}/",
                get(users::retrieve).put(users::update).patch(users::update).delete(users::delete),
            )
            .keyed("/users/{id}/assign-role/", post(users::assign_role))
            .keyed("/users/{id}/set-password/", post(users::set_password))
            .keyed("/users/{id}/activate/", post(users::set_active))
            .keyed("/todos/", get(todos::list).post(todos::create))
            .keyed(
                "/todos/{id}/",
                get(todos::retrieve).put(todos::update).patch(todos::update).delete(todos::delete),
            )
            .keyed("/audit-logs/", get(audit_logs::list))
            .keyed("/audit-logs/{id}/", get(audit_logs::retrieve))
            .keyed("/dashboard/stats/", get(dashboard::stats))
            .keyed("/subscriptions/plans/", get(plans::list).post(plans::create))
            .keyed(
                "/subscriptions/plans/{id}/",
                get(plans::retrieve).put(plans::update).patch(plans::update).delete(plans::delete),
            )
            .keyed(
                "/subscriptions/plans/{id}/pricing/",
                get(plans::list_pricing).post(plans::create_pricing),
            )
            .keyed(
                "/subscriptions/plans/{id}/pricing/{pid}/",
                get(plans::retrieve_pricing)
                    .put(plans::update_pricing)
                    .patch(plans::update_pricing)
                    .delete(plans::delete_pricing),
            )
            .keyed("/payments/", get(payments::list))
            .money("/payments/create_payment/", post(payments::create))
            .open("/payments/webhook/", post(webhooks::receive))
            .keyed("/payments/{id}/", get(payments::retrieve))
            .keyed("/payments/{id}/logs/", get(payments::logs))
            .keyed("/payments/{id}/refunds/", get(payments::refunds))
            .money("/payments/{id}/capture_payment/", post(payments::capture))
            .money("/payments/{id}/refund_payment/", post(payments::refund))
            .money("/payments/{id}/confirm_payment/", post(payments::confirm))
            .money("/payments/{id}/cancel_payment/", post(payments::cancel))
            .money("/subscriptions/subscribe/", post(subscriptions::subscribe))
            .money("/subscriptions/cancel/", post(subscriptions::cancel))
            .money("/subscriptions/resume/", post(subscriptions::resume))
            .money("/subscriptions/change/", post(subscriptions::change))
            .keyed("/subscriptions/status/", get(subscriptions::status))
            .keyed("/subscriptions/me/limits/", get(subscriptions::limits))
            .keyed("/webhook-events/", get(webhooks::list))
            .keyed("/webhook-events/{id}/", get(webhooks::retrieve))
            .keyed("/webhook-events/{id}/replay/", post(webhooks::replay))
            .keyed("/service-keys/", get(service_keys::list).post(service_keys::create))
            .keyed("/service-keys/{id}/", delete(service_keys::delete))
            .equipment("/network/authorize/", post(network::authorize))
            .equipment("/network/accounting/", post(network::account))
            .equipment("/network/usage/{username}/", get(network::usage))
            .keyed("/gateways/", get(gateways::active))
            .keyed("/gateway-configs/", get(gateways::list).post(gateways::create))
            .keyed(
                "/gateway-configs/{id}/",
                get(gateways::retrieve)
                    .put(gateways::update)
                    .patch(gateways::update)
                    .delete(gateways::delete),
            )
            .router
            .fallback(not_found)
    }

    /// For callers with a key: key, then method, then rate (contract §1.3).
    fn keyed(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        let guarded = methods
            .fallback(method_not_allowed)
            .route_layer(from_fn(require_kind))
            .route_layer(from_fn_with_state(self.state.clone(), count_user))
            .layer(from_fn_with_state((self.state.clone(), Kind::Person), require_key));
        self.add(path, guarded)
    }

    /// For steps that move money: begun, they end, whether or not the client stays.
    fn money(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        self.keyed(path, methods.route_layer(from_fn(carry_through)))
    }

    /// For everybody; an `Authorization` header is ignored (contract §1.2).
    fn public(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        let guarded = methods
            .fallback(method_not_allowed)
            .route_layer(from_fn_with_state(self.state.clone(), count_anonymous));
        self.add(path, guarded)
    }

    /// For gateways that sign what they send; never limited (contract §1.11).
    fn open(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        self.add(path, methods.fallback(method_not_allowed).route_layer(from_fn(carry_through)))
    }

    /// For network equipment: key, then method. It asks on behalf of everybody on the network, so it
    /// is not limited.
    fn equipment(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        let guarded = methods
            .fallback(method_not_allowed)
            .route_layer(from_fn(require_kind))
            .layer(from_fn_with_state((self.state.clone(), Kind::Equipment), require_key));
        self.add(path, guarded)
    }

    /// For everybody, at the stricter rate of signing in.
    fn login(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        let guarded = methods
            .fallback(method_not_allowed)
            .route_layer(from_fn_with_state(self.state.clone(), count_login));
        self.add(path, guarded)
    }

    /// The path, and the same without its final slash, which leads there (contract §1.1).
    fn add(self, path: &str, methods: MethodRouter<AppState>) -> Self {
        let router = self
            .router
            .route(path, methods)
            .route(path.trim_end_matches('/'), any(with_final_slash));
        Self { router, ..self }
    }
}

/// A client that hangs up takes its request's future along; a task of its own stays.
async fn carry_through(request: Request, next: Next) -> Response {
    let ended = tokio::spawn(next.run(request)).await;
    ended.unwrap_or_else(|_| ApiError::internal().into_response())
}

async fn with_final_slash(OriginalUri(uri): OriginalUri) -> Redirect {
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

async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::detail(StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
}

/// Answers are data, whatever a browser makes of them.
async fn no_sniffing(mut response: Response) -> Response {
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// One span a request, with its id; neither query nor headers, which can hold secrets.
fn span(request: &Request) -> tracing::Span {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
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
        .allow_origin(origins)
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
        ]);
    Some(layer)
}
