//! Todos.

use super::store::{Store, assert_missing, within};
use crate::access::{Lookup, Role, Scope};
use crate::ids::{TodoId, UserId};
use crate::page::{ListRequest, ascending};
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, now, text};
use crate::todo::{NewTodo, Todo, TodoFilter, TodoSort};

fn widest() -> NewTodo {
    NewTodo { task: text(&"日".repeat(200)), completed: true }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let owner = store.user("bob").await.id;
    for new in [widest(), samples::new_todo("buy bread")] {
        let mut unit = store.begin().await;
        let todos = unit.todos();
        let todo = todos.insert(owner, new.clone(), now()).await.unwrap();
        let expected = Todo {
            id: todo.id,
            user_id: owner,
            task: new.task,
            completed: new.completed,
            timestamp: now(),
            updated: now(),
        };
        assert_eq!(todo, expected);
        let found = todos.find(Scope::Everything, todo.id).await.unwrap();
        assert_eq!(within(found), todo);
        let locked = todos.lock(Scope::Everything, todo.id).await.unwrap();
        assert_eq!(within(locked), todo);
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let owner = store.user("bob").await.id;
    let other = store.todo(owner, "other").await;
    let mut todo = store.todo(owner, "before").await;
    let mut statement = store.read().await;
    for (second, new) in (1..).zip([widest(), samples::new_todo("after")]) {
        (todo.task, todo.completed, todo.updated) = (new.task, new.completed, after(second));
        statement.todos().update(&todo).await.unwrap();
        assert_eq!(within(store.find_todo(todo.id).await), todo);
    }
    assert_eq!(within(store.find_todo(other.id).await), other);

    let mut changed = todo.clone();
    (changed.timestamp, changed.updated) = (after(99), after(99));
    statement.todos().update(&changed).await.unwrap();
    let found = within(store.find_todo(todo.id).await);
    assert_eq!(found.timestamp, now(), "set once");
}

pub(super) async fn an_owner_who_does_not_exist_is_refused(store: Store) {
    let mut statement = store.read().await;
    let nobody = UserId::new(i32::MAX);
    let new = samples::new_todo("nobody's");
    let result = statement.todos().insert(nobody, new, now()).await;
    assert_missing(result, EntityKind::Todo, "user_id");
}

pub(super) async fn a_scope_covers_ones_own_or_the_tenants(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let anna = store.user_of("anna", Role::TenantOwner, acme).await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let dora = store.user("dora").await.id;
    let mut ids = Vec::new();
    for owner in [anna, bob, dora] {
        ids.push(store.todo(owner, "something").await.id);
    }
    let mut statement = store.read().await;
    let todos = statement.todos();
    let scopes = [
        (Scope::Everything, &ids[..]),
        (Scope::Tenant(acme), &ids[..2]),
        (Scope::Oneself(bob), &ids[1..2]),
        (Scope::Oneself(UserId::new(i32::MAX)), &[]),
    ];
    for (scope, visible) in scopes {
        for id in ids.iter().copied() {
            let found = todos.find(scope, id).await.unwrap();
            assert_eq!(found, todos.lock(scope, id).await.unwrap());
            if visible.contains(&id) {
                assert_eq!(within(found).id, id);
            } else {
                assert_eq!(found, Lookup::Outside, "{scope:?}");
            }
        }
        let found = todos.find(scope, TodoId::NOWHERE).await.unwrap();
        assert_eq!(found, Lookup::Nowhere);
        let request =
            ListRequest { order: vec![ascending(TodoSort::Id)], ..ListRequest::default() };
        let page = todos.list(scope, request).await.unwrap().unwrap();
        let listed: Vec<_> = page.items.iter().map(|row| row.id).collect();
        assert_eq!(listed, visible, "{scope:?}");
    }
}

pub(super) async fn filters_match_exactly(store: Store) {
    let owner = store.user("bob").await.id;
    let open = store.todo(owner, "open").await.id;
    let done = store.add_todo(owner, widest()).await.id;
    let mut statement = store.read().await;
    for (completed, expected) in
        [(None, vec![open, done]), (Some(true), vec![done]), (Some(false), vec![open])]
    {
        let request = ListRequest {
            filter: TodoFilter { completed },
            order: vec![ascending(TodoSort::Id)],
            ..ListRequest::default()
        };
        let page = statement.todos().list(Scope::Everything, request).await;
        let rows = page.unwrap().unwrap().items;
        let found: Vec<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!(found, expected, "{completed:?}");
    }
}

pub(super) async fn a_todo_is_deleted_once(store: Store) {
    let owner = store.user("bob").await.id;
    let todo = store.todo(owner, "done").await.id;
    let other = store.todo(owner, "other").await;
    let mut statement = store.read().await;
    assert!(statement.todos().delete(todo).await.unwrap());
    assert!(!statement.todos().delete(todo).await.unwrap());
    assert_eq!(store.find_todo(todo).await, Lookup::Nowhere);
    assert_eq!(within(store.find_todo(other.id).await), other);
}
