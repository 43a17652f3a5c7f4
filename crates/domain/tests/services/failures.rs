//! When the store fails, nothing is committed, whichever step of the use case it was.

use futures_executor::block_on;
use wiwebb_domain::access::{Lookup, Role};
use wiwebb_domain::ids::{AccessTokenId, AuditLogId, GatewayId, TenantId, TodoId};
use wiwebb_domain::lockout::FailedLogins;
use wiwebb_domain::password::{Likeness, NewPassword};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::services::accounts::{PasswordChange, Registration, ResetConfirmation};
use wiwebb_domain::services::role_assignment::{AssignRoleError, RoleAssignment, TenantChoice};
use wiwebb_domain::services::users::UserUpdate;
use wiwebb_domain::tenant::{TenantRef, TenantUpdate};
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::unit_of_work::{FakeUnitOfWork, FakeUnitOfWorkFactory};
use wiwebb_domain::todo::TodoUpdate;
use wiwebb_domain::user::{ProfileUpdate, UserView};

use crate::fakes::{ADMIN, BOB, Failing, bob, commits_only_if_every_step_succeeds, found, home};
use crate::world::{GOOD_PASSWORD, PASSWORD, credentials, secret};

fn new_password() -> NewPassword {
    NewPassword::judged(secret(GOOD_PASSWORD), &Likeness::default()).unwrap()
}

#[test]
fn a_login_that_cannot_be_noted_gives_no_key() {
    commits_only_if_every_step_succeeds(
        8,
        |store, failing| {
            let failed =
                FailedLogins { failures: 1, last_failed_at: samples::now(), locked_until: None };
            store.prepare(|unit| {
                let users = unit.users.expect_find_by_login();
                users.returning(move |_| failing.answer(0, Ok(Some(bob()))));
                let attempts = unit.login_attempts.expect_find();
                attempts.returning(move |_| failing.answer(1, Ok(Some(failed))));
            });
            store.prepare(|unit| {
                unit.users.expect_lock().returning(move |_, _| failing.answer(2, Ok(found())));
                let attempts = unit.login_attempts.expect_lock();
                attempts.returning(move |_| failing.answer(3, Ok(Some(failed))));
                let attempts = unit.login_attempts.expect_clear();
                attempts.returning(move |_| failing.answer(4, Ok(())));
                let login = unit.users.expect_record_login();
                login.returning(move |_, _, _| failing.answer(5, Ok(())));
                let tokens = unit.access_tokens.expect_insert();
                tokens.returning(move |_| failing.answer(6, Ok(AccessTokenId::new(1))));
                failing.commit(unit, 7);
            });
        },
        |services| block_on(services.accounts.login(Ok(credentials("bob", PASSWORD)))),
    );
}

#[test]
fn a_registration_without_a_key_leaves_no_user() {
    let registration = || Registration {
        username: samples::username("bob"),
        email: samples::email("bob@example.org"),
        password: new_password(),
        first_name: None,
        last_name: None,
        phone_number: None,
        user_agent: None,
    };
    commits_only_if_every_step_succeeds(
        5,
        |store, failing| {
            store.prepare(|unit| {
                let users = unit.users.expect_taken();
                users.returning(move |_, _, _| failing.answer(0, Ok(Vec::new())));
            });
            store.prepare(|unit| {
                let view = || UserView { user: bob(), tenant: None };
                unit.users.expect_insert().returning(move |_| failing.answer(1, Ok(view())));
                let attempts = unit.login_attempts.expect_clear();
                attempts.returning(move |_| failing.answer(2, Ok(())));
                let tokens = unit.access_tokens.expect_insert();
                tokens.returning(move |_| failing.answer(3, Ok(AccessTokenId::new(1))));
                failing.commit(unit, 4);
            });
        },
        |services| block_on(services.accounts.register(Ok(registration()))),
    );
}

#[test]
fn a_new_address_is_stored_only_with_the_death_of_the_pending_links() {
    let update = || ProfileUpdate {
        email: Some(samples::email("robert@example.org")),
        ..ProfileUpdate::default()
    };
    commits_only_if_every_step_succeeds(
        4,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_lock().returning(move |_, _| failing.answer(0, Ok(found())));
                let resets = unit.password_resets.expect_delete_of_user();
                resets.returning(move |_| failing.answer(1, Ok(())));
                unit.users.expect_update().returning(move |_| failing.answer(2, Ok(())));
                failing.commit(unit, 3);
            });
        },
        |services| block_on(services.accounts.update_profile(&BOB, Ok(update()))),
    );
}

