//! Where todos are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::ids::{TodoId, UserId};
use crate::page::ListRequest;
use crate::todo::{NewTodo, Todo, TodoFilter, TodoSort};

/// Todos. A scope of oneself covers one's own.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait TodoRepository: Send {
    /// Stores a new todo. Errors: `MissingReference`.
    async fn insert(&mut self, owner: UserId, todo: NewTodo, now: DateTime<Utc>) -> Stored<Todo>;

    /// Finds a todo.
    async fn find(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>>;

    /// Finds a todo and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>>;

    /// A page of todos. Search: `task`.
    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TodoFilter, TodoSort>,
    ) -> Listing<Todo>;

    /// Stores all changeable columns of a locked todo.
    async fn update(&mut self, todo: &Todo) -> Stored<()>;

    /// Deletes a todo; `false` where there is none.
    async fn delete(&mut self, id: TodoId) -> Stored<bool>;
}
