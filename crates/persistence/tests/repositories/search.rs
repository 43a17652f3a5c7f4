//! Searches among more rows than are looked at one by one: what looking at every row finds is found, in
//! the list's order, page by page.

use std::collections::BTreeMap;

use sqlx::PgPool;
use wiwebb_domain::access::Scope;
use wiwebb_domain::audit::{AuditEvent, AuditLogFilter, AuditLogSort};
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::{
    ListRequest, Listed, Order, Page, PageSize, Place, Position, ascending, descending,
};
use wiwebb_domain::payment::{PaymentFilter, PaymentSort};
use wiwebb_domain::payment_log::{PaymentLogFilter, PaymentLogSort};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory as _;
use wiwebb_domain::testing::samples::{self, text};
use wiwebb_domain::user::{UserFilter, UserSort};
use wiwebb_persistence::{PgUnitOfWorkFactory, bulk};

use crate::database;

/// How many users the tenants have: a large one and a small one.
const MEMBERS: [usize; 2] = [2_400, 30];

/// Searches that everything, much, little and nothing is found by; the last are too short for trigrams,
/// or have none.
const SEARCHES: [&[&str]; 14] = [
    &["EXAMPLE"],
    &["vera"],
    &["zoe"],
    &["member1x7@"],
    &["vera", "x23"],
    &["x23", "v"],
    &["order", "x23"],
    &["password", "x7"],
    &["member0", "x1", "@example"],
    &["nobody"],
    &["%"],
    &["50%"],
    &["_"],
    &["z"],
];

/// Two tenants whose users have paid and were let down; those called Zoe come last in every order.
async fn filled(pool: &PgPool) -> [TenantId; 2] {
    let mut store = PgUnitOfWorkFactory::new(pool.clone()).read("test").await.unwrap();
    let gateway = store.gateways().insert(samples::new_gateway("dummy"), samples::now()).await;
    let gateway = gateway.unwrap().id;
    let mut tenants = Vec::new();
    for (index, count) in MEMBERS.into_iter().enumerate() {
        let new = (samples::new_tenant(&format!("Tenant {index}")), samples::uuid(index as u64));
        let tenant = bulk::insert_tenants(pool, &[(new, samples::now())]).await.unwrap()[0];
        tenants.push(tenant);
        let users: Vec<_> = (0..count)
            .map(|number| {
                let is_last = number + 5 >= count;
                let prefix = if is_last { "zzz" } else { "member" };
                let mut user = samples::new_user(&format!("{prefix}{index}x{number}"));
                user.tenant_id = Some(tenant);
                user.date_joined = samples::after(i64::try_from(number / 3).unwrap());
                user.profile.first_name = match number {
                    _ if is_last => Some(text("Zoe")),
                    number if number % 9 == 0 => Some(text("Vera")),
                    _ => None,
                };
                user
            })
            .collect();
        let users = bulk::insert_users(pool, &users).await.unwrap();
        let payments: Vec<_> = users
            .iter()
            .enumerate()
            .map(|(number, user)| {
                let mut payment = samples::new_payment(*user, gateway);
                let order = if number % 500 == 3 { "50%_off" } else { "order" };
                payment.order_id = Some(text(&format!("{order} {number}")));
                let at = samples::after(-i64::try_from(number / 2).unwrap());
                ((payment, at), at)
            })
            .collect();
        let payments = bulk::insert_payments(pool, &payments).await.unwrap();
        let logs: Vec<_> = payments
            .iter()
            .enumerate()
            .map(|(number, payment)| {
                let mut entry = samples::new_payment_log(*payment);
                entry.message = (number % 9 == 0).then(|| format!("Order {number} of Vera"));
                (entry, samples::after(-i64::try_from(number / 2).unwrap()))
            })
            .collect();
        bulk::insert_payment_logs(pool, &logs).await.unwrap();
        let mail = samples::email("root@example.org");
        let entries: Vec<_> = users
            .iter()
            .enumerate()
            .map(|(number, user)| {
                let at = samples::after(-i64::try_from(number / 2).unwrap());
                AuditEvent::PasswordReset.entry(users[number / 7], &mail, *user, at)
            })
            .collect();
        bulk::insert_audit_logs(pool, &entries).await.unwrap();
    }
    let logins = "UPDATE api_user SET last_login = date_joined WHERE id % 3 = 0";
    sqlx::raw_sql(logins).execute(pool).await.unwrap();
    // As in a database in use, so that the planner decides as it does there.
    sqlx::raw_sql("ANALYZE").execute(pool).await.unwrap();
    [tenants[0], tenants[1]]
}

/// All rows of a list, page by page, by key: to the end, and the same again on the way back.
async fn by_key<T: Listed, F>(
    mut request: ListRequest<F, T::Key>,
    list: &mut impl AsyncFnMut(ListRequest<F, T::Key>) -> Page<T>,
) -> Vec<T>
where
    ListRequest<F, T::Key>: Clone,
{
    let mut pages: Vec<Vec<T>> = Vec::new();
    let mut cursor = None;
    let mut back = loop {
        request.position = Position::Keyed(cursor);
        let page = list(request.clone()).await;
        pages.push(page.items);
        let Place::Keyed { next, previous } = page.place else { panic!("{:?}", page.place) };
        if next.is_none() {
            break previous;
        }
        cursor = next;
    };
    for page in pages.iter().rev().skip(1) {
        request.position = Position::Keyed(back);
        let again = list(request.clone()).await;
        assert_eq!(ids(&again.items), ids(page), "on the way back");
        let Place::Keyed { previous, .. } = again.place else { panic!("{:?}", again.place) };
        back = previous;
    }
    assert_eq!(back, None, "in front of the first page");
    pages.into_iter().flatten().collect()
}

