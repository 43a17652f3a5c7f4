//! Where the keys of network equipment are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::ids::ServiceKeyId;
use crate::page::ListRequest;
use crate::service_key::{Equipment, NewServiceKey, ServiceKey, ServiceKeySort};
use crate::token::TokenDigest;

/// Service keys. They belong to the system, so no lookup is scoped.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait ServiceKeyRepository: Send {
    /// Stores a key. Errors: `MissingReference`.
    async fn insert(&mut self, key: NewServiceKey, now: DateTime<Utc>) -> Stored<ServiceKey>;

    /// Finds a key.
    async fn find(&mut self, id: ServiceKeyId) -> Stored<Option<ServiceKey>>;

    /// A page of keys. There is neither filter nor search.
    async fn list(&mut self, request: ListRequest<(), ServiceKeySort>) -> Listing<ServiceKey>;

    /// Deletes a key; `false` where there is none.
    async fn delete(&mut self, id: ServiceKeyId) -> Stored<bool>;

    /// What a key stands for, in one statement, which also notes its use, to the minute; `None` for an
    /// unknown one.
    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Equipment>>;
}
