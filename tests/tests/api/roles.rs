//! `POST /users/{id}/assign-role/` (contract §5.4).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, TestApp};

use crate::support::{Cast, Person, check, detail, error, own, trail, with};

/// The body that the row of the table answers.
fn missing() -> Value {
    json!({ "tenant": ["This field is required."] })
}

fn unknown_tenant(id: i64) -> Value {
    json!({ "tenant": [format!("Invalid pk \"{id}\" - object does not exist.")] })
}

async fn assign(caller: &Person, target: &Person, body: Value) -> Answer {
    caller.api.post(&target.path("assign-role/"), body).await
}

/// Refuses every case with its answer and lets nothing change.
async fn refuse(cast: &Cast, cases: &[(&str, &str, Value, u16, Value)]) {
    for (caller, target, body, status, expected) in cases {
        let before = own(&cast[*target].api).await;
        let answer = assign(&cast[*caller], &cast[*target], body.clone()).await;
        let rule = format!("{caller} gives {target} {body}");
        check(&rule, &answer, *status, expected);
        assert_eq!(own(&cast[*target].api).await, before, "{rule}");
    }
    assert!(trail(&cast["root"].api).await.is_empty(), "a refused operation writes nothing");
}

#[tokio::test]
async fn an_id_without_a_row_and_an_unknown_role_come_before_everything_else() {
    let cast = Cast::assemble().await;
    for caller in ["root", "admin", "owner", "drifter", "member", "loner"] {
        for body in [json!({ "role": "subscriber" }), json!({ "role": "king" }), json!({})] {
            let answer = cast[caller].api.post("/users/999/assign-role/", body).await;
            check(caller, &answer, 404, &detail("Not found."));
        }
    }
    let invalid = error("Invalid role");
    let mut cases = Vec::new();
    for body in [
        json!({}),
        json!({ "tenant": 999 }),
        json!({ "role": "king" }),
        json!({ "role": "Subscriber" }),
        json!({ "role": "" }),
        json!({ "role": null }),
        json!({ "role": 1 }),
        json!({ "role": ["subscriber"] }),
        json!({ "role": { "role": "subscriber" } }),
    ] {
        for (caller, target) in [
            ("root", "member"),
            ("root", "root"),
            ("admin", "root"),
            ("owner", "stranger"),
            ("owner", "attached"),
            ("member", "member"),
            ("loner", "root"),
        ] {
            cases.push((caller, target, body.clone(), 400, invalid.clone()));
        }
    }
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn a_subscriber_gives_no_role_to_anybody() {
    let cast = Cast::assemble().await;
    let refused = error("Insufficient permissions");
    let mut cases = Vec::new();
    for caller in ["member", "loner"] {
        for target in ["root", "admin", "owner", "member", "stranger", "loner"] {
            for role in Role::ALL {
                let body = json!({ "role": role.as_str(), "tenant": 999 });
                cases.push((caller, target, body, 403, refused.clone()));
            }
        }
    }
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn an_owner_is_told_the_role_then_the_tenant_then_the_target() {
    let cast = Cast::assemble().await;
    let role = error("Can only assign Subscriber role");
    let tenant = error("Cannot modify users from other tenants");
    let mut cases = Vec::new();
    for target in ["root", "attached", "owner", "partner", "member", "stranger", "loner"] {
        for wanted in ["superadmin", "admin", "tenant_owner"] {
            cases.push(("owner", target, json!({ "role": wanted }), 403, role.clone()));
        }
    }
    let subscriber = json!({ "role": "subscriber" });
    for target in ["root", "boss", "admin", "rival", "stranger", "drifter", "loner"] {
        cases.push(("owner", target, subscriber.clone(), 403, tenant.clone()));
    }
    let into = json!({ "role": "subscriber", "tenant": cast.acme });
    cases.push(("owner", "stranger", into, 403, tenant));
    for target in ["attached", "chief"] {
        let refused = error("Insufficient permissions");
        cases.push(("owner", target, subscriber.clone(), 403, refused));
    }
    let oneself = error("Cannot change your own role");
    cases.push(("owner", "owner", subscriber, 400, oneself));
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn an_owner_without_tenant_gives_no_role() {
    let cast = Cast::assemble().await;
    for target in ["root", "member", "loner", "drifter"] {
        let answer = assign(&cast["drifter"], &cast[target], json!({ "role": "subscriber" })).await;
        check(target, &answer, 403, &error("Insufficient permissions"));
    }
    assert_eq!(own(&cast["drifter"].api).await["role"], "tenant_owner");
}

#[tokio::test]
async fn an_admin_neither_gives_the_highest_role_nor_touches_who_has_it() {
    let cast = Cast::assemble().await;
    let mut cases = Vec::new();
    for caller in ["admin", "attached"] {
        for target in ["root", "chief", "second", "owner", "member", "loner", caller] {
            let refused = error("Cannot assign SuperAdmin role");
            let body = json!({ "role": "superadmin", "tenant": 999 });
            cases.push((caller, target, body, 403, refused));
        }
        for target in ["root", "boss", "chief"] {
            for role in ["admin", "tenant_owner", "subscriber"] {
                let refused = error("Insufficient permissions");
                cases.push((caller, target, json!({ "role": role }), 403, refused));
            }
        }
    }
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn nobody_changes_the_own_role_not_even_to_the_same() {
    let cast = Cast::assemble().await;
    let refused = error("Cannot change your own role");
    let mut cases = Vec::new();
    for (caller, roles) in [
        ("root", ["superadmin", "admin", "subscriber"]),
        ("admin", ["admin", "tenant_owner", "subscriber"]),
        ("attached", ["admin", "tenant_owner", "subscriber"]),
    ] {
        for role in roles {
            cases.push((caller, caller, json!({ "role": role }), 400, refused.clone()));
            // Oneself comes before the tenant.
            let body = json!({ "role": role, "tenant": 999 });
            cases.push((caller, caller, body, 400, refused.clone()));
        }
    }
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn a_tenant_must_exist_and_an_owner_must_have_one() {
    let cast = Cast::assemble().await;
    let mut cases = Vec::new();
    for caller in ["root", "admin"] {
        for role in ["admin", "tenant_owner", "subscriber"] {
            for id in [999, 2_147_483_648, 0, -1] {
                let body = json!({ "role": role, "tenant": id });
                cases.push((caller, "member", body, 400, unknown_tenant(id)));
            }
            let body = json!({ "role": role, "tenant": "x" });
            let wrong = json!({ "tenant": ["Incorrect type. Expected pk value, received str."] });
            cases.push((caller, "member", body, 400, wrong));
        }
        let owner = json!({ "role": "tenant_owner" });
        let none = json!({ "role": "tenant_owner", "tenant": null });
        for target in ["loner", "drifter", "second"] {
            cases.push((caller, target, owner.clone(), 400, missing()));
        }
        for target in ["loner", "member", "owner"] {
            cases.push((caller, target, none.clone(), 400, missing()));
        }
    }
    refuse(&cast, &cases).await;
}

#[tokio::test]
async fn every_role_that_may_be_given_is_given_with_the_whole_user_in_the_answer() {
    let cast = Cast::assemble().await;
    for (caller, target, role) in [
        ("root", "member", "superadmin"),
        ("root", "member", "admin"),
        ("root", "boss", "admin"),
        ("root", "boss", "superadmin"),
        ("admin", "member", "tenant_owner"),
        ("admin", "member", "subscriber"),
        ("admin", "second", "subscriber"),
        ("attached", "second", "admin"),
        ("owner", "partner", "subscriber"),
        ("admin", "stranger", "admin"),
    ] {
        let before = own(&cast[target].api).await;
        let answer = assign(&cast[caller], &cast[target], json!({ "role": role })).await;
        let is_superuser = role == "superadmin";
        let is_staff = is_superuser || role == "admin";
        let changes = json!({ "role": role, "is_staff": is_staff, "is_superuser": is_superuser });
        let user = with(before, changes);
        let expected = json!({ "message": "Role updated successfully", "user": user });
        check(&format!("{caller} makes {target} {role}"), &answer, 200, &expected);
        assert_eq!(own(&cast[target].api).await, user, "from the next request on");
    }
}

#[tokio::test]
async fn superadmins_and_admins_move_the_user_at_the_same_time() {
    let cast = Cast::assemble().await;
    let tenant_of = |user: &Value| [user["tenant"].clone(), user["tenant_name"].clone()];
    for (caller, target, role, tenant) in [
        ("root", "loner", "tenant_owner", Some(cast.acme)),
        ("admin", "loner", "subscriber", Some(cast.globex)),
        ("admin", "loner", "subscriber", None),
        ("root", "member", "admin", None),
        ("attached", "stranger", "tenant_owner", Some(cast.acme)),
    ] {
        let body = json!({ "role": role, "tenant": tenant });
        let answer = assign(&cast[caller], &cast[target], body).await.expect(200);
        let name = tenant.map(|id| if id == cast.acme { "Tenant acme" } else { "Tenant globex" });
        assert_eq!(tenant_of(&answer["user"]), [json!(tenant), json!(name)], "{target}");
        assert_eq!(answer["user"]["role"], role);
        assert_eq!(own(&cast[target].api).await, answer["user"]);
    }
    let moved = own(&cast["stranger"].api).await;
    assert_eq!(moved["tenant_detail"]["slug"], "acme");
}

#[tokio::test]
async fn an_owners_wish_for_a_tenant_is_not_heeded() {
    let cast = Cast::assemble().await;
    for tenant in [json!(cast.globex), json!(null), json!(999), json!("x")] {
        let body = json!({ "role": "subscriber", "tenant": tenant });
        let answer = assign(&cast["owner"], &cast["partner"], body).await.expect(200);
        assert_eq!(answer["user"]["tenant"], cast.acme, "{tenant}");
        assert_eq!(answer["user"]["role"], "subscriber", "{tenant}");
    }
    assert_eq!(
        trail(&cast["root"].api).await.len(),
        1,
        "the first changed the role, the rest nothing"
    );
}

#[tokio::test]
async fn a_key_is_needed() {
    let app = TestApp::start().await;
    let body = json!({ "role": "subscriber" });
    let answer = app.anonymous().post("/users/1/assign-role/", body).await;
    check("no key", &answer, 401, &detail("Authentication credentials were not provided."));
}
