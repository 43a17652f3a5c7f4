//! Orders and pages, for every kind of list.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::pin::Pin;

use chrono::{DateTime, Utc};

use super::store::Store;
use crate::access::{Role, Scope};
use crate::audit::{AuditAction, AuditLogView};
use crate::ids::{TodoId, UserId};
use crate::page::{
    Cursor, Direction, ListRequest, Listed, Order, Page, PageSize, Place, Position, SortKey,
    ascending, descending,
};
use crate::tenant::TenantView;
use crate::testing::samples::{self, after, text};
use crate::todo::{Todo, TodoFilter, TodoSort};
use crate::token::{AccessToken, NewAccessToken};
use crate::user::{UserSort, UserView};

pub(super) type Answer<T> = Pin<Box<dyn Future<Output = Option<Page<T>>> + Send>>;

/// A list of the store under test.
pub(super) struct List<T: Listed, F> {
    pub(super) store: Store,
    pub(super) fetch: fn(Store, ListRequest<F, T::Key>) -> Answer<T>,
}

/// Makes a [`List`] of a repository's `list`, or of another method where one is named.
macro_rules! list {
    ($store:expr, $repository:ident, $($argument:expr),*) => {
        list!($store, $repository.list, $($argument),*)
    };
    ($store:expr, $repository:ident.$method:ident, $($argument:expr),*) => {
        List {
            store: $store,
            fetch: |store, request| {
                Box::pin(async move {
                    let mut statement = store.read().await;
                    let page = statement.$repository().$method($($argument,)* request).await;
                    page.unwrap()
                })
            },
        }
    };
}

pub(super) use list;

fn ids<T: Listed>(rows: &[T]) -> Vec<i32> {
    rows.iter().map(Listed::row_id).collect()
}

impl<T: Listed + Send + Sync, F: Default + Send> List<T, F> {
    async fn page(
        &self,
        order: &[Order<T::Key>],
        position: Position,
        size: u32,
    ) -> Option<Page<T>> {
        let request = ListRequest {
            order: order.to_vec(),
            position,
            size: PageSize::clamped(size),
            ..ListRequest::default()
        };
        (self.fetch)(self.store.clone(), request).await
    }

    async fn keyed(&self, order: &[Order<T::Key>], cursor: Option<Cursor>, size: u32) -> Keyed<T> {
        let page = self.page(order, Position::Keyed(cursor), size).await;
        let Page { items, place } = page.expect("a keyed page always exists");
        match place {
            Place::Keyed { next, previous } => Keyed { items, next, previous },
            Place::Numbered { .. } => panic!("asked for a keyed page, got a numbered one"),
        }
    }

    /// Every key up and down, and every key before the next one in all four ways.
    pub(super) async fn check_every_order(&self) {
        let keys: Vec<T::Key> = T::Key::NAMES.iter().map(|(_, key)| *key).collect();
        let rows = self.keyed(T::Key::DEFAULT, None, PageSize::MAX).await.items;
        assert!(rows.len() >= 5, "enough rows for several pages");
        self.check_order(&rows, T::Key::DEFAULT).await;
        for (index, key) in keys.iter().enumerate() {
            let then = keys[(index + 1) % keys.len()];
            for first in [ascending(*key), descending(*key)] {
                self.check_order(&rows, &[first]).await;
                for second in [ascending(then), descending(then)] {
                    self.check_order(&rows, &[first, second]).await;
                }
            }
        }
    }

    async fn check_order(&self, rows: &[T], order: &[Order<T::Key>]) {
        let mut sorted: Vec<&T> = rows.iter().collect();
        sorted.sort_by(|a, b| compare(order, *a, *b));
        let expected: Vec<i32> = sorted.into_iter().map(Listed::row_id).collect();
        for size in [2, 3] {
            self.check_numbered(order, size, &expected).await;
            self.check_keyed(order, size, &expected).await;
        }
    }

    async fn check_numbered(&self, order: &[Order<T::Key>], size: u32, expected: &[i32]) {
        let pages: Vec<&[i32]> = expected.chunks(size as usize).collect();
        for (number, chunk) in (1..).zip(&pages) {
            let page = self.page(order, Position::Number(number), size).await;
            let page = page.expect("a page within the list");
            assert_eq!(ids(&page.items), *chunk, "{order:?}, page {number}");
            let place =
                Place::Numbered { number, pages: pages.len() as u64, count: expected.len() as u64 };
            assert_eq!(page.place, place);
            if number == pages.len() as u64 {
                let last = self.page(order, Position::Last, size).await.unwrap();
                assert_eq!((ids(&last.items), last.place), (ids(&page.items), place));
            }
        }
        for number in [0, pages.len() as u64 + 1, u64::MAX] {
            let page = self.page(order, Position::Number(number), size).await;
            assert!(page.is_none(), "there is no page {number}");
        }
    }

