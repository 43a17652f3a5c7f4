//! Users: the people of the tenants and of the operator (seed, "User Table").

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::access::{Object, Role};
use crate::ids::{TenantId, UserId};
use crate::page::{Listed, Order, SortKey, SortValue, ascending};
use crate::password::{Likeness, PasswordHash};
use crate::tenant::replace;
use crate::text::{
    EmailAddress, LongText, PersonName, PhoneNumber, ShortText, Slug, TenantName, Username, WebUrl,
};

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Unique login name.
    pub username: Username,
    /// Unique without regard to case.
    pub email: EmailAddress,
    /// Salted slow hash, never the password.
    pub password: PasswordHash,
    /// Decides what the user may do.
    pub role: Role,
    /// The tenant the user belongs to.
    pub tenant_id: Option<TenantId>,
    /// Given name.
    pub first_name: Option<PersonName>,
    /// Family name.
    pub last_name: Option<PersonName>,
    /// Telephone.
    pub phone_number: Option<PhoneNumber>,
    /// Prose about oneself.
    pub bio: Option<LongText>,
    /// Web site.
    pub url: Option<WebUrl>,
    /// Employer.
    pub company: Option<ShortText>,
    /// Place.
    pub location: Option<ShortText>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// Set once.
    pub date_joined: DateTime<Utc>,
    /// Moves with every login.
    pub last_login: Option<DateTime<Utc>>,
    /// Moves with every change of the password.
    pub password_updated: DateTime<Utc>,
}

impl User {
    /// The data that the user's password must not resemble.
    pub fn likeness(&self) -> Likeness<'_> {
        Likeness {
            username: self.username.as_str(),
            first_name: self.first_name.as_ref().map_or("", PersonName::as_str),
            last_name: self.last_name.as_ref().map_or("", PersonName::as_str),
            email: self.email.as_str(),
        }
    }

    /// The user as the object of an access decision.
    pub const fn as_object(&self) -> Object {
        Object::User { id: self.id, role: self.role, tenant: self.tenant_id }
    }

    /// Applies a change of profile data.
    pub fn apply(&mut self, profile: ProfileUpdate) {
        let ProfileUpdate {
            email,
            first_name,
            last_name,
            phone_number,
            bio,
            url,
            company,
            location,
            birth_date,
        } = profile;
        replace(&mut self.email, email);
        replace(&mut self.first_name, first_name);
        replace(&mut self.last_name, last_name);
        replace(&mut self.phone_number, phone_number);
        replace(&mut self.bio, bio);
        replace(&mut self.url, url);
        replace(&mut self.company, company);
        replace(&mut self.location, location);
        replace(&mut self.birth_date, birth_date);
    }

    /// Takes out what tells who the person was, and lets nobody sign in any more. Answers whether
    /// anything has changed.
    pub fn forget(&mut self, now: DateTime<Utc>) -> bool {
        let before = self.clone();
        self.username = Username::of_forgotten(self.id);
        self.email = EmailAddress::of_forgotten(self.id);
        let Profile {
            first_name,
            last_name,
            phone_number,
            bio,
            url,
            company,
            location,
            birth_date,
        } = Profile::default();
        (self.first_name, self.last_name, self.phone_number) =
            (first_name, last_name, phone_number);
        (self.bio, self.url, self.company) = (bio, url, company);
        (self.location, self.birth_date) = (location, birth_date);
        self.is_active = false;
        if !self.password.is_unusable() {
            self.set_password(PasswordHash::unusable(), now);
        }
        *self != before
    }

    /// Puts another password in place at an instant.
    pub fn set_password(&mut self, hash: PasswordHash, now: DateTime<Utc>) {
        self.password = hash;
        self.password_updated = now;
    }
}

/// A user's tenant as far as user answers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSummary {
    /// Internal identity.
    pub id: TenantId,
    /// External identity.
    pub uuid: Uuid,
    /// Name.
    pub name: TenantName,
    /// Name in addresses.
    pub slug: Slug,
}

