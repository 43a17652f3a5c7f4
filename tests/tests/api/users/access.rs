//! Who sees and changes whom (contract §2 and §1.5).

use reqwest::Method;
use serde_json::json;

use crate::support::{Cast, FORBIDDEN, check, detail};

/// Whom a caller sees.
fn visible(cast: &Cast, caller: &'static str) -> Vec<&'static str> {
    let everybody = cast.everybody().map(|(name, _)| name);
    match caller {
        "root" | "boss" | "chief" | "admin" | "second" | "attached" => everybody.collect(),
        // Whoever carries the tenant, its admins too.
        "owner" | "partner" => vec!["attached", "chief", "member", "owner", "partner"],
        "rival" => vec!["rival", "stranger"],
        _ => vec![caller],
    }
}

#[tokio::test]
async fn a_list_and_a_look_reach_the_same_users() {
    let cast = Cast::assemble().await;
    for (caller, person) in cast.everybody() {
        let visible = visible(&cast, caller);
        let page = person.api.get("/users/?page_size=100").await.expect(200);
        let results = page["results"].as_array().unwrap();
        let listed: Vec<&str> = results.iter().map(|u| u["username"].as_str().unwrap()).collect();
        assert_eq!(listed, visible, "{caller} lists");
        assert_eq!(page["count"], visible.len(), "{caller} counts");
        for (target, other) in cast.everybody() {
            let answer = person.api.get(&other.path("")).await;
            let rule = format!("{caller} looks at {target}");
            if visible.contains(&target) {
                let row = results.iter().find(|user| user["id"] == other.id);
                check(&rule, &answer, 200, row.unwrap());
            } else {
                check(&rule, &answer, 403, &detail(FORBIDDEN));
            }
        }
        let answer = person.api.get("/users/999/").await;
        check(caller, &answer, 404, &detail("Not found."));
    }
}

#[tokio::test]
async fn a_filter_by_tenant_never_widens_the_scope() {
    let cast = Cast::assemble().await;
    let (acme, globex) = (cast.acme, cast.globex);
    for (caller, tenant, count) in [
        ("root", acme, 5),
        ("admin", globex, 2),
        ("attached", globex, 2),
        ("owner", acme, 5),
        ("owner", globex, 0),
        ("rival", acme, 0),
        ("drifter", globex, 0),
        ("member", acme, 1),
        ("member", globex, 0),
        ("loner", acme, 0),
    ] {
        let page = cast[caller].api.get(&format!("/users/?tenant={tenant}")).await.expect(200);
        assert_eq!(page["count"], count, "{caller} asks for {tenant}");
    }
}

#[tokio::test]
async fn managers_and_oneself_update_and_nobody_else() {
    let cast = Cast::assemble().await;
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            let path = other.path("");
            let name = json!({ "first_name": caller });
            let before = cast["root"].api.get(&path).await.expect(200);
            let patched = person.api.patch(&path, name).await;
            let rule = format!("{caller} changes {target}");
            if managed.contains(&target) || caller == target {
                assert_eq!(patched.expect(200)["first_name"], caller, "{rule}");
                let put = json!({ "email": before["email"] });
                person.api.put(&path, put).await.expect(200);
            } else {
                check(&rule, &patched, 403, &detail(FORBIDDEN));
                // Permission comes before the fields.
                let put = person.api.put(&path, json!({ "url": "no" })).await;
                check(&rule, &put, 403, &detail(FORBIDDEN));
                assert_eq!(cast["root"].api.get(&path).await.expect(200), before, "{rule}");
            }
        }
        let answer = person.api.patch("/users/999/", json!({ "url": "no" })).await;
        check(caller, &answer, 404, &detail("Not found."));
    }
}

#[tokio::test]
async fn a_role_without_any_right_to_create_is_refused_before_the_body_is_read() {
    let cast = Cast::assemble().await;
    for caller in ["member", "stranger", "loner", "drifter"] {
        for body in [json!({}), json!([]), json!({ "role": "subscriber", "tenant": cast.acme })] {
            let answer = cast[caller].api.post("/users/", body).await;
            check(caller, &answer, 403, &detail(FORBIDDEN));
        }
        let request = cast[caller].api.request(Method::POST, "/users/");
        let request = request.header("Content-Type", "text/plain").body("{");
        let answer = cast[caller].api.send(request).await;
        check(caller, &answer, 403, &detail(FORBIDDEN));
    }
}

#[tokio::test]
async fn the_object_comes_before_the_form_of_the_body() {
    let cast = Cast::assemble().await;
    let stranger = |rest| (cast["stranger"].path(rest), 403, detail(FORBIDDEN));
    let nobody = |rest: &str| (format!("/users/999/{rest}"), 404, detail("Not found."));
    let media = detail("Unsupported media type \"text/plain\" in request.");
    let own = |rest| (cast["member"].path(rest), 415, media.clone());
    for (method, rest) in [
        (Method::PUT, ""),
        (Method::PATCH, ""),
        (Method::POST, "set-password/"),
        (Method::POST, "activate/"),
    ] {
        for (path, status, expected) in [stranger(rest), nobody(rest), own(rest)] {
            let request = cast["owner"].api.request(method.clone(), &path);
            let request = request.header("Content-Type", "text/plain").body("{");
            let answer = cast["owner"].api.send(request).await;
            check(&format!("{method} {path}"), &answer, status, &expected);
        }
    }
}

#[tokio::test]
async fn me_is_no_user() {
    let cast = Cast::assemble().await;
    let root = &cast["root"].api;
    check("GET", &root.get("/users/me/").await, 404, &detail("Not found."));
    let answer = root.post("/users/me/activate/", json!({ "is_active": true })).await;
    check("POST", &answer, 404, &detail("Not found."));
}
