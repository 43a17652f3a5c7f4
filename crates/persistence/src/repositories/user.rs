//! Users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::{Lookup, Role, Scope};
use wiwebb_domain::error::UniqueKey;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::ports::user::UserRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::text::{EmailAddress, Username};
use wiwebb_domain::user::{NewUser, User, UserFilter, UserSort, UserView};

use super::{scoped, text};
use crate::conditions::{Conditions, is_storable};
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::user::{SELECTION, UserRow, user_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for UserView {
    type Row = UserRow;
    const TABLE: &'static str = "api_user";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("person.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&[
        "person.username",
        "person.email",
        "person.first_name",
        "person.last_name",
    ]);

    fn column(key: UserSort) -> Column {
        let text = |expression| Column::new(expression, Kind::Text);
        match key {
            UserSort::Username => text("person.username"),
            UserSort::Email => text("person.email"),
            // Empty names of a schema that Django filled read as none, and are ordered so.
            UserSort::FirstName => text("NULLIF(person.first_name, '')").nullable(),
            UserSort::LastName => text("NULLIF(person.last_name, '')").nullable(),
            UserSort::Role => text("person.role"),
            UserSort::DateJoined => Column::new("person.date_joined", Kind::Time),
            UserSort::LastLogin => Column::new("person.last_login", Kind::Time).nullable(),
            UserSort::IsActive => Column::new("person.is_active", Kind::Bool),
            UserSort::Id => Self::ID,
        }
    }
}

fn covered(row: Option<UserRow>, scope: Scope) -> Stored<Lookup<UserView>> {
    scoped(row, scope, |row| (Some(row.id), row.tenant_id))
}

#[async_trait]
impl UserRepository for PgUnitOfWork {
    async fn insert(&mut self, user: NewUser) -> Stored<UserView> {
        let NewUser { profile, .. } = &user;
        let row = user_row!(
            "WITH inserted AS (
                INSERT INTO api_user
                    (username, email, password, role, tenant_id, first_name, last_name,
                     phone_number, bio, url, company, location, birth_date, is_active, date_joined,
                     password_updated)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
                RETURNING *
            )",
            "inserted",
            "",
            user.username.as_str(),
            user.email.as_str(),
            user.password.as_str(),
            user.role.as_str(),
            user.tenant_id.map(TenantId::get),
            text(profile.first_name.as_ref()),
            text(profile.last_name.as_ref()),
            text(profile.phone_number.as_ref()),
            text(profile.bio.as_ref()),
            text(profile.url.as_ref()),
            text(profile.company.as_ref()),
            text(profile.location.as_ref()),
            profile.birth_date,
            user.is_active,
            user.date_joined,
        )
        .fetch_one(self.connection().await?)
        .await;
        UserView::try_from(self.settle(row)?)
    }

    async fn find(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>> {
        let row = user_row!("", "api_user", "WHERE person.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        covered(self.settle(row)?, scope)
    }

    async fn lock(&mut self, scope: Scope, id: UserId) -> Stored<Lookup<UserView>> {
        let row =
            user_row!("", "(SELECT * FROM api_user WHERE id = $1 FOR NO KEY UPDATE)", "", id.get())
                .fetch_optional(self.connection().await?)
                .await;
        covered(self.settle(row)?, scope)
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<UserFilter, UserSort>,
    ) -> Listing<UserView> {
        let filter = &request.filter;
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let filtered = filter.tenant.and_then(|id| i32::try_from(id).ok());
        let tenant = scope.tenant().or(filtered.map(TenantId::new));
        let conditions = Conditions::default()
            .of_members("person.tenant_id = ?", tenant)
            .with("person.id = ?", oneself)
            .word("person.role", filter.role.map(Role::as_str))
            .with("person.tenant_id = ?", filter.tenant.map(SortValue::Int))
            .flag("person.is_active", filter.is_active);
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, user: &User) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE api_user
             SET username = $2, email = $3, password = $4, role = $5, tenant_id = $6,
                 first_name = $7, last_name = $8, phone_number = $9, bio = $10, url = $11,
                 company = $12, location = $13, birth_date = $14, is_active = $15,
                 last_login = $16, password_updated = $17
             WHERE id = $1",
            user.id.get(),
            user.username.as_str(),
            user.email.as_str(),
            user.password.as_str(),
            user.role.as_str(),
            user.tenant_id.map(TenantId::get),
            text(user.first_name.as_ref()),
            text(user.last_name.as_ref()),
            text(user.phone_number.as_ref()),
            text(user.bio.as_ref()),
            text(user.url.as_ref()),
            text(user.company.as_ref()),
            text(user.location.as_ref()),
            user.birth_date,
            user.is_active,
            user.last_login,
            user.password_updated,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn record_login(
        &mut self,
        id: UserId,
        at: DateTime<Utc>,
        rehashed: Option<PasswordHash>,
    ) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE api_user SET last_login = $2, password = coalesce($3, password) WHERE id = $1",
            id.get(),
            at,
            rehashed.as_ref().map(PasswordHash::as_str),
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, id: UserId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM api_user WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }

    async fn find_by_login(&mut self, login: &str) -> Stored<Option<User>> {
        if !is_storable(login) {
            return Ok(None);
        }
        let row = user_row!(
            "",
            "api_user",
            "WHERE person.id = (
                SELECT id FROM (
                    SELECT id, 1 AS choice FROM api_user WHERE username = $1
                    UNION ALL
                    SELECT id, 2 AS choice FROM api_user WHERE lower(email) = lower($1)
                ) AS found
                ORDER BY choice
                LIMIT 1
            )",
            login
        )
        .fetch_optional(self.connection().await?)
        .await;
        let view = self.settle(row)?.map(UserView::try_from).transpose()?;
        Ok(view.map(|view| view.user))
    }

    async fn taken(
        &mut self,
        username: Option<Username>,
        email: Option<EmailAddress>,
        except: Option<UserId>,
    ) -> Stored<Vec<UniqueKey>> {
        let found = sqlx::query!(
            r#"SELECT
                EXISTS (
                    SELECT FROM api_user WHERE username = $1 AND id IS DISTINCT FROM $3
                ) AS "username!",
                EXISTS (
                    SELECT FROM api_user
                    WHERE lower(email) = lower($2) AND id IS DISTINCT FROM $3
                ) AS "email!""#,
            text(username.as_ref()),
            text(email.as_ref()),
            except.map(UserId::get),
        )
        .fetch_one(self.connection().await?)
        .await;
        let found = self.settle(found)?;
        let keys = [(found.username, UniqueKey::Username), (found.email, UniqueKey::Email)];
        Ok(keys.into_iter().filter(|key| key.0).map(|key| key.1).collect())
    }
}
