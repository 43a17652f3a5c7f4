//! Use of the network: whose standing it is, sessions, daily totals.

use chrono::{Days, NaiveDate};

use super::store::{Store, assert_missing};
use super::transactions::both;
use crate::access::{Role, Scope};
use crate::ids::{NetworkSessionId, TenantId, UserId};
use crate::plan::NewPlan;
use crate::ports::Stored;
use crate::ports::usage::{Standing, Subscriber};
use crate::relations::EntityKind;
use crate::subscription::{Period, SubscriptionStatus};
use crate::testing::samples::{self, after, now, session_key, text};
use crate::usage::{NetworkSession, SessionKey, Usage};

/// The day of [`now`].
fn today() -> NaiveDate {
    now().date_naive()
}

const fn used(seconds: u64, octets: u64) -> Usage {
    Usage { seconds, octets }
}

impl Store {
    async fn standing_within(&self, scope: Scope, who: Subscriber) -> Option<Standing> {
        let mut statement = self.read().await;
        statement.usage().standing(scope, who, today(), now()).await.unwrap()
    }

    async fn standing(&self, user: UserId) -> Standing {
        self.standing_within(Scope::Everything, Subscriber::Id(user)).await.unwrap()
    }

    async fn used_on(&self, user: UserId, day: NaiveDate) -> Usage {
        let who = Subscriber::Id(user);
        let mut statement = self.read().await;
        let found = statement.usage().standing(Scope::Everything, who, day, now()).await;
        found.unwrap().unwrap().used
    }

    async fn add_usage(&self, user: UserId, day: NaiveDate, more: Usage) -> Stored<()> {
        self.read().await.usage().add(user, day, more).await
    }

    async fn open_session(&self, key: &SessionKey) -> NetworkSession {
        self.read().await.usage().open_session(key.clone(), now()).await.unwrap()
    }

    async fn update_session(&self, session: &NetworkSession) {
        self.read().await.usage().update_session(session).await.unwrap();
    }
}

pub(super) async fn a_standing_tells_the_account_and_the_usage_of_the_day(store: Store) {
    let mut new = samples::new_user("bob");
    new.is_active = false;
    let bob = store.add_user(new).await;
    let eve = store.user("eve").await;
    let expected = |used| Standing {
        user_id: bob.id,
        is_active: false,
        password: bob.password.clone(),
        subscriptions: vec![],
        default_plan: None,
        used,
    };
    assert_eq!(store.standing(bob.id).await, expected(Usage::default()));
    store.add_usage(bob.id, today(), used(1, 1 << 40)).await.unwrap();
    store.add_usage(bob.id, today() - Days::new(1), used(5, 5)).await.unwrap();
    store.add_usage(eve.id, today(), used(7, 7)).await.unwrap();
    assert_eq!(store.standing(bob.id).await, expected(used(1, 1 << 40)));
    assert!(store.standing(eve.id).await.is_active);
}

pub(super) async fn a_standing_has_the_default_plan_and_every_subscription_with_its_plan(
    store: Store,
) {
    let new = NewPlan { default: true, ..samples::new_plan("Free") };
    let free = store.add_plan(new).await;
    let (basic, gold) = (store.plan("Basic").await, store.plan("Gold").await);
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut rows = Vec::new();
    for (number, (status, plan, second)) in (1..).zip([
        (SubscriptionStatus::Incomplete, &basic, 0),
        (SubscriptionStatus::Canceled, &gold, 1),
        (SubscriptionStatus::Canceled, &gold, 0),
        (SubscriptionStatus::PastDue, &basic, -9),
    ]) {
        let mut row = store.subscription_in(status, number, (bob, plan.id)).await;
        row.period = Some(Period { start: after(-10), end: after(second) });
        row.updated_at = after(1);
        store.update_subscription(&row).await.unwrap();
        rows.push((row, plan.clone()));
    }
    store.subscription_in(SubscriptionStatus::Active, 9, (eve, gold.id)).await;
    rows.remove(2);
    let mut standing = store.standing(bob).await;
    standing.subscriptions.sort_by_key(|(row, _)| row.id);
    assert_eq!(standing.subscriptions, rows);
    assert_eq!(standing.default_plan, Some(free));
}

