//! `POST /users/` (contract §5.2, §5.3).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{PASSWORD, TestApp};

use crate::support::{Cast, FORBIDDEN, can_login, check, detail, instant, own, with, without};

/// A complete draft of a subscriber.
fn draft(name: &str, tenant: i64) -> Value {
    json!({
        "username": name,
        "email": format!("{name}@example.org"),
        "password": PASSWORD,
        "role": "subscriber",
        "tenant": tenant,
    })
}

#[tokio::test]
async fn every_field_is_stored_and_the_password_is_in_no_answer() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let profile = json!({
        "first_name": "  Ada ",
        "last_name": "Lovelace",
        "phone_number": 4420,
        "bio": "First.",
        "url": "https://example.org/ada",
        "company": "Analytical Engines",
        "location": "London",
        "birth_date": "1815-12-10",
    });
    let body = with(draft(" Ada ", tenant), profile.clone());
    let body = with(body, json!({ "email": " Ada@EXAMPLE.org ", "id": 77, "is_staff": true }));
    let created = root.post("/users/", body).await.expect(201);
    let read = with(profile, json!({ "first_name": "Ada", "phone_number": "4420" }));
    let expected = with(
        with(created.clone(), read),
        json!({
            "username": "Ada",
            "email": "Ada@example.org",
            "role": "subscriber",
            "tenant": tenant,
            "tenant_name": "Tenant acme",
            "is_active": true,
            "is_staff": false,
            "is_superuser": false,
            "last_login": null,
        }),
    );
    assert_eq!(created, expected);
    assert_ne!(created["id"], 77);
    assert_eq!(instant(&created["date_joined"]), app.clock.now());
    assert!(created.get("password").is_none());
    assert!(!created.to_string().contains(PASSWORD));
    assert!(can_login(&app, "Ada", PASSWORD).await);
}

#[tokio::test]
async fn each_caller_gives_the_roles_and_tenants_it_may() {
    let cast = Cast::assemble().await;
    let (acme, globex) = (json!(cast.acme), json!(cast.globex));
    let null = Value::Null;
    for (number, (caller, role, tenant, kept)) in [
        ("root", "superadmin", None, &null),
        ("root", "superadmin", Some(&null), &null),
        ("root", "admin", Some(&acme), &acme),
        ("root", "tenant_owner", Some(&acme), &acme),
        ("chief", "subscriber", Some(&globex), &globex),
        ("admin", "admin", None, &null),
        ("admin", "admin", Some(&globex), &globex),
        ("admin", "tenant_owner", Some(&globex), &globex),
        ("admin", "subscriber", Some(&acme), &acme),
        ("attached", "subscriber", Some(&globex), &globex),
        ("owner", "subscriber", None, &acme),
        ("owner", "subscriber", Some(&acme), &acme),
        ("rival", "subscriber", None, &globex),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = without(draft(&format!("new{number}"), 0), "tenant");
        body["role"] = json!(role);
        if let Some(tenant) = tenant {
            body["tenant"] = tenant.clone();
        }
        let rule = format!("{caller} creates a {role} with tenant {tenant:?}");
        let answer = cast[caller].api.post("/users/", body).await;
        assert_eq!(answer.status, 201, "{rule}: {}", answer.body);
        assert_eq!((&answer.body["role"], &answer.body["tenant"]), (&json!(role), kept), "{rule}");
    }
}

