//! Todos.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::ids::{TodoId, UserId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::todo::TodoRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::todo::{NewTodo, Todo, TodoFilter, TodoSort};

use super::scoped;
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::todo::{SELECTION, TodoRow, todo_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for Todo {
    type Row = TodoRow;
    const TABLE: &'static str = "api_todo";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("todo.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&["todo.task"]);

    fn column(key: TodoSort) -> Column {
        match key {
            TodoSort::Timestamp => Column::new("todo.timestamp", Kind::Time),
            TodoSort::Updated => Column::new("todo.updated", Kind::Time),
            TodoSort::Task => Column::new("todo.task", Kind::Text),
            TodoSort::Completed => Column::new("todo.completed", Kind::Bool),
            TodoSort::Id => Self::ID,
        }
    }
}

fn covered(row: Option<TodoRow>, scope: Scope) -> Stored<Lookup<Todo>> {
    scoped(row, scope, |row| (Some(row.user_id), row.tenant_id))
}

#[async_trait]
impl TodoRepository for PgUnitOfWork {
    async fn insert(&mut self, owner: UserId, todo: NewTodo, now: DateTime<Utc>) -> Stored<Todo> {
        let row = todo_row!(
            "WITH inserted AS (
                INSERT INTO api_todo (user_id, task, completed, timestamp, updated)
                VALUES ($1, $2, $3, $4, $4)
                RETURNING *
            )",
            "inserted",
            "",
            owner.get(),
            todo.task.as_str(),
            todo.completed,
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        Todo::try_from(self.settle(row)?)
    }

    async fn find(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>> {
        let row = todo_row!("", "api_todo", "WHERE todo.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        covered(self.settle(row)?, scope)
    }

    async fn lock(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>> {
        let row =
            todo_row!("", "(SELECT * FROM api_todo WHERE id = $1 FOR NO KEY UPDATE)", "", id.get())
                .fetch_optional(self.connection().await?)
                .await;
        covered(self.settle(row)?, scope)
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TodoFilter, TodoSort>,
    ) -> Listing<Todo> {
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .of_members(
                "todo.user_id IN (SELECT id FROM api_user WHERE tenant_id = ?)",
                scope.tenant(),
            )
            .with("todo.user_id = ?", oneself)
            .flag("todo.completed", request.filter.completed);
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, todo: &Todo) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE api_todo SET task = $2, completed = $3, updated = $4 WHERE id = $1",
            todo.id.get(),
            todo.task.as_str(),
            todo.completed,
            todo.updated,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, id: TodoId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM api_todo WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }
}
