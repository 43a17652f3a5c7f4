//! Payments (contract §10).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use wiwebb_domain::error::Input;
use wiwebb_domain::page::ListRequest;

use super::Answer;
use crate::error::ApiError;
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::{Idempotent, Told};
use crate::extract::list::{ListWire, PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::ListQuery;
use crate::openapi::values;
use crate::profile::{ClientProfile, Wire as _};
use crate::state::AppState;
use wire::{
    CaptureBody, LogWire, NewPaymentBody, NewPaymentWire, PaymentWire, RefundBody, RefundWire,
};

/// Payments, the latest first.
///
/// Ordered by `created_at`, `total`, `status`.
#[utoipa::path(get, path = "/payments/", tag = "payments",
    params(
        ListQuery,
        ("status" = inline(Option<values::PaymentStatus>), Query),
        ("variant" = Option<String>, Query, example = "dummy"),
        ("payment_gateway" = Option<i32>, Query, example = 2),
        ("user" = Option<i32>, Query, example = 12),
        ("order_id" = Option<String>, Query, example = "A-1001"),
        ("created_after" = Option<DateTime<Utc>>, Query, example = "2025-03-01T00:00:00Z"),
        ("created_before" = Option<DateTime<Utc>>, Query, example = "2025-03-31T23:59:59Z"),
    ),
    responses((status = 200, body = PageWire<PaymentWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<ListWire<PaymentWire>> {
    let list = |request: Input<_>| {
        state.services.payments.list(&actor, request.map(ListRequest::without_search))
    };
    params.answer_page_or_array::<PaymentWire, _, _, _, _>(wire::filter, list).await
}

/// One payment.
#[utoipa::path(get, path = "/payments/{id}/", tag = "payments",
    responses((status = 200, body = PaymentWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
) -> Answer<PaymentWire> {
    let view = state.services.payments.get(&actor, (&id).into()).await?;
    Ok(Json(PaymentWire::of(&view, profile)))
}

/// What happened to a payment, the latest first.
#[utoipa::path(get, path = "/payments/{id}/logs/", tag = "payments",
    responses((status = 200, body = Vec<LogWire>)))]
pub(crate) async fn logs(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<Vec<LogWire>> {
    let entries = state.services.payments.logs(&actor, (&id).into()).await?;
    Ok(Json(entries.iter().map(LogWire::from).collect()))
}

/// What went back of a payment.
#[utoipa::path(get, path = "/payments/{id}/refunds/", tag = "payments",
    responses((status = 200, body = Vec<RefundWire>)))]
pub(crate) async fn refunds(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<Vec<RefundWire>> {
    let refunds = state.services.payments.refunds(&actor, (&id).into()).await?;
    Ok(Json(refunds.iter().map(RefundWire::from).collect()))
}

/// Begins a payment.
#[utoipa::path(post, path = "/payments/create_payment/", tag = "payments",
    request_body = NewPaymentBody,
    responses(
        (status = 201, body = NewPaymentWire),
        (status = 202, description = "The gateway has not answered", body = NewPaymentWire),
    ))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let digest = body.digest();
    let create = |claim| state.services.payments.create(&actor, wire::draft(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::created, create, resume).await
}

/// Takes money that is held.
#[utoipa::path(post, path = "/payments/{id}/capture_payment/", tag = "payments",
    request_body = CaptureBody,
    responses(
        (status = 200, body = PaymentWire),
        (status = 202, description = "The gateway has not answered", body = PaymentWire),
    ))]
pub(crate) async fn capture(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let capture = |claim| state.services.payments.capture(&actor, id, wire::capture(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, capture, resume).await
}

/// Gives money back.
#[utoipa::path(post, path = "/payments/{id}/refund_payment/", tag = "payments",
    request_body = RefundBody,
    responses(
        (status = 200, body = PaymentWire),
        (status = 202, description = "The gateway has not answered", body = PaymentWire),
    ))]
pub(crate) async fn refund(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let refund = |claim| state.services.payments.refund(&actor, id, wire::refund(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, refund, resume).await
}

/// Says that an invoice was paid outside.
#[utoipa::path(post, path = "/payments/{id}/confirm_payment/", tag = "payments",
    responses((status = 200, body = PaymentWire)))]
pub(crate) async fn confirm(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    body: JsonObject,
) -> Answer<PaymentWire> {
    let input = body.ignored();
    let stepped = state.services.payments.confirm(&actor, (&id).into(), input).await?;
    Ok(Json(PaymentWire::of(&stepped.view, profile)))
}

/// Calls off what waits, or releases what is held.
#[utoipa::path(post, path = "/payments/{id}/cancel_payment/", tag = "payments",
    responses(
        (status = 200, body = PaymentWire),
        (status = 202, description = "The gateway has not answered", body = PaymentWire),
    ))]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let cancel = |claim| state.services.payments.cancel(&actor, id, body.ignored(), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, cancel, resume).await
}
