//! Users.

use chrono::NaiveDate;

use super::store::{Store, assert_missing, assert_taken, ids_of_nothing, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::UniqueKey;
use crate::ids::{TenantId, UserId};
use crate::page::ListRequest;
use crate::password::PasswordHash;
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, email, now, text, username};
use crate::text::WebUrl;
use crate::user::{NewUser, Profile, TenantSummary, User, UserFilter};

/// Every column at its greatest width, in more bytes than characters where it can be.
fn widest(tenant: TenantId) -> NewUser {
    let domain = format!("{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(61));
    NewUser {
        username: username(&"ü".repeat(150)),
        email: email(&format!("{}@{domain}", "A".repeat(64))),
        password: PasswordHash::new("$".repeat(128)),
        role: Role::TenantOwner,
        tenant_id: Some(tenant),
        profile: Profile {
            first_name: Some(text(&"É".repeat(150))),
            last_name: Some(text(&"日".repeat(150))),
            phone_number: Some(text(&"+".repeat(20))),
            bio: Some(text(&"Grüße\n😀 'quoted' \\ ".repeat(500))),
            url: Some(WebUrl::new(&format!("https://example.org/{}", "p".repeat(180))).unwrap()),
            company: Some(text(&"ß".repeat(100))),
            location: Some(text(&"ø".repeat(100))),
            birth_date: NaiveDate::from_ymd_opt(1900, 2, 28),
        },
        is_active: false,
        date_joined: after(-1),
    }
}

fn stored(id: UserId, new: NewUser) -> User {
    let profile = new.profile;
    User {
        id,
        username: new.username,
        email: new.email,
        password: new.password,
        role: new.role,
        tenant_id: new.tenant_id,
        first_name: profile.first_name,
        last_name: profile.last_name,
        phone_number: profile.phone_number,
        bio: profile.bio,
        url: profile.url,
        company: profile.company,
        location: profile.location,
        birth_date: profile.birth_date,
        is_active: new.is_active,
        date_joined: new.date_joined,
        last_login: None,
        password_updated: new.date_joined,
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let tenant = store.tenant("Acme").await.id;
    let mut news = vec![widest(tenant), samples::new_user("plain")];
    for role in Role::ALL {
        let mut new = samples::new_user(role.as_str());
        new.role = role;
        news.push(new);
    }
    for new in news {
        let mut unit = store.begin().await;
        let users = unit.users();
        let view = users.insert(new.clone()).await.unwrap();
        assert_eq!(view.user, stored(view.user.id, new));
        let found = users.find(Scope::Everything, view.user.id).await.unwrap();
        assert_eq!(within(found), view);
        let locked = users.lock(Scope::Everything, view.user.id).await.unwrap();
        assert_eq!(within(locked), view);
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let tenant = store.tenant("Acme").await.id;
    let other = store.user("other").await;
    let before = store.user("before").await;
    let mut to_null = samples::new_user("before");
    to_null.password = PasswordHash::new("yet another");
    for (second, new) in (1..).zip([widest(tenant), to_null]) {
        let user = User {
            username: before.username.clone(),
            date_joined: before.date_joined,
            password_updated: after(second),
            ..stored(before.id, new)
        };
        let mut unit = store.begin().await;
        unit.users().update(&user).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(within(store.find_user(user.id).await).user, user);
    }
    assert_eq!(within(store.find_user(other.id).await).user, other);

    let mut changed = within(store.find_user(before.id).await).user;
    changed.date_joined = after(99);
    changed.bio = Some(text("other prose"));
    let mut statement = store.read().await;
    statement.users().update(&changed).await.unwrap();
    let found = within(store.find_user(before.id).await).user;
    assert_eq!(found.date_joined, now(), "set once");
    assert_eq!(found.bio, changed.bio);
    let moved = found.password_updated != changed.password_updated;
    assert!(!moved, "moves with the password alone");
}

pub(super) async fn a_user_is_shown_with_the_tenant(store: Store) {
    let tenant = store.tenant("Acme").await;
    let summary = TenantSummary {
        id: tenant.id,
        uuid: tenant.uuid,
        name: tenant.name.clone(),
        slug: tenant.slug.clone(),
    };
    let mut new = samples::new_user("bob");
    new.tenant_id = Some(tenant.id);
    let mut unit = store.begin().await;
    let users = unit.users();
    let bob = users.insert(new).await.unwrap();
    let alone = users.insert(samples::new_user("eve")).await.unwrap();
    assert_eq!(bob.tenant.as_ref(), Some(&summary));
    assert_eq!(alone.tenant, None);
    let page = users.list(Scope::Everything, ListRequest::default()).await;
    assert_eq!(page.unwrap().unwrap().items, [bob, alone]);
}

pub(super) async fn usernames_and_emails_are_unique(store: Store) {
    let bob = store.user("bob").await;
    let mut eve = store.user("eve").await;
    let mut statement = store.read().await;
    let users = statement.users();

    let mut new = samples::new_user("bob");
    new.email = email("free@example.org");
    assert_taken(users.insert(new).await, UniqueKey::Username);
    for address in ["bob@example.org", "BOB@Example.ORG"] {
        let mut new = samples::new_user("free");
        new.email = email(address);
        assert_taken(users.insert(new).await, UniqueKey::Email);
        eve.email = email(address);
        assert_taken(users.update(&eve).await, UniqueKey::Email);
    }

    let mut recased = bob.clone();
    recased.email = email("Bob@example.org");
    users.update(&recased).await.unwrap();
    let mut shouted = samples::new_user("BOB");
    shouted.email = email("shouted@example.org");
    let shouted = users.insert(shouted).await.unwrap();
    assert_eq!(shouted.user.username.as_str(), "BOB", "case matters");
    let found = within(users.find(Scope::Everything, bob.id).await.unwrap());
    assert_eq!(found.user.email.as_str(), "Bob@example.org", "case is kept");
}

pub(super) async fn a_tenant_that_does_not_exist_is_refused(store: Store) {
    let mut user = store.user("bob").await;
    let mut new = samples::new_user("eve");
    new.tenant_id = Some(TenantId::new(i32::MAX));
    user.tenant_id = new.tenant_id;
    let mut statement = store.read().await;
    let result = statement.users().insert(new).await;
    assert_missing(result, EntityKind::User, "tenant_id");
    let result = statement.users().update(&user).await;
    assert_missing(result, EntityKind::User, "tenant_id");
    assert_eq!(within(store.find_user(user.id).await).user.tenant_id, None);
}

pub(super) async fn a_login_is_a_username_or_else_an_email(store: Store) {
    let bob = store.user("bob").await;
    let mut impostor = samples::new_user("bob@example.org");
    impostor.email = email("Impostor@Example.org");
    impostor.is_active = false;
    let impostor = store.add_user(impostor).await;
    let mut statement = store.read().await;
    let cases = [
        ("bob", Some(bob.id)),
        ("BOB", None),
        ("BOB@example.org", Some(bob.id)),
        // The name of one and the address of another: the name wins.
        ("bob@example.org", Some(impostor.id)),
        // Who may sign in is not the store's to decide.
        ("impostor@example.org", Some(impostor.id)),
        ("bob@example.or_", None),
        ("%", None),
        ("", None),
    ];
    for (login, expected) in cases {
        let found = statement.users().find_by_login(login).await.unwrap();
        assert_eq!(found.map(|user| user.id), expected, "{login:?}");
    }
    let found = statement.users().find_by_login("bob").await.unwrap();
    assert_eq!(found, Some(bob), "whole, with the hash");
}

pub(super) async fn a_login_is_noted_with_the_hash_made_anew(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let mut statement = store.read().await;
    let users = statement.users();
    users.record_login(bob.id, after(1), None).await.unwrap();
    let mut expected = bob.clone();
    expected.last_login = Some(after(1));
    assert_eq!(within(store.find_user(bob.id).await).user, expected);

    let hash = PasswordHash::new("made anew");
    let rehashed = Some(hash.clone());
    users.record_login(bob.id, after(2), rehashed).await.unwrap();
    let found = within(store.find_user(bob.id).await).user;
    assert_eq!(found.last_login, Some(after(2)));
    assert_eq!(found.password, hash);
    assert_eq!(within(store.find_user(eve.id).await).user, eve);
}

pub(super) async fn a_scope_covers_oneself_or_the_tenant(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let other = store.tenant("Other").await.id;
    let anna = store.user_of("anna", Role::TenantOwner, acme).await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let carl = store.user_of("carl", Role::Subscriber, other).await.id;
    let dora = store.user("dora").await.id;
    let mut statement = store.read().await;
    let users = statement.users();
    let scopes = [
        (Scope::Everything, vec![anna, bob, carl, dora]),
        (Scope::Tenant(acme), vec![anna, bob]),
        (Scope::Tenant(TenantId::new(i32::MAX)), vec![]),
        (Scope::Oneself(dora), vec![dora]),
    ];
    for (scope, visible) in scopes {
        for id in [anna, bob, carl, dora] {
            let found = users.find(scope, id).await.unwrap();
            assert_eq!(found, users.lock(scope, id).await.unwrap());
            if visible.contains(&id) {
                assert_eq!(within(found).user.id, id);
            } else {
                assert_eq!(found, Lookup::Outside, "{scope:?}");
            }
        }
        let found = users.find(scope, UserId::new(i32::MAX)).await.unwrap();
        assert_eq!(found, Lookup::Nowhere);
        let page = users.list(scope, ListRequest::default()).await.unwrap();
        let listed: Vec<_> = page.unwrap().items.iter().map(|row| row.user.id).collect();
        assert_eq!(listed, visible, "{scope:?}");
    }
}

async fn filtered(store: &Store, scope: Scope, filter: UserFilter) -> Vec<UserId> {
    let request = ListRequest { filter, ..ListRequest::default() };
    let page = store.read().await.users().list(scope, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.iter().map(|row| row.user.id).collect()
}

pub(super) async fn filters_match_exactly(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let other = store.tenant("Other").await.id;
    let anna = store.user_of("anna", Role::TenantOwner, acme).await.id;
    let carl = store.user_of("carl", Role::Subscriber, other).await.id;
    let mut dora = samples::new_user("dora");
    dora.is_active = false;
    let dora = store.add_user(dora).await.id;

    let by_role = |role| UserFilter { role: Some(role), ..UserFilter::default() };
    let by_activity =
        |is_active| UserFilter { is_active: Some(is_active), ..UserFilter::default() };
    let by_tenant = |tenant| UserFilter { tenant: Some(tenant), ..UserFilter::default() };
    let cases = [
        (by_role(Role::Subscriber), vec![carl, dora]),
        (by_role(Role::Superadmin), vec![]),
        (by_activity(true), vec![anna, carl]),
        (by_activity(false), vec![dora]),
        (by_tenant(acme.get().into()), vec![anna]),
        (UserFilter { tenant: Some(acme.get().into()), ..by_role(Role::Subscriber) }, vec![]),
    ];
    for (filter, expected) in cases {
        let found = filtered(&store, Scope::Everything, filter.clone()).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    for id in ids_of_nothing(acme.get()) {
        let found = filtered(&store, Scope::Everything, by_tenant(id)).await;
        assert_eq!(found, [], "{id}");
    }
    let wider = filtered(&store, Scope::Tenant(acme), by_tenant(other.get().into())).await;
    assert_eq!(wider, [], "a filter never widens the scope");
}

pub(super) async fn taken_values_are_told_but_for_ones_own(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let mut statement = store.read().await;
    let users = statement.users();
    let (name, free) = (bob.username.clone(), username("free"));
    let (address, unused) = (email("BOB@example.org"), email("free@example.org"));
    let both = [UniqueKey::Username, UniqueKey::Email];
    let cases = [
        (Some(&name), Some(&address), None, both.as_slice()),
        (Some(&name), Some(&address), Some(eve.id), &both),
        (Some(&name), Some(&address), Some(bob.id), &[]),
        (Some(&name), Some(&unused), None, &both[..1]),
        (Some(&free), Some(&address), None, &both[1..]),
        (Some(&free), Some(&unused), None, &[]),
        (None, Some(&address), None, &both[1..]),
        (None, None, None, &[]),
    ];
    for (name, email, except, expected) in cases {
        let taken = users.taken(name.cloned(), email.cloned(), except).await;
        let mut taken = taken.unwrap();
        taken.sort_unstable();
        assert_eq!(taken, expected, "{name:?} {email:?} {except:?}");
    }
}

pub(super) async fn a_user_is_deleted_once(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let mut statement = store.read().await;
    assert!(statement.users().delete(bob.id).await.unwrap());
    assert!(!statement.users().delete(bob.id).await.unwrap());
    assert_eq!(store.find_user(bob.id).await, Lookup::Nowhere);
    assert_eq!(within(store.find_user(eve.id).await).user, eve);
}
