//! Bodies and filters of §6.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::error::Input;
use wiwebb_domain::text::Task;
use wiwebb_domain::todo::{NewTodo, Todo, TodoFilter, TodoUpdate};

use crate::extract::body::JsonObject;
use crate::extract::fields::{Write, boolean, text};
use crate::extract::list::Params;

/// The todo object of contract §6.
#[derive(Serialize, ToSchema)]
#[schema(as = Todo)]
pub(crate) struct TodoWire {
    #[schema(example = 3)]
    id: i32,
    #[schema(example = 12)]
    user: i32,
    #[schema(example = "Call the hill repeater")]
    task: String,
    #[schema(example = false)]
    completed: bool,
    timestamp: DateTime<Utc>,
    updated: DateTime<Utc>,
}

/// What a todo is written with.
#[derive(ToSchema)]
#[schema(as = TodoBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct TodoBody {
    #[schema(min_length = 1, max_length = 200, example = "Call the hill repeater")]
    task: String,
    #[schema(nullable = false, example = false)]
    completed: Option<bool>,
}

impl From<&Todo> for TodoWire {
    fn from(todo: &Todo) -> Self {
        Self {
            id: todo.id.get(),
            user: todo.user_id.get(),
            task: todo.task.to_string(),
            completed: todo.completed,
            timestamp: todo.timestamp,
            updated: todo.updated,
        }
    }
}

pub(crate) fn filter(params: &mut Params) -> TodoFilter {
    TodoFilter { completed: params.boolean("completed") }
}

pub(crate) fn new_todo(body: JsonObject) -> Input<NewTodo> {
    let mut fields = body.fields()?;
    let task = fields.required("task", text(Task::new));
    let completed = fields.optional("completed", boolean);
    fields.finish(|| Some(NewTodo { task: task?, completed: completed.unwrap_or(false) }))
}

pub(crate) fn update(body: JsonObject, write: Write) -> Input<TodoUpdate> {
    let mut fields = body.fields()?;
    let update = TodoUpdate {
        task: fields.needed(write, "task", text(Task::new)),
        completed: fields.optional("completed", boolean),
    };
    fields.finish(|| Some(update))
}