pub(super) async fn a_user_is_found_within_the_scope_by_id_or_by_the_exact_name(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let eve = store.user("eve").await.id;
    let name = |name: &str| Subscriber::Username(name.to_owned());
    for (scope, bob_is_there, eve_is_there) in [
        (Scope::Everything, true, true),
        (Scope::Tenant(acme), true, false),
        (Scope::Tenant(TenantId::new(i32::MAX)), false, false),
        (Scope::Oneself(eve), false, true),
    ] {
        for (username, id, is_there) in [("bob", bob, bob_is_there), ("eve", eve, eve_is_there)] {
            let expected = is_there.then_some(id);
            for who in [Subscriber::Id(id), name(username)] {
                let found = store.standing_within(scope, who).await;
                assert_eq!(found.map(|standing| standing.user_id), expected, "{scope:?}");
            }
            let found = store.read().await.usage().find_user(scope, username).await;
            assert_eq!(found.unwrap(), expected, "{scope:?}");
        }
    }
    for nobody in ["BOB", "bob@example.org", "b%", "bob\0", ""] {
        assert_eq!(store.standing_within(Scope::Everything, name(nobody)).await, None);
        let found = store.read().await.usage().find_user(Scope::Everything, nobody).await;
        assert_eq!(found.unwrap(), None, "{nobody:?}");
    }
    let nowhere = Subscriber::Id(UserId::NOWHERE);
    assert_eq!(store.standing_within(Scope::Everything, nowhere).await, None);
}

pub(super) async fn totals_of_a_user_and_a_day_add_up(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let tomorrow = today() + Days::new(1);
    for (user, day, amount) in [
        (bob, today(), used(60, 1 << 40)),
        (bob, tomorrow, used(1, 2)),
        (eve, today(), used(3, 4)),
        (bob, today(), used(0, 0)),
        (bob, today(), used(u64::from(u32::MAX), 5)),
    ] {
        store.add_usage(user, day, amount).await.unwrap();
    }
    let both_times = used(60 + u64::from(u32::MAX), (1 << 40) + 5);
    assert_eq!(store.used_on(bob, today()).await, both_times);
    assert_eq!(store.used_on(bob, tomorrow).await, used(1, 2));
    assert_eq!(store.used_on(eve, today()).await, used(3, 4));
    assert_eq!(store.used_on(eve, tomorrow).await, Usage::default());
}

pub(super) async fn of_two_simultaneous_additions_none_is_lost(store: Store) {
    for round in 0..5 {
        let bob = store.user(&format!("bob{round}")).await.id;
        let (a, b) = both(
            store.add_usage(bob, today(), used(1, 10)),
            store.add_usage(bob, today(), used(2, 20)),
        )
        .await;
        a.unwrap();
        b.unwrap();
        assert_eq!(store.used_on(bob, today()).await, used(3, 30));
    }
}

pub(super) async fn usage_and_sessions_need_their_user(store: Store) {
    let nobody = UserId::new(i32::MAX);
    let result = store.add_usage(nobody, today(), used(1, 1)).await;
    assert_missing(result, EntityKind::DailyUsage, "user_id");
    let key = session_key(nobody, "A1");
    let result = store.read().await.usage().open_session(key, now()).await;
    assert_missing(result, EntityKind::NetworkSession, "user_id");
}

pub(super) async fn a_session_begins_once_and_is_found_again(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let key = session_key(bob, "A1");
    let longest = text(&"é".repeat(253));
    let mut sessions: Vec<NetworkSession> = Vec::new();
    for key in [
        key.clone(),
        SessionKey { user_id: eve, ..key.clone() },
        SessionKey { nas: None, ..key.clone() },
        SessionKey { nas: Some(text("AP-1")), ..key.clone() },
        SessionKey { session: text("a1"), ..key.clone() },
        SessionKey { nas: Some(longest.clone()), session: longest, ..key },
    ] {
        let mut unit = store.begin().await;
        let usage = unit.usage();
        let session = usage.open_session(key.clone(), after(1)).await.unwrap();
        let expected = NetworkSession {
            id: session.id,
            key: key.clone(),
            counted: Usage::default(),
            started_at: after(1),
            updated_at: after(1),
            ended_at: None,
        };
        assert_eq!(session, expected);
        let again = usage.open_session(key, after(9)).await.unwrap();
        assert_eq!(again, session, "as it was");
        unit.commit().await.unwrap();
        assert!(sessions.iter().all(|other| other.id != session.id), "{session:?}");
        sessions.push(session);
    }
    for session in sessions {
        assert_eq!(store.open_session(&session.key).await, session);
    }
}

