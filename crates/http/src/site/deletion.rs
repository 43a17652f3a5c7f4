//! Deletes, behind a page that tells what goes along (contract §13).

use askama::Template;
use axum::http::StatusCode;
use wiwebb_domain::error::Error;
use wiwebb_domain::relations::{DeletionPlan, Dependants, EntityKind, plan_deletion};

use super::Shown;
use super::page::{Shell, done, show_as};
use super::visit::Visit;

/// What is to be deleted.
pub(crate) struct Deleting<'a> {
    /// What it is: "the tenant".
    pub(crate) what: &'a str,
    /// What it is called.
    pub(crate) name: String,
    /// Its own page.
    pub(crate) href: String,
    /// The list that it is missing from afterwards.
    pub(crate) list: &'a str,
}

#[derive(Template)]
#[template(path = "site/deletion.html")]
struct DeletionPage<'a> {
    shell: Shell,
    heading: String,
    deleting: &'a Deleting<'a>,
    /// Why it is not possible.
    refusal: Option<String>,
    blocked_by: Vec<String>,
    removed: Vec<String>,
    detached: Vec<String>,
}

/// How many rows of each kind.
fn groups(found: &[Dependants]) -> Vec<String> {
    found.iter().map(|found| found.relation.child.counted(found.rows)).collect()
}

/// Shows what a delete would do.
pub(crate) fn preview(visit: &Visit, deleting: &Deleting<'_>, plan: &DeletionPlan) -> Shown {
    page(visit, deleting, plan, StatusCode::OK)
}

/// Asks before a delete of something that no row of another kind refers to.
pub(crate) fn ask(visit: &Visit, deleting: &Deleting<'_>, kind: EntityKind) -> Shown {
    preview(visit, deleting, &plan_deletion(kind, &[]))
}

/// Leads on after a delete, or shows why there was none.
pub(crate) fn outcome(visit: &Visit, deleting: &Deleting<'_>, outcome: Result<(), Error>) -> Shown {
    match outcome {
        Ok(()) => done(deleting.list, "deleted"),
        Err(Error::Protected(plan)) => page(visit, deleting, &plan, StatusCode::BAD_REQUEST),
        Err(error) => Err(error.into()),
    }
}

fn page(visit: &Visit, deleting: &Deleting<'_>, plan: &DeletionPlan, status: StatusCode) -> Shown {
    let heading = format!("Delete {} {}", deleting.what, deleting.name);
    let page = DeletionPage {
        shell: visit.shell(heading.as_str()),
        heading,
        deleting,
        refusal: (!plan.is_allowed()).then(|| plan.refusal()),
        blocked_by: groups(&plan.blocked_by),
        removed: groups(&plan.cascades),
        detached: groups(&plan.nullified),
    };
    show_as(status, &page)
}
