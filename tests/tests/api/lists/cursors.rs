//! Pages by key: the same rows in the same order as by number, from any place on.

use serde_json::{Value, json};

use super::{LISTS, List, World, follow, ids, rows};
use crate::support::keys;

/// Orderings by each name both ways, and by several names at once.
fn orderings(list: &List) -> Vec<String> {
    let both = |name: &&str| [(*name).to_owned(), format!("-{name}")];
    let mut orderings: Vec<String> = list.orderings.iter().flat_map(both).collect();
    orderings.push(String::new());
    orderings.push(list.orderings.join(",-"));
    orderings.push(format!("-{},{}", list.orderings[1], list.orderings[0]));
    orderings
}

#[tokio::test]
async fn cursors_walk_the_numbered_pages_forth_and_back_in_every_ordering() {
    let world = World::new().await;
    for list in &LISTS {
        for ordering in orderings(list) {
            let query = format!("{}?page_size=7&ordering={ordering}", list.path);
            let numbered = rows(&follow(&world.root, &query, "next").await);
            let forth = follow(&world.root, &format!("{query}&cursor="), "next").await;
            assert_eq!(rows(&forth), numbered, "{query}");
            for page in &forth {
                assert_eq!(keys(page), ["next", "previous", "results"], "{query}");
            }
            assert_eq!(forth[0]["previous"], json!(null), "{query}");
            let last = forth[forth.len() - 2]["next"].as_str().unwrap();
            let mut back = rows(&follow(&world.root, last, "previous").await);
            back.reverse();
            assert_eq!(back, numbered, "{query} backwards");
        }
    }
}

#[tokio::test]
async fn every_page_size_walks_all_rows() {
    let world = World::new().await;
    for size in [1, 2, 30, 31, 32, 100] {
        let query = format!("/users/?ordering=last_login,-first_name&page_size={size}");
        let numbered = rows(&follow(&world.root, &query, "next").await);
        let forth = follow(&world.root, &format!("{query}&cursor="), "next").await;
        assert_eq!(rows(&forth), numbered, "{size}");
    }
}

#[tokio::test]
async fn filters_and_search_hold_with_a_cursor() {
    let world = World::new().await;
    for query in [
        "/users/?role=subscriber&page_size=3",
        "/users/?is_active=true&search=user&ordering=-last_login&page_size=4",
        "/users/?search=user1,EXAMPLE&ordering=first_name&page_size=2",
        "/tenants/?is_active=false&ordering=-created_at&page_size=2",
        "/tenants/?search=slug4&ordering=updated_at&page_size=2",
        "/todos/?completed=1&search=task&ordering=task&page_size=3",
        "/audit-logs/?action=role_changed&actor=1&ordering=-action&page_size=2",
        "/gateway-configs/?is_active=true&search=gateway&ordering=priority&page_size=4",
        "/audit-logs/?timestamp_after=2024-07-03T00:00:00Z&page_size=5",
        "/payments/?user=1&variant=dummy&ordering=-total&page_size=1",
        "/payments/?created_after=2024-09-02T00:00:00Z&ordering=status&page_size=5",
    ] {
        let numbered = rows(&follow(&world.root, query, "next").await);
        assert!(numbered.len() > 2, "{query}: {}", numbered.len());
        let forth = follow(&world.root, &format!("{query}&cursor="), "next").await;
        assert_eq!(rows(&forth), numbered, "{query}");
        let last = forth[forth.len() - 2]["next"].as_str().unwrap();
        let back = follow(&world.root, last, "previous").await;
        assert_eq!(back.len(), numbered.len(), "{query} backwards");
    }
}

#[tokio::test]
async fn a_place_stays_when_rows_before_it_come_and_go() {
    let world = World::new().await;
    let first = world.root.get("/users/?cursor=&page_size=5").await.expect(200);
    let numbered = world.root.get("/users/?page_size=5&page=2").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let alter = async |sql: &'static str| {
        sqlx::query(sql).execute(&world.app.pool).await.unwrap();
    };
    alter(
        "INSERT INTO api_user (username, email, password, role)
         VALUES ('aaa', 'aaa@example.org', '!', 'admin')",
    )
    .await;
    assert_eq!(ids(&world.root.get(next).await.expect(200)), ids(&numbered));
    // The very row that the place is beside goes.
    alter("DELETE FROM api_user WHERE username IN ('user02', 'user03', 'user04')").await;
    assert_eq!(ids(&world.root.get(next).await.expect(200)), ids(&numbered));
}

#[tokio::test]
async fn with_a_cursor_a_page_number_means_nothing() {
    let world = World::new().await;
    let first = world.root.get("/todos/?cursor=").await.expect(200);
    for page in ["1", "2", "0", "last", "x"] {
        let both = world.root.get(&format!("/todos/?cursor=&page={page}")).await;
        let rows: Value = both.expect(200)["results"].clone();
        assert_eq!(rows, first["results"], "page={page}");
    }
}
