//! Search: words, all of them, anywhere in the search fields.

use serde_json::{Value, json};

use super::{LISTS, World, results};

async fn found(world: &World, list: &str, search: &str, show: &str) -> Vec<String> {
    let request = world.root.request(reqwest::Method::GET, list);
    let request = request.query(&[("search", search), ("page_size", "100"), ("ordering", "id")]);
    let page = world.root.send(request).await.expect(200);
    assert_eq!(page["count"], results(&page).len());
    results(&page).iter().map(|row| row[show].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_word_occurs_in_some_search_field_and_case_does_not_matter() {
    let world = World::new().await;
    for sql in [
        "DELETE FROM api_tenant WHERE id NOT IN (SELECT tenant_id FROM api_user
                                                 WHERE tenant_id IS NOT NULL)",
        "INSERT INTO api_tenant (name, slug, uuid, email, url, description) VALUES
            ('North Sea Café', 'north-sea', gen_random_uuid(), 'Info@Nordsee.example', NULL, NULL),
            ('Sea Side', 'side_a', gen_random_uuid(), NULL, 'https://hidden.example', 'hidden'),
            ('100% Wet', 'wet', gen_random_uuid(), 'a_b@x.example', NULL, NULL),
            ('1000 Wet', 'wetter', gen_random_uuid(), 'acb@x.example', NULL, NULL),
            ('Back\\slash', 'back', gen_random_uuid(), NULL, NULL, NULL),
            ('ÄRZTE İ', 'aerzte', gen_random_uuid(), NULL, NULL, NULL)",
    ] {
        sqlx::query(sql).execute(&world.app.pool).await.unwrap();
    }
    for (search, expected) in [
        ("north", &["north-sea"] as &[&str]),
        ("NORTH", &["north-sea"]),
        ("sea", &["north-sea", "side_a"]),
        ("sea side", &["side_a"]),
        ("side sea", &["side_a"]),
        ("sea,side", &["side_a"]),
        (" ,sea ,\t, SIDE,, ", &["side_a"]),
        ("café nordsee", &["north-sea"]),
        ("CAFÉ", &["north-sea"]),
        ("ärzte", &["aerzte"]),
        ("sea nowhere", &[]),
        ("orth Se", &["north-sea"]),
        ("info@nord", &["north-sea"]),
        ("hidden", &[]),
        ("100%", &["wet"]),
        ("%", &["wet"]),
        ("e_a", &["side_a"]),
        ("a_b", &["wet"]),
        ("_", &["side_a", "wet"]),
        ("\\", &["back"]),
        ("\\%", &[]),
        ("k\\s", &["back"]),
        ("'", &[]),
        ("wet'; DROP TABLE api_tenant; --", &[]),
        ("(?i)wet", &[]),
        ("w.t", &[]),
    ] {
        assert_eq!(found(&world, "/tenants/", search, "slug").await, expected, "{search:?}");
    }
}

#[tokio::test]
async fn each_list_searches_its_own_fields() {
    let world = World::new().await;
    let marked = "UPDATE api_user SET first_name = 'Ann', last_name = 'Bee', bio = 'secretbio',
                                      company = 'secretco', location = 'secretloc'
                  WHERE username = 'user07'";
    sqlx::query(marked).execute(&world.app.pool).await.unwrap();
    sqlx::query(
        "UPDATE api_todo SET task = 'Buy milk, eggs' WHERE id = (SELECT min(id) FROM api_todo)",
    )
    .execute(&world.app.pool)
    .await
    .unwrap();
    for (list, search, show, expected) in [
        ("/users/", "user07", "username", &["user07"] as &[&str]),
        ("/users/", "m63@EXAMPLE", "username", &["user07"]),
        ("/users/", "ann bee", "username", &["user07"]),
        ("/users/", "bee, USER0", "username", &["user07"]),
        ("/users/", "secretbio", "username", &[]),
        ("/users/", "secretco", "username", &[]),
        ("/users/", "secretloc", "username", &[]),
        ("/users/", "tenant_owner", "username", &[]),
        ("/users/", "tenant01", "username", &[]),
        ("/tenants/", "mail4@", "name", &["tenant04"]),
        ("/tenants/", "slug27 tenant23", "name", &["tenant23"]),
        ("/todos/", "milk", "task", &["Buy milk, eggs"]),
        ("/todos/", "EGGS,buy", "task", &["Buy milk, eggs"]),
        ("/todos/", "milk task1", "task", &[]),
        ("/gateway-configs/", "GATEWAY39", "name", &["gateway39"]),
        ("/gateway-configs/", "39 manual", "name", &["gateway39"]),
        ("/gateway-configs/", "secret", "name", &[]),
    ] {
        assert_eq!(found(&world, list, search, show).await, expected, "{list} {search:?}");
    }
}

#[tokio::test]
async fn a_search_without_words_finds_all_and_nul_is_refused() {
    let world = World::new().await;
    let refused = json!({ "search": ["Null characters are not allowed."] });
    let unsearched = ["/audit-logs/", "/payments/"];
    for list in LISTS.iter().filter(|list| !unsearched.contains(&list.path)) {
        for search in ["", "%20", "%2C", "%20%2C%0A%09"] {
            let path = format!("{}?search={search}", list.path);
            let page = world.root.get(&path).await.expect(200);
            assert_eq!(page["count"], list.rows, "{path}");
        }
        for query in ["search=%00", "search=a%00b", "search=a%00&cursor=", "search=%00&page=last"] {
            let path = format!("{}?{query}", list.path);
            world.root.get(&path).await.expect_body(400, &refused);
        }
    }
}

#[tokio::test]
async fn payments_and_audit_entries_know_no_search() {
    let world = World::new().await;
    for list in ["/audit-logs/", "/payments/"] {
        for slice in ["", "page=2", "cursor="] {
            let plain = world.root.get(&format!("{list}?{slice}")).await.expect(200);
            assert_ne!(plain["results"], json!([]));
            for word in ["nobody-at-all", "root", "order1", "role_changed"] {
                let path = format!("{list}?{slice}&search={word}");
                let searched = world.root.get(&path).await.expect(200);
                for part in ["count", "results"] {
                    assert_eq!(searched[part], plain[part], "{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn search_and_filters_hold_together() {
    let world = World::new().await;
    let all = world.all(&LISTS[0]).await;
    let is = |row: &Value, name: &str, value: Value| row[name] == value;
    let expected: Vec<i64> = all
        .iter()
        .filter(|row| row["username"].as_str().unwrap().contains("user1"))
        .filter(|row| is(row, "role", json!("subscriber")) && is(row, "is_active", json!(true)))
        .map(super::id)
        .collect();
    assert!(expected.len() > 1);
    let path = "/users/?search=USER1&role=subscriber&is_active=1&ordering=id";
    let page = world.root.get(path).await.expect(200);
    assert_eq!(super::ids(&page), expected);
    assert_eq!(page["count"], expected.len());
}