    /// Walks to the end and back again.
    async fn check_keyed(&self, order: &[Order<T::Key>], size: u32, expected: &[i32]) {
        let mut page = self.keyed(order, None, size).await;
        assert_eq!(page.previous, None);
        let mut forth = ids(&page.items);
        let mut pages = 1;
        while let Some(next) = page.next {
            page = self.keyed(order, Some(next), size).await;
            assert!(page.previous.is_some());
            forth.extend(ids(&page.items));
            pages += 1;
            assert!(pages <= expected.len(), "{order:?}: the walk has no end");
        }
        assert_eq!(forth, expected, "{order:?}, forth by {size}");
        assert_eq!(pages, expected.len().div_ceil(size as usize));

        let mut back = ids(&page.items);
        while let Some(previous) = page.previous {
            page = self.keyed(order, Some(previous), size).await;
            assert!(page.next.is_some());
            back.splice(0..0, ids(&page.items));
            pages -= 1;
            assert!(pages > 0, "{order:?}: the walk has no end");
        }
        assert_eq!(back, expected, "{order:?}, back by {size}");
        assert_eq!(pages, 1);
    }
}

struct Keyed<T> {
    items: Vec<T>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
}

fn compare<T: Listed>(order: &[Order<T::Key>], a: &T, b: &T) -> Ordering {
    for by in order {
        let ordering = a.sort_value(by.key).cmp(&b.sort_value(by.key));
        match (ordering, by.direction) {
            (Ordering::Equal, _) => {}
            (ordering, Direction::Ascending) => return ordering,
            (ordering, Direction::Descending) => return ordering.reverse(),
        }
    }
    a.row_id().cmp(&b.row_id())
}

pub(super) async fn tenants_come_in_every_order_page_by_page(store: Store) {
    for (number, (name, created, updated)) in (1..).zip([
        ("Zeta", 3, 9),
        ("alpha", 1, 9),
        ("Beta", 2, 8),
        ("beta", 2, 7),
        ("Eta", 2, 9),
        ("Gamma", 1, 8),
    ]) {
        let mut new = samples::new_tenant(name);
        new.slug = samples::slug(&format!("{}-{name}", 9 - number));
        new.is_active = number % 2 == 0;
        let uuid = samples::uuid(number);
        let mut statement = store.read().await;
        let tenants = statement.tenants();
        let mut tenant = tenants.insert(new, uuid, after(created)).await.unwrap();
        tenant.updated_at = after(updated);
        tenants.update(&tenant).await.unwrap();
    }
    let list: List<TenantView, _> = list!(store, tenants, Scope::Everything);
    list.check_every_order().await;
}

/// Names, roles, joining and logins with ties and NULLs in every combination a list can meet.
async fn add_users(store: &Store) {
    for (number, (name, first, last, login)) in (1..).zip([
        ("zoe", Some("Anna"), None, Some(5)),
        ("Bob", None, Some("Berg"), None),
        ("ana", Some("anna"), Some("Berg"), Some(1)),
        ("bob", Some("Anna"), Some("Abel"), None),
        ("eve", None, None, Some(5)),
        ("max", Some("Émile"), Some("Zorn"), Some(3)),
        ("kim", Some("Zoe"), None, None),
    ]) {
        let mut new = samples::new_user(name);
        new.email = samples::email(&format!("{}{name}@example.org", 9 - number));
        new.role = Role::ALL[number % 4];
        new.profile.first_name = first.map(text);
        new.profile.last_name = last.map(text);
        new.is_active = number % 3 != 0;
        new.date_joined = after(i64::try_from(number % 2).unwrap());
        let id = store.add_user(new).await.id;
        if let Some(second) = login {
            let mut statement = store.read().await;
            let users = statement.users();
            users.record_login(id, after(second), None).await.unwrap();
        }
    }
}

pub(super) async fn users_come_in_every_order_page_by_page(store: Store) {
    add_users(&store).await;
    let list: List<UserView, _> = list!(store, users, Scope::Everything);
    list.check_every_order().await;
}

async fn add_todo_at(store: &Store, owner: UserId, task: &str, at: DateTime<Utc>) -> TodoId {
    let mut statement = store.read().await;
    let new = samples::new_todo(task);
    let todo = statement.todos().insert(owner, new, at).await;
    todo.unwrap().id
}

pub(super) async fn todos_come_in_every_order_page_by_page(store: Store) {
    let owner = store.user("bob").await.id;
    for (task, made, changed) in [
        ("write", 1, 9),
        ("read", 2, 7),
        ("write", 2, 8),
        ("Read", 1, 9),
        ("sleep", 3, 7),
        ("write", 2, 9),
    ] {
        let id = add_todo_at(&store, owner, task, after(made)).await;
        let mut statement = store.read().await;
        let found = statement.todos().find(Scope::Everything, id).await.unwrap();
        let mut todo = super::store::within(found);
        (todo.completed, todo.updated) = (changed == 9, after(changed));
        statement.todos().update(&todo).await.unwrap();
    }
    let list: List<Todo, _> = list!(store, todos, Scope::Everything);
    list.check_every_order().await;
}

