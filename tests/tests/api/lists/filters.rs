//! Filters: exact, joined by AND, never wider than the caller's scope.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;

use super::{LISTS, World, id, ids};
use crate::support::keys;

/// The rows of a list for which something holds, by id.
async fn rows_where(world: &World, path: &str, holds: impl Fn(&Value) -> bool) -> Vec<i64> {
    let list = LISTS.iter().find(|list| list.path == path).unwrap();
    world.all(list).await.iter().filter(|row| holds(row)).map(id).collect()
}

async fn filtered(world: &World, path: &str, query: &str) -> Vec<i64> {
    let path = format!("{path}?page_size=100&{query}");
    let page = world.root.get(&path).await.expect(200);
    let mut found = ids(&page);
    found.sort_unstable();
    assert_eq!(page["count"], found.len(), "{path}");
    found
}

#[tokio::test]
async fn each_filter_matches_exactly() {
    let world = World::new().await;
    let tenant = world.root.get("/tenants/slug40/").await.expect(200);
    let (uuid, user) =
        (tenant["uuid"].as_str().unwrap(), world.root.get("/users/?search=user03").await);
    let (tenant_id, user) = (id(&tenant), ids(&user.expect(200))[0]);
    let first = rows_where(&world, "/tenants/", |row| row["name"] == "tenant01").await[0];
    let gateway = rows_where(&world, "/gateway-configs/", |_| true).await[0];
    for (path, query, name, value) in [
        ("/users/", "role=superadmin".to_owned(), "role", json!("superadmin")),
        ("/users/", "role=admin".into(), "role", json!("admin")),
        ("/users/", "role=tenant_owner".into(), "role", json!("tenant_owner")),
        ("/users/", "role=subscriber".into(), "role", json!("subscriber")),
        ("/users/", format!("tenant={first}"), "tenant", json!(first)),
        ("/tenants/", "slug=slug40".into(), "slug", json!("slug40")),
        ("/tenants/", format!("uuid={uuid}"), "id", json!(tenant_id)),
        ("/audit-logs/", "action=role_changed".into(), "action", json!("role_changed")),
        ("/audit-logs/", "action=password_reset".into(), "action", json!("password_reset")),
        ("/audit-logs/", "action=activation_changed".into(), "action", json!("activation_changed")),
        ("/audit-logs/", format!("target={user}"), "target", json!(user)),
        ("/audit-logs/", "actor=1".into(), "actor", json!(1)),
        ("/gateway-configs/", "variant=manual".into(), "variant", json!("manual")),
        ("/payments/", "status=confirmed".into(), "status", json!("confirmed")),
        ("/payments/", "status=error".into(), "status", json!("error")),
        ("/payments/", "variant=stripe".into(), "variant", json!("stripe")),
        ("/payments/", format!("payment_gateway={gateway}"), "payment_gateway", json!(gateway)),
        ("/payments/", "user=1".into(), "user", json!(1)),
        ("/payments/", "order_id=order7".into(), "order_id", json!("order7")),
    ] {
        let expected = rows_where(&world, path, |row| row[name] == value).await;
        assert!(!expected.is_empty(), "{path} {query}");
        assert_eq!(filtered(&world, path, &query).await, expected, "{path} {query}");
    }
    for (path, name) in [
        ("/users/", "is_active"),
        ("/tenants/", "is_active"),
        ("/todos/", "completed"),
        ("/gateway-configs/", "is_active"),
    ] {
        for (words, truth) in [(["true", "True", "1"], true), (["false", "False", "0"], false)] {
            let expected = rows_where(&world, path, |row| row[name] == truth).await;
            assert!(!expected.is_empty());
            for word in words {
                let query = format!("{name}={word}");
                assert_eq!(filtered(&world, path, &query).await, expected, "{path} {query}");
            }
        }
    }
    let both = |row: &Value| row["role"] == "admin" && row["is_active"] == false;
    let expected = rows_where(&world, "/users/", both).await;
    assert_eq!(filtered(&world, "/users/", "role=admin&is_active=false").await, expected);
}

