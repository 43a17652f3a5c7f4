//! Rows loaded in bulk are the rows the repositories would have stored.

use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::error::{RepositoryError, UniqueKey};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::tenant::TenantRef;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::Profile;
use wiwebb_persistence::{PgUnitOfWorkFactory, bulk};

use crate::database;

#[tokio::test]
async fn every_kind_of_row_comes_back_as_loaded_and_ids_in_the_order_given() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    let now = samples::now();

    let names = ["Zeta", "Alpha", "Mid"];
    let tenants: Vec<_> = names
        .iter()
        .zip(1..)
        .map(|(name, number)| ((samples::new_tenant(name), samples::uuid(number)), now))
        .collect();
    let tenant_ids = bulk::insert_tenants(&pool, &tenants).await.unwrap();
    for (name, id) in names.iter().zip(&tenant_ids) {
        let found = store.tenants().find(Scope::Everything, TenantRef::Id(*id)).await.unwrap();
        assert!(matches!(found, Lookup::Within(view) if view.tenant.name.as_str() == *name));
    }

    let mut anna = samples::new_user("anna");
    anna.tenant_id = Some(tenant_ids[1]);
    anna.profile = Profile {
        company: Some(samples::text("Acme")),
        birth_date: chrono::NaiveDate::from_ymd_opt(1990, 2, 28),
        ..Profile::default()
    };
    let users = [samples::new_user("zoe"), anna.clone()];
    let user_ids = bulk::insert_users(&pool, &users).await.unwrap();
    let Lookup::Within(found) = store.users().find(Scope::Everything, user_ids[1]).await.unwrap()
    else {
        panic!("not found");
    };
    assert_eq!(found.user.username, anna.username);
    assert_eq!(found.user.tenant_id, anna.tenant_id);
    assert_eq!(found.user.company, anna.profile.company);
    assert_eq!(found.user.birth_date, anna.profile.birth_date);
    assert_eq!(found.user.password_updated, anna.date_joined);

    let todo = ((user_ids[0], samples::new_todo("read")), now);
    assert_eq!(bulk::insert_todos(&pool, &[todo]).await.unwrap(), 1);
    let own = Scope::Oneself(user_ids[0]);
    let todos = store.todos().list(own, ListRequest::default()).await.unwrap().unwrap();
    assert_eq!(todos.items[0].task.as_str(), "read");

    let entry = samples::new_audit_log(user_ids[0], user_ids[1]);
    assert_eq!(bulk::insert_audit_logs(&pool, std::slice::from_ref(&entry)).await.unwrap(), 1);
    let all = Scope::Everything;
    let entries = store.audit_logs().list(all, ListRequest::default()).await.unwrap().unwrap();
    assert_eq!(entries.items[0].entry.details, entry.details);

    let gateway = store.gateways().insert(samples::new_gateway("dummy"), now).await.unwrap();
    let payment = samples::new_payment(user_ids[0], gateway.id);
    let later = samples::after(60);
    let ids = bulk::insert_payments(&pool, &[((payment.clone(), later), now)]).await.unwrap();
    let log = samples::new_payment_log(ids[0]);
    assert_eq!(bulk::insert_payment_logs(&pool, &[(log.clone(), now)]).await.unwrap(), 1);
    let Lookup::Within(found) = store.payments().find(all, ids[0]).await.unwrap() else {
        panic!("not found");
    };
    assert_eq!(found.payment.total, payment.total);
    assert_eq!(found.payment.metadata, payment.metadata);
    assert_eq!((found.payment.created_at, found.payment.modified_at), (now, later));
    let logs = store.payment_logs().list(ids[0]).await.unwrap();
    assert_eq!((&logs[0].event_type, &logs[0].data), (&log.event_type, &log.data));

    let new = samples::new_refund(ids[0]);
    let id = Some(samples::text("re_1"));
    let row = ((new.clone(), RefundStatus::Succeeded, id.clone()), later);
    assert_eq!(bulk::insert_refunds(&pool, &[row]).await.unwrap(), 1);
    let refund = store.refunds().list(ids[0]).await.unwrap().remove(0);
    assert_eq!((refund.amount, refund.status), (new.amount, RefundStatus::Succeeded));
    assert_eq!((refund.reason, refund.transaction_id), (new.reason, id));
    assert_eq!((refund.created_at, refund.updated_at), (later, later));
}

#[tokio::test]
async fn a_load_with_one_refused_row_stores_none() {
    let pool = database::pool().await;
    let twins = [samples::new_user("anna"), samples::new_user("bob"), samples::new_user("anna")];
    let outcome = bulk::insert_users(&pool, &twins).await;
    assert!(matches!(outcome, Err(RepositoryError::Taken(UniqueKey::Username | UniqueKey::Email))));
    let factory = PgUnitOfWorkFactory::new(pool);
    let mut store = factory.read("test").await.unwrap();
    let bob = store.users().find_by_login("bob").await.unwrap();
    assert_eq!(bob.map(|user| user.id), None::<UserId>);
}
