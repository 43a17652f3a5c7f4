//! Bodies of §3.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wiwebb_domain::error::{Input, Violation};
use wiwebb_domain::password::{Likeness, NewPassword};
use wiwebb_domain::services::accounts::{
    Credentials, OwnKey, PasswordChange, Registration, ResetConfirmation, SignedIn,
};
use wiwebb_domain::text::{EmailAddress, PersonName, PhoneNumber, UserAgent, Username};
use wiwebb_domain::user::ProfileUpdate;

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Fields, Write, password, string, text};
use crate::openapi::values;
use crate::v1::users::wire::read_profile_update;

/// What somebody signs in with; `email` may stand in for `username`.
#[derive(ToSchema)]
#[schema(as = LoginBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct LoginBody {
    #[schema(min_length = 1, example = "ada")]
    username: String,
    #[schema(min_length = 1, format = Password, example = "three-green-Hills-7")]
    password: String,
}

/// What somebody registers with.
#[derive(ToSchema)]
#[schema(as = RegistrationBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct RegistrationBody {
    #[schema(min_length = 1, max_length = 150, pattern = "^[\\w.@+-]+$", example = "ada")]
    username: String,
    #[schema(max_length = 254, format = Email, example = "ada@example.org")]
    email: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "three-green-Hills-7")]
    password1: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "three-green-Hills-7")]
    password2: String,
    #[schema(max_length = 150, example = "Ada")]
    first_name: Option<String>,
    #[schema(max_length = 150, example = "Hill")]
    last_name: Option<String>,
    #[schema(max_length = 20, example = "+44 20 7946 0000")]
    phone_number: Option<String>,
}

/// One's password, and the next one twice.
#[derive(ToSchema)]
#[schema(as = PasswordChangeBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct PasswordChangeBody {
    #[schema(format = Password, example = "three-green-Hills-7")]
    old_password: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "four-blue-Lakes-8")]
    new_password1: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "four-blue-Lakes-8")]
    new_password2: String,
}

/// Where a reset link goes.
#[derive(ToSchema)]
#[schema(as = ResetBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct ResetBody {
    #[schema(max_length = 254, format = Email, example = "ada@example.org")]
    email: String,
}

/// The two parts of a reset link, and the next password twice.
#[derive(ToSchema)]
#[schema(as = ResetConfirmationBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct ResetConfirmationBody {
    #[schema(example = "12")]
    uid: String,
    #[schema(example = "0123456789abcdef0123456789abcdef01234567")]
    token: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "four-blue-Lakes-8")]
    new_password1: String,
    #[schema(min_length = 8, max_length = 128, format = Password, example = "four-blue-Lakes-8")]
    new_password2: String,
}

/// A fresh key.
#[derive(ToSchema)]
#[schema(as = SignedIn)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct SignedInWire {
    #[schema(pattern = "^[0-9a-f]{40}$", example = "0123456789abcdef0123456789abcdef01234567")]
    key: String,
    user: SignedInUserWire,
}

#[derive(ToSchema)]
#[schema(as = SignedInUser)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
struct SignedInUserWire {
    #[schema(example = 12)]
    id: i32,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(schema_with = values::Role::schema)]
    role: String,
}

/// A fresh account with its key.
#[derive(ToSchema)]
#[schema(as = Registered)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct RegisteredWire {
    #[schema(pattern = "^[0-9a-f]{40}$", example = "0123456789abcdef0123456789abcdef01234567")]
    key: String,
    user: RegisteredUserWire,
}

#[derive(ToSchema)]
#[schema(as = RegisteredUser)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
struct RegisteredUserWire {
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
}

pub(crate) fn credentials(body: JsonObject, user_agent: Option<UserAgent>) -> Input<Credentials> {
    let mut fields = body.fields()?;
    // `email` may stand in for `username` (contract §3.1).
    let name = if fields.raw("username").is_none() && fields.raw("email").is_some() {
        "email"
    } else {
        "username"
    };
    let login = fields.required(name, |value| match string(value)? {
        text if text.trim().is_empty() => Err(Violation::Blank),
        text => Ok(text),
    });
    let password = fields.required("password", password);
    fields.finish(|| Some(Credentials { login: login?, password: password?, user_agent }))
}

pub(super) fn signed_in(signed_in: &SignedIn) -> Value {
    let user = &signed_in.user;
    json!({
        "key": signed_in.key.reveal(),
        "user": {
            "id": user.id.get(),
            "username": user.username.as_str(),
            "email": user.email.as_str(),
            "role": user.role.as_str(),
        },
    })
}

