//! Forgetting somebody whose own requests are under way.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp};

use crate::support::{Person, check, detail};

/// Clients of the person, each of which goes on until its key is dead.
const AT_ONCE: usize = 4;

/// Answers how many requests went through.
async fn go_on(client: Client, number: usize) -> usize {
    for done in 0.. {
        let answer = if number.is_multiple_of(2) {
            let profile = json!({ "email": format!("ada-{done}@mail.example"), "bio": "thimbles" });
            client.patch("/auth/user/", profile).await
        } else {
            client.post("/todos/", json!({ "task": "thimbles" })).await
        };
        if answer.status != 200 && answer.status != 201 {
            check("forgotten", &answer, 401, &detail("Invalid token."));
            return done;
        }
    }
    unreachable!("a key never died")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_the_person_leave_nothing_behind() {
    let off = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "off"));
    let app = TestApp::configured(&off).await;
    let root = app.superadmin().await;
    for round in 0..8_u64 {
        let ada = app.user(&root, &format!("ada{round}"), Role::Admin, None).await;
        let ada = Person::holding(ada).await;
        let mut clients = JoinSet::new();
        for number in 0..AT_ONCE {
            clients.spawn(go_on(ada.api.clone(), number));
        }
        tokio::time::sleep(Duration::from_millis(30 + 5 * round)).await;
        root.post(&ada.path("anonymise/"), json!({})).await.expect(200);
        let done = clients.join_all().await;
        assert!(done.iter().sum::<usize>() > 0, "nothing was under way");
        let user = root.get(&ada.path("")).await.expect(200);
        let address = format!("deleted-{}@deleted.invalid", ada.id);
        let left = (&user["email"], &user["bio"], &user["is_active"]);
        assert_eq!(left, (&json!(address), &json!(""), &Value::Bool(false)));
        let todos: i64 =
            sqlx::query_scalar("SELECT count(*) FROM api_todo").fetch_one(&app.pool).await.unwrap();
        assert_eq!(todos, 0);
    }
}
