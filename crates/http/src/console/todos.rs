//! Todos: everybody has their own and nobody else's.

use axum::extract::State;
use axum::routing::{get, post};
use wiwebb_domain::access::Action;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::todo::Todo;

use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact, Tone};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Content, Detail, FormHead, Panel};
use crate::site::detail::{answer_form, show_detail, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown};
use crate::state::AppState;
use crate::v1::todos::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/todos/";

const COLUMNS: [Column; 4] = [
    Column::new("Task").by("task"),
    Column::new("State").by("completed"),
    Column::new("Created").by("timestamp"),
    Column::new("Changed").by("updated"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/todos/new/", get(blank).post(create)),
        ("/admin/todos/{id}/", get(show)),
        ("/admin/todos/{id}/edit/", get(edit).post(update)),
        ("/admin/todos/{id}/switch/", post(switch)),
        ("/admin/todos/{id}/delete/", get(preview).post(delete)),
    ]
}

fn href(todo: &Todo) -> String {
    format!("{LIST}{}/", todo.id)
}

fn state(todo: &Todo) -> Cell {
    if todo.completed { Cell::badge(Tone::Good, "Done") } else { Cell::badge(Tone::Quiet, "Open") }
}

fn row(todo: &Todo) -> Vec<Cell> {
    vec![
        Cell::link(href(todo), &todo.task),
        state(todo),
        Cell::time(todo.timestamp),
        Cell::time(todo.updated),
    ]
}

/// `GET /admin/todos/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.todos.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let table = Table::new(&browsed, &COLUMNS, row)
        .searchable(&browsed)
        .filtered(&browsed, [Filter::truth("completed", "Done")]);
    let head = ListHead::new("Todos", "There is nothing to do.")
        .intro("Nobody else sees them.")
        .action(true, "/admin/todos/new/", "New todo");
    show_list(&visit, head, table)
}

/// `GET /admin/todos/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let todo = state.services.todos.get(visit.actor(), (&id).into()).await?;
    let own = href(&todo);
    let facts = vec![
        Fact::new("Task", Cell::text(&todo.task)),
        Fact::new("State", self::state(&todo)),
        Fact::new("Created", Cell::time(todo.timestamp)),
        Fact::new("Changed", Cell::time(todo.updated)),
    ];
    let actions = vec![table::Action::edit(&own), table::Action::delete(&own)];
    let switch = switch_form(!todo.completed).to(format!("{own}switch/"));
    let heading = if todo.completed { "Not done after all?" } else { "Is it done?" };
    let panels = vec![Panel::new(heading, Content::Form(switch))];
    let (back, heading) = (Back::to(LIST, "Todos"), todo.task.to_string());
    show_detail(&visit, Detail { back, heading, actions, facts, panels })
}

/// The button that makes a todo done or open: it says which, so that pressed twice it does the same.
fn switch_form(completed: bool) -> Form {
    let submit = if completed { "Mark as done" } else { "Mark as open" };
    Form::new(submit, [Field::new("completed", "Done", Kind::Hidden).value(completed.to_string())])
}

fn form(submit: &'static str) -> Form {
    Form::new(
        submit,
        [
            Field::new("task", "Task", Kind::Text).required(),
            Field::new("completed", "Done", Kind::Flag),
        ],
    )
}

fn new_head() -> FormHead {
    FormHead::new(Back::to(LIST, "Todos"), "New todo")
}

fn edit_head(todo: &Todo) -> FormHead {
    FormHead::new(Back::to(href(todo), todo.task.to_string()), "Edit todo")
}

/// `GET /admin/todos/new/`
async fn blank(visit: Visit) -> Shown {
    visit.require(Action::UseTodos)?;
    show_form(&visit, new_head(), form("Create"))
}

/// `POST /admin/todos/new/`
async fn create(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let form = form("Create");
    let input = wire::new_todo(form.body(&submission));
    let made = state.services.todos.create(visit.actor(), input).await;
    let page = made.map(|todo| href(&todo));
    answer_form(&visit, new_head(), (form, &submission), page, "created")
}

/// `GET /admin/todos/{id}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let todo = state.services.todos.get(visit.actor(), (&id).into()).await?;
    show_form(&visit, edit_head(&todo), form("Save").filled(&wire::TodoWire::from(&todo))?)
}

/// `POST /admin/todos/{id}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let todo = state.services.todos.get(visit.actor(), (&id).into()).await?;
    let form = form("Save");
    let input = wire::update(form.body(&submission), Write::Whole);
    let changed = state.services.todos.update(visit.actor(), todo.id, input).await;
    let page = changed.map(|todo| href(&todo));
    answer_form(&visit, edit_head(&todo), (form, &submission), page, "saved")
}

/// `POST /admin/todos/{id}/switch/`
async fn switch(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let input = wire::update(switch_form(true).body(&submission), Write::Partial);
    let todo = state.services.todos.update(visit.actor(), (&id).into(), input).await?;
    done(&href(&todo), "saved")
}

fn deleting(todo: &Todo) -> Deleting<'static> {
    Deleting { what: "the todo", name: todo.task.to_string(), href: href(todo), list: LIST }
}

/// `GET /admin/todos/{id}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let todo = state.services.todos.get(visit.actor(), (&id).into()).await?;
    deletion::ask(&visit, &deleting(&todo), EntityKind::Todo)
}

/// `POST /admin/todos/{id}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let todo = state.services.todos.get(visit.actor(), (&id).into()).await?;
    let outcome = state.services.todos.delete(visit.actor(), todo.id).await;
    deletion::outcome(&visit, &deleting(&todo), outcome)
}
