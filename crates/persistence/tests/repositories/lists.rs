//! Lists beyond what the domain's suite shows of every store.

use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::{
    Cursor, ListRequest, Listed, PageSize, Place, Position, SortValue, Toward, ascending,
    descending,
};
use wiwebb_domain::payment::{PaymentFilter, PaymentSort, PaymentView};
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWorkFactory};
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{UserFilter, UserSort};
use wiwebb_persistence::{PgUnitOfWorkFactory, bulk};

use crate::database;

#[tokio::test]
async fn a_cursor_that_belongs_to_another_order_names_no_page() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let mut store = factory.read("test").await.unwrap();
    let text = || SortValue::Text("bob".into());
    for (key, values) in [
        (UserSort::Username, vec![]),
        (UserSort::Username, vec![text(), text()]),
        (UserSort::Username, vec![SortValue::Int(1)]),
        (UserSort::Username, vec![SortValue::Null]),
        (UserSort::Username, vec![SortValue::Text("a\0b".into())]),
        (UserSort::DateJoined, vec![text()]),
        (UserSort::IsActive, vec![SortValue::Int(1)]),
        (UserSort::Id, vec![SortValue::Null]),
    ] {
        let cursor = Cursor { toward: Toward::Next, values, id: 1 };
        let request = ListRequest {
            order: vec![ascending(key)],
            position: Position::Keyed(Some(cursor)),
            ..ListRequest::<UserFilter, UserSort>::default()
        };
        let page = store.users().list(Scope::Everything, request.clone()).await.unwrap();
        assert_eq!(page, None, "{request:?}");
    }
}

/// All payments of a tenant, page by page.
async fn walk(store: &mut dyn Repositories, tenant: TenantId) -> Vec<PaymentView> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let request = ListRequest {
            order: vec![descending(PaymentSort::CreatedAt)],
            position: Position::Keyed(cursor),
            size: PageSize::clamped(7),
            ..ListRequest::<PaymentFilter, PaymentSort>::default()
        };
        let page = store.payments().list(Scope::Tenant(tenant), request).await.unwrap().unwrap();
        found.extend(page.items);
        let Place::Keyed { next, .. } = page.place else {
            panic!("{:?}", page.place);
        };
        if next.is_none() {
            return found;
        }
        cursor = next;
    }
}

#[tokio::test]
async fn tenants_of_every_size_see_their_own_payments_alone_and_in_order() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    let gateway = store.gateways().insert(samples::new_gateway("dummy"), samples::now()).await;
    let gateway = gateway.unwrap().id;
    // Around the number of users from which a tenant is read in another way.
    for (index, members) in [3, 2_000, 2_001].into_iter().enumerate() {
        let name = format!("Tenant {index}");
        let new = (samples::new_tenant(&name), samples::uuid(index as u64));
        let tenant = bulk::insert_tenants(&pool, &[(new, samples::now())]).await.unwrap()[0];
        let users: Vec<_> = (0..members)
            .map(|member| {
                let mut user = samples::new_user(&format!("user{index}x{member}"));
                user.tenant_id = Some(tenant);
                user
            })
            .collect();
        let users = bulk::insert_users(&pool, &users).await.unwrap();
        let payments: Vec<_> = (0..40)
            .map(|number| {
                let payer = users[number * 31 % users.len()];
                let at = samples::after(i64::try_from(number / 3).unwrap());
                ((samples::new_payment(payer, gateway), at), at)
            })
            .collect();
        let mut expected = bulk::insert_payments(&pool, &payments).await.unwrap();
        // Newest first, and by id within an instant.
        expected.sort_by_key(|id| {
            let position = i64::from(id.get() - 1) % 40;
            (-(position / 3), id.get())
        });
        let found: Vec<i32> =
            walk(store.as_mut(), tenant).await.iter().map(Listed::row_id).collect();
        let expected: Vec<i32> = expected.iter().map(|id| id.get()).collect();
        assert_eq!(found, expected, "{members} users");
    }
}
