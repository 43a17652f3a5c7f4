//! Paths that do not exist, and those that lack their final slash (contract §1.1).

use wiwebb_tests::not_found;

use super::{PATHS, World};

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let world = World::new().await;
    let before = world.rows().await;
    for target in [
        "/api/v1/",
        "/api/v1/nowhere/",
        "/api/v1/nowhere",
        "/api/v1/users/1/nowhere/",
        "/api/v1/users/1/assign-role/1/",
        "/api/v1/users/1/assign_role/",
        "/api/v1/Users/",
        "/api/v1/USERS/",
        "/api/v1/user/",
        "/api/v1/users.json",
        "/api/v1/auth/",
        "/api/v1/auth/users/",
        "/api/v1/auth/password/",
        "/api/v1/dashboard/",
        "/api/v1/tenants/me/users/",
        "/api/v1/%75sers%2F",
        "/api/v1/%00/",
        "/api/v1/%FF/",
        "/api/v1/%",
        "/api/v1/.",
        "/api/v1/../v1/users/",
        "/api/v1/./users/",
        "/api/v1/users/../tenants/",
        // Double slashes.
        "/api/v1//",
        "/api/v1//users/",
        "/api/v1/users/1//",
        "/api/v1/users//1/",
        "/api/v1/users/1//activate/",
        "/api//v1/users/",
        "//api/v1/users/",
        "//example.org/api/v1/users",
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = world.raw(method, target, &[], b"").await;
            assert_eq!((answer.status, answer.json()), (404, not_found()), "{method} {target}");
            assert_eq!(
                answer.header("content-type"),
                Some("application/json"),
                "{method} {target}"
            );
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn an_empty_id_matches_no_row() {
    let world = World::new().await;
    let before = world.rows().await;
    for target in
        ["/api/v1/users//", "/api/v1/tenants//", "/api/v1/todos//", "/api/v1/audit-logs//"]
    {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = world.raw(method, target, &[], b"").await;
            // Either no path at all or that of one row, which does not take every method.
            assert!([404, 405].contains(&answer.status), "{method} {target}: {answer:?}");
            assert!(method != "GET" || answer.json() == not_found(), "{target}");
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn without_the_final_slash_a_path_leads_to_the_one_with_it() {
    let world = World::new().await;
    let before = world.rows().await;
    for (path, _) in PATHS {
        let with = format!("/api/v1{}", world.path(path));
        let without = with.trim_end_matches('/');
        for query in ["", "?page=2&search=a%20%2F%2F%C3%A4", "?"] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let answer = world.raw(method, &format!("{without}{query}"), &[], b"").await;
                let statuses: &[u16] = match method {
                    "GET" | "HEAD" => &[301, 308],
                    _ => &[308],
                };
                assert!(statuses.contains(&answer.status), "{method} {without}: {answer:?}");
                let place = answer.header("location").unwrap();
                let place = place.strip_prefix(world.app.base.as_str()).unwrap_or(place);
                let kept = query.trim_end_matches('?');
                assert_eq!(place.trim_end_matches('?'), format!("{with}{kept}"), "{method}");
            }
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn no_redirect_leads_away_from_this_server() {
    let world = World::new().await;
    for target in [
        "//example.org/users",
        "//example.org/%2e%2e",
        "/api/v1//example.org",
        "/api/v1/users/%0d%0aLocation:%20http:%2F%2Fexample.org",
        "/api/v1/users/%5Cexample.org",
        "/api/v1/tenants/%2F%2Fexample.org",
        "/\\example.org",
    ] {
        let answer = world.raw("GET", target, &[], b"").await;
        assert!(answer.status < 500, "{target}: {answer:?}");
        if let Some(place) = answer.header("location") {
            assert!(place.starts_with("/api/v1/"), "{target} leads to {place}");
        }
        assert!(!answer.head.contains("\r\nLocation: http"), "{target}: {}", answer.head);
    }
}