pub(crate) fn registration(body: JsonObject, user_agent: Option<UserAgent>) -> Input<Registration> {
    let mut fields = body.fields()?;
    let username = fields.required("username", text(Username::new));
    let email = fields.required("email", text(EmailAddress::new));
    let first_name = fields.nullable("first_name", text(PersonName::optional));
    let last_name = fields.nullable("last_name", text(PersonName::optional));
    // One existing client says `phone` (contract §15, row 14).
    let phone = if fields.raw("phone_number").is_none() { "phone" } else { "phone_number" };
    let phone_number = fields.nullable(phone, text(PhoneNumber::optional));
    let password = new_password(&mut fields, "password1");
    let repeated = fields.required("password2", password_text);
    if let (Some(repeated), Some(first)) = (&repeated, fields.raw("password1"))
        && string(first).as_ref() != Ok(repeated)
    {
        fields.refuse("password2", Violation::PasswordsDiffer);
    }
    fields.finish(|| {
        Some(Registration {
            username: username?,
            email: email?,
            password: password?,
            first_name: first_name.flatten(),
            last_name: last_name.flatten(),
            phone_number: phone_number.flatten(),
            user_agent,
        })
    })
}

fn password_text(value: &Value) -> Result<String, Violation> {
    password(value).map(|password| password.as_str().to_owned())
}

/// A password judged against the other fields of the same body; all it breaks is noted.
pub(in crate::v1) fn new_password(fields: &mut Fields, name: &'static str) -> Option<NewPassword> {
    let sent = fields.required(name, password)?;
    let text = |name| fields.raw(name).and_then(|value| string(value).ok()).unwrap_or_default();
    let (username, email) = (text("username"), text("email"));
    let (first_name, last_name) = (text("first_name"), text("last_name"));
    let owner = Likeness {
        username: username.trim(),
        first_name: first_name.trim(),
        last_name: last_name.trim(),
        email: email.trim(),
    };
    match NewPassword::judged(sent, &owner) {
        Ok(judged) => Some(judged),
        Err(broken) => {
            for violation in broken {
                fields.refuse(name, violation);
            }
            None
        }
    }
}

pub(super) fn registered(registered: &SignedIn) -> Value {
    let user = &registered.user;
    json!({
        "key": registered.key.reveal(),
        "user": {
            "id": user.id.get(),
            "username": user.username.as_str(),
            "email": user.email.as_str(),
            "first_name": or_empty(user.first_name.as_ref()),
            "last_name": or_empty(user.last_name.as_ref()),
        },
    })
}

/// One of one's own keys, without its characters.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenWire {
    #[schema(example = 31)]
    id: i32,
    created_at: DateTime<Utc>,
    #[schema(required = true, example = json!(null))]
    expires_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    last_used_at: Option<DateTime<Utc>>,
    /// What the client called itself when the key was handed out.
    #[schema(example = "Hill Net app 3.1")]
    user_agent: String,
    /// Whether it is the key of this request.
    current: bool,
}

impl From<&OwnKey> for TokenWire {
    fn from(own: &OwnKey) -> Self {
        let OwnKey { key, is_current } = own;
        Self {
            id: key.id.get(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            user_agent: or_empty(key.user_agent.as_ref()),
            current: *is_current,
        }
    }
}

pub(crate) fn profile_update(body: JsonObject, write: Write) -> Input<ProfileUpdate> {
    let mut fields = body.fields()?;
    let update = read_profile_update(&mut fields, write);
    fields.finish(|| Some(update))
}

pub(crate) fn password_change(body: JsonObject) -> Input<PasswordChange> {
    let mut fields = body.fields()?;
    let old = fields.required("old_password", password);
    // One existing client sends the new password once (contract §15, row 10).
    let once = fields.raw("new_password1").is_none()
        && fields.raw("new_password2").is_none()
        && fields.raw("new_password").is_some();
    let names = if once { ["new_password"; 2] } else { ["new_password1", "new_password2"] };
    let new = fields.required(names[0], password);
    let repeated = if once { new.clone() } else { fields.required(names[1], password) };
    fields.finish(|| Some(PasswordChange { old: old?, new: new?, repeated: repeated? }))
}

pub(crate) fn reset_request(body: JsonObject) -> Input<EmailAddress> {
    let mut fields = body.fields()?;
    let email = fields.required("email", text(EmailAddress::new));
    fields.finish(|| email)
}

pub(crate) fn reset_confirmation(body: JsonObject) -> Input<ResetConfirmation> {
    let mut fields = body.fields()?;
    let uid = fields.required("uid", string);
    let token = fields.required("token", string);
    let new = fields.required("new_password1", password);
    let repeated = fields.required("new_password2", password);
    fields.finish(|| {
        Some(ResetConfirmation { uid: uid?, token: token?, new: new?, repeated: repeated? })
    })
}
