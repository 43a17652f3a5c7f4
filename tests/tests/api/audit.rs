//! The entries that actions leave in the audit trail (contract §12).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{Client, PASSWORD, TestApp};

use crate::passwords::link;
use crate::support::{Cast, Person, can_login, instant, own, trail};

/// The newest entry, where exactly one is new.
async fn newest(root: &Client, before: usize) -> Value {
    let entries = trail(root).await;
    assert_eq!(entries.len(), before + 1, "{entries:#?}");
    entries[before].clone()
}

#[tokio::test]
async fn each_action_writes_one_entry_with_its_details_and_nothing_more() {
    let cast = Cast::assemble().await;
    let root = &cast["root"].api;
    let moved = json!({
        "old_role": "admin",
        "new_role": "tenant_owner",
        "changed_by": "root@example.org",
        "old_tenant": cast.acme,
        "new_tenant": cast.globex,
    });
    let roles = |old: &str, new: &str, by: &str| json!({ "old_role": old, "new_role": new, "changed_by": format!("{by}@example.org") });
    let activity = |old: bool, by: &str| {
        let by = format!("{by}@example.org");
        json!({ "old_is_active": old, "new_is_active": !old, "changed_by": by })
    };
    let password = |by: &str| json!({ "changed_by": format!("{by}@example.org") });
    let give = |role: &str| ("assign-role/", json!({ "role": role }));
    let active = |on: bool| ("activate/", json!({ "is_active": on }));
    let set = ("set-password/", json!({ "password": PASSWORD }));
    // The tenant sent is the present one: nothing moves.
    let promotion = ("assign-role/", json!({ "role": "admin", "tenant": cast.acme }));
    let transfer = ("assign-role/", json!({ "role": "tenant_owner", "tenant": cast.globex }));
    for (number, (by, target, (path, body), action, details)) in [
        (
            "root",
            "member",
            give("tenant_owner"),
            "role_changed",
            roles("subscriber", "tenant_owner", "root"),
        ),
        ("admin", "member", promotion, "role_changed", roles("tenant_owner", "admin", "admin")),
        ("root", "member", transfer, "role_changed", moved),
        (
            "owner",
            "partner",
            give("subscriber"),
            "role_changed",
            roles("tenant_owner", "subscriber", "owner"),
        ),
        ("owner", "partner", set.clone(), "password_reset", password("owner")),
        ("attached", "owner", set, "password_reset", password("attached")),
        ("owner", "partner", active(false), "activation_changed", activity(true, "owner")),
        ("boss", "partner", active(true), "activation_changed", activity(false, "boss")),
    ]
    .into_iter()
    .enumerate()
    {
        let now = cast.app.clock.advance(Duration::seconds(1));
        // A set password kills the target's keys; whoever acts signs in again.
        let actor = cast.app.login(by).await;
        actor.post(&cast[target].path(path), body).await.expect(200);
        let entry = newest(root, number).await;
        let rule = format!("{by}: {action} of {target}");
        assert_eq!(instant(&entry["timestamp"]), now, "{rule}");
        let expected = json!({
            "id": entry["id"],
            "actor": cast[by].id,
            "target": cast[target].id,
            "action": action,
            "details": details,
            "timestamp": entry["timestamp"],
            "actor_username": by,
            "target_username": target,
        });
        assert_eq!(entry, expected, "{rule}");
        let one = root.get(&format!("/audit-logs/{}/", entry["id"])).await.expect(200);
        assert_eq!(one, entry, "{rule}");
    }
}

#[tokio::test]
async fn a_move_alone_and_a_move_out_of_every_tenant_are_told() {
    let cast = Cast::assemble().await;
    let root = &cast["root"];
    for (number, (target, role, old, new)) in [
        ("member", "subscriber", Some(cast.acme), Some(cast.globex)),
        ("member", "subscriber", Some(cast.globex), None),
        ("loner", "subscriber", None, Some(cast.acme)),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "role": role, "tenant": new });
        root.api.post(&cast[target].path("assign-role/"), body).await.expect(200);
        let expected = json!({
            "old_role": role,
            "new_role": role,
            "changed_by": "root@example.org",
            "old_tenant": old,
            "new_tenant": new,
        });
        assert_eq!(newest(&root.api, number).await["details"], expected);
    }
}

#[tokio::test]
async fn activity_in_an_update_counts_as_activation() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(tenant)).await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    let path = ada.path("");
    for (number, (by, put, old)) in
        [("root", true, true), ("owner", false, false), ("owner", true, true)]
            .into_iter()
            .enumerate()
    {
        let caller = if by == "root" { &root } else { &owner };
        let body = json!({ "email": "ada@example.org", "is_active": !old, "first_name": "A" });
        let answer =
            if put { caller.put(&path, body).await } else { caller.patch(&path, body).await };
        answer.expect(200);
        let entry = newest(&root, number).await;
        let details = json!({
            "old_is_active": old,
            "new_is_active": !old,
            "changed_by": format!("{by}@example.org"),
        });
        assert_eq!((&entry["action"], &entry["details"]), (&json!("activation_changed"), &details));
        assert_eq!((&entry["actor"], &entry["target"]), (&own(caller).await["id"], &json!(ada.id)));
    }
}