pub(super) async fn audit_entries_come_in_every_order_page_by_page(store: Store) {
    let (anna, bob) = (store.user("anna").await.id, store.user("bob").await.id);
    let mut statement = store.read().await;
    for (second, action) in [
        (3, AuditAction::RoleChanged),
        (1, AuditAction::PasswordReset),
        (1, AuditAction::ActivationChanged),
        (2, AuditAction::RoleChanged),
        (1, AuditAction::PasswordReset),
        (3, AuditAction::RoleChanged),
    ] {
        let mut new = samples::new_audit_log(anna, bob);
        (new.action, new.timestamp) = (action, after(second));
        statement.audit_logs().insert(new).await.unwrap();
    }
    let list: List<AuditLogView, _> = list!(store, audit_logs, Scope::Everything);
    list.check_every_order().await;
}

pub(super) async fn keys_come_in_every_order_page_by_page(store: Store) {
    let bob = store.user("bob").await.id;
    for (number, second, used) in
        [(1, 2, Some(70)), (2, 1, None), (3, 2, Some(60)), (4, 3, None), (5, 1, Some(70))]
    {
        let new = samples::new_access_token(bob, number);
        let new = NewAccessToken { created_at: after(second), ..new };
        let mut statement = store.read().await;
        statement.access_tokens().insert(new).await.unwrap();
        if let Some(used) = used {
            let key = samples::digest(number);
            let found = statement.access_tokens().authenticate(key, after(used)).await;
            assert!(found.unwrap().is_some());
        }
    }
    let list: List<AccessToken, _> = list!(store, access_tokens, Scope::Everything, samples::now());
    list.check_every_order().await;
}

pub(super) async fn null_counts_as_the_greatest_value(store: Store) {
    add_users(&store).await;
    let list: List<UserView, _> = list!(store, users, Scope::Everything);
    let up = ["ana", "max", "zoe", "eve", "Bob", "bob", "kim"];
    let down = ["Bob", "bob", "kim", "zoe", "eve", "max", "ana"];
    for (order, expected) in
        [(ascending(UserSort::LastLogin), up), (descending(UserSort::LastLogin), down)]
    {
        let rows = list.keyed(&[order], None, PageSize::MAX).await.items;
        let names: Vec<_> = rows.iter().map(|row| row.user.username.as_str()).collect();
        assert_eq!(names, expected, "{order:?}");
    }
}

pub(super) async fn texts_are_ordered_by_code_point(store: Store) {
    let owner = store.user("bob").await.id;
    // The last two would change places if their UTF-16 units were compared.
    let sorted = ["!", "10", "9", "Zebra", "_", "a b", "ab", "zebra", "É", "é", "日", "～", "😀"];
    for task in sorted.iter().rev() {
        store.todo(owner, task).await;
    }
    let list: List<Todo, TodoFilter> = list!(store, todos, Scope::Everything);
    let order = [ascending(TodoSort::Task)];
    let rows = list.keyed(&order, None, PageSize::MAX).await.items;
    let tasks: Vec<_> = rows.iter().map(|row| row.task.as_str()).collect();
    assert_eq!(tasks, sorted);
}

pub(super) async fn an_empty_list_has_a_first_page_alone(store: Store) {
    let list: List<Todo, TodoFilter> = list!(store, todos, Scope::Everything);
    let order = TodoSort::DEFAULT;
    for position in [Position::Number(1), Position::Last] {
        let page = list.page(order, position, 10).await.unwrap();
        let place = Place::Numbered { number: 1, pages: 1, count: 0 };
        assert_eq!((page.items.len(), page.place), (0, place));
    }
    assert!(list.page(order, Position::Number(2), 10).await.is_none());
    let page = list.keyed(order, None, 10).await;
    assert_eq!((page.items.len(), page.next, page.previous), (0, None, None));
}

pub(super) async fn keyed_pages_neither_repeat_nor_lose_rows_while_others_come_and_go(
    store: Store,
) {
    let owner = store.user("bob").await.id;
    let mut expected = BTreeSet::new();
    for second in 0..6 {
        expected.insert(add_todo_at(&store, owner, "old", after(second)).await.get());
    }
    let list: List<Todo, TodoFilter> = list!(store.clone(), todos, Scope::Everything);
    let order = [descending(TodoSort::Timestamp)];
    let first = list.keyed(&order, None, 2).await;
    let mut seen = ids(&first.items);

    for second in [99, 100, 101] {
        add_todo_at(&store, owner, "new", after(second)).await;
    }
    let mut statement = store.read().await;
    let beside = TodoId::new(seen[1]);
    assert!(statement.todos().delete(beside).await.unwrap());

    let second = list.keyed(&order, first.next, 2).await;
    seen.extend(ids(&second.items));
    let third = list.keyed(&order, second.next, 2).await;
    seen.extend(ids(&third.items));
    assert_eq!(third.next, None);
    assert_eq!(seen.len(), expected.len(), "no row twice");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);

    let before = list.keyed(&order, second.previous, 2).await;
    assert_eq!(before.items[1].row_id(), first.items[0].row_id());
    assert_eq!(before.items[0].task.as_str(), "new");
}
