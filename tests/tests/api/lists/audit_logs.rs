//! The audit trail as a list (contract §12): read only, scoped by target.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{forbidden, not_found};

use super::{LISTS, World, id, ids};
use crate::support::{detail, keys};

const PATH: &str = "/audit-logs/";

#[tokio::test]
async fn the_object_has_the_contracts_fields_and_each_entry_can_be_read_alone() {
    let world = World::new().await;
    let names: Vec<(i32, String)> = sqlx::query_as("SELECT id, username FROM api_user")
        .fetch_all(&world.app.pool)
        .await
        .unwrap();
    let name_of = |user: &Value| {
        let found = names.iter().find(|(id, _)| user.as_i64() == Some(i64::from(*id)));
        found.map_or(Value::Null, |(_, name)| json!(name))
    };
    for entry in world.all(&LISTS[3]).await {
        let fields = [
            "action",
            "actor",
            "actor_username",
            "details",
            "id",
            "target",
            "target_username",
            "timestamp",
        ];
        assert_eq!(keys(&entry), fields);
        assert_eq!(entry["actor_username"], name_of(&entry["actor"]));
        assert_eq!(entry["target_username"], name_of(&entry["target"]));
        assert!(entry["details"]["n"].is_i64());
        let alone = world.root.get(&format!("{PATH}{}/", entry["id"])).await.expect(200);
        assert_eq!(alone, entry);
    }
    for missing in ["0", "-1", "abc", "2147483647", "99999999999999999999"] {
        world.root.get(&format!("{PATH}{missing}/")).await.expect_body(404, &not_found());
    }
}

#[tokio::test]
async fn owners_see_entries_whose_target_is_in_their_tenant_and_subscribers_none() {
    let world = World::new().await;
    let tenant: i32 = sqlx::query_scalar("SELECT min(id) FROM api_tenant")
        .fetch_one(&world.app.pool)
        .await
        .unwrap();
    let tenant = i64::from(tenant);
    let owner = world.app.user(&world.root, "owner", Role::TenantOwner, Some(tenant)).await;
    let admin = world.app.user(&world.root, "boss", Role::Admin, None).await;
    let member = world.app.user(&world.root, "member", Role::Subscriber, Some(tenant)).await;
    let stray = world.app.user(&world.root, "stray", Role::TenantOwner, Some(tenant)).await;
    sqlx::query("UPDATE api_user SET tenant_id = NULL WHERE username = 'stray'")
        .execute(&world.app.pool)
        .await
        .unwrap();
    let members: Vec<i32> = sqlx::query_scalar("SELECT id FROM api_user WHERE tenant_id = $1")
        .bind(i32::try_from(tenant).unwrap())
        .fetch_all(&world.app.pool)
        .await
        .unwrap();
    let within = |entry: &Value| members.iter().any(|id| entry["target"] == json!(id));

    let all = world.all(&LISTS[3]).await;
    let visible: Vec<i64> = all.iter().filter(|entry| within(entry)).map(id).collect();
    assert!(visible.len() > 2 && visible.len() < all.len());
    let mut listed = ids(&owner.get("/audit-logs/?page_size=100").await.expect(200));
    listed.sort_unstable();
    assert_eq!(listed, visible);
    assert_eq!(admin.get(PATH).await.expect(200)["count"], all.len());
    for entry in &all {
        let path = format!("{PATH}{}/", entry["id"]);
        assert_eq!(admin.get(&path).await.expect(200), *entry);
        let answer = owner.get(&path).await;
        if within(entry) {
            assert_eq!(answer.expect(200), *entry);
        } else {
            answer.expect_body(403, &forbidden());
        }
    }
    owner.get("/audit-logs/2147483647/").await.expect_body(404, &not_found());
    for client in [&member, &stray] {
        for path in [PATH, "/audit-logs/1/", "/audit-logs/2147483647/", "/audit-logs/?actor=x"] {
            client.get(path).await.expect_body(403, &forbidden());
        }
    }
    let actor = all.iter().find(|entry| !entry["actor"].is_null()).unwrap()["actor"].clone();
    let by_actor =
        owner.get(&format!("/audit-logs/?actor={actor}&page_size=100")).await.expect(200);
    assert!(ids(&by_actor).iter().all(|id| visible.contains(id)), "a filter widens nothing");
}