/// A user with what answers show beside the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The row.
    pub user: User,
    /// The tenant the user belongs to.
    pub tenant: Option<TenantSummary>,
}

/// The data a user can be created with or change, beside the login (contract §5.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Given name.
    pub first_name: Option<PersonName>,
    /// Family name.
    pub last_name: Option<PersonName>,
    /// Telephone.
    pub phone_number: Option<PhoneNumber>,
    /// Prose about oneself.
    pub bio: Option<LongText>,
    /// Web site.
    pub url: Option<WebUrl>,
    /// Employer.
    pub company: Option<ShortText>,
    /// Place.
    pub location: Option<ShortText>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
}

/// Changes of profile data; `None` keeps what is there, an inner `None` stores NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileUpdate {
    /// New address.
    pub email: Option<EmailAddress>,
    /// New given name.
    pub first_name: Option<Option<PersonName>>,
    /// New family name.
    pub last_name: Option<Option<PersonName>>,
    /// New telephone.
    pub phone_number: Option<Option<PhoneNumber>>,
    /// New prose.
    pub bio: Option<Option<LongText>>,
    /// New web site.
    pub url: Option<Option<WebUrl>>,
    /// New employer.
    pub company: Option<Option<ShortText>>,
    /// New place.
    pub location: Option<Option<ShortText>>,
    /// New date of birth.
    pub birth_date: Option<Option<NaiveDate>>,
}

/// A row to be stored; what the store adds is the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Unique login name.
    pub username: Username,
    /// Unique without regard to case.
    pub email: EmailAddress,
    /// Salted slow hash.
    pub password: PasswordHash,
    /// Role.
    pub role: Role,
    /// Tenant.
    pub tenant_id: Option<TenantId>,
    /// Everything else about the person.
    pub profile: Profile,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// When; also when the password was set.
    pub date_joined: DateTime<Utc>,
}

/// Exact matches of the user list (contract §5.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// By role.
    pub role: Option<Role>,
    /// By tenant; never widens the scope. An id no row can have matches nothing.
    pub tenant: Option<i64>,
    /// By activity.
    pub is_active: Option<bool>,
}

/// Orderings of the user list (contract §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    /// By `username`.
    Username,
    /// By `email`.
    Email,
    /// By `first_name`.
    FirstName,
    /// By `last_name`.
    LastName,
    /// By `role`.
    Role,
    /// By `date_joined`.
    DateJoined,
    /// By `last_login`.
    LastLogin,
    /// By `is_active`.
    IsActive,
    /// By `id`.
    Id,
}

impl SortKey for UserSort {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("username", Self::Username),
        ("email", Self::Email),
        ("first_name", Self::FirstName),
        ("last_name", Self::LastName),
        ("role", Self::Role),
        ("date_joined", Self::DateJoined),
        ("last_login", Self::LastLogin),
        ("is_active", Self::IsActive),
        ("id", Self::Id),
    ];
    const DEFAULT: &'static [Order<Self>] = &[ascending(Self::Username)];
}

impl Listed for UserView {
    type Key = UserSort;

    fn row_id(&self) -> i32 {
        self.user.id.get()
    }

    fn sort_value(&self, key: UserSort) -> SortValue {
        let user = &self.user;
        match key {
            UserSort::Username => user.username.as_str().into(),
            UserSort::Email => user.email.as_str().into(),
            UserSort::FirstName => user.first_name.as_ref().map(PersonName::as_str).into(),
            UserSort::LastName => user.last_name.as_ref().map(PersonName::as_str).into(),
            UserSort::Role => user.role.as_str().into(),
            UserSort::DateJoined => user.date_joined.into(),
            UserSort::LastLogin => user.last_login.into(),
            UserSort::IsActive => user.is_active.into(),
            UserSort::Id => user.id.get().into(),
        }
    }
}
