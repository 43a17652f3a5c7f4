//! What the rules cost: an access decision, a payment transition, and a page of the user list in
//! memory.

#![allow(missing_docs, reason = "criterion_group! makes a public function")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use futures_executor::block_on;
use wiwebb_domain::access::{Action, Actor, Object, Role, Scope, decide};
use wiwebb_domain::ids::{GatewayId, TenantId, UserId};
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::page::{Cursor, ListRequest, Listed, PageSize, Position, Toward};
use wiwebb_domain::payment::PaymentEvent;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{NewUser, UserFilter, UserSort, UserView};

const USERS: i32 = 10_000;
const TENANTS: i32 = 10;

fn access_decision(c: &mut Criterion) {
    let home = TenantId::new(1);
    let owner = samples::actor(UserId::new(1), Role::TenantOwner, Some(home));
    let somebody = Object::User { id: UserId::new(2), role: Role::Subscriber, tenant: Some(home) };
    c.bench_function("access/decide", |b| {
        b.iter(|| decide(black_box(&owner), Action::UpdateUser, black_box(somebody)));
    });
    c.bench_function("access/decide every action", |b| {
        b.iter(|| {
            let allowed = |action: &Action| decide(black_box(&owner), *action, somebody).is_ok();
            Action::ALL.iter().filter(|action| allowed(action)).count()
        });
    });
}

fn payment_transition(c: &mut Criterion) {
    let waiting = samples::payment(1, UserId::new(1), GatewayId::new(1));
    c.bench_function("payment/authorise and capture", |b| {
        b.iter_batched_ref(
            || waiting.clone(),
            |payment| {
                payment.apply(PaymentEvent::Authorised, samples::after(1)).unwrap();
                payment.apply(PaymentEvent::Captured, samples::after(2)).unwrap()
            },
            criterion::BatchSize::SmallInput,
        );
    });
}

/// Ten tenants with a thousand subscribers each.
async fn populated() -> MemoryStore {
    let store = MemoryStore::new();
    let mut work = store.begin("populate").await.unwrap();
    for number in 1..=TENANTS {
        let tenant = samples::new_tenant(&format!("Tenant {number}"));
        let uuid = samples::uuid(number.unsigned_abs().into());
        work.tenants().insert(tenant, uuid, samples::now()).await.unwrap();
    }
    for number in 0..USERS {
        let tenant_id = Some(TenantId::new(number % TENANTS + 1));
        let user = NewUser { tenant_id, ..samples::new_user(&format!("user{number:05}")) };
        work.users().insert(user).await.unwrap();
    }
    work.commit().await.unwrap();
    store
}

type Request = ListRequest<UserFilter, UserSort>;

async fn page(store: &MemoryStore, scope: Scope, request: &Request) -> Vec<UserView> {
    let mut read = store.read("users.list").await.unwrap();
    read.users().list(scope, request.clone()).await.unwrap().unwrap().items
}

/// The request for the rows behind a row in the middle of the list.
fn from_the_middle(store: &MemoryStore) -> Request {
    let number = u64::from(USERS.unsigned_abs()) / 2 / 10;
    let middle = Request { position: Position::Number(number), ..Request::default() };
    let rows = block_on(page(store, Scope::Everything, &middle));
    let last = rows.last().unwrap();
    let values = vec![last.sort_value(UserSort::Username)];
    let cursor = Cursor { toward: Toward::Next, values, id: last.row_id() };
    Request { position: Position::Keyed(Some(cursor)), ..Request::default() }
}

fn user_list(c: &mut Criterion) {
    let store = block_on(populated());
    let home: Actor = samples::actor(UserId::new(1), Role::TenantOwner, Some(TenantId::new(1)));
    let own = wiwebb_domain::access::scope(&home, Action::ListUsers).unwrap();
    let first = Request { size: PageSize::clamped(10), ..Request::default() };
    let middle = from_the_middle(&store);
    assert_eq!(block_on(page(&store, Scope::Everything, &middle)).len(), 10);

    let mut group = c.benchmark_group("10 000 users in memory");
    group.sample_size(20);
    for (name, scope, request) in [
        ("first page", Scope::Everything, &first),
        ("first page of a tenant", own, &first),
        ("keyed page in the middle", Scope::Everything, &middle),
    ] {
        group.bench_function(name, |b| b.iter(|| block_on(page(&store, scope, request))));
    }
    group.finish();
}

criterion_group!(benches, access_decision, payment_transition, user_list);
criterion_main!(benches);