#[tokio::test]
async fn roles_and_tenants_out_of_reach_are_refused_with_their_text() {
    let cast = Cast::assemble().await;
    let superadmin = detail("Cannot assign SuperAdmin role.");
    let subscriber = detail("Can only assign Subscriber role.");
    let others = json!({ "non_field_errors": ["Cannot create resources in other tenants"] });
    let users = "SELECT count(*) FROM api_user";
    let before: i64 = sqlx::query_scalar(users).fetch_one(&cast.app.pool).await.unwrap();
    for (caller, changes, status, expected) in [
        ("admin", json!({ "role": "superadmin" }), 403, &superadmin),
        ("attached", json!({ "role": "superadmin", "tenant": null }), 403, &superadmin),
        ("owner", json!({ "role": "superadmin" }), 403, &subscriber),
        ("owner", json!({ "role": "admin" }), 403, &subscriber),
        ("owner", json!({ "role": "tenant_owner" }), 403, &subscriber),
        ("owner", json!({ "tenant": cast.globex }), 400, &others),
        ("owner", json!({ "tenant": 999 }), 400, &others),
        ("owner", json!({ "tenant": 2_147_483_648_i64 }), 400, &others),
        ("rival", json!({ "tenant": cast.acme }), 400, &others),
    ] {
        let body = with(draft("new", cast.acme), changes.clone());
        let answer = cast[caller].api.post("/users/", body).await;
        check(&format!("{caller} {changes}"), &answer, status, expected);
    }
    // Fields are validated before rules on their values.
    let body = with(draft("new", cast.acme), json!({ "role": "superadmin", "url": "no" }));
    let answer = cast["admin"].api.post("/users/", body).await;
    check("fields first", &answer, 400, &json!({ "url": ["Enter a valid URL."] }));
    for caller in ["member", "loner", "drifter"] {
        let answer = cast[caller].api.post("/users/", draft("new", cast.acme)).await;
        check(caller, &answer, 403, &detail(FORBIDDEN));
    }
    let after: i64 = sqlx::query_scalar(users).fetch_one(&cast.app.pool).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn owners_and_subscribers_need_an_existing_tenant() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let admin = app.user(&root, "admin", Role::Admin, None).await;
    let required = json!({ "tenant": ["This field is required."] });
    let wrong = |found: &str| json!({ "tenant": [format!("Incorrect type. Expected pk value, received {found}.")] });
    let unknown =
        |id: i64| json!({ "tenant": [format!("Invalid pk \"{id}\" - object does not exist.")] });
    for caller in [&root, &admin] {
        for role in ["tenant_owner", "subscriber"] {
            let body = without(with(draft("new", tenant), json!({ "role": role })), "tenant");
            check(role, &caller.post("/users/", body.clone()).await, 400, &required);
            let body = with(body, json!({ "tenant": null }));
            check(role, &caller.post("/users/", body).await, 400, &required);
        }
        for role in ["admin", "tenant_owner", "subscriber"] {
            for (value, expected) in [
                (json!(999), unknown(999)),
                (json!(0), unknown(0)),
                (json!(2_147_483_648_i64), unknown(2_147_483_648)),
                (json!("acme"), wrong("str")),
                (json!([tenant]), wrong("list")),
                (json!({ "id": tenant }), wrong("dict")),
                (json!(true), wrong("bool")),
            ] {
                let body = with(draft("new", tenant), json!({ "role": role, "tenant": value }));
                let answer = caller.post("/users/", body).await;
                check(&format!("{role} {value}"), &answer, 400, &expected);
            }
        }
    }
}

#[tokio::test]
async fn every_bad_field_is_reported_at_once() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let required = json!(["This field is required."]);
    let answer = root.post("/users/", json!({ "role": "admin" })).await;
    let expected = json!({ "username": required, "email": required, "password": required });
    check("only a role", &answer, 400, &expected);
    let answer = root.post("/users/", json!({})).await.expect(400);
    for field in ["username", "email", "password", "role"] {
        assert_eq!(answer[field], required, "{field}");
    }
    let body = json!({
        "username": "a b",
        "email": "no",
        "password": "123",
        "role": "king",
        "first_name": "x".repeat(151),
        "last_name": true,
        "phone_number": "1".repeat(21),
        "bio": "a\0b",
        "url": "no",
        "company": "c".repeat(101),
        "location": [],
        "birth_date": "1815",
        "is_active": "yes",
        "tenant": "acme",
    });
    let expected = json!({
        "username": ["Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."],
        "email": ["Enter a valid email address."],
        "password": [
            "This password is too short. It must contain at least 8 characters.",
            "This password is too common.",
            "This password is entirely numeric.",
        ],
        "role": ["\"king\" is not a valid choice."],
        "first_name": ["Ensure this field has no more than 150 characters."],
        "last_name": ["Not a valid string."],
        "phone_number": ["Ensure this field has no more than 20 characters."],
        "bio": ["Null characters are not allowed."],
        "url": ["Enter a valid URL."],
        "company": ["Ensure this field has no more than 100 characters."],
        "location": ["Not a valid string."],
        "birth_date": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
        "is_active": ["Must be a valid boolean."],
        "tenant": ["Incorrect type. Expected pk value, received str."],
    });
    check("everything", &root.post("/users/", body).await, 400, &expected);
}

