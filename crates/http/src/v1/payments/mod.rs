//! Payments (contract §10).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::Answer;
use crate::error::ApiError;
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::Idempotent;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::{LogWire, PaymentWire, RefundWire};

/// `GET /payments/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<PaymentWire>> {
    let list = |request| state.services.payments.list(&actor, request);
    params.answer::<PaymentWire, _, _, _, _>(wire::filter, list).await
}

/// `GET /payments/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<PaymentWire> {
    let view = state.services.payments.get(&actor, (&id).into()).await?;
    Ok(Json(PaymentWire::from(&view)))
}

/// `GET /payments/{id}/logs/`
pub(crate) async fn logs(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<Vec<LogWire>> {
    let entries = state.services.payments.logs(&actor, (&id).into()).await?;
    Ok(Json(entries.iter().map(LogWire::from).collect()))
}

/// `GET /payments/{id}/refunds/`
pub(crate) async fn refunds(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<Vec<RefundWire>> {
    let refunds = state.services.payments.refunds(&actor, (&id).into()).await?;
    Ok(Json(refunds.iter().map(RefundWire::from).collect()))
}

/// `POST /payments/create_payment/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let digest = body.digest();
    let create = |claim| state.services.payments.create(&actor, wire::draft(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::created, create, resume).await
}

/// `POST /payments/{id}/capture_payment/`
pub(crate) async fn capture(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let capture = |claim| state.services.payments.capture(&actor, id, wire::capture(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, capture, resume).await
}

/// `POST /payments/{id}/refund_payment/`
pub(crate) async fn refund(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let refund = |claim| state.services.payments.refund(&actor, id, wire::refund(body), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, refund, resume).await
}

/// `POST /payments/{id}/confirm_payment/`
pub(crate) async fn confirm(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<PaymentWire> {
    let input = body.ignored();
    let stepped = state.services.payments.confirm(&actor, (&id).into(), input).await?;
    Ok(Json(PaymentWire::from(&stepped.view)))
}

/// `POST /payments/{id}/cancel_payment/`
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let (digest, id) = (body.digest(), (&id).into());
    let cancel = |claim| state.services.payments.cancel(&actor, id, body.ignored(), claim);
    let resume = |payment| state.services.payments.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::stepped, cancel, resume).await
}
