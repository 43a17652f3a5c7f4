//! The page of one thing, and the page of one form.

use askama::Template;
use axum::http::StatusCode;

use super::Shown;
use super::cell::{Cell, Fact};
use super::csrf::Submission;
use super::form::{Form, Kind};
use super::format::Excerpt;
use super::page::{Shell, done, show, show_as};
use super::table::{Action, Table};
use super::visit::Visit;
use crate::error::ApiError;

/// Where a page belongs.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    pub(crate) href: String,
    pub(crate) label: String,
}

impl Back {
    /// To a page with this name.
    pub(crate) fn to(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// What stands in a panel.
#[derive(Debug)]
pub(crate) enum Content {
    /// A form.
    Form(Form),
    /// Rows of another kind.
    Rows(Table),
    /// A sentence.
    Text(String),
    /// A JSON value.
    Json(Excerpt),
}

/// A part of a page.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) heading: &'static str,
    pub(crate) content: Content,
    pub(crate) actions: Vec<Action>,
}

impl Panel {
    /// One without links.
    pub(crate) const fn new(heading: &'static str, content: Content) -> Self {
        Self { heading, content, actions: Vec::new() }
    }

    /// With links below.
    pub(crate) fn actions(self, actions: impl Into<Vec<Action>>) -> Self {
        Self { actions: actions.into(), ..self }
    }
}

/// Everything about one thing.
pub(crate) struct Detail {
    pub(crate) back: Back,
    pub(crate) heading: String,
    pub(crate) actions: Vec<Action>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) panels: Vec<Panel>,
}

#[derive(Template)]
#[template(path = "site/detail.html")]
struct DetailPage {
    shell: Shell,
    back: Back,
    heading: String,
    actions: Vec<Action>,
    facts: Vec<Fact>,
    panels: Vec<Panel>,
}

/// Shows one thing.
pub(crate) fn show_detail(visit: &Visit, detail: Detail) -> Shown {
    show_detail_as(StatusCode::OK, visit, detail)
}

/// Shows one thing after a form in one of its panels was refused.
pub(crate) fn show_detail_as(status: StatusCode, visit: &Visit, detail: Detail) -> Shown {
    let Detail { back, heading, actions, facts, panels } = detail;
    let shell = visit.shell(heading.as_str());
    show_as(status, &DetailPage { shell, back, heading, actions, facts, panels })
}

/// What stands around a form that has a page of its own.
pub(crate) struct FormHead {
    pub(crate) back: Back,
    pub(crate) heading: String,
    /// What the form is for; may be empty.
    pub(crate) intro: &'static str,
}

impl FormHead {
    /// One that needs no words before the form.
    pub(crate) fn new(back: Back, heading: impl Into<String>) -> Self {
        Self { back, heading: heading.into(), intro: "" }
    }

    /// Around a form that changes what has a page of its own.
    pub(crate) fn edit(href: String, name: &impl ToString) -> Self {
        let name = name.to_string();
        Self { heading: format!("Edit {name}"), back: Back::to(href, name), intro: "" }
    }

    /// With what the form is for.
    pub(crate) fn intro(self, intro: &'static str) -> Self {
        Self { intro, ..self }
    }
}

#[derive(Template)]
#[template(path = "site/form.html")]
struct FormPage {
    shell: Shell,
    back: Back,
    heading: String,
    intro: &'static str,
    form: Form,
}

impl FormPage {
    fn new(visit: &Visit, head: FormHead, form: Form) -> Self {
        let FormHead { back, heading, intro } = head;
        Self { shell: visit.shell(heading.as_str()), back, heading, intro, form }
    }
}

/// Shows a form.
pub(crate) fn show_form(visit: &Visit, head: FormHead, form: Form) -> Shown {
    show(&FormPage::new(visit, head, form))
}

/// Shows a form again that was refused, with the status of the refusal.
pub(crate) fn show_refused(
    visit: &Visit,
    head: FormHead,
    (status, form): (StatusCode, Form),
) -> Shown {
    show_as(status, &FormPage::new(visit, head, form))
}

/// Leads on to a page after a form was carried out, with a word of the notice, or shows the form again
/// with what was wrong.
pub(crate) fn answer_form<E: Into<ApiError>>(
    visit: &Visit,
    head: FormHead,
    (form, submission): (Form, &Submission),
    outcome: Result<String, E>,
    word: &str,
) -> Shown {
    match outcome {
        Ok(page) => done(&page, word),
        Err(error) => show_refused(visit, head, form.refused(submission, error)?),
    }
}