fn ids<T: Listed>(rows: &[T]) -> Vec<i32> {
    rows.iter().map(Listed::row_id).collect()
}

/// The same by number.
async fn by_number<T: Listed, F>(
    mut request: ListRequest<F, T::Key>,
    list: &mut impl AsyncFnMut(ListRequest<F, T::Key>) -> Page<T>,
) -> Vec<T>
where
    ListRequest<F, T::Key>: Clone,
{
    let mut rows = Vec::new();
    for number in 1.. {
        request.position = Position::Number(number);
        let page = list(request.clone()).await;
        rows.extend(page.items);
        let Place::Numbered { count, .. } = page.place else { panic!("{:?}", page.place) };
        if rows.len() as u64 >= count {
            break;
        }
    }
    rows
}

/// Searches a list in these orders, by key and by number; `texts` are what is searched of a row.
async fn check<T: Listed, F: Default + Clone>(
    orders: &[Order<T::Key>],
    mut list: impl AsyncFnMut(ListRequest<F, T::Key>) -> Page<T>,
    texts: impl Fn(&T) -> Vec<String>,
) {
    for order in orders {
        let size = PageSize::clamped(100);
        let request =
            ListRequest { order: vec![*order], size, ..ListRequest::<F, T::Key>::default() };
        let all = by_key(request.clone(), &mut list).await;
        for words in SEARCHES {
            let has = |row: &&T| {
                let texts: Vec<String> =
                    texts(row).iter().map(|text| text.to_lowercase()).collect();
                let occurs =
                    |word: &&str| texts.iter().any(|text| text.contains(&word.to_lowercase()));
                words.iter().all(occurs)
            };
            let expected: Vec<i32> = all.iter().filter(has).map(Listed::row_id).collect();
            let search = words.iter().map(|&word| word.to_owned()).collect();
            // Small pages have many edges.
            let size = if expected.len() > 200 { size } else { PageSize::clamped(5) };
            let request = ListRequest { search, size, ..request.clone() };
            let found = by_key(request.clone(), &mut list).await;
            assert_eq!(ids(&found), expected, "{words:?} {order:?} by key");
            let found = by_number(request, &mut list).await;
            assert_eq!(ids(&found), expected, "{words:?} {order:?} by number");
        }
    }
}

/// The whole, a large tenant and a small one.
async fn world() -> (PgUnitOfWorkFactory, [Scope; 3]) {
    let pool = database::pool().await;
    let [large, small] = filled(&pool).await;
    let scopes = [Scope::Everything, Scope::Tenant(large), Scope::Tenant(small)];
    (PgUnitOfWorkFactory::new(pool), scopes)
}

#[tokio::test]
async fn a_search_for_users_finds_what_looking_at_each_of_them_finds() {
    let (factory, scopes) = world().await;
    let mut store = factory.read("test").await.unwrap();
    for scope in scopes {
        let list = async |request: ListRequest<UserFilter, UserSort>| {
            store.users().list(scope, request).await.unwrap().unwrap()
        };
        let orders = [
            ascending(UserSort::Username),
            descending(UserSort::DateJoined),
            ascending(UserSort::FirstName),
            descending(UserSort::LastLogin),
        ];
        check(&orders, list, |view| {
            let names = [&view.user.first_name, &view.user.last_name].into_iter().flatten();
            let logins = [view.user.username.to_string(), view.user.email.to_string()];
            names.map(ToString::to_string).chain(logins).collect()
        })
        .await;
    }
}

#[tokio::test]
async fn a_search_for_payments_finds_what_looking_at_each_of_them_finds() {
    let (factory, scopes) = world().await;
    let mut store = factory.read("test").await.unwrap();
    let mut people = BTreeMap::new();
    let request = ListRequest::<UserFilter, UserSort>::default();
    let request = ListRequest { size: PageSize::clamped(100), ..request };
    let mut all =
        async |request| store.users().list(Scope::Everything, request).await.unwrap().unwrap();
    for view in by_key(request, &mut all).await {
        let user = view.user;
        people.insert(user.id, [user.username.to_string(), user.email.to_string()]);
    }
    for scope in scopes {
        let list = async |request: ListRequest<PaymentFilter, PaymentSort>| {
            store.payments().list(scope, request).await.unwrap().unwrap()
        };
        check(&[descending(PaymentSort::CreatedAt)], list, |view| {
            let payment = &view.payment;
            let order = payment.order_id.iter().map(ToString::to_string);
            order.chain(people[&payment.user_id].clone()).collect()
        })
        .await;
    }
}

#[tokio::test]
async fn a_search_of_payment_logs_finds_what_looking_at_each_entry_finds() {
    let (factory, scopes) = world().await;
    let mut store = factory.read("test").await.unwrap();
    for scope in scopes {
        let list = async |request: ListRequest<PaymentLogFilter, PaymentLogSort>| {
            store.payment_logs().page(scope, request).await.unwrap().unwrap()
        };
        check(&[descending(PaymentLogSort::CreatedAt)], list, |entry| {
            entry.message.iter().cloned().chain([entry.event_type.to_string()]).collect()
        })
        .await;
    }
}

#[tokio::test]
async fn a_search_of_the_audit_log_finds_what_looking_at_each_entry_finds() {
    let (factory, scopes) = world().await;
    let mut store = factory.read("test").await.unwrap();
    for scope in scopes {
        let list = async |request: ListRequest<AuditLogFilter, AuditLogSort>| {
            store.audit_logs().list(scope, request).await.unwrap().unwrap()
        };
        check(&[descending(AuditLogSort::Timestamp)], list, |view| {
            let people = [&view.actor_username, &view.target_username].into_iter().flatten();
            let action = view.entry.action.as_str().to_owned();
            people.map(ToString::to_string).chain([action]).collect()
        })
        .await;
    }
}
