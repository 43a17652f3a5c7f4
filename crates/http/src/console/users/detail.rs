//! The page of a user.

use askama::Template;
use axum::extract::State;
use wiwebb_domain::access::Action;
use wiwebb_domain::error::Error;
use wiwebb_domain::subscription::SubscriptionView;
use wiwebb_domain::usage::Limits;
use wiwebb_domain::user::{User, UserView};

use super::account::{activity_form, keys_form};
use super::{LIST, below, role_badge, tenant};
use crate::console::{audit_logs, payments, plans};
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::form::{Form, Kind};
use crate::site::page::{Shell, show as show_page};
use crate::site::table;
use crate::site::usage::UsageMeters;
use crate::site::visit::Visit;
use crate::site::{Shown, words};
use crate::state::AppState;

/// A button that acts at once.
struct Switch {
    about: &'static str,
    form: Form,
}

#[derive(Template)]
#[template(path = "console/users/detail.html")]
struct UserPage {
    shell: Shell,
    heading: String,
    actions: Vec<table::Action>,
    facts: Vec<Fact>,
    /// `None` without a plan.
    usage: Option<UsageMeters>,
    /// Of the latest subscription; empty where there never was one.
    subscription: Vec<Fact>,
    /// Where what is kept about the user is seen, handed out and forgotten.
    records: Vec<table::Action>,
    switches: Vec<Switch>,
}

/// `GET /admin/users/{id}/`
pub(super) async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let user = &view.user;
    let limits = match state.services.network.limits_of_user(visit.actor(), user.id).await {
        Ok(limits) => Some(limits),
        Err(Error::NoSubscription) => None,
        Err(error) => return Err(error.into()),
    };
    let subscription = state.services.subscriptions.of_user(visit.actor(), user.id).await?;
    show_page(&page(&visit, &view, limits.as_ref(), subscription.as_ref()))
}

fn page(
    visit: &Visit,
    view: &UserView,
    limits: Option<&Limits>,
    subscription: Option<&SubscriptionView>,
) -> UserPage {
    let user = &view.user;
    let heading = user.username.to_string();
    UserPage {
        shell: visit.shell(heading.as_str()),
        heading,
        actions: actions(visit, user),
        facts: facts(view),
        usage: limits.map(UsageMeters::from),
        subscription: subscription.map(subscription_facts).unwrap_or_default(),
        records: records(visit, user),
        switches: switches(visit, user),
    }
}

fn facts(view: &UserView) -> Vec<Fact> {
    let user = &view.user;
    vec![
        Fact::new("Username", Cell::text(&user.username)),
        Fact::new("Email", Cell::text(&user.email)),
        Fact::new("Role", role_badge(user.role)),
        Fact::new("Tenant", tenant(view)),
        Fact::new("State", words::activity(user.is_active)),
        Fact::new("First name", Cell::maybe(user.first_name.as_ref())),
        Fact::new("Last name", Cell::maybe(user.last_name.as_ref())),
        Fact::new("Phone number", Cell::maybe(user.phone_number.as_ref())),
        Fact::new("Company", Cell::maybe(user.company.as_ref())),
        Fact::new("Location", Cell::maybe(user.location.as_ref())),
        Fact::new("Web address", Cell::maybe_away(user.url.as_ref())),
        Fact::new("Date of birth", Cell::maybe_day(user.birth_date)),
        Fact::new("About", Cell::maybe_long(user.bio.as_ref())),
        Fact::new("Joined", Cell::time(user.date_joined)),
        Fact::new("Last login", Cell::maybe_time(user.last_login)),
        Fact::new("Password set", Cell::time(user.password_updated)),
    ]
}

fn subscription_facts(view: &SubscriptionView) -> Vec<Fact> {
    let subscription = &view.subscription;
    let period = subscription.period;
    let mut facts = vec![
        Fact::new("Plan", Cell::link(plans::href(view.plan.id), &view.plan.name)),
        Fact::new("State", words::subscription(view)),
        Fact::new("Name", Cell::code(&subscription.subscription_id)),
        Fact::new("Period from", Cell::maybe_time(period.map(|period| period.start))),
        Fact::new("Period to", Cell::maybe_time(period.map(|period| period.end))),
        Fact::new("Ends with it", Cell::truth(view.is_ending)),
    ];
    let trial = subscription.trial_end.map(|end| Fact::new("Trial to", Cell::time(end)));
    let next =
        view.pending_plan.as_ref().map(|plan| Fact::new("Next plan", Cell::text(&plan.name)));
    let end = subscription.canceled_at.map(|end| Fact::new("Cancelled", Cell::time(end)));
    facts.extend([trial, next, end].into_iter().flatten());
    facts
}

/// Only what would be let through.
fn actions(visit: &Visit, user: &User) -> Vec<table::Action> {
    let link = |rest, label| table::Action::new(below(user, rest), label);
    [
        (Action::UpdateUser, link("edit", "Edit")),
        (Action::AssignRole, link("role", "Role").quiet()),
        (Action::SetPassword, link("password", "Password").quiet()),
        (Action::DeleteUser, link("delete", "Delete").danger()),
    ]
    .into_iter()
    .filter(|(action, _)| visit.may_with(*action, user.as_object()))
    .map(|(_, link)| link)
    .collect()
}

fn records(visit: &Visit, user: &User) -> Vec<table::Action> {
    let link = |href, label| table::Action::new(href, label).quiet();
    let object = user.as_object();
    let anonymise = link(below(user, "anonymise"), "Anonymise");
    [
        (
            visit.may(Action::ReadPayments),
            link(format!("{}?user={}", payments::LIST, user.id), "Payments"),
        ),
        (
            visit.may(Action::ReadAuditLogs),
            link(format!("{}?target={}", audit_logs::LIST, user.id), "Audit log"),
        ),
        (visit.may_with(Action::ExportUser, object), link(below(user, "export"), "Download all")),
        (
            visit.may_with(Action::DeleteUser, object),
            table::Action { class: "quiet danger", ..anonymise },
        ),
    ]
    .into_iter()
    .filter(|(is_offered, _)| *is_offered)
    .map(|(_, link)| link)
    .collect()
}

fn switches(visit: &Visit, user: &User) -> Vec<Switch> {
    let mut switches = Vec::new();
    if visit.may_with(Action::SetActive, user.as_object()) {
        let about = if user.is_active {
            "Whoever is deactivated is signed out everywhere and stays off the network."
        } else {
            "Whoever is activated can sign in again."
        };
        switches.push(Switch { about, form: activity_form(user) });
    }
    if visit.may_with(Action::RevokeKeys, user.as_object()) {
        let about = "Without keys the person is signed out everywhere.";
        switches.push(Switch { about, form: keys_form(user) });
    }
    switches
}
