//! Numbered pages: their envelope, number and size.

use serde_json::json;
use wiwebb_domain::access::Role;

use super::{LISTS, World, follow, id, ids, invalid_page, results};
use crate::support::keys;

#[tokio::test]
async fn pages_hold_every_row_once_and_lead_forth_and_back() {
    let world = World::new().await;
    for list in &LISTS {
        let forth = follow(&world.root, list.path, "next").await;
        assert_eq!(forth.len(), list.rows.div_ceil(10), "{}: ten rows a page", list.path);
        for page in &forth {
            assert_eq!(keys(page), ["count", "next", "previous", "results"]);
            assert_eq!(page["count"], list.rows, "{}: over all pages", list.path);
        }
        assert_eq!(forth[0]["previous"], json!(null));
        let mut found: Vec<i64> = forth.iter().flat_map(ids).collect();
        found.sort_unstable();
        assert_eq!(found, world.all(list).await.iter().map(id).collect::<Vec<_>>());

        let last = format!("{}?page=last", list.path);
        let mut back = follow(&world.root, &last, "previous").await;
        back.reverse();
        assert_eq!(back.len(), forth.len());
        for (back, forth) in back.iter().zip(&forth) {
            assert_eq!(results(back), results(forth));
        }
    }
}

#[tokio::test]
async fn a_page_that_is_none_is_not_found() {
    let world = World::new().await;
    for list in &LISTS {
        let last = list.rows.div_ceil(10);
        for page in [
            "0".to_owned(),
            "-1".to_owned(),
            (last + 1).to_string(),
            "2147483648".into(),
            "99999999999999999999999999".into(),
            "1.5".into(),
            "one".into(),
            "1e1".into(),
            "0x1".into(),
            "%00".into(),
            "%F0%9F%92%A7".into(),
            "First".into(),
        ] {
            let path = format!("{}?page={page}", list.path);
            world.root.get(&path).await.expect_body(404, &invalid_page());
        }
        let path = format!("{}?page={last}", list.path);
        let by_number = world.root.get(&path).await.expect(200);
        assert_eq!(by_number["next"], json!(null));
        let by_word = world.root.get(&format!("{}?page=last", list.path)).await.expect(200);
        assert_eq!(results(&by_number), results(&by_word));
    }
}

#[tokio::test]
async fn the_first_page_of_an_empty_list_is_a_page() {
    let world = World::new().await;
    let admin = world.app.user(&world.root, "empty", Role::Admin, None).await;
    let none = json!({ "count": 0, "next": null, "previous": null, "results": [] });
    for path in ["/todos/", "/todos/?page=1", "/users/?search=nobody-at-all", "/tenants/?slug=none"]
    {
        admin.get(path).await.expect_body(200, &none);
    }
    admin.get("/todos/?page=2").await.expect_body(404, &invalid_page());
    let none = json!({ "next": null, "previous": null, "results": [] });
    admin.get("/todos/?cursor=").await.expect_body(200, &none);
}

#[tokio::test]
async fn page_size_is_ten_unless_told_and_a_hundred_at_most() {
    let world = World::new().await;
    let more = "INSERT INTO api_todo (user_id, task)
                SELECT (SELECT id FROM api_user WHERE username = 'root'), 'more'
                FROM generate_series(1, 100)";
    sqlx::query(more).execute(&world.app.pool).await.unwrap();
    for (size, rows) in [
        ("1", 1),
        ("25", 25),
        ("99", 99),
        ("100", 100),
        ("101", 100),
        ("1000", 100),
        ("99999999999999999999999999", 100),
        ("0", 10),
        ("-1", 10),
        ("-99999999999999999999999999", 10),
        ("1.5", 10),
        ("ten", 10),
        ("1e2", 10),
        ("%00", 10),
        ("", 10),
    ] {
        for way in ["", "&cursor=", "&page=1"] {
            let path = format!("/todos/?page_size={size}{way}");
            let page = world.root.get(&path).await.expect(200);
            assert_eq!(results(&page).len(), rows, "{path}");
        }
    }
    let pages = follow(&world.root, "/todos/?page_size=60", "next").await;
    assert_eq!(pages.iter().map(|page| ids(page).len()).collect::<Vec<_>>(), [60, 60, 5]);
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let world = World::new().await;
    for list in &LISTS {
        let plain = world.root.get(list.path).await.expect(200);
        for query in
            ["nothing=1", "format=xml", "limit=3&offset=2", "&&=&a", "Page=2", "PAGE_SIZE=1"]
        {
            let path = format!("{}?{query}", list.path);
            let page = world.root.get(&path).await.expect(200);
            assert_eq!(results(&page), results(&plain), "{path}");
        }
    }
}
