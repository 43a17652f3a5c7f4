//! Tenants: the operator's customers (seed, "Tenant Table").

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::TenantId;
use crate::page::{Listed, Order, SortKey, SortValue, ascending};
use crate::text::{EmailAddress, LongText, Slug, TenantName, WebUrl};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Internal identity.
    pub id: TenantId,
    /// Unique.
    pub name: TenantName,
    /// Unique; the name in addresses.
    pub slug: Slug,
    /// External identity, a random UUID (RFC 9562 version 4).
    pub uuid: Uuid,
    /// Contact address.
    pub email: Option<EmailAddress>,
    /// Web site.
    pub url: Option<WebUrl>,
    /// Prose.
    pub description: Option<LongText>,
    /// Marks and filters; blocks nobody (contract §4.1).
    pub is_active: bool,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

impl Tenant {
    /// Applies a change at an instant.
    pub fn apply(&mut self, update: TenantUpdate, now: DateTime<Utc>) {
        let TenantUpdate { name, slug, email, url, description, is_active } = update;
        replace(&mut self.name, name);
        replace(&mut self.slug, slug);
        replace(&mut self.email, email);
        replace(&mut self.url, url);
        replace(&mut self.description, description);
        replace(&mut self.is_active, is_active);
        self.updated_at = now;
    }
}

/// Puts a value in place where one was sent.
pub(crate) fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What a tenant is founded with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    /// Unique.
    pub name: TenantName,
    /// Unique.
    pub slug: Slug,
    /// Contact address.
    pub email: Option<EmailAddress>,
    /// Web site.
    pub url: Option<WebUrl>,
    /// Prose.
    pub description: Option<LongText>,
    /// `true` unless said otherwise.
    pub is_active: bool,
}

/// Changes to a tenant; `None` keeps what is there, an inner `None` stores NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantUpdate {
    /// New name.
    pub name: Option<TenantName>,
    /// New slug.
    pub slug: Option<Slug>,
    /// New contact address.
    pub email: Option<Option<EmailAddress>>,
    /// New web site.
    pub url: Option<Option<WebUrl>>,
    /// New prose.
    pub description: Option<Option<LongText>>,
    /// New mark.
    pub is_active: Option<bool>,
}

/// A tenant with what lists show beside its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantView {
    /// The row.
    pub tenant: Tenant,
    /// All its users, inactive ones too (contract §4.1).
    pub user_count: u64,
}

/// The three names of one tenant (contract §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRef {
    /// Internal identity.
    Id(TenantId),
    /// External identity.
    Uuid(Uuid),
    /// Name in addresses.
    Slug(Slug),
}

impl TenantRef {
    /// Reads a path segment: digits are an id, else a UUID, else a slug. `None` names no tenant.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return TenantId::parse(text).map(Self::Id);
        }
        // Without its hyphens a UUID is a slug like any other.
        if text.len() == UUID_TEXT
            && let Ok(uuid) = Uuid::try_parse(text)
        {
            return Some(Self::Uuid(uuid));
        }
        Slug::new(text).ok().filter(|slug| slug.as_str() == text).map(Self::Slug)
    }
}

/// Characters of a UUID with hyphens (RFC 9562 §4).
const UUID_TEXT: usize = 36;

impl Slug {
    /// Greatest number of characters that a slug takes from a name (contract §15); what
    /// [`Self::MAX`] leaves is for a number.
    pub const FROM_NAME: usize = 150;

    /// The slugs that stand for a name, the one to try first before the others (contract §15): the
    /// name lower-cased, each run of characters other than letters, digits and `_` of ASCII as one
    /// `-`, none at the ends, cut to [`Self::FROM_NAME`]; then the same with `-2`, `-3`, …
    ///
    /// A name without any such character is `tenant`. What a path would not read as a slug - `me`, an
    /// id, a UUID - is never among them.
    pub fn derived_from(name: &TenantName) -> impl Iterator<Item = Self> + use<> {
        let stem = stem(name);
        let numbered = {
            let stem = stem.clone();
            (2..=u32::MAX).map(move |number| format!("{stem}-{number}"))
        };
        std::iter::once(stem).chain(numbered).filter_map(|text| match TenantRef::parse(&text) {
            Some(TenantRef::Slug(slug)) => Some(slug),
            _ => None,
        })
    }
}

/// What a slug takes from a name.
fn stem(name: &TenantName) -> String {
    let lower = name.as_str().to_lowercase();
    let is_kept = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words: Vec<&str> = lower.split(|c| !is_kept(c)).filter(|word| !word.is_empty()).collect();
    let stem: String = words.join("-").chars().take(Slug::FROM_NAME).collect();
    match stem.trim_end_matches('-') {
        "" => "tenant".to_owned(),
        stem => stem.to_owned(),
    }
}

/// Exact matches of the tenant list (contract §4.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantFilter {
    /// By mark.
    pub is_active: Option<bool>,
    /// By slug.
    pub slug: Option<String>,
    /// By external identity.
    pub uuid: Option<Uuid>,
}

/// Orderings of the tenant list (contract §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantSort {
    /// By `name`.
    Name,
    /// By `slug`.
    Slug,
    /// By `created_at`.
    CreatedAt,
    /// By `updated_at`.
    UpdatedAt,
    /// By `is_active`.
    IsActive,
    /// By `id`.
    Id,
}

impl SortKey for TenantSort {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("name", Self::Name),
        ("slug", Self::Slug),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("is_active", Self::IsActive),
        ("id", Self::Id),
    ];
    const DEFAULT: &'static [Order<Self>] = &[ascending(Self::Name)];
}

impl Listed for TenantView {
    type Key = TenantSort;

    fn row_id(&self) -> i32 {
        self.tenant.id.get()
    }

    fn sort_value(&self, key: TenantSort) -> SortValue {
        match key {
            TenantSort::Name => self.tenant.name.as_str().into(),
            TenantSort::Slug => self.tenant.slug.as_str().into(),
            TenantSort::CreatedAt => self.tenant.created_at.into(),
            TenantSort::UpdatedAt => self.tenant.updated_at.into(),
            TenantSort::IsActive => self.tenant.is_active.into(),
            TenantSort::Id => self.tenant.id.get().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_segment_is_an_id_a_uuid_or_a_slug() {
        assert_eq!(TenantRef::parse("12"), Some(TenantRef::Id(TenantId::new(12))));
        assert!(matches!(
            TenantRef::parse("0195e9a0-5d2c-4f1e-8b52-7f1f3c9d2a11"),
            Some(TenantRef::Uuid(_))
        ));
        assert!(matches!(TenantRef::parse("acme-corp"), Some(TenantRef::Slug(_))));
        for text in ["0", "99999999999", "-", " acme", "a b", "me", "1.5"] {
            assert!(
                !matches!(TenantRef::parse(text), Some(TenantRef::Id(_) | TenantRef::Uuid(_))),
                "{text:?}"
            );
        }
    }
}
