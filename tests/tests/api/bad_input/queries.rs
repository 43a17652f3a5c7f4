//! Query strings of every form.

use serde_json::json;

use super::{PATHS, World, check_sound_raw};

const LISTS: [&str; 9] = [
    "/users/",
    "/tenants/",
    "/todos/",
    "/audit-logs/",
    "/gateway-configs/",
    "/subscriptions/plans/",
    "/payments/",
    "/webhook-events/",
    "/service-keys/",
];

const PARAMETERS: [&str; 27] = [
    "page",
    "page_size",
    "cursor",
    "search",
    "ordering",
    "role",
    "tenant",
    "is_active",
    "slug",
    "uuid",
    "completed",
    "action",
    "actor",
    "timestamp_after",
    "timestamp_before",
    "variant",
    "available",
    "requires_payment",
    "status",
    "payment_gateway",
    "user",
    "order_id",
    "created_after",
    "created_before",
    "event_id",
    "event_type",
    "payment",
];

const VALUES: [&str; 29] = [
    "%",
    "%Z",
    "%ZZ",
    "%0",
    "%00",
    "a%00b",
    "%FF",
    "%C3%28",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%EF%BF%BF",
    "%F0%9F%92%A7",
    "'",
    "%22",
    "%5C",
    "%27%20OR%201%3D1%20--",
    "$1",
    "{}",
    "[]",
    "-1",
    "-0",
    "1e400",
    "NaN",
    "99999999999999999999999999999999",
    "-9223372036854775809",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "-271821-04-20T00:00:00Z",
    "2024-01-01T00:00:00%2B99:99",
];

#[tokio::test]
async fn no_value_of_any_parameter_breaks_a_list() {
    let world = World::new().await;
    let before = world.rows().await;
    for list in LISTS {
        for name in PARAMETERS {
            for value in VALUES {
                let target = format!("/api/v1{list}?{name}={value}");
                check_sound_raw(&target, &world.raw("GET", &target, &[], b"").await);
            }
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn no_query_string_breaks_any_path() {
    let world = World::new().await;
    let queries = [
        "?".to_owned(),
        "??".into(),
        "?&".into(),
        "?=".into(),
        "?=&=&==".into(),
        "?%".into(),
        "?%00=%00".into(),
        "?%FF=%FF".into(),
        "?page".into(),
        "?page&page=1".into(),
        "?page=1&page=2".into(),
        "?page=x&page=1".into(),
        "?page_size=1&page_size=2".into(),
        "?search=a&search=%00".into(),
        "?cursor=&cursor=x".into(),
        "?ordering=id&ordering=-id".into(),
        "?is_active=true&is_active=x".into(),
        "?page[]=1&page[a]=2".into(),
        "?a;b;c".into(),
        "?+=+".into(),
        format!("?search={}", "x".repeat(60_000)),
        format!("?{}", "a&".repeat(20_000)),
        format!("?{}", "page_size=5&".repeat(4_000)),
        format!("?ordering={}", "id,-username,".repeat(4_000)),
        format!("?ordering={}", "id,name,slug,email,role,task,action,timestamp,updated,".repeat(9)),
        format!("?tenant={}", "9".repeat(60_000)),
        format!("?cursor={}", "A".repeat(60_000)),
        format!("?{}=1", "n".repeat(60_000)),
        format!("?search={}", "x".repeat(200_000)),
    ];
    for (path, _) in PATHS {
        for query in &queries {
            let target = format!("/api/v1{}{query}", world.path(path));
            let answer = world.raw("GET", &target, &[], b"").await;
            let shown: String = target.chars().take(80).collect();
            check_sound_raw(&shown, &answer);
        }
    }
    world.root.get("/auth/user/").await.expect(200);
}

#[tokio::test]
async fn a_search_of_very_many_words_gets_an_answer() {
    let world = World::new().await;
    for list in LISTS {
        for words in [100, 1_000, 10_000, 30_000] {
            for more in ["", "&cursor=", "&page=last"] {
                let target = format!("/api/v1{list}?search={}{more}", "a,".repeat(words));
                let answer = world.raw("GET", &target, &[], b"").await;
                check_sound_raw(&format!("{list} {words} words{more}"), &answer);
            }
        }
        let different: String =
            (0..5_000).fold(String::new(), |text, n| text + "w" + &n.to_string() + ",");
        let target = format!("/api/v1{list}?search={different}");
        let answer = world.raw("GET", &target, &[], b"").await;
        check_sound_raw(&format!("{list} different words"), &answer);
    }
}

#[tokio::test]
async fn a_query_on_an_operation_that_takes_none_means_nothing() {
    let world = World::new().await;
    let plain = world.root.get("/auth/user/").await.expect(200);
    for query in ["page=0", "search=%00", "cursor=x", "is_active=x"] {
        assert_eq!(world.root.get(&format!("/auth/user/?{query}")).await.expect(200), plain);
        let body = json!({ "task": query });
        world.root.post(&format!("/todos/?{query}"), body).await.expect(201);
    }
}
