//! Todos (contract §6): everybody has their own and nobody else's.

use super::Ports;
use super::deletion::require_deleted;
use super::users::lock_oneself;
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::ids::TodoId;
use crate::page::{ListRequest, Page};
use crate::relations::EntityKind;
use crate::todo::{NewTodo, Todo, TodoFilter, TodoSort, TodoUpdate};

/// Use cases on todos.
#[derive(Clone)]
pub struct Todos {
    ports: Ports,
}

impl Todos {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The actor's todos.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<TodoFilter, TodoSort>>,
    ) -> Result<Page<Todo>, Error> {
        let scope = access::scope(actor, Action::UseTodos)?;
        let mut read = self.ports.store.read_since("todos.list", actor.written).await?;
        read.todos().list(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One of the actor's todos.
    pub async fn get(&self, actor: &Actor, id: TodoId) -> Result<Todo, Error> {
        let scope = access::scope(actor, Action::UseTodos)?;
        let mut read = self.ports.store.read("todos.get").await?;
        read.todos().find(scope, id).await?.or_refuse(EntityKind::Todo)
    }

    /// A new todo of the actor.
    pub async fn create(&self, actor: &Actor, input: Input<NewTodo>) -> Result<Todo, Error> {
        access::permit_role(actor, Action::UseTodos)?;
        let new = input?;
        let mut work = self.ports.store.begin("todos.create").await?;
        lock_oneself(work.as_mut(), actor).await?;
        let todo = work.todos().insert(actor.user, new, self.ports.clock.now()).await?;
        work.commit().await?;
        Ok(todo)
    }

    /// Changes one of the actor's todos.
    pub async fn update(
        &self,
        actor: &Actor,
        id: TodoId,
        input: Input<TodoUpdate>,
    ) -> Result<Todo, Error> {
        let scope = access::scope(actor, Action::UseTodos)?;
        let mut work = self.ports.store.begin("todos.update").await?;
        let mut todo = work.todos().lock(scope, id).await?.or_refuse(EntityKind::Todo)?;
        todo.apply(input?, self.ports.clock.now());
        work.todos().update(&todo).await?;
        work.commit().await?;
        Ok(todo)
    }

    /// Removes one of the actor's todos.
    pub async fn delete(&self, actor: &Actor, id: TodoId) -> Result<(), Error> {
        let scope = access::scope(actor, Action::UseTodos)?;
        let mut work = self.ports.store.begin("todos.delete").await?;
        work.todos().lock(scope, id).await?.or_refuse(EntityKind::Todo)?;
        require_deleted(work.todos().delete(id).await?, EntityKind::Todo)?;
        work.commit().await?;
        Ok(())
    }
}
