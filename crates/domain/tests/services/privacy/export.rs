//! Everything that is kept about a person, in parts.

use std::collections::BTreeMap;

use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::personal_data::Part;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;

use super::kept::{Kept, somebody};
use crate::world::{FORBIDDEN, refusal};

/// How many rows each kind of part has brought.
fn counted(parts: &[Part]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for part in parts {
        let (name, rows) = match part {
            Part::Profile(_) => ("profile", 1),
            Part::Todos(rows) => ("todos", rows.len()),
            Part::Keys(rows) => ("keys", rows.len()),
            Part::PasswordResets(rows) => ("resets", rows.len()),
            Part::Subscriptions(rows) => ("subscriptions", rows.len()),
            Part::Trials(rows) => ("trials", rows.len()),
            Part::Payments(rows) => ("payments", rows.len()),
            Part::Customers(rows) => ("customers", rows.len()),
            Part::WebhookEvents(rows) => ("events", rows.len()),
            Part::IdempotencyKeys(rows) => ("requests", rows.len()),
            Part::Usage(rows) => ("usage", rows.len()),
            Part::NetworkSessions(rows) => ("sessions", rows.len()),
            Part::AuditLogs(rows) => ("audit", rows.len()),
        };
        *counts.entry(name).or_default() += rows;
    }
    counts
}

/// To the person as one to whom nothing is closed.
fn whole(kept: &Kept) -> Vec<Part> {
    let who = Actor { role: Role::Superadmin, ..kept.who };
    kept.export_as(&who, who.user).unwrap()
}

#[test]
fn every_kind_of_what_is_kept_is_handed_out_once() {
    let kept = Kept::new();
    let counts = counted(&whole(&kept));
    let expected = [
        ("audit", 3),
        ("customers", 1),
        ("events", 1),
        ("keys", 1),
        ("payments", 1),
        ("profile", 1),
        ("requests", 1),
        ("resets", 1),
        ("sessions", 1),
        ("subscriptions", 1),
        ("todos", 1),
        ("trials", 1),
        ("usage", 1),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn nobody_is_handed_out_what_is_closed_to_them_anyway() {
    let kept = Kept::new();
    let all = counted(&whole(&kept));
    let home = kept.world.tenant("Home");
    let member = kept.world.subscriber("sam", home);
    let cases = [
        (kept.who, kept.who.user, vec!["audit", "events"]),
        (kept.world.owner("olga", home), member.user, vec!["events", "todos"]),
        (kept.admin, kept.admin.user, vec![]),
        (kept.admin, kept.who.user, vec!["todos"]),
        (kept.world.superadmin(), kept.who.user, vec!["todos"]),
    ];
    for (reader, person, closed) in cases {
        let parts = counted(&kept.export_as(&reader, person).unwrap());
        let absent: Vec<_> = all.keys().copied().filter(|kind| !parts.contains_key(kind)).collect();
        assert_eq!(absent, closed, "{reader:?} of {person}");
    }
}

#[test]
fn an_owner_is_handed_out_the_entries_that_the_audit_log_shows_an_owner() {
    let kept = Kept::new();
    let olga = kept.owner_of("Home");
    let member = kept.world.user("sam", Role::Subscriber, olga.tenant);
    block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        for (actor, target) in [(member, kept.who), (kept.admin, member)] {
            let entry = samples::new_audit_log(actor.user, target.user);
            read.audit_logs().insert(entry).await.unwrap();
        }
    });
    let entries = |reader| counted(&kept.export_as(reader, member.user).unwrap())["audit"];
    assert_eq!((entries(&olga), entries(&kept.admin)), (1, 2));
}

/// Whatever a delete would take along or leave without its owner belongs to the person.
#[test]
fn nothing_that_refers_to_the_person_is_left_out() {
    let kept = Kept::new();
    let handed_out = counted(&whole(&kept));
    let rows: u64 = kept.rows().iter().map(|(_, rows)| rows).sum();
    // An entry that has the person as both actor and target refers twice; the profile refers to
    // nobody, and events belong to payments.
    let referring = handed_out.values().sum::<usize>() - 2 + 1;
    assert_eq!(u64::try_from(referring).unwrap(), rows);
}

