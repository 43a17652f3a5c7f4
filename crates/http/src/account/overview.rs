//! The first page: one's plan, what is owed, what was used today, the latest payments.

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::error::Error;
use wiwebb_domain::payment::{PaymentStatus, PaymentView};
use wiwebb_domain::subscription::SubscriptionView;

use super::{BASE, payments, plans, subscription};
use crate::site::cell::{Cell, Fact};
use crate::site::format;
use crate::site::page::{Shell, show as show_page};
use crate::site::table::{Action, Table};
use crate::site::usage::UsageMeters;
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, words};
use crate::state::AppState;

/// Payments that the page shows.
const LATEST: u32 = 5;

/// What somebody owes.
struct Due {
    sum: String,
    href: String,
}

#[derive(Template)]
#[template(path = "account/overview.html")]
struct OverviewPage {
    shell: Shell,
    facts: Vec<Fact>,
    actions: Vec<Action>,
    due: Option<Due>,
    usage: Option<UsageMeters>,
    payments: Table,
}

pub(super) fn routes() -> Routes {
    vec![(BASE, get(show))]
}

/// `GET /account/`
async fn show(State(state): State<AppState>, visit: Visit) -> Shown {
    let standing = subscription::standing(&state, &visit).await?;
    let due = match &standing {
        Some(view) => due(&state, &visit, view).await?,
        None => None,
    };
    let usage = match state.services.network.own_limits(visit.actor()).await {
        Ok(limits) => Some(UsageMeters::from(&limits)),
        Err(Error::NoSubscription) => None,
        Err(error) => return Err(error.into()),
    };
    show_page(&OverviewPage {
        shell: visit.shell("Overview").live(),
        facts: standing.as_ref().map(facts).unwrap_or_default(),
        actions: actions(standing.as_ref()),
        due,
        usage,
        payments: payments::latest(&state, &visit, LATEST).await?,
    })
}

/// The payment that the subscription waits for.
async fn due(
    state: &AppState,
    visit: &Visit,
    standing: &SubscriptionView,
) -> Result<Option<Due>, Error> {
    let Some(charge) = standing.subscription.charge else {
        return Ok(None);
    };
    let view = state.services.payments.get(visit.actor(), charge.payment).await?;
    let owed = |PaymentView { payment, .. }: PaymentView| Due {
        sum: format::price(&payment.total),
        href: payments::href(payment.id),
    };
    Ok(Some(view).filter(|view| view.payment.status == PaymentStatus::Waiting).map(owed))
}

fn facts(view: &SubscriptionView) -> Vec<Fact> {
    let subscription = &view.subscription;
    let mut facts = vec![
        Fact::new("Plan", Cell::text(&view.plan.name)),
        Fact::new("State", words::subscription(view)),
        Fact::new("Price", Cell::text(words::price(subscription.terms))),
    ];
    if let Some(period) = subscription.period {
        let label = if view.is_ending || subscription.status.has_ended() {
            "Until"
        } else if view.plan.auto_renew {
            "Renewed on"
        } else {
            "Ends on"
        };
        facts.push(Fact::new(label, Cell::time(period.end)));
    }
    if let Some(end) = subscription.trial_end {
        facts.push(Fact::new("Trial until", Cell::time(end)));
    }
    if let Some(plan) = &view.pending_plan {
        facts.push(Fact::new("Next plan", Cell::text(&plan.name)));
    }
    facts
}

fn actions(standing: Option<&SubscriptionView>) -> Vec<Action> {
    match standing {
        Some(view) if view.subscription.status.is_live() => {
            let change = Action::new(plans::LIST, "Change plan").quiet();
            if view.is_ending {
                return vec![Action::new(subscription::RESUME, "Resume"), change];
            }
            vec![change, Action::new(subscription::CANCEL, "Cancel subscription").quiet()]
        }
        Some(view) if view.is_ending => vec![
            Action::new(subscription::RESUME, "Resume"),
            Action::new(plans::LIST, "Choose another plan").quiet(),
        ],
        _ => vec![Action::new(plans::LIST, "Choose a plan")],
    }
}