#[tokio::test]
async fn fields_are_refused_for_null_blank_type_and_choice() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let (null, blank) = ("This field may not be null.", "This field may not be blank.");
    let (text, boolean) = ("Not a valid string.", "Must be a valid boolean.");
    for (field, value, message) in [
        ("username", json!(null), null),
        ("username", json!(" "), blank),
        ("username", json!(false), text),
        ("username", json!("u".repeat(151)), "Ensure this field has no more than 150 characters."),
        ("email", json!(null), null),
        ("email", json!(""), blank),
        ("email", json!({}), text),
        ("password", json!(null), null),
        ("password", json!(""), blank),
        ("password", json!([]), text),
        ("role", json!(null), null),
        ("role", json!("Admin"), "\"Admin\" is not a valid choice."),
        ("role", json!(7), "\"7\" is not a valid choice."),
        ("is_active", json!(null), null),
        ("is_active", json!(2), boolean),
        ("is_active", json!("on"), boolean),
        ("is_active", json!([]), boolean),
    ] {
        let body = with(draft("new", tenant), json!({ field: value }));
        let answer = root.post("/users/", body).await;
        check(&format!("{field} {value}"), &answer, 400, &json!({ field: [message] }));
    }
}

#[tokio::test]
async fn all_duplicates_and_an_unknown_tenant_are_reported_together() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    root.post("/users/", draft("ada", tenant)).await.expect(201);
    let username = json!({ "username": ["A user with that username already exists."] });
    let email = json!({ "email": ["user with this email already exists."] });
    let both = with(username.clone(), email.clone());
    let three =
        with(both.clone(), json!({ "tenant": ["Invalid pk \"999\" - object does not exist."] }));
    for (rule, changes, expected) in [
        ("name", json!({ "email": "b@example.org" }), &username),
        ("name after trimming", json!({ "username": " ada", "email": "b@example.org" }), &username),
        ("address", json!({ "username": "bob" }), &email),
        (
            "address in another case",
            json!({ "username": "bob", "email": "ADA@EXAMPLE.ORG" }),
            &email,
        ),
        ("both", json!({}), &both),
        ("of two users", json!({ "email": "root@example.org" }), &both),
        ("and the tenant", json!({ "tenant": 999 }), &three),
    ] {
        let body = with(draft("ada", tenant), changes);
        check(rule, &root.post("/users/", body).await, 400, expected);
    }
    let other_case = json!({ "username": "Ada", "email": "b@example.org" });
    root.post("/users/", with(draft("ada", tenant), other_case)).await.expect(201);
}

#[tokio::test]
async fn somebody_may_be_created_inactive_in_every_form_of_a_boolean() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    for (number, (value, active)) in [
        (json!(false), false),
        (json!("false"), false),
        (json!(0), false),
        (json!(true), true),
        (json!("true"), true),
        (json!(1), true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("ada{number}");
        let body = with(draft(&name, tenant), json!({ "is_active": value }));
        let user = root.post("/users/", body).await.expect(201);
        assert_eq!(user["is_active"], active, "{value}");
        assert_eq!(can_login(&app, &name, PASSWORD).await, active, "{value}");
    }
    assert!(own(&root).await["is_active"].as_bool().unwrap());
}
