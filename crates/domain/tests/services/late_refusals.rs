//! What the store says at the last moment, and what must not wait for it.

use std::sync::Arc;

use futures_executor::block_on;
use wiwebb_domain::error::{Error, RepositoryError, UniqueKey};
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::ports::password_reset::ResetRecipient;
use wiwebb_domain::relations::{Dependants, EntityKind, plan_deletion, relation_of};
use wiwebb_domain::tenant::{TenantRef, TenantUpdate};
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::unit_of_work::{FakeUnitOfWorkFactory, TxEvent};

use crate::fakes::{ADMIN, BOB, found, home, over};
use crate::world::refusal;

#[test]
fn mail_is_posted_with_no_unit_of_work_open() {
    let store = Arc::new(FakeUnitOfWorkFactory::default());
    store.prepare(|unit| {
        unit.password_resets
            .expect_insert()
            .returning(|email, _, _, _| Ok(Some(ResetRecipient { user: BOB.user, email })));
    });
    let services = over(&store);
    let asked = services.accounts.request_reset(Ok(samples::email("bob@example.org")));
    block_on(asked).unwrap();
}

/// A payment can arrive between the look at what hangs on the user and the delete.
#[test]
fn a_delete_that_the_store_refuses_at_last_reads_like_one_refused_at_first() {
    let store = Arc::new(FakeUnitOfWorkFactory::default());
    store.prepare(|unit| {
        unit.users.expect_lock().returning(|_, _| Ok(found()));
        unit.deletions.expect_dependants().returning(|_, _| Ok(Vec::new()));
        unit.users.expect_delete().returning(|_| {
            let relation = relation_of(EntityKind::Payment, "user_id").unwrap();
            Err(RepositoryError::Protected(relation))
        });
    });
    // PostgreSQL takes no more in a transaction after an error, so the rows are counted outside.
    let rows =
        |child, column| Dependants { relation: relation_of(child, column).unwrap(), rows: 3 };
    let counted = [
        rows(EntityKind::Todo, "user_id"),
        rows(EntityKind::AuditLog, "actor_id"),
        rows(EntityKind::Payment, "user_id"),
    ];
    store.prepare(|unit| {
        unit.deletions.expect_dependants().returning(move |_, _| Ok(counted.to_vec()));
    });
    let result = block_on(over(&store).users.delete(&ADMIN, BOB.user));
    let Err(Error::Protected(plan)) = result else {
        unreachable!("{result:?}");
    };
    assert_eq!(plan.refusal(), "Cannot delete user with existing payments.");
    assert_eq!(plan, plan_deletion(EntityKind::User, &counted));
    assert!(!store.log().has_commit());
}

#[test]
fn a_delete_that_the_store_refuses_because_of_a_row_that_is_gone_again_is_refused_all_the_same() {
    let store = Arc::new(FakeUnitOfWorkFactory::default());
    store.prepare(|unit| {
        unit.users.expect_lock().returning(|_, _| Ok(found()));
        unit.deletions.expect_dependants().returning(|_, _| Ok(Vec::new()));
        unit.users.expect_delete().returning(|_| {
            let relation = relation_of(EntityKind::Payment, "user_id").unwrap();
            Err(RepositoryError::Protected(relation))
        });
    });
    store.prepare(|unit| {
        unit.deletions.expect_dependants().returning(|_, _| Ok(Vec::new()));
    });
    let result = block_on(over(&store).users.delete(&ADMIN, BOB.user));
    assert_eq!(refusal(result), "Cannot delete user with existing payments.");
}

#[test]
fn of_two_deletes_at_once_the_one_that_finds_no_row_is_not_found() {
    let store = Arc::new(FakeUnitOfWorkFactory::default());
    store.prepare(|unit| {
        unit.tenants.expect_lock().returning(|_, _| Ok(home()));
        unit.deletions.expect_dependants().returning(|_, _| Ok(Vec::new()));
        unit.tenants.expect_delete().returning(|_| Ok(false));
    });
    let id = TenantRef::Id(TenantId::new(1));
    let result = block_on(over(&store).tenants.delete(&ADMIN, id));
    assert!(matches!(result, Err(Error::NotFound(EntityKind::Tenant))));
    assert!(!store.log().has_commit());
}

/// PostgreSQL takes no more in a transaction after an error: what else is taken is asked outside.
#[test]
fn the_names_that_are_taken_are_looked_up_after_the_failed_unit_of_work_has_ended() {
    let store = Arc::new(FakeUnitOfWorkFactory::default());
    store.prepare(|unit| {
        unit.tenants.expect_lock().returning(|_, _| Ok(home()));
        let update = unit.tenants.expect_update();
        update.returning(|_| Err(RepositoryError::Taken(UniqueKey::TenantSlug)));
    });
    store.prepare(|unit| {
        let both = || Ok(vec![UniqueKey::TenantName, UniqueKey::TenantSlug]);
        unit.tenants.expect_taken().returning(move |_, _, _| both());
    });
    let id = TenantRef::Id(TenantId::new(1));
    let services = over(&store);
    let update = services.tenants.update(&ADMIN, id, Ok(TenantUpdate::default()));
    assert_eq!(
        refusal(block_on(update)),
        "name: tenant with this name already exists.; slug: tenant with this slug already exists."
    );
    let events = store.log().events();
    let name = "tenants.update";
    assert_eq!(events[..2], [TxEvent::Begun(name), TxEvent::Dropped(name)]);
    assert!(!store.log().has_commit());
}
