//! Forgetting who a person was whose payments have to stay.

use futures_executor::block_on;
use serde_json::{Value, json};
use wiwebb_domain::access::{Actor, Lookup, Role};
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::{AuditLogId, UserId};
use wiwebb_domain::page::{Page, Place};
use wiwebb_domain::payment::{NewPayment, PaymentStatus};
use wiwebb_domain::personal_data::is_forgotten;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::services::users::UserUpdate;
use wiwebb_domain::subscription::{NewSubscription, SubscriptionStatus};
use wiwebb_domain::testing::samples::{self, now, object, text};
use wiwebb_domain::user::{NewUser, Profile, ProfileUpdate, User, UserView};

use super::kept::{Kept, TELLING};
use crate::fakes::{ADMIN, BOB, bob, commits_only_if_every_step_succeeds, found};
use crate::world::{FORBIDDEN, PASSWORD, refusal};

fn anonymise(kept: &Kept, actor: &Actor, id: UserId) -> Result<UserView, Error> {
    block_on(kept.world.services.privacy.anonymise(actor, id, Ok(())))
}

fn forgotten(kept: &Kept) -> UserView {
    anonymise(kept, &kept.admin, kept.who.user).unwrap()
}

#[test]
fn the_account_keeps_role_and_dates_and_nothing_that_tells_who_it_was() {
    let kept = Kept::new();
    let before = kept.world.stored(kept.who.user);
    let view = forgotten(&kept);
    let stored = kept.world.stored(kept.who.user);
    assert_eq!(view.user, stored);
    let id = kept.who.user;
    let blank = NewUser { profile: Profile::default(), ..samples::new_user("x") };
    let expected = User {
        id,
        username: samples::username(&format!("deleted-{id}")),
        email: samples::email(&format!("deleted-{id}@deleted.invalid")),
        is_active: false,
        password: stored.password.clone(),
        password_updated: stored.password_updated,
        last_login: before.last_login,
        date_joined: before.date_joined,
        role: before.role,
        ..samples::user(id.get(), blank.username.as_str())
    };
    assert_eq!(stored, expected);
}

#[test]
fn nobody_signs_in_any_more_in_any_way() {
    let kept = Kept::new();
    let key = kept.world.key_of("marlowe");
    forgotten(&kept);
    assert!(!kept.world.is_alive(&key));
    let user = User { is_active: true, ..kept.world.stored(kept.who.user) };
    block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        read.users().update(&user).await.unwrap();
    });
    let name = format!("deleted-{}", kept.who.user);
    for login in ["marlowe", "marlowe@hobart-arms.example", name.as_str()] {
        for password in [PASSWORD, "", "!"] {
            assert!(!kept.world.opens(login, password), "{login} {password:?}");
        }
    }
}

#[test]
fn of_every_foreign_key_to_the_user_the_rows_are_gone_or_stay() {
    let kept = Kept::new();
    let before = kept.rows();
    for (relation, rows) in &before {
        assert!(*rows > 0, "{relation:?} has no row here: add one to `Kept`");
    }
    forgotten(&kept);
    for ((relation, rows), (_, left)) in before.into_iter().zip(kept.rows()) {
        let told = u64::from(relation.column == "target_id");
        let expected = if is_forgotten(relation.child) { 0 } else { rows + told };
        assert_eq!(left, expected, "{relation:?}");
    }
}

#[test]
fn what_is_left_tells_nobody_who_it_was() {
    let kept = Kept::new();
    let text = |kept: &Kept| {
        let parts = kept.export_as(&kept.admin, kept.who.user).unwrap();
        format!("{parts:?}").to_lowercase()
    };
    let before = text(&kept);
    for word in TELLING {
        assert!(before.contains(word), "{word} was never kept");
    }
    forgotten(&kept);
    let after = text(&kept);
    for word in TELLING {
        assert!(!after.contains(word), "{word} in {after}");
    }
}

#[test]
fn a_payment_keeps_amount_state_and_the_servers_own_data() {
    let kept = Kept::new();
    let before = kept.payment().payment;
    forgotten(&kept);
    let after = kept.payment().payment;
    assert_eq!((after.total, after.status), (before.total, before.status));
    assert_eq!(after.transaction_id, before.transaction_id);
    assert_eq!(after.order_id, None);
    assert_eq!(Value::Object(after.metadata), json!({ "refunded_amount": "1.00" }));
}

