//! Bodies and filters of §5.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::Input;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::password::Password;
use wiwebb_domain::services::role_assignment::{RoleAssignment, TenantChoice};
use wiwebb_domain::services::users::{UserDraft, UserUpdate};
use wiwebb_domain::text::{
    EmailAddress, LongText, PersonName, PhoneNumber, ShortText, TenantName, Username, WebUrl,
};
use wiwebb_domain::user::{Profile, ProfileUpdate, TenantSummary, UserFilter, UserView};

use super::super::auth::wire::new_password;
use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{self, Fields, Write, boolean, choice, date, key, text};
use crate::extract::list::Params;
use crate::openapi::values;
use crate::profile::{ClientProfile, Form, Wire};

/// The user object of contract §5.1; in `compat` with the whole tenant and an avatar that nobody has
/// (§15, rows 1 and 15).
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserWire {
    #[schema(example = 12)]
    id: i32,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(example = "Ada")]
    first_name: String,
    #[schema(example = "Hill")]
    last_name: String,
    #[schema(schema_with = values::Role::schema)]
    role: &'static str,
    #[schema(example = false)]
    is_staff: bool,
    #[schema(example = false)]
    is_superuser: bool,
    #[schema(value_type = Option<i32>, required = true, example = 7)]
    tenant: Form<Option<i32>, Option<TenantDetail>>,
    #[schema(required = true, example = "Hill Net")]
    tenant_name: Option<String>,
    #[schema(required = true)]
    tenant_detail: Option<TenantDetail>,
    is_active: bool,
    #[schema(example = "+44 20 7946 0000")]
    phone_number: String,
    #[schema(example = "Climbs masts.")]
    bio: String,
    #[schema(example = "https://ada.example")]
    url: String,
    #[schema(example = "Hill Net")]
    company: String,
    #[schema(example = "Hillview")]
    location: String,
    #[schema(required = true, example = "1990-12-10")]
    birth_date: Option<NaiveDate>,
    date_joined: DateTime<Utc>,
    #[schema(required = true)]
    last_login: Option<DateTime<Utc>>,
    password_updated: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    avatar: Option<()>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TenantDetail)]
struct TenantDetail {
    #[schema(example = 7)]
    id: i32,
    #[schema(format = "uuid", example = "0b9fbb1e-6a3c-4a57-9a4e-2f1d3c5b7a90")]
    uuid: String,
    #[schema(example = "Hill Net")]
    name: String,
    #[schema(example = "hill-net")]
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

impl Wire<UserView> for UserWire {
    fn of(view: &UserView, profile: ClientProfile) -> Self {
        let user = &view.user;
        let tenant = view.tenant.as_ref();
        let detail = || tenant.map(TenantDetail::from);
        Self {
            id: user.id.get(),
            username: user.username.to_string(),
            email: user.email.to_string(),
            first_name: or_empty(user.first_name.as_ref()),
            last_name: or_empty(user.last_name.as_ref()),
            role: user.role.as_str(),
            is_staff: user.role.is_staff(),
            is_superuser: user.role.is_superuser(),
            tenant: profile.form(|| user.tenant_id.map(TenantId::get), detail),
            tenant_name: tenant.map(|tenant| &tenant.name).map(TenantName::to_string),
            tenant_detail: detail(),
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
            avatar: profile.only_compat(()),
        }
    }
}

/// What is known of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
struct ProfileFields {
    #[schema(max_length = 150, example = "Ada")]
    first_name: Option<String>,
    #[schema(max_length = 150, example = "Hill")]
    last_name: Option<String>,
    #[schema(max_length = 20, example = "+44 20 7946 0000")]
    phone_number: Option<String>,
    #[schema(example = "Climbs masts.")]
    bio: Option<String>,
    #[schema(max_length = 200, example = "https://ada.example")]
    url: Option<String>,
    #[schema(max_length = 100, example = "Hill Net")]
    company: Option<String>,
    #[schema(max_length = 100, example = "Hillview")]
    location: Option<String>,
    #[schema(example = "1990-12-10")]
    birth_date: Option<NaiveDate>,
}

/// What somebody is created with.
#[derive(ToSchema)]
#[schema(as = NewUserBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct NewUserBody {
    #[schema(min_length = 1, max_length = 150, pattern = "^[\\w.@+-]+$", example = "ada")]
    username: String,
    #[schema(max_length = 254, format = Email, example = "ada@example.org")]
    email: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "three-green-Hills-7")]
    password: String,
    #[schema(schema_with = values::Role::schema)]
    role: String,
    /// Needed for owners and subscribers; an owner's own one goes without saying.
    #[schema(example = 7)]
    tenant: Option<i32>,
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[serde(flatten)]
    profile: ProfileFields,
}

