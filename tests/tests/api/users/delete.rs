//! `DELETE /users/{id}/` (contract §2, §13).

use serde_json::{Value, json};
use sqlx::PgPool;
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, TestApp};

use crate::support::{
    Cast, FORBIDDEN, Person, can_login, check, check_dead, check_stays, detail, own, registration,
};

/// Gives every user a payment, behind the server.
async fn charge_everybody(pool: &PgPool) {
    let gateway =
        "INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('cash', 'manual')";
    sqlx::query(gateway).execute(pool).await.unwrap();
    sqlx::query(
        "INSERT INTO payment_payment (user_id, payment_gateway_id, status, total) \
         SELECT u.id, g.id, 'rejected', 19.99 \
         FROM api_user AS u CROSS JOIN payment_paymentgatewayconfig AS g",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn whoever_manages_the_target_may_and_nobody_else_and_payments_protect_it() {
    let cast = Cast::assemble().await;
    charge_everybody(&cast.app.pool).await;
    let payments = "Cannot delete user with existing payments.";
    let oneself = detail("You cannot delete your own account.");
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            let answer = person.api.delete(&other.path("")).await;
            let rule = format!("{caller} deletes {target}");
            if !managed.contains(&target) {
                check(&rule, &answer, 403, &detail(FORBIDDEN));
            } else if caller == target {
                check(&rule, &answer, 400, &oneself);
            } else {
                check_stays(&rule, &answer, payments);
            }
        }
        let nobody = person.api.delete("/users/999/").await;
        match caller {
            "member" | "stranger" | "loner" | "drifter" => {
                check(caller, &nobody, 403, &detail(FORBIDDEN));
            }
            _ => check(caller, &nobody, 404, &detail("Not found.")),
        }
    }
    for (_, person) in cast.everybody() {
        own(&person.api).await;
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_for_everybody_and_the_name_is_free() {
    let cast = Cast::assemble().await;
    let root = &cast["root"].api;
    for (caller, target) in [
        ("owner", "member"),
        ("partner", "owner"),
        ("rival", "stranger"),
        ("attached", "drifter"),
        ("admin", "loner"),
        ("admin", "attached"),
        ("boss", "chief"),
    ] {
        let target_path = cast[target].path("");
        let answer = cast[caller].api.delete(&target_path).await;
        check(&format!("{caller} deletes {target}"), &answer, 204, &Value::Null);
        check_dead(target, &cast[target].api).await;
        assert!(!can_login(&cast.app, target, PASSWORD).await, "{target}");
        check(target, &root.get(&target_path).await, 404, &detail("Not found."));
        let again = cast[caller].api.delete(&target_path).await;
        check("a second time", &again, 404, &detail("Not found."));
        let reborn = cast.app.anonymous().post("/auth/registration/", registration(target)).await;
        assert_ne!(reborn.expect(201)["user"]["id"], cast[target].id);
    }
    let page = root.get("/users/?page_size=100").await.expect(200);
    let mut names: Vec<&str> = page["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let cast: Vec<&str> = cast.everybody().map(|(name, _)| name).collect();
    assert_eq!(names, cast);
}

#[tokio::test]
async fn todos_and_keys_go_with_the_user_and_those_of_others_stay() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    app.login("ada").await;
    for client in [&root, &ada.api, &ada.api] {
        client.post("/todos/", json!({ "task": "go" })).await.expect(201);
    }
    let reset = json!({ "email": "ada@example.org" });
    app.anonymous().post("/auth/password/reset/", reset).await.expect(200);
    root.delete(&ada.path("")).await.expect(204);
    let left: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM api_todo), (SELECT count(*) FROM api_accesstoken), \
         (SELECT count(*) FROM api_passwordreset)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(left, (1, 1, 0), "what belongs to root");
}

#[tokio::test]
async fn a_payment_protects_its_user_and_all_that_is_the_users() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(tenant)).await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    let todo = ada.api.post("/todos/", json!({ "task": "stay" })).await.expect(201);
    owner.post(&ada.path("set-password/"), json!({ "password": PASSWORD })).await.expect(200);
    let ada = Person::holding(app.login("ada").await).await;
    charge_everybody(&app.pool).await;
    let refused = "Cannot delete user with existing payments.";
    for caller in [&root, &owner] {
        check_stays("refused", &caller.delete(&ada.path("")).await, refused);
    }
    check("todo", &ada.api.get(&format!("/todos/{}/", todo["id"])).await, 200, &todo);
    let entries = crate::support::trail(&root).await;
    assert_eq!(entries[0]["target"], ada.id);
    sqlx::query("DELETE FROM payment_payment").execute(&app.pool).await.unwrap();
    owner.delete(&ada.path("")).await.expect(204);
}
