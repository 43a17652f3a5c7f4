//! The pages on which payments through `dummy` and `manual` are settled, and the one that payers come
//! back to from a gateway's own page (contract §8.1).

use askama::Template;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
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
use crate::middleware::throttle::count_anonymous;
use crate::middleware::write::note_write;
use crate::site::csrf::{FormToken, Submission, proven, submitted};
use crate::site::guard::know_visit;
use crate::site::page::{Shell, show_as, unnamed};
use crate::state::AppState;

/// Headers of which every form that a browser sends has one: `Origin`, whichever site the form is on
/// (Fetch, "append a request Origin header").
const BY_BROWSERS: [HeaderName; 2] = [header::ORIGIN, header::COOKIE];

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

/// Pages for browsers. Whoever opens one is not signed in.
pub(crate) fn pages(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/checkout/{page}/", get(show).post(settle))
        .route_layer(from_fn(require_token_of_forms))
        .route_layer(from_fn_with_state(state.clone(), know_browser))
        .route("/checkout/done/", get(done))
        .route("/checkout/cancelled/", get(cancelled))
        .route_layer(from_fn_with_state(state.clone(), count_anonymous))
}

/// Gives whoever opens the page or sends its form a secret that the form is bound to.
async fn know_browser(state: State<AppState>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_form(request.headers()) {
        know_visit(state, request, next).await
    } else {
        next.run(request).await
    }
}

/// Lets a form of a browser through with the text of that browser alone. JSON needs none: no browser sends
/// that for another site without asking here first. Nor does what programs send (contract §8.1).
async fn require_token_of_forms(request: Request, next: Next) -> Response {
    if request.method().is_safe() || !is_form(request.headers()) {
        return next.run(request).await;
    }
    let is_of_browser = BY_BROWSERS.iter().any(|name| request.headers().contains_key(name));
    let judged = if is_of_browser { proven(request).await } else { submitted(request).await };
    match judged {
        Ok(request) => next.run(request).await,
        Err(refusal) => {
            let message = refusal.messages().join(" ");
            page(refusal.parts().0, &CheckoutPage::saying("Payment", &message))
        }
    }
}

/// `GET /checkout/{page}/`
async fn show(
    State(state): State<AppState>,
    Extension(token): Extension<FormToken>,
    page: Segment,
) -> Response {
    match state.services.payments.checkout(name(&page).as_ref()).await {
        Ok(view) => of_payment(&view, &token),
        Err(error) => of_error(error),
    }
}

/// `POST /checkout/{page}/`, from the page's form or with JSON.
async fn settle(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    page: Segment,
    form: Option<Extension<Submission>>,
    RawBody(body): RawBody,
) -> Response {
    let is_form = form.is_some();
    let outcome = match form {
        Some(Extension(form)) => of_form(&form),
        None => {
            body.map_err(Into::into).and_then(|body| of_json(JsonObject::parse(&headers, &body)))
        }
    };
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
async fn done() -> Response {
    closing("Thank you", "You can close this page.")
}

/// `GET /checkout/cancelled/`, where gateways send whoever has not.
async fn cancelled() -> Response {
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

fn of_form(form: &Submission) -> Input<CheckoutOutcome> {
    let word = form.value("outcome");
    word.and_then(CheckoutOutcome::parse).ok_or_else(|| {
        let not_a_choice = |value: &str| Violation::NotAChoice { value: value.to_owned() };
        let violation = word.map_or(Violation::Required, not_a_choice);
        wiwebb_domain::error::Violations::of("outcome", violation).into()
    })
}

fn of_json(body: JsonObject) -> Input<CheckoutOutcome> {
    let mut fields = body.fields()?;
    let outcome = fields.required("outcome", choice(CheckoutOutcome::parse));
    fields.finish(|| outcome)
}

fn of_payment(view: &PaymentView, token: &FormToken) -> Response {
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
        shell: Shell::open(heading.to_owned(), token),
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