/// The steps by which another password takes its place, from `first` on; six.
fn replacing(unit: &mut FakeUnitOfWork, failing: Failing, first: usize) {
    unit.users.expect_lock().returning(move |_, _| failing.answer(first, Ok(found())));
    unit.users.expect_update().returning(move |_| failing.answer(first + 1, Ok(())));
    let tokens = unit.access_tokens.expect_delete_of_user();
    tokens.returning(move |_| failing.answer(first + 2, Ok(1)));
    let resets = unit.password_resets.expect_delete_of_user();
    resets.returning(move |_| failing.answer(first + 3, Ok(())));
    let attempts = unit.login_attempts.expect_clear();
    attempts.returning(move |_| failing.answer(first + 4, Ok(())));
    failing.commit(unit, first + 5);
}

/// The steps by which the audit entry is written, from `first` on; two.
fn auditing(unit: &mut FakeUnitOfWork, failing: Failing, first: usize) {
    unit.users.expect_find().returning(move |_, _| failing.answer(first, Ok(found())));
    let entries = unit.audit_logs.expect_insert();
    entries.returning(move |_| failing.answer(first + 1, Ok(AuditLogId::new(1))));
}

#[test]
fn a_password_is_changed_only_with_the_death_of_all_keys_and_links() {
    let change = || PasswordChange {
        old: secret(PASSWORD),
        new: secret(GOOD_PASSWORD),
        repeated: secret(GOOD_PASSWORD),
    };
    commits_only_if_every_step_succeeds(
        9,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_find().returning(move |_, _| failing.answer(0, Ok(found())));
            });
            store.prepare(|unit| {
                let attempts = unit.login_attempts.expect_find();
                attempts.returning(move |_| failing.answer(1, Ok(None)));
            });
            store.prepare(|unit| {
                let attempts = unit.login_attempts.expect_lock();
                attempts.returning(move |_| failing.answer(2, Ok(None)));
            });
            store.prepare(|unit| replacing(unit, failing, 3));
        },
        |services| block_on(services.accounts.change_password(&BOB, Ok(change()))),
    );
}

#[test]
fn a_reset_is_confirmed_only_with_its_audit_entry() {
    let confirmation = || ResetConfirmation {
        uid: BOB.user.to_string(),
        token: "a7".repeat(20),
        new: secret(GOOD_PASSWORD),
        repeated: secret(GOOD_PASSWORD),
    };
    commits_only_if_every_step_succeeds(
        11,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_find().returning(move |_, _| failing.answer(0, Ok(found())));
            });
            store.prepare(|unit| {
                let resets = unit.password_resets.expect_redeem();
                resets.returning(move |_, _, _| failing.answer(1, Ok(true)));
            });
            store.prepare(|unit| {
                let resets = unit.password_resets.expect_redeem();
                resets.returning(move |_, _, _| failing.answer(2, Ok(true)));
                auditing(unit, failing, 3);
                replacing(unit, failing, 5);
            });
        },
        |services| block_on(services.accounts.confirm_reset(Ok(confirmation()))),
    );
}

#[test]
fn a_password_is_set_only_with_its_audit_entry() {
    commits_only_if_every_step_succeeds(
        9,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_find().returning(move |_, _| failing.answer(0, Ok(found())));
            });
            store.prepare(|unit| {
                auditing(unit, failing, 1);
                replacing(unit, failing, 3);
            });
        },
        |services| {
            let password = Ok(secret(GOOD_PASSWORD));
            block_on(services.users.set_password(&ADMIN, BOB.user, password))
        },
    );
}

/// The steps of a deactivation; six.
fn deactivating(store: &FakeUnitOfWorkFactory, failing: Failing) {
    store.prepare(|unit| {
        unit.users.expect_lock().returning(move |_, _| failing.answer(0, Ok(found())));
        let tokens = unit.access_tokens.expect_delete_of_user();
        tokens.returning(move |_| failing.answer(1, Ok(1)));
        auditing(unit, failing, 2);
        unit.users.expect_update().returning(move |_| failing.answer(4, Ok(())));
        failing.commit(unit, 5);
    });
}

#[test]
fn a_user_is_deactivated_only_with_the_death_of_the_keys_and_the_audit_entry() {
    commits_only_if_every_step_succeeds(6, deactivating, |services| {
        block_on(services.users.set_active(&ADMIN, BOB.user, Ok(false)))
    });
    commits_only_if_every_step_succeeds(6, deactivating, |services| {
        let update = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
        block_on(services.users.update(&ADMIN, BOB.user, Ok(update)))
    });
}