#[tokio::test]
async fn what_changes_nothing_of_these_and_what_is_refused_writes_nothing() {
    let cast = Cast::assemble().await;
    let root = &cast["root"];
    let member = &cast["member"];
    let acme = json!({ "role": "subscriber", "tenant": cast.acme });
    let email = |name: &str| json!({ "email": format!("{name}@example.org"), "is_active": true });
    for (caller, path, body, status) in [
        ("root", member.path("assign-role/"), json!({ "role": "subscriber" }), 200),
        ("root", member.path("assign-role/"), acme, 200),
        ("root", member.path("activate/"), json!({ "is_active": true }), 200),
        ("root", member.path("assign-role/"), json!({ "role": "king" }), 400),
        ("root", member.path("set-password/"), json!({ "password": "short" }), 400),
        ("root", member.path("activate/"), json!({ "is_active": "maybe" }), 400),
        ("root", root.path("activate/"), json!({ "is_active": false }), 400),
        ("rival", member.path("activate/"), json!({ "is_active": false }), 403),
        ("rival", member.path("set-password/"), json!({ "password": PASSWORD }), 403),
        ("rival", member.path("assign-role/"), json!({ "role": "subscriber" }), 403),
    ] {
        let answer = cast[caller].api.post(&path, body.clone()).await;
        assert_eq!(answer.status, status, "{caller} {path} {body}: {}", answer.body);
    }
    root.api.put(&member.path(""), email("member")).await.expect(200);
    root.api.patch(&member.path(""), json!({ "first_name": "M" })).await.expect(200);
    root.api.patch(&root.path(""), json!({ "is_active": true })).await.expect(200);
    let taken = json!({ "email": "owner@example.org", "is_active": false });
    root.api.patch(&member.path(""), taken).await.expect(400);
    let bad = json!({ "url": "no", "is_active": false });
    root.api.patch(&member.path(""), bad).await.expect(400);
    let refused = cast["rival"].api.patch(&member.path(""), json!({ "is_active": false })).await;
    refused.expect(403);
    let change = json!({
        "old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD,
    });
    member.api.post("/auth/password/change/", change).await.expect(200);
    assert_eq!(trail(&root.api).await, [] as [Value; 0]);
}

#[tokio::test]
async fn entries_outlive_actor_and_target_and_changed_by_stays() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let owner =
        Person::holding(app.user(&root, "owner", Role::TenantOwner, Some(tenant)).await).await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    owner.api.post(&ada.path("set-password/"), json!({ "password": PASSWORD })).await.expect(200);
    let before = newest(&root, 0).await;
    let mut expected = before.clone();
    for (person, field) in [(&owner, "actor"), (&ada, "target")] {
        root.delete(&person.path("")).await.expect(204);
        expected[field] = Value::Null;
        expected[format!("{field}_username")] = Value::Null;
        assert_eq!(newest(&root, 0).await, expected, "without its {field}");
    }
    assert_eq!(expected["details"], json!({ "changed_by": "owner@example.org" }));
}

#[tokio::test]
async fn changed_by_is_the_address_of_the_moment() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    for (number, email) in ["root@example.org", "Chief@example.org"].into_iter().enumerate() {
        root.patch("/auth/user/", json!({ "email": email })).await.expect(200);
        root.post(&ada.path("set-password/"), json!({ "password": PASSWORD })).await.expect(200);
        assert_eq!(newest(&root, number).await["details"], json!({ "changed_by": email }));
    }
    assert_eq!(trail(&root).await[0]["details"], json!({ "changed_by": "root@example.org" }));
    assert_eq!(instant(&trail(&root).await[0]["timestamp"]), app.clock.now());
}

#[tokio::test]
async fn a_change_whose_entry_cannot_be_written_does_not_happen() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    let email = json!({ "email": "ada@example.org" });
    app.anonymous().post("/auth/password/reset/", email).await.expect(200);
    let (uid, token) = link(&app, 1).await;
    let new = "brisk-Walrus-51";
    let confirmation =
        json!({ "uid": uid, "token": token, "new_password1": new, "new_password2": new });
    let before = own(&ada.api).await;
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                  AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
                  CREATE TRIGGER refuse BEFORE INSERT ON api_auditlog \
                  FOR EACH ROW EXECUTE FUNCTION refuse()";
    sqlx::raw_sql(refuse).execute(&app.pool).await.unwrap();
    let confirm = "/auth/password/reset/confirm/".to_owned();
    for (path, body) in [
        (ada.path("assign-role/"), json!({ "role": "admin" })),
        (ada.path("assign-role/"), json!({ "role": "subscriber", "tenant": null })),
        (ada.path("set-password/"), json!({ "password": new })),
        (ada.path("activate/"), json!({ "is_active": false })),
        (confirm.clone(), confirmation.clone()),
    ] {
        let answer = root.post(&path, body).await;
        assert!(answer.status >= 500, "{path}: {} {}", answer.status, answer.body);
        assert_eq!(own(&ada.api).await, before, "{path}");
    }
    let off = json!({ "is_active": false, "first_name": "A" });
    assert!(root.patch(&ada.path(""), off).await.status >= 500);
    assert_eq!(own(&ada.api).await, before);
    assert!(!can_login(&app, "ada", new).await);
    sqlx::raw_sql("DROP TRIGGER refuse ON api_auditlog").execute(&app.pool).await.unwrap();
    root.post(&confirm, confirmation).await.expect(200);
}
