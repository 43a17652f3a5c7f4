//! Tenants.

use super::store::{Store, assert_taken, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::UniqueKey;
use crate::ids::{TenantId, UserId};
use crate::page::ListRequest;
use crate::tenant::{NewTenant, Tenant, TenantFilter, TenantRef};
use crate::testing::samples::{self, after, email, now, slug, text, uuid};
use crate::text::WebUrl;

/// Every column at its greatest width, in more bytes than characters where it can be.
fn widest() -> NewTenant {
    let domain = format!("{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(61));
    NewTenant {
        name: text(&"é".repeat(150)),
        slug: slug(&"s".repeat(160)),
        email: Some(email(&format!("{}@{domain}", "a".repeat(64)))),
        url: Some(WebUrl::new(&format!("https://example.org/{}", "p".repeat(180))).unwrap()),
        description: Some(text(&"Grüße\n日本 😀 'quoted' \\ ".repeat(500))),
        is_active: false,
    }
}

fn stored(id: TenantId, new: NewTenant) -> Tenant {
    Tenant {
        id,
        name: new.name,
        slug: new.slug,
        uuid: uuid(1),
        email: new.email,
        url: new.url,
        description: new.description,
        is_active: new.is_active,
        created_at: now(),
        updated_at: now(),
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let mut unit = store.begin().await;
    for new in [widest(), samples::new_tenant("Plain")] {
        let tenants = unit.tenants();
        let tenant = tenants.insert(new.clone(), uuid(1), now()).await.unwrap();
        assert_eq!(tenant, stored(tenant.id, new));
        let name = TenantRef::Id(tenant.id);
        let found = tenants.find(Scope::Everything, name.clone()).await.unwrap();
        assert_eq!(within(found).tenant, tenant);
        let locked = tenants.lock(Scope::Everything, name).await.unwrap();
        assert_eq!(within(locked).tenant, tenant);
        assert!(tenants.delete(tenant.id).await.unwrap());
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let mut tenant = store.tenant("Before").await;
    let other = store.tenant("Other").await;
    for (second, new) in (1..).zip([widest(), samples::new_tenant("After")]) {
        tenant = Tenant { uuid: tenant.uuid, updated_at: after(second), ..stored(tenant.id, new) };
        let mut unit = store.begin().await;
        unit.tenants().update(&tenant).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(within(store.find_tenant(tenant.id).await).tenant, tenant);
    }
    assert_eq!(within(store.find_tenant(other.id).await).tenant, other);

    let mut changed = tenant.clone();
    (changed.created_at, changed.updated_at) = (after(99), after(99));
    let mut statement = store.read().await;
    statement.tenants().update(&changed).await.unwrap();
    let found = within(store.find_tenant(tenant.id).await).tenant;
    assert_eq!(found.created_at, now(), "set once");
    assert_eq!(found.updated_at, after(99));
}

pub(super) async fn name_slug_and_uuid_are_unique(store: Store) {
    let acme = store.tenant("Acme").await;
    let mut other = store.tenant("Other").await;
    let mut statement = store.read().await;
    let tenants = statement.tenants();

    let mut new = samples::new_tenant("Acme");
    new.slug = slug("free");
    assert_taken(tenants.insert(new, uuid(1), now()).await, UniqueKey::TenantName);
    let mut new = samples::new_tenant("Free");
    new.slug = acme.slug.clone();
    assert_taken(tenants.insert(new, uuid(2), now()).await, UniqueKey::TenantSlug);
    let new = samples::new_tenant("Free");
    assert_taken(tenants.insert(new, acme.uuid, now()).await, UniqueKey::TenantUuid);

    other.updated_at = after(1);
    other.name = acme.name.clone();
    assert_taken(tenants.update(&other).await, UniqueKey::TenantName);
    other.name = text("Other");
    other.slug = acme.slug.clone();
    assert_taken(tenants.update(&other).await, UniqueKey::TenantSlug);

    let mut new = samples::new_tenant("ACME");
    new.slug = slug("ACME");
    let shouted = tenants.insert(new, uuid(3), now()).await;
    assert_eq!(shouted.unwrap().slug, slug("ACME"), "case matters");
}

pub(super) async fn a_tenant_is_found_by_any_of_its_three_names(store: Store) {
    let tenant = store.tenant("Acme").await;
    store.tenant("Other").await;
    let mut statement = store.read().await;
    let tenants = statement.tenants();
    let names = [
        TenantRef::Id(tenant.id),
        TenantRef::Uuid(tenant.uuid),
        TenantRef::Slug(tenant.slug.clone()),
    ];
    for name in names {
        let found = tenants.find(Scope::Everything, name.clone()).await.unwrap();
        assert_eq!(within(found).tenant, tenant, "{name:?}");
        let locked = tenants.lock(Scope::Everything, name).await.unwrap();
        assert_eq!(within(locked).tenant, tenant);
    }
    let strangers = [
        TenantRef::Id(TenantId::NOWHERE),
        TenantRef::Id(TenantId::new(i32::MAX)),
        TenantRef::Uuid(uuid(404)),
        TenantRef::Slug(slug("ACME")),
    ];
    for name in strangers {
        let found = tenants.find(Scope::Everything, name.clone()).await.unwrap();
        assert_eq!(found, Lookup::Nowhere, "{name:?}");
    }
    assert!(tenants.pin(tenant.id).await.unwrap());
    assert!(!tenants.pin(TenantId::new(i32::MAX)).await.unwrap());
}

pub(super) async fn a_scope_covers_the_own_tenant_alone(store: Store) {
    let own = store.tenant("Own").await;
    let other = store.tenant("Other").await;
    let mut statement = store.read().await;
    let tenants = statement.tenants();
    let scopes = [
        (Scope::Everything, vec![other.id, own.id]),
        (Scope::Tenant(own.id), vec![own.id]),
        (Scope::Oneself(UserId::new(own.id.get())), vec![]),
    ];
    for (scope, visible) in scopes {
        for id in [own.id, other.id] {
            let found = tenants.find(scope, TenantRef::Id(id)).await.unwrap();
            let locked = tenants.lock(scope, TenantRef::Id(id)).await.unwrap();
            assert_eq!(found, locked);
            if visible.contains(&id) {
                assert_eq!(within(found).tenant.id, id);
            } else {
                assert_eq!(found, Lookup::Outside, "{scope:?}");
            }
        }
        let nowhere = TenantRef::Id(TenantId::new(i32::MAX));
        let found = tenants.find(scope, nowhere).await.unwrap();
        assert_eq!(found, Lookup::Nowhere);
        let page = tenants.list(scope, ListRequest::default()).await.unwrap();
        let listed: Vec<_> = page.unwrap().items.iter().map(|row| row.tenant.id).collect();
        assert_eq!(listed, visible, "{scope:?}");
    }
}

pub(super) async fn the_user_count_is_of_all_users_of_the_tenant(store: Store) {
    let tenant = store.tenant("Acme").await;
    let other = store.tenant("Other").await;
    store.user("stray").await;
    store.user_of("owner", Role::TenantOwner, tenant.id).await;
    let mut inactive = samples::new_user("inactive");
    inactive.tenant_id = Some(tenant.id);
    inactive.is_active = false;
    store.add_user(inactive).await;
    assert_eq!(within(store.find_tenant(tenant.id).await).user_count, 2);
    assert_eq!(within(store.find_tenant(other.id).await).user_count, 0);

    let mut unit = store.begin().await;
    let tenants = unit.tenants();
    let name = TenantRef::Id(tenant.id);
    let locked = tenants.lock(Scope::Everything, name).await.unwrap();
    assert_eq!(within(locked).user_count, 2);
    let page = tenants.list(Scope::Everything, ListRequest::default()).await;
    let rows = page.unwrap().unwrap().items;
    let counts: Vec<_> = rows.iter().map(|row| row.user_count).collect();
    assert_eq!(counts, [2, 0]);
}

pub(super) async fn filters_match_exactly(store: Store) {
    let acme = store.tenant("Acme").await;
    let mut dormant = samples::new_tenant("Acme Two");
    dormant.is_active = false;
    let dormant = store.add_tenant(dormant).await;
    let all = TenantFilter::default;
    let cases = [
        (all(), vec![acme.id, dormant.id]),
        (TenantFilter { is_active: Some(true), ..all() }, vec![acme.id]),
        (TenantFilter { is_active: Some(false), ..all() }, vec![dormant.id]),
        (TenantFilter { slug: Some("acme".into()), ..all() }, vec![acme.id]),
        (TenantFilter { slug: Some("ACME".into()), ..all() }, vec![]),
        (TenantFilter { uuid: Some(dormant.uuid), ..all() }, vec![dormant.id]),
        (TenantFilter { uuid: Some(dormant.uuid), is_active: Some(true), slug: None }, vec![]),
    ];
    let mut statement = store.read().await;
    for (filter, expected) in cases {
        let request = ListRequest { filter: filter.clone(), ..ListRequest::default() };
        let page = statement.tenants().list(Scope::Everything, request).await;
        let rows = page.unwrap().unwrap().items;
        let found: Vec<_> = rows.iter().map(|row| row.tenant.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub(super) async fn taken_values_are_told_but_for_ones_own(store: Store) {
    let acme = store.tenant("Acme").await;
    let other = store.tenant("Other").await;
    let mut statement = store.read().await;
    let tenants = statement.tenants();
    let (name, free) = (acme.name.clone(), text("Free"));
    let (address, free_address) = (acme.slug.clone(), slug("free"));
    let both = [UniqueKey::TenantName, UniqueKey::TenantSlug];
    let cases = [
        (Some(&name), Some(&address), None, both.as_slice()),
        (Some(&name), Some(&address), Some(other.id), &both),
        (Some(&name), Some(&address), Some(acme.id), &[]),
        (Some(&name), Some(&free_address), None, &both[..1]),
        (Some(&free), Some(&address), None, &both[1..]),
        (Some(&free), Some(&free_address), None, &[]),
        (Some(&name), None, None, &both[..1]),
        (None, None, None, &[]),
    ];
    for (name, slug, except, expected) in cases {
        let taken = tenants.taken(name.cloned(), slug.cloned(), except).await;
        let mut taken = taken.unwrap();
        taken.sort_unstable();
        assert_eq!(taken, expected, "{name:?} {slug:?} {except:?}");
    }
}

pub(super) async fn a_tenant_is_deleted_once(store: Store) {
    let tenant = store.tenant("Acme").await;
    let other = store.tenant("Other").await;
    let mut statement = store.read().await;
    assert!(statement.tenants().delete(tenant.id).await.unwrap());
    assert!(!statement.tenants().delete(tenant.id).await.unwrap());
    assert_eq!(store.find_tenant(tenant.id).await, Lookup::Nowhere);
    assert_eq!(within(store.find_tenant(other.id).await).tenant, other);
    let again = store.tenant("Acme").await;
    assert_ne!(again.id, tenant.id, "ids are never handed out twice");
}