#[tokio::test]
async fn a_readable_value_without_a_row_matches_nothing_and_an_empty_one_filters_nothing() {
    let world = World::new().await;
    for (path, query) in [
        ("/users/", "tenant=2000000000"),
        ("/users/", "tenant=0"),
        ("/users/", "tenant=-1"),
        ("/users/", "tenant=2147483648"),
        ("/users/", "tenant=99999999999999999999999999"),
        ("/users/", "tenant=-99999999999999999999999999"),
        ("/tenants/", "slug=nobody"),
        ("/tenants/", "slug=SLUG40"),
        ("/tenants/", "slug=slug4"),
        ("/tenants/", "slug=%25"),
        ("/tenants/", "uuid=00000000-0000-4000-8000-000000000000"),
        ("/audit-logs/", "actor=2000000000"),
        ("/audit-logs/", "target=99999999999999999999999999"),
        ("/audit-logs/", "timestamp_after=9999-01-01T00:00:00Z"),
        ("/audit-logs/", "timestamp_before=1970-01-01T00:00:00Z"),
        ("/gateway-configs/", "variant=Manual"),
        ("/gateway-configs/", "variant=man"),
        ("/payments/", "variant=Manual"),
        ("/payments/", "payment_gateway=2000000000"),
        ("/payments/", "user=99999999999999999999999999"),
        ("/payments/", "order_id=ORDER7"),
        ("/payments/", "order_id=order"),
        ("/payments/", "created_after=9999-01-01T00:00:00Z"),
        ("/payments/", "created_before=1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(filtered(&world, path, query).await, [0; 0], "{path} {query}");
        let keyed = world.root.get(&format!("{path}?{query}&cursor=")).await.expect(200);
        assert_eq!(ids(&keyed), [0; 0]);
    }
    for (path, names) in [
        ("/users/", &["role", "tenant", "is_active"] as &[&str]),
        ("/tenants/", &["is_active", "slug", "uuid"]),
        ("/todos/", &["completed"]),
        ("/audit-logs/", &["action", "actor", "target", "timestamp_after", "timestamp_before"]),
        ("/gateway-configs/", &["variant", "is_active"]),
        ("/payments/", &["status", "variant", "payment_gateway", "user", "order_id"]),
        ("/payments/", &["created_after", "created_before"]),
    ] {
        for name in names {
            let all = rows_where(&world, path, |_| true).await;
            assert_eq!(filtered(&world, path, &format!("{name}=")).await, all, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_refused_with_its_message() {
    const BOOLEAN: &str = "Enter a valid boolean.";
    const NUMBER: &str = "Enter a number.";
    const UUID: &str = "Enter a valid UUID.";
    const TIME: &str = "Enter a valid date/time.";
    let world = World::new().await;
    let choice = |value: &str| {
        format!("Select a valid choice. {value} is not one of the available choices.")
    };
    for (path, name, value, message) in [
        ("/users/", "is_active", "maybe", BOOLEAN.to_owned()),
        ("/users/", "is_active", "TRUE", BOOLEAN.into()),
        ("/users/", "is_active", "2", BOOLEAN.into()),
        ("/tenants/", "is_active", "yes", BOOLEAN.into()),
        ("/todos/", "completed", "done", BOOLEAN.into()),
        ("/gateway-configs/", "is_active", "on", BOOLEAN.into()),
        ("/users/", "tenant", "acme", NUMBER.into()),
        ("/users/", "tenant", "1a", NUMBER.into()),
        ("/users/", "tenant", "--1", NUMBER.into()),
        ("/audit-logs/", "actor", "root", NUMBER.into()),
        ("/audit-logs/", "target", "null", NUMBER.into()),
        ("/users/", "role", "king", choice("king")),
        ("/users/", "role", "Admin", choice("Admin")),
        ("/users/", "role", "ä & b", choice("ä & b")),
        ("/audit-logs/", "action", "login", choice("login")),
        ("/tenants/", "uuid", "acme", UUID.into()),
        ("/tenants/", "uuid", "00000000-0000-4000-8000-00000000000", UUID.into()),
        ("/audit-logs/", "timestamp_after", "yesterday", TIME.into()),
        ("/audit-logs/", "timestamp_before", "2024-13-01T00:00:00Z", TIME.into()),
        ("/audit-logs/", "timestamp_before", "2024-02-30T00:00:00Z", TIME.into()),
        ("/payments/", "status", "lost", choice("lost")),
        ("/payments/", "status", "Waiting", choice("Waiting")),
        ("/payments/", "payment_gateway", "dummy", NUMBER.into()),
        ("/payments/", "user", "root", NUMBER.into()),
        ("/payments/", "created_after", "yesterday", TIME.into()),
        ("/payments/", "created_before", "2024-02-30T00:00:00Z", TIME.into()),
    ] {
        for extra in ["", "&cursor=", "&page=99", "&search=x"] {
            let request = world.root.request(reqwest::Method::GET, &format!("{path}?{extra}"));
            let answer = world.root.send(request.query(&[(name, value)])).await;
            answer.expect_body(400, &json!({ name: [message] }));
        }
    }
    let several = world.root.get("/users/?role=x&tenant=x&is_active=x").await.expect(400);
    assert_eq!(keys(&several), ["is_active", "role", "tenant"], "all at once");
    for (path, name) in [
        ("/users/", "role"),
        ("/users/", "tenant"),
        ("/users/", "is_active"),
        ("/tenants/", "uuid"),
        ("/todos/", "completed"),
        ("/audit-logs/", "action"),
        ("/audit-logs/", "timestamp_after"),
        ("/payments/", "status"),
        ("/payments/", "user"),
        ("/payments/", "created_after"),
    ] {
        let answer = world.root.get(&format!("{path}?{name}=%00")).await;
        assert_eq!(keys(&answer.expect(400)), [name], "a NUL character can be read nowhere");
    }
}

#[tokio::test]
async fn a_tenant_filter_never_widens_the_scope() {
    let world = World::new().await;
    let own = world.app.tenant(&world.root, "own").await;
    let other = first_tenant(&world).await;
    let owner = world.app.user(&world.root, "owner", Role::TenantOwner, Some(own)).await;
    let member = world.app.user(&world.root, "member", Role::Subscriber, Some(own)).await;
    let admin = world.app.user(&world.root, "boss", Role::Admin, Some(own)).await;
    for (client, tenant, count) in [
        (&owner, own, 3),
        (&owner, other, 0),
        (&owner, 2_000_000_000, 0),
        (&member, own, 1),
        (&member, other, 0),
        (&admin, own, 3),
        (&admin, other, 10),
        (&world.root, own, 3),
    ] {
        let page = client.get(&format!("/users/?tenant={tenant}")).await.expect(200);
        assert_eq!(page["count"], count, "{page}");
        let keyed = client.get(&format!("/users/?tenant={tenant}&cursor=")).await.expect(200);
        assert_eq!(ids(&keyed), ids(&page));
    }
    for query in ["search=user", "role=admin&search=user", "search=example.org&tenant="] {
        let page = owner.get(&format!("/users/?{query}&page_size=100")).await.expect(200);
        for row in page["results"].as_array().unwrap() {
            assert_eq!(row["tenant"], own, "{query}");
        }
    }
    let slug = owner.get("/tenants/?slug=slug40").await.expect(200);
    assert_eq!(slug["count"], 0, "nor does the filter of another list");
}

/// The id of the first tenant of the [`World`], which ten users belong to.
async fn first_tenant(world: &World) -> i64 {
    sqlx::query_scalar::<_, i32>("SELECT min(id) FROM api_tenant")
        .fetch_one(&world.app.pool)
        .await
        .unwrap()
        .into()
}