#[test]
fn what_the_server_says_a_charge_is_for_stays() {
    let kept = Kept::new();
    let own = json!({
        "description": "Basic, a month", "charge": "start", "subscription_id": "sub_1",
    });
    let payment = NewPayment {
        status: PaymentStatus::Confirmed,
        metadata: object(own.clone()),
        ..samples::new_payment(kept.who.user, kept.gateway)
    };
    let id = block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        read.payments().insert(payment, now()).await.unwrap().id
    });
    forgotten(&kept);
    let charge = Kept { payment: id, ..kept }.payment().payment;
    assert_eq!(Value::Object(charge.metadata), own);
    assert_eq!(charge.modified_at, now(), "there was nothing to take out");
}

#[test]
fn an_entry_tells_who_did_it_and_the_persons_own_entries_carry_the_new_address() {
    let kept = Kept::new();
    forgotten(&kept);
    let entries = kept.world.audit();
    let told: Vec<_> =
        entries.iter().filter(|entry| entry.action == AuditAction::UserAnonymised).collect();
    let [entry] = told.as_slice() else { unreachable!("{told:?}") };
    let admin = Some(kept.admin.user);
    assert_eq!((entry.actor_id, entry.target_id), (admin, Some(kept.who.user)));
    assert_eq!(Value::Object(entry.details.clone()), json!({ "changed_by": "admin@example.org" }));
    let address = format!("deleted-{}@deleted.invalid", kept.who.user);
    for entry in &entries {
        let by = if entry.actor_id == admin { "admin@example.org" } else { address.as_str() };
        assert_eq!(entry.details["changed_by"], by);
    }
}

#[test]
fn a_second_time_changes_nothing() {
    let kept = Kept::new();
    let first = forgotten(&kept);
    let (payment, entries) = (kept.payment(), kept.world.audit());
    kept.world.clock.advance(chrono::Duration::hours(1));
    assert_eq!(forgotten(&kept), first);
    assert_eq!((kept.payment(), kept.world.audit()), (payment, entries));
}

/// A request that was let in before may end behind it.
#[test]
fn a_second_time_removes_what_has_come_since() {
    let kept = Kept::new();
    forgotten(&kept);
    block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        read.todos().insert(kept.who.user, samples::new_todo("late"), now()).await.unwrap();
    });
    let update = ProfileUpdate { bio: Some(Some(text("late"))), ..ProfileUpdate::default() };
    let update = UserUpdate { profile: update, is_active: None };
    block_on(kept.world.services.users.update(&kept.admin, kept.who.user, Ok(update))).unwrap();
    forgotten(&kept);
    assert_eq!(kept.world.stored(kept.who.user).bio, None);
    let todos = kept.rows().into_iter().find(|(known, _)| known.child == EntityKind::Todo);
    assert_eq!(todos.unwrap().1, 0);
}

/// Nothing has changed, which the whole of what is handed out shows.
fn refused(kept: &Kept, actor: &Actor, text: &str) {
    let before = kept.export_as(&kept.admin, kept.who.user).unwrap();
    assert_eq!(refusal(anonymise(kept, actor, kept.who.user)), text);
    let after = kept.export_as(&kept.admin, kept.who.user).unwrap();
    assert_eq!(before, after);
}

#[test]
fn whoever_has_a_subscription_or_may_get_one_by_paying_stays_known() {
    for status in SubscriptionStatus::ALL {
        let kept = Kept::new();
        let new = samples::new_subscription(9, kept.who.user, kept.plan);
        let id = block_on(async {
            let mut read = kept.world.store.read("test").await.unwrap();
            let new = NewSubscription { status, ..new };
            read.subscriptions().insert(new, now()).await.unwrap().id
        });
        if status == SubscriptionStatus::Canceled {
            forgotten(&kept);
            continue;
        }
        refused(&kept, &kept.admin, "Cannot anonymise user with an active subscription.");
        block_on(async {
            let mut read = kept.world.store.read("test").await.unwrap();
            let mut row = read.subscriptions().lock(id).await.unwrap().unwrap();
            row.status = SubscriptionStatus::Canceled;
            read.subscriptions().update(&row).await.unwrap();
        });
        forgotten(&kept);
    }
}