pub(super) async fn an_update_stores_what_is_known_of_a_session(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let before = store.open_session(&session_key(bob, "A1")).await;
    let other = store.open_session(&session_key(bob, "A2")).await;
    let full = NetworkSession {
        counted: used(u64::from(u32::MAX), 1 << 50),
        started_at: after(1),
        updated_at: after(2),
        ended_at: Some(after(3)),
        ..before.clone()
    };
    for session in [full, NetworkSession { updated_at: after(4), ..before.clone() }] {
        store.update_session(&session).await;
        assert_eq!(store.open_session(&before.key).await, session);
    }
    let moved = session_key(eve, "A9");
    let changed = NetworkSession { key: moved, updated_at: after(5), ..before.clone() };
    store.update_session(&changed).await;
    let expected = NetworkSession { updated_at: after(5), ..before.clone() };
    assert_eq!(store.open_session(&before.key).await, expected, "the key is set once");
    let id = NetworkSessionId::new(i32::MAX);
    store.update_session(&NetworkSession { id, updated_at: after(6), ..before }).await;
    assert_eq!(store.open_session(&other.key).await, other);
}

/// Counts a second in a session.
async fn count_second(store: &Store, key: &SessionKey) -> Stored<()> {
    let mut unit = store.begin().await;
    let mut session = unit.usage().open_session(key.clone(), now()).await?;
    session.counted.seconds += 1;
    session.updated_at = after(i64::try_from(session.counted.seconds).unwrap());
    unit.usage().update_session(&session).await?;
    unit.commit().await
}

pub(super) async fn an_open_session_waits_for_the_other_unit_of_work(store: Store) {
    let bob = store.user("bob").await.id;
    for round in 0..5 {
        let key = session_key(bob, &format!("A{round}"));
        // The first time it has to begin.
        for seconds in [2, 4] {
            let (a, b) = both(count_second(&store, &key), count_second(&store, &key)).await;
            a.unwrap();
            b.unwrap();
            let session = store.open_session(&key).await;
            assert_eq!(session.counted.seconds, seconds, "no second was lost");
        }
    }
}

pub(super) async fn the_open_sessions_on_equipment_end_together(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let eve = store.user("eve").await.id;
    let on = |nas: Option<&str>, user, session| SessionKey {
        nas: nas.map(text),
        ..session_key(user, session)
    };
    let keys = [
        on(Some("ap-1"), bob, "A1"),
        on(Some("ap-1"), eve, "A1"),
        on(Some("ap-2"), bob, "A1"),
        on(None, bob, "A1"),
        on(Some("ap-1"), bob, "A2"),
    ];
    let mut sessions = Vec::new();
    for key in &keys {
        sessions.push(store.open_session(key).await);
    }
    sessions[4].ended_at = Some(after(-9));
    store.update_session(&sessions[4]).await;
    let of_acme = Scope::Tenant(acme);
    for (scope, nas, count, index) in [
        (of_acme, Some("nowhere"), 0, 4),
        (of_acme, Some("AP-1"), 0, 4),
        (of_acme, Some("ap-1"), 1, 0),
        (of_acme, Some("ap-1"), 0, 0),
        (Scope::Everything, Some("ap-1"), 1, 1),
        (Scope::Everything, None, 1, 3),
        (Scope::Everything, Some("ap-2"), 1, 2),
    ] {
        let mut statement = store.read().await;
        let ended = statement.usage().end_sessions(scope, nas.map(text), after(7)).await;
        assert_eq!(ended.unwrap(), count, "{scope:?} {nas:?}");
        sessions[index].ended_at.get_or_insert(after(7));
        for (key, session) in keys.iter().zip(&sessions) {
            assert_eq!(store.open_session(key).await.ended_at, session.ended_at, "{key:?}");
        }
    }
}
