//! The user object (contract §5.1).

use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::PASSWORD;

use crate::support::{Cast, instant, own};

/// What a user object is expected to be, but for its three times.
fn object(cast: &Cast, name: &str, role: &str, tenant: Option<(i64, &str, &Value)>) -> Value {
    let (is_superuser, is_staff) = (role == "superadmin", ["superadmin", "admin"].contains(&role));
    let of = |id| {
        tenant.map(|(number, slug, uuid)| {
            let name = format!("Tenant {slug}");
            json!({ "id": number, "uuid": uuid, "name": name, "slug": slug })[id].clone()
        })
    };
    json!({
        "id": cast[name].id,
        "username": name,
        "email": format!("{name}@example.org"),
        "first_name": "",
        "last_name": "",
        "role": role,
        "is_staff": is_staff,
        "is_superuser": is_superuser,
        "tenant": of("id"),
        "tenant_name": of("name"),
        "tenant_detail": tenant.map(|_| json!({
            "id": of("id"), "uuid": of("uuid"), "name": of("name"), "slug": of("slug"),
        })),
        "is_active": true,
        "phone_number": "",
        "bio": "",
        "url": "",
        "company": "",
        "location": "",
        "birth_date": null,
    })
}

#[tokio::test]
async fn it_has_exactly_the_fields_of_the_contract_wherever_it_is_shown() {
    let cast = Cast::assemble().await;
    let root = &cast["root"].api;
    let uuid = |id: i64| async move {
        root.get(&format!("/tenants/{id}/")).await.expect(200)["uuid"].clone()
    };
    let (acme, globex) = (uuid(cast.acme).await, uuid(cast.globex).await);
    let acme = Some((cast.acme, "acme", &acme));
    let globex = Some((cast.globex, "globex", &globex));
    let page = root.get("/users/?page_size=100").await.expect(200);
    for (name, role, tenant) in [
        ("root", "superadmin", None),
        ("chief", "superadmin", acme),
        ("admin", "admin", None),
        ("attached", "admin", acme),
        ("owner", "tenant_owner", acme),
        ("drifter", "tenant_owner", None),
        ("member", "subscriber", acme),
        ("stranger", "subscriber", globex),
        ("loner", "subscriber", None),
    ] {
        let mut user = root.get(&cast[name].path("")).await.expect(200);
        assert_eq!(own(&cast[name].api).await, user, "{name} sees the same");
        let listed = page["results"].as_array().unwrap();
        assert!(listed.contains(&user), "{name} is listed the same");
        let fields = user.as_object_mut().unwrap();
        for field in ["date_joined", "password_updated"] {
            assert_eq!(instant(&fields.remove(field).unwrap()), cast.app.clock.now(), "{name}");
        }
        let last_login = fields.remove("last_login").unwrap();
        if name == "root" {
            assert_eq!(instant(&last_login), cast.app.clock.now());
        } else {
            assert_eq!(last_login, Value::Null, "{name} never signed in");
        }
        assert_eq!(user, object(&cast, name, role, tenant));
    }
}

#[tokio::test]
async fn a_birth_date_is_a_date_and_creation_is_no_login() {
    let cast = Cast::assemble().await;
    let body = json!({
        "username": "ada",
        "email": "ada@example.org",
        "password": PASSWORD,
        "role": "admin",
        "birth_date": "1815-12-10",
    });
    let created = cast["root"].api.post("/users/", body).await.expect(201);
    assert_eq!(created["last_login"], Value::Null);
    assert_eq!(created["birth_date"], "1815-12-10");
    let path = format!("/users/{}/", created["id"]);
    assert_eq!(cast["root"].api.get(&path).await.expect(200), created);
}
