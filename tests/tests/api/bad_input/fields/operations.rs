//! Operations with the kinds of their fields (contract §3, §4.1, §5.2, §6, §7, §8, §9.2, §10.2,
//! §16). Those of network equipment read their attributes in a way of their own.

use serde_json::{Value, json};
use wiwebb_tests::PASSWORD;

use super::super::World;
use super::kinds::Kind::{
    self, Amount, Boolean, Currency, Date, Email, Gateway, Id, Integer, Interval, Long, Object,
    Password, Positive, Role, Slug, Tenant, Text, Url, Username,
};

const PROFILE: [(&str, Kind); 8] = [
    ("first_name", Text(150)),
    ("last_name", Text(150)),
    ("phone_number", Text(20)),
    ("bio", Long),
    ("url", Url),
    ("company", Text(100)),
    ("location", Text(100)),
    ("birth_date", Date),
];

/// Fields with their kinds.
type Named<'a> = &'a [(&'static str, Kind)];

/// An operation with a body that it would accept and the kinds of its fields.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: Value,
    pub(super) required: Vec<(&'static str, Kind)>,
    pub(super) optional: Vec<(&'static str, Kind)>,
}

fn operation(
    method: &'static str,
    path: &'static str,
    body: Value,
    required: Named<'_>,
    optional: Named<'_>,
) -> Operation {
    Operation { method, path, body, required: required.to_vec(), optional: optional.to_vec() }
}

/// Replacing and changing a row with these fields.
fn writes(
    path: &'static str,
    body: &Value,
    required: Named<'_>,
    optional: Named<'_>,
) -> [Operation; 2] {
    [
        operation("PUT", path, body.clone(), required, optional),
        operation("PATCH", path, json!({}), &[], &[required, optional].concat()),
    ]
}

/// All operations with a body but assign-role, which answers in its own way.
pub(super) fn operations(world: &World) -> Vec<Operation> {
    [accounts(), users(world), resources(), payments(world), subscriptions(world)]
        .into_iter()
        .flatten()
        .collect()
}

fn accounts() -> Vec<Operation> {
    let registration = json!({
        "username": "new", "email": "new@example.org", "password1": PASSWORD,
        "password2": PASSWORD,
    });
    let registered = [("username", Username), ("email", Email), ("password1", Password)];
    let login = json!({ "username": "user", "password": PASSWORD });
    let changed = json!({
        "old_password": PASSWORD, "new_password1": "quite-Unlike-9",
        "new_password2": "quite-Unlike-9",
    });
    let confirmed = json!({
        "uid": "MQ", "token": "x", "new_password1": PASSWORD, "new_password2": PASSWORD,
    });
    let email = json!({ "email": "new@example.org" });
    let mut all = vec![
        operation("POST", "/auth/registration/", registration, &registered, &PROFILE[..3]),
        operation("POST", "/auth/login/", login, &[("username", Long), ("password", Long)], &[]),
        operation("POST", "/auth/password/change/", changed, &[("old_password", Long)], &[]),
        operation("POST", "/auth/password/reset/", email.clone(), &[("email", Email)], &[]),
        operation(
            "POST",
            "/auth/password/reset/confirm/",
            confirmed,
            &[("uid", Long), ("token", Long)],
            &[],
        ),
    ];
    all.extend(writes("/auth/user/", &email, &[("email", Email)], &PROFILE));
    all
}

fn users(world: &World) -> Vec<Operation> {
    let new = json!({
        "username": "new", "email": "new@example.org", "password": PASSWORD, "role": "subscriber",
        "tenant": world.tenant,
    });
    let required = [
        ("username", Username),
        ("email", Email),
        ("password", Password),
        ("role", Role),
        ("tenant", Tenant),
    ];
    let optional: Vec<_> = PROFILE.into_iter().chain([("is_active", Boolean)]).collect();
    let password = json!({ "password": PASSWORD });
    let activation = json!({ "is_active": false });
    let mut all = vec![
        operation("POST", "/users/", new, &required, &optional),
        operation("POST", "/users/{user}/set-password/", password, &[("password", Password)], &[]),
        operation("POST", "/users/{user}/activate/", activation, &[("is_active", Boolean)], &[]),
    ];
    let email = json!({ "email": "new@example.org" });
    all.extend(writes("/users/{user}/", &email, &[("email", Email)], &optional));
    all
}

/// What is created with the same fields as it is changed with.
fn resources() -> Vec<Operation> {
    const LIMIT: Kind = Integer(0, 2_147_483_647);
    let plan = [
        ("description", Long),
        ("default", Boolean),
        ("available", Boolean),
        ("requires_payment", Boolean),
        ("requires_invoice", Boolean),
        ("auto_renew", Boolean),
        ("daily_time_minutes", LIMIT),
        ("daily_data_mb", LIMIT),
        ("stripe_product_id", Text(255)),
        ("metadata", Object),
    ];
    let pricing = [
        ("currency", Currency),
        ("interval", Interval),
        ("trial_period_days", Integer(0, 730)),
        ("active", Boolean),
        ("stripe_price_id", Text(255)),
    ];
    let gateway = [
        ("is_active", Boolean),
        ("priority", Integer(-2_147_483_648, 2_147_483_647)),
        ("config", Object),
    ];
    let tenant = [("email", Email), ("url", Url), ("description", Long), ("is_active", Boolean)];
    let kinds: [(&str, &str, Value, Named<'_>, Named<'_>); 5] = [
        (
            "/tenants/",
            "/tenants/{tenant}/",
            json!({ "name": "New", "slug": "new" }),
            &[("name", Text(150)), ("slug", Slug)],
            &tenant,
        ),
        (
            "/todos/",
            "/todos/{todo}/",
            json!({ "task": "new" }),
            &[("task", Text(200))],
            &[("completed", Boolean)],
        ),
        (
            "/subscriptions/plans/",
            "/subscriptions/plans/{plan}/",
            json!({ "name": "New" }),
            &[("name", Text(100))],
            &plan,
        ),
        (
            "/subscriptions/plans/{plan}/pricing/",
            "/subscriptions/plans/{plan}/pricing/{pricing}/",
            json!({ "amount": "1.50" }),
            &[("amount", Amount)],
            &pricing,
        ),
        (
            "/gateway-configs/",
            "/gateway-configs/{gateway}/",
            json!({ "name": "New", "variant": "dummy" }),
            &[("name", Text(100)), ("variant", Text(50))],
            &gateway,
        ),
    ];
    let mut all = Vec::new();
    for (path, row, body, required, optional) in kinds {
        all.push(operation("POST", path, body.clone(), required, optional));
        all.extend(writes(row, &body, required, optional));
    }
    all
}

/// Steps of a payment that waits: their fields are looked at first, then its status.
fn payments(world: &World) -> Vec<Operation> {
    let new = json!({ "amount": "1.50", "payment_gateway": world.gateway });
    let amount = ("amount", Positive);
    let more = [
        ("currency", Currency),
        ("order_id", Text(100)),
        ("description", Text(500)),
        ("metadata", Object),
    ];
    let (capture, refund) =
        ("/payments/{payment}/capture_payment/", "/payments/{payment}/refund_payment/");
    vec![
        operation(
            "POST",
            "/payments/create_payment/",
            new,
            &[amount, ("payment_gateway", Gateway)],
            &more,
        ),
        operation("POST", capture, json!({}), &[], &[amount]),
        operation("POST", refund, json!({}), &[], &[amount, ("reason", Text(200))]),
    ]
}

/// The fields are looked at first, then whether anything can be had.
fn subscriptions(world: &World) -> Vec<Operation> {
    let wish = json!({ "plan_id": world.plan });
    let (plan, pricing) = (("plan_id", Id), ("pricing_id", Id));
    let name = json!({ "name": "New" });
    vec![
        operation("POST", "/subscriptions/subscribe/", wish.clone(), &[plan], &[pricing]),
        operation(
            "POST",
            "/subscriptions/change/",
            wish,
            &[plan],
            &[pricing, ("preview", Boolean)],
        ),
        operation("POST", "/service-keys/", name, &[("name", Text(100))], &[("tenant", Tenant)]),
    ]
}
