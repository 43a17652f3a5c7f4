//! One's own subscription: as it stands, cancelled, taken up again.

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::error::Error;
use wiwebb_domain::subscription::SubscriptionView;

use super::BASE;
use crate::extract::idempotent::Told;
use crate::site::csrf::Submission;
use crate::site::detail::{Back, FormHead, answer_form, show_form, show_refused};
use crate::site::form::Form;
use crate::site::page::done;
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, once};
use crate::state::AppState;
use crate::v1::subscriptions::wire;

/// Where it is cancelled.
pub(super) const CANCEL: &str = "/account/cancel/";

/// Where it goes on.
pub(super) const RESUME: &str = "/account/resume/";

pub(super) fn routes() -> Routes {
    vec![(CANCEL, get(confirm_cancel).post(cancel)), (RESUME, get(confirm_resume).post(resume))]
}

/// One's latest subscription, if there ever was one.
pub(super) async fn standing(
    state: &AppState,
    visit: &Visit,
) -> Result<Option<SubscriptionView>, Error> {
    match state.services.subscriptions.status(visit.actor()).await {
        Ok(view) => Ok(Some(view)),
        Err(Error::NoSubscription) => Ok(None),
        Err(error) => Err(error),
    }
}

fn cancel_head() -> FormHead {
    FormHead::new(Back::to(BASE, "Overview"), "Cancel the subscription").intro(
        "It is not renewed. What is paid for lasts until its end, and until then you can take \
         this back.",
    )
}

fn resume_head() -> FormHead {
    FormHead::new(Back::to(BASE, "Overview"), "Resume the subscription")
        .intro("It goes on as if it had not been cancelled.")
}

fn resume_form() -> Form {
    Form::new("Resume subscription", [])
}

fn cancel_form(state: &AppState) -> Form {
    once::keyed(Form::new("Cancel subscription", []).danger(), state)
}

/// `GET /account/cancel/`
async fn confirm_cancel(State(state): State<AppState>, visit: Visit) -> Shown {
    show_form(&visit, cancel_head(), cancel_form(&state))
}

/// `POST /account/cancel/`
async fn cancel(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let (form, actor) = (cancel_form(&state), visit.actor());
    let subscriptions = &state.services.subscriptions;
    let cancel = |_| subscriptions.cancel(actor, Ok(()));
    // No payment is begun, so there is none to resume.
    let resume = |_| subscriptions.status(actor);
    let digest = once::no_body();
    let key = once::key_of(&submission, &visit);
    let told = key.run(&state, actor, digest, wire::cancelled, cancel, resume).await;
    match told.and_then(Told::for_page) {
        Ok(_) => done(BASE, "subscription"),
        Err(error) => {
            let refused = once::refused(form, &state, &submission, error)?;
            show_refused(&visit, cancel_head(), refused)
        }
    }
}

/// `GET /account/resume/`
async fn confirm_resume(visit: Visit) -> Shown {
    show_form(&visit, resume_head(), resume_form())
}

/// `POST /account/resume/`
async fn resume(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let resumed = state.services.subscriptions.resume(visit.actor(), Ok(())).await;
    let page = resumed.map(|_| BASE.to_owned());
    answer_form(&visit, resume_head(), (resume_form(), &submission), page, "subscription")
}