#[tokio::test]
async fn time_bounds_include_their_end_and_take_any_zone() {
    let world = World::new().await;
    let all = world.all(&LISTS[3]).await;
    let expected = |from: &str, to: &str| -> Vec<i64> {
        let within = |entry: &&Value| (from..=to).contains(&entry["timestamp"].as_str().unwrap());
        all.iter().filter(within).map(id).collect()
    };
    let (third, fifth) = ("2024-07-03T00:00:00Z", "2024-07-05T00:00:00Z");
    for (query, from, to) in [
        (format!("timestamp_after={third}"), third, "9"),
        (format!("timestamp_before={fifth}"), "0", fifth),
        (format!("timestamp_after={third}&timestamp_before={fifth}"), third, fifth),
        (format!("timestamp_after={third}&timestamp_before={third}"), third, third),
        ("timestamp_after=2024-07-03T02:00:00%2B02:00".into(), third, "9"),
        ("timestamp_before=2024-07-04T19:00:00-05:00".into(), "0", fifth),
        ("timestamp_after=2024-07-03T00:00:00.000001Z".into(), "2024-07-04", "9"),
        ("timestamp_before=2024-07-04T23:59:59.999999Z".into(), "0", "2024-07-04T23:59:59Z"),
    ] {
        let page = world.root.get(&format!("{PATH}?page_size=100&{query}")).await.expect(200);
        let mut found = ids(&page);
        found.sort_unstable();
        assert_eq!(found, expected(from, to), "{query}");
    }
}

#[tokio::test]
async fn entries_stay_when_their_people_go_and_lose_their_names() {
    let world = World::new().await;
    let admin = world.app.user(&world.root, "boss", Role::Admin, None).await;
    let boss = id(&admin.get("/auth/user/").await.expect(200));
    let target = ids(&world.root.get("/users/?search=user20").await.expect(200))[0];
    let password = json!({ "password": "quite-Unlike-9" });
    admin.post(&format!("/users/{target}/set-password/"), password).await.expect(200);
    let newest = world.root.get(&format!("{PATH}?actor={boss}")).await.expect(200);
    let entry = newest["results"][0].clone();
    assert_eq!([&entry["actor_username"], &entry["target_username"]], ["boss", "user20"]);
    let path = format!("{PATH}{}/", entry["id"]);
    let mut expected = entry;
    for (gone, fields) in
        [(target, ["target", "target_username"]), (boss, ["actor", "actor_username"])]
    {
        world.root.delete(&format!("/users/{gone}/")).await.expect(204);
        for field in fields {
            expected[field] = Value::Null;
        }
        assert_eq!(world.root.get(&path).await.expect(200), expected);
    }
    assert_eq!(expected["details"], json!({ "changed_by": "boss@example.org" }));
}

#[tokio::test]
async fn the_trail_cannot_be_written_changed_or_deleted() {
    let world = World::new().await;
    let entry = world.all(&LISTS[3]).await[0].clone();
    let alone = format!("{PATH}{}/", entry["id"]);
    for path in [PATH, &alone, "/audit-logs/2147483647/"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let request = world.root.request(method.parse().unwrap(), path);
            let answer = world.root.send(request.json(&json!({ "action": "role_changed" }))).await;
            let allowed = answer.headers["allow"].to_str().unwrap();
            assert!(
                allowed.contains("GET") && !allowed.contains(method),
                "{method} {path}: {allowed}"
            );
            answer.expect_body(405, &detail(&format!("Method \"{method}\" not allowed.")));
        }
    }
    assert_eq!(world.root.get(&alone).await.expect(200), entry);
    assert_eq!(world.root.get(PATH).await.expect(200)["count"], LISTS[3].rows);
}