#[test]
fn a_payment_comes_with_its_history() {
    let kept = Kept::new();
    let parts = kept.export();
    let mut files = parts.iter().flat_map(|part| match part {
        Part::Payments(files) => files.as_slice(),
        _ => &[],
    });
    let (Some(file), None) = (files.next(), files.next()) else { unreachable!("one payment") };
    assert_eq!(file.view, kept.payment());
    assert_eq!(file.logs[0].message.as_deref(), Some("card of marlowe"));
    assert_eq!(file.refunds[0].payment_id, kept.payment);
}

#[test]
fn what_is_much_comes_in_parts_and_whole() {
    let kept = Kept::new();
    block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        for number in 0..249 {
            let todo = samples::new_todo(&format!("todo {number}"));
            read.todos().insert(kept.who.user, todo, samples::now()).await.unwrap();
        }
    });
    let parts = kept.export();
    assert_eq!(counted(&parts)["todos"], 250);
    let mut tasks = Vec::new();
    for part in parts {
        if let Part::Todos(rows) = part {
            assert!(rows.len() <= 100, "{}", rows.len());
            tasks.extend(rows.into_iter().map(|row| row.id));
        }
    }
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(tasks.len(), 250);
}

#[test]
fn a_key_that_has_expired_is_kept_and_told_of() {
    let kept = Kept::new();
    let key = samples::new_access_token(kept.who.user, 7);
    let expired =
        wiwebb_domain::token::NewAccessToken { expires_at: Some(kept.world.clock.now()), ..key };
    block_on(async {
        let mut read = kept.world.store.read("test").await.unwrap();
        read.access_tokens().insert(expired).await.unwrap();
    });
    assert_eq!(counted(&kept.export())["keys"], 2);
}

#[test]
fn nothing_of_others_is_in_it() {
    let kept = Kept::new();
    let bob = kept.world.user("bob", Role::Subscriber, None);
    let counts = counted(&kept.export_as(&bob, bob.user).unwrap());
    let found: Vec<_> = counts.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(found, [("profile", 1)]);
}

#[test]
fn it_is_handed_out_to_the_person_and_to_whoever_manages_the_person() {
    let kept = Kept::new();
    let root = kept.world.superadmin();
    let bob = kept.world.user("bob", Role::Subscriber, None);
    for actor in [kept.who, kept.admin, root] {
        assert!(kept.export_as(&actor, kept.who.user).is_ok());
    }
    let olga = kept.owner_of("Home");
    for actor in [bob, olga] {
        assert_eq!(refusal(kept.export_as(&actor, kept.who.user)), FORBIDDEN);
    }
    let home = olga.tenant;
    let sam = kept.world.user("sam", Role::Subscriber, home);
    assert!(kept.export_as(&olga, sam.user).is_ok());
    assert!(kept.export_as(&olga, olga.user).is_ok());
    let attached = kept.world.user("attached", Role::Admin, home);
    for (actor, target) in [(olga, attached), (kept.admin, root), (sam, olga)] {
        assert_eq!(refusal(kept.export_as(&actor, target.user)), FORBIDDEN);
    }
    let nobody = kept.export_as(&root, UserId::new(999));
    assert!(matches!(nobody, Err(Error::NotFound(_))), "{nobody:?}");
}

#[test]
fn a_refused_export_hands_out_nothing() {
    let kept = Kept::new();
    let stranger = kept.world.insert(wiwebb_domain::user::NewUser {
        username: samples::username("other"),
        email: samples::email("other@example.org"),
        ..somebody()
    });
    let mut parts = Vec::new();
    let mut take = |part| parts.push(part);
    let export = kept.world.services.privacy.export(&stranger, kept.who.user, &mut take);
    assert!(block_on(export).is_err());
    assert!(parts.is_empty());
}

#[test]
fn it_tells_of_which_instant_it_is() {
    let kept = Kept::new();
    let mut take = |_| {};
    let export = kept.world.services.privacy.export(&kept.who, kept.who.user, &mut take);
    assert_eq!(block_on(export).unwrap(), kept.world.clock.now());
}