/// What is changed of somebody.
#[derive(ToSchema)]
#[schema(as = UserBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct UserBody {
    #[schema(max_length = 254, format = Email, example = "ada@example.org")]
    email: String,
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[serde(flatten)]
    profile: ProfileFields,
}

/// What is changed of oneself.
#[derive(ToSchema)]
#[schema(as = ProfileBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct ProfileBody {
    #[schema(max_length = 254, format = Email, example = "ada@example.org")]
    email: String,
    #[serde(flatten)]
    profile: ProfileFields,
}

/// Another role, and perhaps another tenant.
#[derive(ToSchema)]
#[schema(as = RoleBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct RoleBody {
    #[schema(schema_with = values::Role::schema)]
    role: String,
    #[schema(example = 7)]
    tenant: Option<i32>,
}

/// Another password.
#[derive(ToSchema)]
#[schema(as = PasswordBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct PasswordBody {
    #[schema(min_length = 8, max_length = 128, format = Password, example = "four-blue-Lakes-8")]
    password: String,
}

/// Whether somebody may sign in.
#[derive(ToSchema)]
#[schema(as = ActivityBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct ActivityBody {
    #[schema(example = false)]
    is_active: bool,
}

/// A role that was given.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleAssigned)]
pub(crate) struct RoleAssignedWire {
    #[schema(example = "Role updated successfully")]
    message: &'static str,
    user: UserWire,
}

/// An activity that was switched.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityChanged)]
pub(crate) struct ActivityChangedWire {
    #[schema(example = "User deactivated successfully")]
    message: &'static str,
    user: ActiveUserWire,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ActiveUser)]
struct ActiveUserWire {
    #[schema(example = 12)]
    id: i32,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = false)]
    is_active: bool,
}

/// That something was done.
#[derive(ToSchema)]
#[schema(as = Message)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct MessageWire {
    #[schema(example = "Password updated successfully")]
    message: String,
}

pub(crate) fn filter(params: &mut Params) -> UserFilter {
    UserFilter {
        role: params.choice("role", Role::parse),
        tenant: params.id("tenant"),
        is_active: params.boolean("is_active"),
    }
}

pub(crate) fn draft(body: JsonObject) -> Input<UserDraft> {
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

pub(crate) fn update(body: JsonObject, write: Write) -> Input<UserUpdate> {
    let mut fields = body.fields()?;
    let profile = read_profile_update(&mut fields, write);
    let is_active = fields.optional("is_active", boolean);
    fields.finish(|| Some(UserUpdate { profile, is_active }))
}

pub(crate) fn role_assignment(body: JsonObject) -> Input<RoleAssignment> {
    let fields = body.fields()?;
    let role = fields.raw("role").and_then(Value::as_str).and_then(Role::parse);
    let tenant = match fields.raw("tenant") {
        None => TenantChoice::Keep,
        Some(Value::Null) => TenantChoice::Clear,
        Some(value) => key(value).map_or_else(TenantChoice::Unreadable, TenantChoice::Move),
    };
    Ok(RoleAssignment { role, tenant })
}

pub(crate) fn password(body: JsonObject) -> Input<Password> {
    let mut fields = body.fields()?;
    let password = fields.required("password", fields::password);
    fields.finish(|| password)
}

pub(crate) fn activity(body: JsonObject) -> Input<bool> {
    let mut fields = body.fields()?;
    let is_active = fields.required("is_active", boolean);
    fields.finish(|| is_active)
}

/// The answer of contract §5.4, or the user alone (§15, row 8).
pub(crate) fn role_assigned(
    view: &UserView,
    profile: ClientProfile,
) -> Form<RoleAssignedWire, UserWire> {
    let user = || UserWire::of(view, profile);
    let told = || RoleAssignedWire { message: "Role updated successfully", user: user() };
    profile.form(told, user)
}

/// The answer of contract §5.6, or the user alone (§15, row 8).
pub(crate) fn activity_changed(
    view: &UserView,
    profile: ClientProfile,
) -> Form<ActivityChangedWire, UserWire> {
    let user = &view.user;
    let told = || ActivityChangedWire {
        message: if user.is_active {
            "User activated successfully"
        } else {
            "User deactivated successfully"
        },
        user: ActiveUserWire {
            id: user.id.get(),
            username: user.username.to_string(),
            is_active: user.is_active,
        },
    };
    profile.form(told, || UserWire::of(view, profile))
}
