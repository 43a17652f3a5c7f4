//! `api_todo`

use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{TodoId, UserId};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::Task;
use wiwebb_domain::todo::Todo;

use super::{Origin, selection};

/// A todo with its owner's tenant.
#[derive(sqlx::FromRow)]
pub(crate) struct TodoRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) task: String,
    pub(crate) completed: bool,
    pub(crate) timestamp: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) tenant_id: Option<i32>,
}

selection!($ todo_row => TodoRow, "todo",
    "todo.id, todo.user_id, todo.task, todo.completed, todo.timestamp, todo.updated, \
     owner.tenant_id",
    "JOIN api_user AS owner ON owner.id = todo.user_id"
);

impl TryFrom<TodoRow> for Todo {
    type Error = RepositoryError;

    fn try_from(row: TodoRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Todo, id: row.id };
        Ok(Self {
            id: TodoId::new(row.id),
            user_id: UserId::new(row.user_id),
            task: from.value("task", Task::new(&row.task))?,
            completed: row.completed,
            timestamp: row.timestamp,
            updated: row.updated,
        })
    }
}