#[test]
fn a_role_is_given_only_with_its_audit_entry() {
    let assignment = RoleAssignment { role: Some(Role::Admin), tenant: TenantChoice::Keep };
    commits_only_if_every_step_succeeds(
        5,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_lock().returning(move |_, _| failing.answer(0, Ok(found())));
                unit.users.expect_update().returning(move |_| failing.answer(1, Ok(())));
                auditing(unit, failing, 2);
                failing.commit(unit, 4);
            });
        },
        |services| {
            let assigned = services.users.assign_role(&ADMIN, BOB.user, Ok(assignment.clone()));
            block_on(assigned).map_err(|error| match error {
                AssignRoleError::Other(error) => error,
                refusal => unreachable!("{refusal}"),
            })
        },
    );
}

#[test]
fn a_user_is_deleted_only_if_every_step_succeeds() {
    commits_only_if_every_step_succeeds(
        4,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_lock().returning(move |_, _| failing.answer(0, Ok(found())));
                let plan = unit.deletions.expect_dependants();
                plan.returning(move |_, _| failing.answer(1, Ok(Vec::new())));
                unit.users.expect_delete().returning(move |_| failing.answer(2, Ok(true)));
                failing.commit(unit, 3);
            });
        },
        |services| block_on(services.users.delete(&ADMIN, BOB.user)),
    );
}

#[test]
fn a_tenant_is_changed_and_deleted_only_if_every_step_succeeds() {
    let id = || TenantRef::Id(TenantId::new(1));
    commits_only_if_every_step_succeeds(
        3,
        |store, failing| {
            store.prepare(|unit| {
                unit.tenants.expect_lock().returning(move |_, _| failing.answer(0, Ok(home())));
                unit.tenants.expect_update().returning(move |_| failing.answer(1, Ok(())));
                failing.commit(unit, 2);
            });
        },
        |services| block_on(services.tenants.update(&ADMIN, id(), Ok(TenantUpdate::default()))),
    );
    commits_only_if_every_step_succeeds(
        4,
        |store, failing| {
            store.prepare(|unit| {
                unit.tenants.expect_lock().returning(move |_, _| failing.answer(0, Ok(home())));
                let plan = unit.deletions.expect_dependants();
                plan.returning(move |_, _| failing.answer(1, Ok(Vec::new())));
                unit.tenants.expect_delete().returning(move |_| failing.answer(2, Ok(true)));
                failing.commit(unit, 3);
            });
        },
        |services| block_on(services.tenants.delete(&ADMIN, id())),
    );
}

#[test]
fn a_todo_is_changed_and_deleted_only_if_every_step_succeeds() {
    let todo = || Ok(Lookup::Within(samples::todo(1, BOB.user, "call Bob")));
    commits_only_if_every_step_succeeds(
        3,
        |store, failing| {
            store.prepare(|unit| {
                unit.todos.expect_lock().returning(move |_, _| failing.answer(0, todo()));
                unit.todos.expect_update().returning(move |_| failing.answer(1, Ok(())));
                failing.commit(unit, 2);
            });
        },
        |services| block_on(services.todos.update(&BOB, TodoId::new(1), Ok(TodoUpdate::default()))),
    );
    commits_only_if_every_step_succeeds(
        3,
        |store, failing| {
            store.prepare(|unit| {
                unit.todos.expect_lock().returning(move |_, _| failing.answer(0, todo()));
                unit.todos.expect_delete().returning(move |_| failing.answer(1, Ok(true)));
                failing.commit(unit, 2);
            });
        },
        |services| block_on(services.todos.delete(&BOB, TodoId::new(1))),
    );
}

#[test]
fn a_default_plan_gives_way_only_to_one_that_is_stored() {
    let default = || NewPlan { default: true, ..samples::new_plan("Pro") };
    commits_only_if_every_step_succeeds(
        3,
        |store, failing| {
            store.prepare(|unit| {
                let clear = unit.plans.expect_clear_default();
                clear.returning(move |_, _| failing.answer(0, Ok(())));
                let plan = || Ok(samples::plan(1, "Pro"));
                unit.plans.expect_insert().returning(move |_, _| failing.answer(1, plan()));
                failing.commit(unit, 2);
            });
        },
        |services| block_on(services.plans.create(&ADMIN, Ok(default()))),
    );
}

#[test]
fn a_gateway_is_deleted_only_if_every_step_succeeds() {
    let gateway = || Ok(Some(samples::gateway(1, "Cards")));
    commits_only_if_every_step_succeeds(
        4,
        |store, failing| {
            store.prepare(|unit| {
                unit.gateways.expect_lock().returning(move |_| failing.answer(0, gateway()));
                let plan = unit.deletions.expect_dependants();
                plan.returning(move |_, _| failing.answer(1, Ok(Vec::new())));
                unit.gateways.expect_delete().returning(move |_| failing.answer(2, Ok(true)));
                failing.commit(unit, 3);
            });
        },
        |services| block_on(services.gateways.delete(&ADMIN, GatewayId::new(1))),
    );
}
