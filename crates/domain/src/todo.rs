//! Todos: small things a user wants to remember (seed, "Todo Table").

use chrono::{DateTime, Utc};

use crate::ids::{TodoId, UserId};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::tenant::replace;
use crate::text::Task;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// Identity.
    pub id: TodoId,
    /// Whose.
    pub user_id: UserId,
    /// What.
    pub task: Task,
    /// Done?
    pub completed: bool,
    /// Set once.
    pub timestamp: DateTime<Utc>,
    /// Moves with every write.
    pub updated: DateTime<Utc>,
}

impl Todo {
    /// Applies a change at an instant.
    pub fn apply(&mut self, update: TodoUpdate, now: DateTime<Utc>) {
        replace(&mut self.task, update.task);
        replace(&mut self.completed, update.completed);
        self.updated = now;
    }
}

/// What a todo is created with; the owner is whoever creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTodo {
    /// What.
    pub task: Task,
    /// `false` unless said otherwise.
    pub completed: bool,
}

/// Changes to a todo; `None` keeps what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TodoUpdate {
    /// New text.
    pub task: Option<Task>,
    /// New state.
    pub completed: Option<bool>,
}

/// Exact matches of the todo list (contract §6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TodoFilter {
    /// By state.
    pub completed: Option<bool>,
}

/// Orderings of the todo list (contract §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TodoSort {
    /// By `timestamp`.
    Timestamp,
    /// By `updated`.
    Updated,
    /// By `task`.
    Task,
    /// By `completed`.
    Completed,
    /// By `id`.
    Id,
}

impl SortKey for TodoSort {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("timestamp", Self::Timestamp),
        ("updated", Self::Updated),
        ("task", Self::Task),
        ("completed", Self::Completed),
        ("id", Self::Id),
    ];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::Timestamp)];
}

impl Listed for Todo {
    type Key = TodoSort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: TodoSort) -> SortValue {
        match key {
            TodoSort::Timestamp => self.timestamp.into(),
            TodoSort::Updated => self.updated.into(),
            TodoSort::Task => self.task.as_str().into(),
            TodoSort::Completed => self.completed.into(),
            TodoSort::Id => self.id.get().into(),
        }
    }
}
