//! Todos.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, lookup, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::access::{Lookup, Scope};
use crate::ids::{TodoId, UserId};
use crate::page::ListRequest;
use crate::ports::todo::TodoRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::todo::{NewTodo, Todo, TodoFilter, TodoSort};

impl Row for Todo {
    const KIND: EntityKind = EntityKind::Todo;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "user_id", get: |todo| Some(todo.user_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.todos
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.todos
    }

    fn keep(&mut self, stored: &Self) {
        self.user_id = stored.user_id;
        self.timestamp = stored.timestamp;
    }
}

fn covers(state: &State, scope: Scope, todo: &Todo) -> bool {
    let owner = state.users.get(todo.user_id.get());
    scope.covers(Some(todo.user_id), owner.and_then(|user| user.tenant_id))
}

fn matches(todo: &Todo, request: &ListRequest<TodoFilter, TodoSort>) -> bool {
    let TodoFilter { completed } = &request.filter;
    is(completed.as_ref(), &todo.completed) && finds(&request.search, &[Some(todo.task.as_str())])
}

#[async_trait]
impl TodoRepository for Session {
    async fn insert(&mut self, owner: UserId, todo: NewTodo, now: DateTime<Utc>) -> Stored<Todo> {
        let make = |id| Todo {
            id: TodoId::new(id),
            user_id: owner,
            task: todo.task,
            completed: todo.completed,
            timestamp: now,
            updated: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>> {
        self.read(|state| {
            let row = state.todos.get(id.get()).cloned();
            lookup(row, |row| covers(state, scope, row))
        })
    }

    async fn lock(&mut self, scope: Scope, id: TodoId) -> Stored<Lookup<Todo>> {
        TodoRepository::find(self, scope, id).await
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TodoFilter, TodoSort>,
    ) -> Listing<Todo> {
        self.read(|state| {
            let rows = state
                .todos
                .iter()
                .filter(|row| covers(state, scope, row) && matches(row, &request))
                .cloned();
            page(rows.collect(), &request)
        })
    }

    async fn update(&mut self, todo: &Todo) -> Stored<()> {
        self.write(|state| state.update(todo.clone())).await
    }

    async fn delete(&mut self, id: TodoId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::Todo, id.get())).await
    }
}
