//! People and their devices after the change.

use serde_json::json;
use wiwebb_tests::{TestApp, TestDatabase};

use crate::django::{PASSWORD, select, select_one, site};
use crate::program::{self, adopt, copy};

fn serve(database: TestDatabase) -> TestApp {
    let options = database.options();
    TestApp::reaching(database, options, &[("WIWEBB_LOGIN_RATE", "off")])
}

#[tokio::test]
async fn a_password_that_django_has_hashed_opens_the_account_and_is_hashed_anew() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(0);
    for (username, start) in [("root", "pbkdf2_sha256$"), ("modern", "$argon2id$v=19")] {
        let before =
            format!("SELECT left(password, 14) FROM api_user WHERE username = '{username}'");
        assert_eq!(select_one(&ours, &before).await, start);
    }
    let app = serve(ours);
    for username in ["root", "owner@hill", "modern"] {
        let client = app.anonymous().login(username, PASSWORD).await;
        assert_eq!(client.get("/auth/user/").await.expect(200)["username"], username);
        let hash = format!("SELECT password FROM api_user WHERE username = '{username}'");
        let hash = select_one(&app.database, &hash).await;
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
    }
}

#[tokio::test]
async fn nobody_enters_without_a_password_of_the_own() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(0);
    let app = serve(ours);
    for (username, password) in [("nologin", ""), ("nologin", "!"), ("root", "another one")] {
        let body = json!({ "username": username, "password": password });
        app.anonymous().post("/auth/login/", body).await.expect(400);
    }
}

#[tokio::test]
async fn a_device_stays_signed_in_and_its_key_is_not_stored() {
    let Some(site) = site().await else { return };
    let key = "SELECT key FROM authtoken_token WHERE user_id = 2";
    let key = select_one(&site, key).await;
    adopt(&site, &[]).await.expect(0);
    let app = serve(site);
    let client = app.anonymous().with_key(&key);
    assert_eq!(client.get("/auth/user/").await.expect(200)["username"], "owner@hill");
    let stored = select(&app.database, "SELECT row_to_json(token) FROM api_accesstoken AS token");
    let stored = stored.await;
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|row| !row.contains(&key)));
}

#[tokio::test]
async fn where_logins_expire_the_keys_of_devices_do_so_too() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    let from = program::url(&site);
    let arguments = ["import", "django", "--from", from.as_str()];
    program::run(&ours, &arguments, &[("WIWEBB_TOKEN_TTL_DAYS", "7")]).await.expect(0);
    let ends = "SELECT bool_and(expires_at BETWEEN now() + interval '6 days'
        AND now() + interval '7 days') FROM api_accesstoken";
    assert_eq!(select_one(&ours, ends).await, "true");
}
