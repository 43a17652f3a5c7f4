//! The pages on which payments through `dummy` and `manual` are settled, and the one that payers come
//! back to from a gateway's own page (contract §8.1).

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use wiwebb_domain::access::Actor;
use wiwebb_domain::error::{Error, Input, Violation};
use wiwebb_domain::payment::{PaymentStatus, PaymentView};
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::text::ExternalId;

use crate::error::ApiError;
use crate::extract::auth::{invalid_key, presented};
use crate::extract::body::{JsonObject, RawBody, is_form};
use crate::extract::fields::choice;
use crate::extract::path::Segment;
use crate::middleware::observe::identify;
use crate::middleware::write::note_write;
use crate::site::page::{Shell, show_as, unnamed};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "checkout.html")]
struct CheckoutPage<'a> {
    shell: Shell,
    heading: &'a str,
    sum: Option<String>,
    description: Option<&'a str>,
    message: &'a str,
    may_settle: bool,
}

impl<'a> CheckoutPage<'a> {
    /// One that shows no payment.
    fn saying(heading: &'a str, message: &'a str) -> Self {
        Self {
            shell: Shell::bare(heading.to_owned()),
            heading,
            sum: None,
            description: None,
            message,
            may_settle: false,
        }
    }
}

/// `GET /checkout/{page}/`
pub(crate) async fn show(State(state): State<AppState>, page: Segment) -> Response {
    match state.services.payments.checkout(name(&page).as_ref()).await {
        Ok(view) => of_payment(&view),
        Err(error) => of_error(error),
    }
}

/// `POST /checkout/{page}/`, from the page's form or with JSON.
pub(crate) async fn settle(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    page: Segment,
    RawBody(body): RawBody,
) -> Response {
    let is_form = is_form(&headers);
    let outcome = body.map_err(Into::into).and_then(|body| {
        if is_form { of_form(&body) } else { of_json(JsonObject::parse(&headers, &body)) }
    });
    let settled = match actor(&state, &headers).await {
        Ok(actor) => {
            let page = name(&page);
            let payments = &state.services.payments;
            let settled = payments.settle_checkout(actor.as_ref(), page.as_ref(), outcome).await;
            if let Some(actor) = actor {
                note_write(&state, actor.user).await;
            }
            settled
        }
        Err(refusal) => return refusal.into_response(),
    };
    match settled {
        Ok(_) if is_form => Redirect::to(uri.path()).into_response(),
        Ok(view) => axum::Json(json!({ "status": view.payment.status.as_str() })).into_response(),
        Err(error) if is_form => of_error(error),
        Err(error) => ApiError::from(error).into_response(),
    }
}

/// `GET /checkout/done/`, where gateways send whoever has paid.
pub(crate) async fn done() -> Response {
    closing("Thank you", "You can close this page.")
}

/// `GET /checkout/cancelled/`, where gateways send whoever has not.
pub(crate) async fn cancelled() -> Response {
    closing("Not paid", "Nothing was paid. You can close this page.")
}

fn closing(heading: &str, message: &str) -> Response {
    page(StatusCode::OK, &CheckoutPage::saying(heading, message))
}

/// Whoever asks, where a key is sent.
async fn actor(state: &AppState, headers: &HeaderMap) -> Result<Option<Actor>, ApiError> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let session = state.services.accounts.authenticate(&presented(headers)?).await?;
    let actor = session.ok_or_else(invalid_key)?.actor;
    identify(&actor);
    Ok(Some(actor))
}

fn name(page: &Segment) -> Option<ExternalId> {
    ExternalId::new(&page.0).ok()
}

fn of_form(body: &[u8]) -> Input<CheckoutOutcome> {
    let word = form_urlencoded::parse(body).find(|(name, _)| name == "outcome");
    let word = word.map(|(_, word)| word.into_owned());
    let outcome = word.as_deref().and_then(CheckoutOutcome::parse);
    outcome.ok_or_else(|| {
        let violation = word.map_or(Violation::Required, |value| Violation::NotAChoice { value });
        wiwebb_domain::error::Violations::of("outcome", violation).into()
    })
}

fn of_json(body: JsonObject) -> Input<CheckoutOutcome> {
    let mut fields = body.fields()?;
    let outcome = fields.required("outcome", choice(CheckoutOutcome::parse));
    fields.finish(|| outcome)
}

fn of_payment(view: &PaymentView) -> Response {
    let payment = &view.payment;
    let (heading, message) = match payment.status {
        PaymentStatus::Waiting if view.is_settled_by_staff() => {
            ("Payment", "Please pay as agreed. You will be told when the payment has arrived.")
        }
        PaymentStatus::Waiting => ("Payment", "This is a trial gateway: no money moves."),
        PaymentStatus::Confirmed | PaymentStatus::Preauth => ("Paid", "Thank you."),
        PaymentStatus::Refunded => ("Refunded", "The payment was given back."),
        PaymentStatus::Rejected => ("Not paid", "The payment was declined."),
        PaymentStatus::Error => ("Not paid", "The payment could not be made."),
    };
    let shown = CheckoutPage {
        sum: Some(format!("{} {}", payment.total.amount(), payment.total.currency())),
        description: Some(payment.description()).filter(|text| !text.is_empty()),
        may_settle: view.awaits_its_payer(),
        ..CheckoutPage::saying(heading, message)
    };
    page(StatusCode::OK, &shown)
}

fn of_error(error: Error) -> Response {
    let (heading, message) = match &error {
        Error::NotFound(_) => ("Not found", "There is no such page."),
        Error::CheckoutSettled => ("Payment", "This payment is settled already."),
        Error::Denied(_) => ("Payment", "Only staff can settle this payment."),
        Error::Invalid(_) => ("Payment", "Please choose one of the buttons."),
        _ => ("Payment", "Something went wrong. Please try again later."),
    };
    let status = ApiError::from(error).parts().0;
    page(status, &CheckoutPage::saying(heading, message))
}

/// The address of a page is all that it takes to settle a payment: what the page leads to is not told it.
fn page(status: StatusCode, page: &CheckoutPage<'_>) -> Response {
    match show_as(status, page) {
        Ok(response) => unnamed(response),
        Err(error) => error.into_response(),
    }
}