#[test]
fn whoever_has_a_payment_that_may_still_come_to_something_stays_known() {
    for status in [
        PaymentStatus::Waiting,
        PaymentStatus::Preauth,
        PaymentStatus::Confirmed,
        PaymentStatus::Rejected,
        PaymentStatus::Refunded,
        PaymentStatus::Error,
    ] {
        let kept = Kept::new();
        block_on(async {
            let mut read = kept.world.store.read("test").await.unwrap();
            let new = samples::new_payment(kept.who.user, kept.gateway);
            read.payments().insert(NewPayment { status, ..new }, now()).await.unwrap();
        });
        if matches!(status, PaymentStatus::Waiting | PaymentStatus::Preauth) {
            refused(&kept, &kept.admin, "Cannot anonymise user with open payments.");
        } else {
            forgotten(&kept);
        }
    }
}

#[test]
fn a_user_without_payments_can_be_forgotten_too() {
    let kept = Kept::new();
    let bob = kept.world.user("bob", Role::Subscriber, None);
    let view = anonymise(&kept, &kept.admin, bob.user).unwrap();
    assert_eq!(view.user.username.as_str(), format!("deleted-{}", bob.user));
}

#[test]
fn whoever_may_delete_the_user_may_and_nobody_else() {
    let kept = Kept::new();
    let bob = kept.world.user("bob", Role::Subscriber, None);
    let olga = kept.owner_of("Home");
    for actor in [kept.who, bob, olga] {
        refused(&kept, &actor, FORBIDDEN);
    }
    let nobody = anonymise(&kept, &kept.admin, UserId::new(999));
    assert!(matches!(nobody, Err(Error::NotFound(EntityKind::User))));
    assert_eq!(refusal(anonymise(&kept, &bob, UserId::new(999))), FORBIDDEN, "role first");
    let sam = kept.world.user("sam", Role::Subscriber, olga.tenant);
    anonymise(&kept, &olga, sam.user).unwrap();
}

#[test]
fn nobody_forgets_oneself() {
    let kept = Kept::new();
    let olga = kept.owner_of("Home");
    for actor in [kept.admin, kept.world.superadmin(), olga] {
        let text = refusal(anonymise(&kept, &actor, actor.user));
        assert_eq!(text, "You cannot anonymise your own account.");
    }
}

#[test]
fn a_name_that_somebody_took_is_told_and_changes_nothing() {
    let kept = Kept::new();
    let name = format!("deleted-{}", kept.who.user);
    kept.world.user(&name, Role::Subscriber, None);
    refused(&kept, &kept.admin, "username: A user with that username already exists.");
}

#[test]
fn it_is_done_whole_or_not_at_all() {
    commits_only_if_every_step_succeeds(
        13,
        |store, failing| {
            store.prepare(|unit| {
                unit.users.expect_lock().returning(move |_, _| failing.answer(0, Ok(found())));
                let subscriptions = unit.subscriptions.expect_of_user();
                subscriptions.returning(move |_, _| failing.answer(1, Ok(Vec::new())));
                let payments = unit.payments.expect_list();
                payments.returning(move |_, _| {
                    let place = Place::Keyed { next: None, previous: None };
                    failing.answer(2, Ok(Some(Page { items: Vec::new(), place })))
                });
                let data = &mut unit.personal_data;
                let events = data.expect_forget_events();
                events.returning(move |_, _, _, _| failing.answer(3, Ok(1)));
                data.expect_forget_messages().returning(move |_| failing.answer(4, Ok(1)));
                data.expect_forget_reasons().returning(move |_, _| failing.answer(5, Ok(1)));
                let rename = data.expect_rename_in_audit_log();
                rename.returning(move |_, _| failing.answer(6, Ok(1)));
                let rows = unit.deletions.expect_delete_dependants();
                rows.returning(move |_, _| failing.answer(7, Ok(1)));
                let attempts = unit.login_attempts.expect_clear();
                attempts.returning(move |_| failing.answer(8, Ok(())));
                unit.users.expect_update().returning(move |_| failing.answer(9, Ok(())));
                let by = Lookup::Within(UserView { user: bob(), tenant: None });
                let actor = unit.users.expect_find();
                actor.returning(move |_, _| failing.answer(10, Ok(by.clone())));
                let entry = unit.audit_logs.expect_insert();
                entry.returning(move |_| failing.answer(11, Ok(AuditLogId::new(1))));
                failing.commit(unit, 12);
            });
        },
        |services| block_on(services.privacy.anonymise(&ADMIN, BOB.user, Ok(()))),
    );
}
