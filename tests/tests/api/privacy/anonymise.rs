//! `POST /users/{id}/anonymise/`.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, TestApp, forbidden, not_found};

use super::{Kept, TELLING};
use crate::support::{Cast, Person, can_login, check, check_dead, check_stays, detail, trail};

#[tokio::test]
async fn nothing_in_the_database_tells_who_it_was() {
    let kept = Kept::new().await;
    for word in TELLING {
        assert_ne!(kept.places(word).await, [""; 0], "{word} was never kept");
    }
    kept.cancel().await;
    kept.shop.root.post(&kept.who.path("anonymise/"), json!({})).await.expect(200);
    for word in TELLING {
        assert_eq!(kept.places(word).await, [""; 0], "{word}");
    }
}

#[tokio::test]
async fn the_answer_is_the_user_as_it_stands_from_then_on() {
    let kept = Kept::new().await;
    kept.cancel().await;
    let (root, id) = (&kept.shop.root, kept.who.id);
    let expected = kept
        .user_with(json!({
            "username": format!("deleted-{id}"),
            "email": format!("deleted-{id}@deleted.invalid"),
            "first_name": "", "last_name": "", "phone_number": "", "bio": "", "url": "",
            "company": "", "location": "", "birth_date": null, "is_active": false,
        }))
        .await;
    let mut user = root.post(&kept.who.path("anonymise/"), json!({})).await.expect(200);
    assert_eq!(root.get(&kept.who.path("")).await.expect(200), user);
    user["password_updated"] = expected["password_updated"].clone();
    assert_eq!(user, expected);
    check_dead("key", &kept.who.api).await;
    assert!(!can_login(&kept.shop.app, "quentin", PASSWORD).await);
    assert!(!can_login(&kept.shop.app, &format!("deleted-{id}"), PASSWORD).await);
}

#[tokio::test]
async fn the_books_stay_right() {
    let kept = Kept::new().await;
    kept.cancel().await;
    let root = &kept.shop.root;
    let path = format!("/payments/{}/", kept.payment["id"]);
    let before = root.get(&path).await.expect(200);
    let revenue = root.get("/dashboard/stats/").await.expect(200);
    root.post(&kept.who.path("anonymise/"), json!({})).await.expect(200);
    let after = root.get(&path).await.expect(200);
    for field in ["id", "user", "total", "currency", "status", "refunded_amount", "transaction_id"]
    {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!((&after["order_id"], &after["description"]), (&Value::Null, &json!("")));
    assert_eq!(after["metadata"]["note"], Value::Null);
    assert_eq!(root.get("/dashboard/stats/").await.expect(200), revenue);
    check_stays(
        "still there",
        &root.delete(&kept.who.path("")).await,
        "Cannot delete user with existing payments.",
    );
    // What is left can go back as before.
    let refund = root.post(&format!("{path}refund_payment/"), json!({})).await.expect(200);
    assert_eq!(refund["status"], "refunded");
}

#[tokio::test]
async fn an_entry_tells_of_it_and_older_ones_carry_the_new_address() {
    let kept = Kept::new().await;
    kept.cancel().await;
    let root = &kept.shop.root;
    root.post(&kept.who.path("anonymise/"), json!({})).await.expect(200);
    let entries = trail(root).await;
    let told = entries.last().unwrap();
    assert_eq!(
        (&told["action"], &told["target"]),
        (&json!("user_anonymised"), &json!(kept.who.id))
    );
    assert_eq!(told["details"], json!({ "changed_by": "root@example.org" }));
    let filtered = root.get("/audit-logs/?action=user_anonymised").await.expect(200);
    assert_eq!(filtered["results"], json!([told]));
    let address = format!("deleted-{}@deleted.invalid", kept.who.id);
    let own: Vec<_> = entries.iter().filter(|entry| entry["actor"] == kept.who.id).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["details"], json!({ "changed_by": address }));
}

#[tokio::test]
async fn a_second_time_answers_the_same_and_tells_nothing() {
    let kept = Kept::new().await;
    kept.cancel().await;
    let (root, path) = (&kept.shop.root, kept.who.path("anonymise/"));
    let first = root.post(&path, json!({})).await.expect(200);
    let entries = trail(root).await;
    kept.shop.app.clock.advance(chrono::Duration::hours(1));
    root.post(&path, json!({})).await.expect_body(200, &first);
    assert_eq!(trail(root).await, entries);
}

#[tokio::test]
async fn a_subscription_or_an_open_payment_stands_in_the_way() {
    let kept = Kept::new().await;
    let (root, path) = (&kept.shop.root, kept.who.path("anonymise/"));
    let refused = detail("Cannot anonymise user with an active subscription.");
    check("subscribed", &root.post(&path, json!({})).await, 400, &refused);
    kept.cancel().await;
    kept.shop.gateway_does(json!({ "outcome": "waiting" })).await;
    let body = json!({ "amount": "1.00", "payment_gateway": "Till" });
    let open = kept.who.api.post("/payments/create_payment/", body).await.expect(201);
    let refused = detail("Cannot anonymise user with open payments.");
    check("paying", &root.post(&path, json!({})).await, 400, &refused);
    assert_ne!(kept.places("quentin").await, [""; 0], "a refusal changes nothing");
    let cancel = format!("/payments/{}/cancel_payment/", open["payment"]["id"]);
    root.post(&cancel, json!({})).await.expect(200);
    root.post(&path, json!({})).await.expect(200);
}

#[tokio::test]
async fn whoever_may_delete_the_user_may_and_nobody_else() {
    let cast = Cast::assemble().await;
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            let rule = format!("{caller} anonymises {target}");
            let path = other.path("anonymise/");
            if caller == target && managed.contains(&target) {
                let answer = person.api.post(&path, json!({})).await;
                let oneself = detail("You cannot anonymise your own account.");
                check(&rule, &answer, 400, &oneself);
            } else if !managed.contains(&target) {
                check(&rule, &person.api.post(&path, json!({})).await, 403, &forbidden());
            }
        }
    }
    for (caller, target) in [("owner", "member"), ("rival", "stranger"), ("admin", "loner")] {
        let path = cast[target].path("anonymise/");
        cast[caller].api.post(&path, json!({})).await.expect(200);
        check_dead(target, &cast[target].api).await;
    }
    let root = &cast["root"].api;
    check("nobody", &root.post("/users/999/anonymise/", json!({})).await, 404, &not_found());
    assert_eq!(root.get(&cast["admin"].path("anonymise/")).await.status, 405);
}

#[tokio::test]
async fn it_is_done_whole_or_not_at_all() {
    let kept = Kept::new().await;
    kept.cancel().await;
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                  AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
                  CREATE TRIGGER refuse BEFORE INSERT ON api_auditlog \
                  FOR EACH ROW EXECUTE FUNCTION refuse()";
    let pool = &kept.shop.app.pool;
    sqlx::raw_sql(refuse).execute(pool).await.unwrap();
    let root = &kept.shop.root;
    assert_eq!(root.post(&kept.who.path("anonymise/"), json!({})).await.status, 500);
    for word in TELLING {
        assert_ne!(kept.places(word).await, [""; 0], "{word}");
    }
    kept.who.api.get("/auth/user/").await.expect(200);
    sqlx::raw_sql("DROP TRIGGER refuse ON api_auditlog").execute(pool).await.unwrap();
    root.post(&kept.who.path("anonymise/"), json!({})).await.expect(200);
}

#[tokio::test]
async fn the_names_are_free_again() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    root.post(&ada.path("anonymise/"), json!({})).await.expect(200);
    let again = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    assert_ne!(again.id, ada.id);
}
