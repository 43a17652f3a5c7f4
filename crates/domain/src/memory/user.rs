//! Users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, is_id, lookup, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::access::{Lookup, Scope};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{TenantId, UserId};
use crate::page::ListRequest;
use crate::password::PasswordHash;
use crate::ports::user::UserRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::tenant::Tenant;
use crate::text::{EmailAddress, PersonName, Username};
use crate::user::{NewUser, TenantSummary, User, UserFilter, UserSort, UserView};

impl Row for User {
    const KIND: EntityKind = EntityKind::User;
    const REFERENCES: &'static [Reference<Self>] = &[Reference {
        column: "tenant_id",
        get: |user| user.tenant_id.map(TenantId::get),
        clear: None,
    }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.users
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.users
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        let key = if self.username == other.username {
            UniqueKey::Username
        } else if self.email.folded() == other.email.folded() {
            UniqueKey::Email
        } else {
            return None;
        };
        Some(RepositoryError::Taken(key))
    }

    fn keep(&mut self, stored: &Self) {
        self.date_joined = stored.date_joined;
    }
}

fn view(state: &State, user: &User) -> UserView {
    let tenant = user.tenant_id.and_then(|id| state.tenants.get(id.get()));
    UserView { user: user.clone(), tenant: tenant.map(summary) }
}

fn summary(tenant: &Tenant) -> TenantSummary {
    TenantSummary {
        id: tenant.id,
        uuid: tenant.uuid,
        name: tenant.name.clone(),
        slug: tenant.slug.clone(),
    }
}

fn covers(scope: Scope, user: &User) -> bool {
    scope.covers(Some(user.id), user.tenant_id)
}

fn matches(user: &User, request: &ListRequest<UserFilter, UserSort>) -> bool {
    let UserFilter { role, tenant, is_active } = &request.filter;
    let fields = [
        Some(user.username.as_str()),
        Some(user.email.as_str()),
        user.first_name.as_ref().map(PersonName::as_str),
        user.last_name.as_ref().map(PersonName::as_str),
    ];
    is(role.as_ref(), &user.role)
        && is_id(*tenant, user.tenant_id.map(TenantId::get))
        && is(is_active.as_ref(), &user.is_active)
        && finds(&request.search, &fields)
}

/// The active or inactive user with an address, without regard to case.
pub(super) fn with_email<'a>(state: &'a State, folded: &str) -> Option<&'a User> {
    state.users.iter().find(|user| user.email.folded() == folded)
}

fn stored(id: i32, user: NewUser) -> User {
    let profile = user.profile;
    User {
        id: UserId::new(id),
        username: user.username,
        email: user.email,
        password: user.password,
        role: user.role,
        tenant_id: user.tenant_id,
        first_name: profile.first_name,
        last_name: profile.last_name,
        phone_number: profile.phone_number,
        bio: profile.bio,
        url: profile.url,
        company: profile.company,
        location: profile.location,
        birth_date: profile.birth_date,
        is_active: user.is_active,
        date_joined: user.date_joined,
        last_login: None,
        password_updated: user.date_joined,
    }
}

#[async_trait]
impl UserRepository for Session {
    async fn insert(&mut self, user: NewUser) -> Stored<UserView> {
        self.write(|state| {
            let user = state.insert(|id| stored(id, user))?;
            Ok(view(state, &user))
        })
        .await
    }

    async fn find(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>> {
        self.read(|state| {
            let row = state.users.get(id.get());
            lookup(row, |row| covers(scope, row)).map(|row| view(state, row))
        })
    }

    async fn lock(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>> {
        UserRepository::find(self, scope, id).await
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<UserFilter, UserSort>,
    ) -> Listing<UserView> {
        self.read(|state| {
            let rows = state
                .users
                .iter()
                .filter(|row| covers(scope, row) && matches(row, &request))
                .map(|row| view(state, row));
            page(rows.collect(), &request)
        })
    }

    async fn update(&mut self, user: &User) -> Stored<()> {
        self.write(|state| state.update(user.clone())).await
    }

    async fn record_login(
        &mut self,
        id: UserId,
        at: DateTime<Utc>,
        rehashed: Option<PasswordHash>,
    ) -> Stored<()> {
        self.write(|state| {
            let Some(mut user) = state.users.get(id.get()).cloned() else {
                return Ok(());
            };
            user.last_login = Some(at);
            user.password = rehashed.unwrap_or(user.password);
            state.update(user)
        })
        .await
    }

    async fn delete(&mut self, id: UserId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::User, id.get())).await
    }

    async fn find_by_login(&mut self, login: &str) -> Stored<Option<User>> {
        self.read(|state| {
            let mut users = state.users.iter();
            let named = users.find(|user| user.username.as_str() == login);
            named.or_else(|| with_email(state, &login.to_lowercase())).cloned()
        })
    }

    async fn taken(
        &mut self,
        username: Option<Username>,
        email: Option<EmailAddress>,
        except: Option<UserId>,
    ) -> Stored<Vec<UniqueKey>> {
        self.read(|state| {
            let others = || state.users.iter().filter(|row| Some(row.id) != except);
            let named = username.is_some_and(|name| others().any(|row| row.username == name));
            let reached = email
                .map(|email| email.folded())
                .is_some_and(|email| others().any(|row| row.email.folded() == email));
            let username = named.then_some(UniqueKey::Username);
            let email = reached.then_some(UniqueKey::Email);
            username.into_iter().chain(email).collect()
        })
    }
}
