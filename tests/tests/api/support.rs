//! People and comparisons that several modules use.

use std::collections::BTreeMap;
use std::ops::Index;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::mailer::Mail;
use wiwebb_tests::{Answer, Client, PASSWORD, TestApp};

/// The common body of `403`.
pub(crate) const FORBIDDEN: &str = "You do not have permission to perform this action.";

/// Somebody with a key.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) api: Client,
}

impl Person {
    /// Whoever holds the client's key.
    pub(crate) async fn holding(api: Client) -> Self {
        let id = own(&api).await["id"].as_i64().unwrap();
        Self { id, api }
    }

    /// The path of the person's user object, or of what follows it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/users/{}/{rest}", self.id)
    }
}

/// A server with two tenants and somebody of every kind that contract §2 tells apart.
pub(crate) struct Cast {
    pub(crate) app: TestApp,
    pub(crate) acme: i64,
    pub(crate) globex: i64,
    people: BTreeMap<&'static str, Person>,
}

impl Cast {
    /// `root` and `boss` are superadmins; `admin` and `second` admins, `attached` an admin and
    /// `chief` a superadmin that carry the tenant acme; `owner`, `partner` and `member` belong to
    /// acme, `rival` and `stranger` to globex; `drifter` is an owner without tenant, `loner` a
    /// self-registered subscriber.
    pub(crate) async fn assemble() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let (acme, globex) = (app.tenant(&root, "acme").await, app.tenant(&root, "globex").await);
        let people = [
            ("boss", Role::Superadmin, None),
            ("chief", Role::Superadmin, Some(acme)),
            ("admin", Role::Admin, None),
            ("second", Role::Admin, None),
            ("attached", Role::Admin, Some(acme)),
            ("owner", Role::TenantOwner, Some(acme)),
            ("partner", Role::TenantOwner, Some(acme)),
            ("member", Role::Subscriber, Some(acme)),
            ("rival", Role::TenantOwner, Some(globex)),
            ("stranger", Role::Subscriber, Some(globex)),
            ("drifter", Role::TenantOwner, None),
            ("loner", Role::Subscriber, None),
        ];
        let mut cast = BTreeMap::new();
        for (number, (name, role, tenant)) in people.into_iter().enumerate() {
            let key = format!("{number:040x}");
            let id = hire(&app, name, role, tenant, &key).await;
            cast.insert(name, Person { id, api: root.with_key(&key) });
        }
        cast.insert("root", Person::holding(root).await);
        Self { app, acme, globex, people: cast }
    }

    /// Everybody by name.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = (&'static str, &Person)> {
        self.people.iter().map(|(name, person)| (*name, person))
    }

    /// Whom a caller manages (contract §2), oneself included where the rule covers oneself.
    pub(crate) fn managed_by(&self, caller: &str) -> Vec<&'static str> {
        let superadmins = ["root", "boss", "chief"];
        self.people
            .keys()
            .copied()
            .filter(|target| match caller {
                "root" | "boss" | "chief" => true,
                "admin" | "second" | "attached" => !superadmins.contains(target),
                "owner" | "partner" => ["owner", "partner", "member"].contains(target),
                "rival" => ["rival", "stranger"].contains(target),
                _ => false,
            })
            .collect()
    }
}

impl Index<&str> for Cast {
    type Output = Person;

    fn index(&self, name: &str) -> &Person {
        &self.people[name]
    }
}

/// Puts somebody with a key and the password of `root` behind the server's back: a password is
/// slow to hash, and not every one of these can come to be through the API.
async fn hire(app: &TestApp, name: &str, role: Role, tenant: Option<i64>, key: &str) -> i64 {
    let id: i32 = sqlx::query_scalar(
        "WITH hired AS ( \
             INSERT INTO api_user \
                 (username, email, password, role, tenant_id, date_joined, password_updated) \
             SELECT $1, $1 || '@example.org', password, $2, $3, date_joined, password_updated \
             FROM api_user WHERE username = 'root' RETURNING id) \
         INSERT INTO api_accesstoken (user_id, key_hash) \
         SELECT id, sha256(convert_to($4, 'UTF8')) FROM hired RETURNING user_id",
    )
    .bind(name)
    .bind(role.as_str())
    .bind(tenant.map(|id| i32::try_from(id).unwrap()))
    .bind(key)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    id.into()
}

/// A complete registration of somebody whose password is [`PASSWORD`].
pub(crate) fn registration(name: &str) -> Value {
    json!({
        "username": name,
        "email": format!("{name}@example.org"),
        "password1": PASSWORD,
        "password2": PASSWORD,
    })
}

/// An object with some fields put in place of its own.
pub(crate) fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("{changes} is no object") };
    fields(&mut object).extend(changes);
    object
}

/// An object without a field.
pub(crate) fn without(mut object: Value, field: &str) -> Value {
    assert!(fields(&mut object).remove(field).is_some(), "{field} was not there");
    object
}

fn fields(object: &mut Value) -> &mut Map<String, Value> {
    object.as_object_mut().unwrap()
}

/// `{"detail": message}`
pub(crate) fn detail(message: &str) -> Value {
    json!({ "detail": message })
}

/// `{"error": message}`
pub(crate) fn error(message: &str) -> Value {
    json!({ "error": message })
}

/// Fails with the rule's name where the answer differs.
#[track_caller]
pub(crate) fn check(rule: &str, answer: &Answer, status: u16, body: &Value) {
    assert_eq!((answer.status, &answer.body), (status, body), "{rule}");
}

/// Fails with the rule's name unless a delete was refused with this text. What it lists besides is
/// looked at in the module `deletion`.
#[track_caller]
pub(crate) fn check_stays(rule: &str, answer: &Answer, text: &str) {
    assert_eq!((answer.status, &answer.body["detail"]), (400, &json!(text)), "{rule}");
    assert_ne!(answer.body["blocked_by"], json!([]), "{rule}");
}

/// Fails where the key is not dead (contract §1.2).
pub(crate) async fn check_dead(rule: &str, key: &Client) {
    check(rule, &key.get("/auth/user/").await, 401, &detail("Invalid token."));
}

/// The caller's own user object.
pub(crate) async fn own(caller: &Client) -> Value {
    caller.get("/auth/user/").await.expect(200)
}

/// An instant as the API writes it (contract §1.10).
#[track_caller]
pub(crate) fn instant(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap();
    assert!(text.ends_with('Z') && text.len() <= "2025-03-15T10:00:00.123456Z".len(), "{text}");
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Whether somebody can sign in.
pub(crate) async fn can_login(app: &TestApp, username: &str, password: &str) -> bool {
    let body = json!({ "username": username, "password": password });
    app.anonymous().post("/auth/login/", body).await.status == 200
}

/// The mails so far, once there are this many: they are delivered behind the answer's back.
pub(crate) async fn mails(app: &TestApp, count: usize) -> Vec<Mail> {
    for _ in 0..500 {
        let posted = app.mailer.posted();
        if posted.len() >= count {
            return posted;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} mails instead of {count}", app.mailer.posted().len());
}

/// The audit trail, the oldest entry first, as a superadmin reads it.
pub(crate) async fn trail(root: &Client) -> Vec<Value> {
    let page = root.get("/audit-logs/?page_size=100&ordering=timestamp").await.expect(200);
    page["results"].as_array().unwrap().clone()
}

/// The names of an object's fields, in the order of the alphabet.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
