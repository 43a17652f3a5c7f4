//! Bodies and filters of §5.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::error::Input;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::password::Password;
use wiwebb_domain::services::role_assignment::{RoleAssignment, TenantChoice};
use wiwebb_domain::services::users::{UserDraft, UserUpdate};
use wiwebb_domain::text::{
    EmailAddress, LongText, PersonName, PhoneNumber, ShortText, TenantName, Username, WebUrl,
};
use wiwebb_domain::user::{Profile, ProfileUpdate, TenantSummary, User, UserFilter, UserView};

use super::super::auth::wire::new_password;
use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{self, Fields, Write, boolean, choice, date, key, text};
use crate::extract::list::Params;

/// The user object of contract §5.1.
#[derive(Serialize)]
pub(crate) struct UserWire {
    id: i32,
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    role: &'static str,
    is_staff: bool,
    is_superuser: bool,
    tenant: Option<i32>,
    tenant_name: Option<String>,
    tenant_detail: Option<TenantDetail>,
    is_active: bool,
    phone_number: String,
    bio: String,
    url: String,
    company: String,
    location: String,
    birth_date: Option<NaiveDate>,
    date_joined: DateTime<Utc>,
    last_login: Option<DateTime<Utc>>,
    password_updated: DateTime<Utc>,
}

#[derive(Serialize)]
struct TenantDetail {
    id: i32,
    uuid: String,
    name: String,
    slug: String,
}

impl From<&TenantSummary> for TenantDetail {
    fn from(tenant: &TenantSummary) -> Self {
        Self {
            id: tenant.id.get(),
            uuid: tenant.uuid.to_string(),
            name: tenant.name.to_string(),
            slug: tenant.slug.to_string(),
        }
    }
}

impl From<&UserView> for UserWire {
    fn from(view: &UserView) -> Self {
        let user = &view.user;
        let tenant = view.tenant.as_ref();
        Self {
            id: user.id.get(),
            username: user.username.to_string(),
            email: user.email.to_string(),
            first_name: or_empty(user.first_name.as_ref()),
            last_name: or_empty(user.last_name.as_ref()),
            role: user.role.as_str(),
            is_staff: user.role.is_staff(),
            is_superuser: user.role.is_superuser(),
            tenant: user.tenant_id.map(TenantId::get),
            tenant_name: tenant.map(|tenant| &tenant.name).map(TenantName::to_string),
            tenant_detail: tenant.map(TenantDetail::from),
            is_active: user.is_active,
            phone_number: or_empty(user.phone_number.as_ref()),
            bio: or_empty(user.bio.as_ref()),
            url: or_empty(user.url.as_ref()),
            company: or_empty(user.company.as_ref()),
            location: or_empty(user.location.as_ref()),
            birth_date: user.birth_date,
            date_joined: user.date_joined,
            last_login: user.last_login,
            password_updated: user.password_updated,
        }
    }
}

pub(super) fn filter(params: &mut Params) -> UserFilter {
    UserFilter {
        role: params.choice("role", Role::parse),
        tenant: params.id("tenant"),
        is_active: params.boolean("is_active"),
    }
}

pub(super) fn draft(body: JsonObject) -> Input<UserDraft> {
    let mut fields = body.fields()?;
    let username = fields.required("username", text(Username::new));
    let password = new_password(&mut fields, "password");
    let role = fields.required("role", choice(Role::parse));
    let tenant = fields.nullable("tenant", |value| key(value).map(Some));
    let is_active = fields.optional("is_active", boolean);
    let update = read_profile_update(&mut fields, Write::Whole);
    fields.finish(|| {
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
        } = update;
        Some(UserDraft {
            username: username?,
            email: email?,
            password: password?,
            role: role?,
            tenant: tenant.flatten(),
            profile: Profile {
                first_name: first_name.flatten(),
                last_name: last_name.flatten(),
                phone_number: phone_number.flatten(),
                bio: bio.flatten(),
                url: url.flatten(),
                company: company.flatten(),
                location: location.flatten(),
                birth_date: birth_date.flatten(),
            },
            is_active: is_active.unwrap_or(true),
        })
    })
}

/// The profile fields that users and their managers write (contract §3.4, §5.2).
pub(in crate::v1) fn read_profile_update(fields: &mut Fields, write: Write) -> ProfileUpdate {
    ProfileUpdate {
        email: fields.needed(write, "email", text(EmailAddress::new)),
        first_name: fields.nullable("first_name", text(PersonName::optional)),
        last_name: fields.nullable("last_name", text(PersonName::optional)),
        phone_number: fields.nullable("phone_number", text(PhoneNumber::optional)),
        bio: fields.nullable("bio", text(LongText::optional)),
        url: fields.nullable("url", text(WebUrl::optional)),
        company: fields.nullable("company", text(ShortText::optional)),
        location: fields.nullable("location", text(ShortText::optional)),
        birth_date: fields.nullable("birth_date", date),
    }
}

pub(super) fn update(body: JsonObject, write: Write) -> Input<UserUpdate> {
    let mut fields = body.fields()?;
    let profile = read_profile_update(&mut fields, write);
    let is_active = fields.optional("is_active", boolean);
    fields.finish(|| Some(UserUpdate { profile, is_active }))
}

pub(super) fn role_assignment(body: JsonObject) -> Input<RoleAssignment> {
    let fields = body.fields()?;
    let role = fields.raw("role").and_then(Value::as_str).and_then(Role::parse);
    let tenant = match fields.raw("tenant") {
        None => TenantChoice::Keep,
        Some(Value::Null) => TenantChoice::Clear,
        Some(value) => key(value).map_or_else(TenantChoice::Unreadable, TenantChoice::Move),
    };
    Ok(RoleAssignment { role, tenant })
}

pub(super) fn password(body: JsonObject) -> Input<Password> {
    let mut fields = body.fields()?;
    let password = fields.required("password", fields::password);
    fields.finish(|| password)
}

pub(super) fn activity(body: JsonObject) -> Input<bool> {
    let mut fields = body.fields()?;
    let is_active = fields.required("is_active", boolean);
    fields.finish(|| is_active)
}

pub(super) fn activity_changed(user: &User) -> Value {
    let done = if user.is_active { "activated" } else { "deactivated" };
    json!({
        "message": format!("User {done} successfully"),
        "user": {
            "id": user.id.get(),
            "username": user.username.as_str(),
            "is_active": user.is_active,
        },
    })
}
