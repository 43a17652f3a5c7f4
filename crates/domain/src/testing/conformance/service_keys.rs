//! Keys of network equipment.

use chrono::{Duration, Timelike as _};

use super::store::{Store, assert_broken, assert_missing};
use crate::ids::{ServiceKeyId, TenantId};
use crate::page::ListRequest;
use crate::relations::EntityKind;
use crate::service_key::{Equipment, NewServiceKey, ServiceKey};
use crate::testing::samples::{self, after, digest, now, text};

impl Store {
    async fn service_key(&self, number: u64, tenant_id: Option<TenantId>) -> ServiceKey {
        let new = NewServiceKey { tenant_id, ..samples::new_service_key("Gate", number) };
        self.read().await.service_keys().insert(new, now()).await.unwrap()
    }

    async fn service_keys(&self) -> Vec<ServiceKey> {
        let request = ListRequest::default();
        self.read().await.service_keys().list(request).await.unwrap().unwrap().items
    }
}

pub(super) async fn every_column_comes_back_as_stored_by_id(store: Store) {
    let acme = store.tenant("Acme").await.id;
    assert_eq!(store.service_keys().await, []);
    let widest = NewServiceKey {
        name: text(&"ß".repeat(100)),
        tenant_id: Some(acme),
        ..samples::new_service_key("Gate", 2)
    };
    let mut expected = Vec::new();
    for new in [samples::new_service_key("Gate", 1), widest, samples::new_service_key("Gate", 3)] {
        let mut statement = store.read().await;
        let key = statement.service_keys().insert(new.clone(), after(1)).await.unwrap();
        let stored = ServiceKey {
            id: key.id,
            name: new.name,
            tenant_id: new.tenant_id,
            created_at: after(1),
            last_used_at: None,
        };
        assert_eq!(key, stored);
        assert_eq!(statement.service_keys().find(key.id).await.unwrap(), Some(stored));
        expected.push(key);
    }
    assert_eq!(store.service_keys().await, expected);
    let ids: Vec<_> = expected.iter().map(|key| key.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

pub(super) async fn a_tenant_that_does_not_exist_is_refused(store: Store) {
    let tenant_id = Some(TenantId::new(i32::MAX));
    let new = NewServiceKey { tenant_id, ..samples::new_service_key("Gate", 1) };
    let result = store.read().await.service_keys().insert(new, now()).await;
    assert_missing(result, EntityKind::ServiceKey, "tenant_id");
}

/// Keys are random, so one that comes twice is nothing a client could be told.
pub(super) async fn a_digest_stands_for_one_key(store: Store) {
    store.service_key(1, None).await;
    let again = samples::new_service_key("Other", 1);
    let result = store.read().await.service_keys().insert(again, now()).await;
    assert_broken(&result);
}

pub(super) async fn a_key_stands_for_its_equipment(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let of_acme = store.service_key(1, Some(acme)).await.id;
    let of_all = store.service_key(2, None).await.id;
    let mut statement = store.read().await;
    let keys = statement.service_keys();
    for (number, expected) in [
        (1, Some(Equipment { key: of_acme, tenant: Some(acme) })),
        (2, Some(Equipment { key: of_all, tenant: None })),
        (3, None),
    ] {
        let found = keys.authenticate(digest(number), now()).await.unwrap();
        assert_eq!(found, expected, "{number}");
    }
}

pub(super) async fn its_use_is_noted_to_the_minute(store: Store) {
    let key = store.service_key(1, None).await;
    let other = store.service_key(2, None).await;
    let noon = now().with_second(0).unwrap().with_nanosecond(0).unwrap();
    let instant = Duration::microseconds(1);
    for (at, noted) in [
        (noon, noon),
        (noon + Duration::minutes(1) - instant, noon),
        (noon + Duration::minutes(1), noon + Duration::minutes(1)),
        (noon + Duration::minutes(90) + instant, noon + Duration::minutes(90)),
    ] {
        let mut statement = store.read().await;
        let keys = statement.service_keys();
        assert!(keys.authenticate(digest(1), at).await.unwrap().is_some());
        assert_eq!(keys.authenticate(digest(3), at).await.unwrap(), None);
        let used = ServiceKey { last_used_at: Some(noted), ..key.clone() };
        assert_eq!(store.service_keys().await, [used, other.clone()], "{at}");
    }
}

pub(super) async fn a_key_is_deleted_once(store: Store) {
    let key = store.service_key(1, None).await.id;
    let other = store.service_key(2, None).await;
    let mut statement = store.read().await;
    let keys = statement.service_keys();
    assert!(keys.delete(key).await.unwrap());
    assert!(!keys.delete(key).await.unwrap());
    assert!(!keys.delete(ServiceKeyId::NOWHERE).await.unwrap());
    assert_eq!(keys.authenticate(digest(1), now()).await.unwrap(), None);
    for gone in [key, ServiceKeyId::NOWHERE, ServiceKeyId::new(i32::MAX)] {
        assert_eq!(keys.find(gone).await.unwrap(), None);
    }
    assert_eq!(store.service_keys().await, [other]);
}
