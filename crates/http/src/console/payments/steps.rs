//! What is done with a payment, each in a form that is carried out once however often it is sent.

use axum::extract::State;
use axum::http::StatusCode;
use wiwebb_domain::access::Action;
use wiwebb_domain::error::{Error, PaymentStepRefused};
use wiwebb_domain::ids::{IdempotencyId, PaymentId};
use wiwebb_domain::payment::PaymentView;

use super::{detail, href, name, wire};
use crate::error::ApiError;
use crate::extract::idempotent::Told;
use crate::extract::path::Segments;
use crate::site::csrf::Submission;
use crate::site::detail::{Back, Content, Detail, Panel, show_detail_as};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::visit::Visit;
use crate::site::{Shown, once};
use crate::state::AppState;

/// A step that somebody can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Takes money that is held.
    Capture,
    /// Gives money back.
    Refund,
    /// Notes that money has arrived outside of any gateway.
    Confirm,
    /// Ends it before it is made.
    Cancel,
}

impl Step {
    /// In the order in which they are offered.
    pub(super) const ALL: [Self; 4] = [Self::Capture, Self::Refund, Self::Confirm, Self::Cancel];

    /// As addresses call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
        }
    }

    /// As people call it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Capture => "Capture",
            Self::Refund => "Refund",
            Self::Confirm => "Confirm",
            Self::Cancel => "Cancel payment",
        }
    }

    /// What it means.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Capture => "Take money that is held",
            Self::Refund => "Give money back",
            Self::Confirm => "The money has arrived",
            Self::Cancel => "End the payment before it is made",
        }
    }

    /// Whether it cannot be undone.
    pub(super) const fn is_danger(self) -> bool {
        matches!(self, Self::Refund | Self::Cancel)
    }

    /// Where its form is.
    pub(super) fn href(self, id: PaymentId) -> String {
        format!("{}{}/", href(id), self.word())
    }

    const fn action(self) -> Action {
        match self {
            Self::Capture => Action::CapturePayment,
            Self::Refund => Action::RefundPayment,
            Self::Confirm => Action::ConfirmPayment,
            Self::Cancel => Action::CancelPayment,
        }
    }

    const fn refusal(self) -> PaymentStepRefused {
        match self {
            Self::Capture => PaymentStepRefused::Capture,
            Self::Refund => PaymentStepRefused::Refund,
            Self::Confirm => PaymentStepRefused::Confirm,
            Self::Cancel => PaymentStepRefused::Cancel,
        }
    }

    /// Whether it leads anywhere as the payment stands, for whoever looks. What is not offered is
    /// refused by the use case in any case.
    pub(super) fn is_offered(self, visit: &Visit, view: &PaymentView) -> bool {
        let leads_on = match self {
            Self::Capture => view.can_be_captured(),
            Self::Refund => view.can_be_refunded(),
            Self::Confirm => view.can_be_confirmed(),
            Self::Cancel => view.can_be_cancelled_by(visit.actor()),
        };
        leads_on && visit.may_with(self.action(), view.payment.as_object(view.tenant_id))
    }

    fn form(self) -> Form {
        let amount =
            |help| Field::new("amount", "Amount", Kind::Amount).missing_if_empty().help(help);
        let fields = match self {
            Self::Capture => vec![amount("Left empty, all that is held is captured.")],
            Self::Refund => vec![
                amount("Left empty, all that is left goes back."),
                Field::new("reason", "Reason", Kind::Text),
            ],
            Self::Confirm | Self::Cancel => Vec::new(),
        };
        let form = Form::new(self.label(), fields);
        if self.is_danger() { form.danger() } else { form }
    }
}

/// The step that a path names and the payment it is taken with, where whoever looks has the right.
async fn open(
    state: &AppState,
    visit: &Visit,
    Segments([id, step]): &Segments<2>,
) -> Result<(Step, PaymentView), ApiError> {
    let found = Step::ALL.into_iter().find(|known| known.word() == step.0);
    let step = found.ok_or_else(ApiError::not_found)?;
    visit.require(step.action())?;
    let view = state.services.payments.get(visit.actor(), id.into()).await?;
    visit.require_with(step.action(), view.payment.as_object(view.tenant_id))?;
    Ok((step, view))
}

/// `GET /admin/payments/{id}/{step}/`
pub(super) async fn ask(
    State(state): State<AppState>,
    visit: Visit,
    segments: Segments<2>,
) -> Shown {
    let (step, view) = open(&state, &visit, &segments).await?;
    if !step.is_offered(&visit, &view) {
        return Err(Error::from(step.refusal()).into());
    }
    show(&visit, StatusCode::OK, step, &view, once::keyed(step.form(), &state))
}

/// `POST /admin/payments/{id}/{step}/`
pub(super) async fn take(
    State(state): State<AppState>,
    visit: Visit,
    segments: Segments<2>,
    submission: Submission,
) -> Shown {
    let (step, view) = open(&state, &visit, &segments).await?;
    let (payments, actor, id) = (&state.services.payments, visit.actor(), view.payment.id);
    let body = step.form().body(&submission);
    let digest = body.digest();
    let carry_out = |claim: Option<IdempotencyId>| async move {
        match step {
            Step::Capture => payments.capture(actor, id, wire::capture(body), claim).await,
            Step::Refund => payments.refund(actor, id, wire::refund(body), claim).await,
            Step::Confirm => payments.confirm(actor, id, body.ignored()).await,
            Step::Cancel => payments.cancel(actor, id, body.ignored(), claim).await,
        }
    };
    let resume = |payment| payments.progress(actor, payment);
    let key = once::key_of(&submission, &visit);
    let told = key.run(&state, actor, digest, wire::stepped, carry_out, resume).await;
    match told.and_then(Told::for_page) {
        Ok((status, _)) => done(&href(id), once::notice(status, "payment")),
        Err(error) => {
            let form = once::keyed(step.form(), &state);
            let (status, form) = once::refused(form, &state, &submission, error)?;
            let view = payments.get(actor, id).await?;
            show(&visit, status, step, &view, form)
        }
    }
}

fn show(visit: &Visit, status: StatusCode, step: Step, view: &PaymentView, form: Form) -> Shown {
    let id = view.payment.id;
    let detail = Detail {
        back: Back::to(href(id), name(id)),
        heading: match step {
            Step::Cancel => format!("Cancel payment {id}"),
            step => format!("{} payment {id}", step.label()),
        },
        actions: Vec::new(),
        facts: detail::amounts(view),
        panels: vec![Panel::new(step.meaning(), Content::Form(form))],
    };
    show_detail_as(status, visit, detail)
}
