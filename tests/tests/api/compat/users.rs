//! Users: rows 1, 8, 9, 14, 15, 16, 19 and 20 of contract §15.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Client, PASSWORD, TestApp};

use super::models::{Signed, User, Users};
use super::{Mobile, refused, understood};
use crate::support::{own, with, without};

/// `root`, and `sue` of the tenant acme.
struct Scene {
    app: TestApp,
    root: Client,
    mobile: Mobile,
    acme: Value,
    sue: Client,
    id: Value,
}

impl Scene {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let acme = app.tenant(&root, "acme").await;
        let sue = app.user(&root, "sue", Role::Subscriber, Some(acme)).await;
        let acme = root.get(&format!("/tenants/{acme}/")).await.expect(200);
        let id = own(&sue).await["id"].clone();
        let mobile = Mobile::of(&app, &root);
        Self { app, root, mobile, acme, sue, id }
    }

    fn path(&self, rest: &str) -> String {
        format!("/users/{}/{rest}", self.id)
    }

    fn tenant(&self) -> Value {
        let part = |name: &str| self.acme[name].clone();
        json!({ "id": part("id"), "uuid": part("uuid"), "name": "Tenant acme", "slug": "acme" })
    }

    /// Sue in the default form.
    fn usual(&self) -> Value {
        let now = self.app.clock.now();
        json!({
            "id": self.id, "username": "sue", "email": "sue@example.org", "first_name": "",
            "last_name": "", "role": "subscriber", "is_staff": false, "is_superuser": false,
            "tenant": self.acme["id"], "tenant_name": "Tenant acme",
            "tenant_detail": self.tenant(), "is_active": true, "phone_number": "", "bio": "",
            "url": "", "company": "", "location": "", "birth_date": null, "date_joined": now,
            "last_login": now, "password_updated": now,
        })
    }

    /// Sue as the client has her.
    fn compat(&self) -> Value {
        with(self.usual(), json!({ "tenant": self.tenant(), "avatar": null }))
    }
}

#[tokio::test]
async fn row_1_a_user_shows_the_tenant_by_id_or_as_an_object() {
    let scene = Scene::set().await;
    let path = scene.path("");
    assert_eq!(scene.root.get(&path).await.expect(200), scene.usual());
    assert!(refused::<User>(&scene.usual()));
    let sue = Mobile::of(&scene.app, &scene.sue);
    for shown in [
        scene.mobile.get(&path).await,
        scene.mobile.patch(&path, json!({})).await,
        sue.get("/auth/user/").await,
        sue.put("/auth/user/", json!({ "email": "sue@example.org" })).await,
    ] {
        assert_eq!(shown.status, 200);
        assert_eq!(shown.body, scene.compat());
        let user: User = understood(&shown.body);
        assert_eq!(user.tenant.map(|tenant| tenant.id), scene.acme["id"].as_i64());
    }
    let page = scene.mobile.get("/users/?search=sue").await.expect(200);
    assert_eq!(page["results"], json!([scene.compat()]));
}

#[tokio::test]
async fn row_1_a_user_without_tenant_has_null_there_in_both_forms() {
    let scene = Scene::set().await;
    let body = json!({
        "username": "ada", "email": "ada@example.org", "password": PASSWORD, "role": "admin",
    });
    let ada = scene.mobile.post("/users/", body).await.expect(201);
    assert!(understood::<User>(&ada).tenant.is_none());
    assert_eq!((&ada["tenant"], &ada["tenant_detail"]), (&Value::Null, &Value::Null));
    let usual = scene.root.get(&format!("/users/{}/", ada["id"])).await.expect(200);
    assert_eq!(with(usual, json!({ "avatar": null })), ada);
}

#[tokio::test]
async fn row_8_actions_on_a_user_answer_with_a_message_or_with_the_user_alone() {
    let scene = Scene::set().await;
    let (assign, activate) = (scene.path("assign-role/"), scene.path("activate/"));
    let role = json!({ "role": "subscriber" });
    let usual = scene.root.post(&assign, role.clone()).await.expect(200);
    let told = json!({ "message": "Role updated successfully", "user": scene.usual() });
    assert_eq!(usual, told);
    let compat = scene.mobile.post(&assign, role).await.expect(200);
    assert_eq!(compat, scene.compat());
    assert_eq!(understood::<User>(&compat).role, "subscriber");
    assert!(refused::<User>(&usual));

    let usual = scene.root.post(&activate, json!({ "is_active": true })).await.expect(200);
    let user = json!({ "id": scene.id, "username": "sue", "is_active": true });
    assert_eq!(usual, json!({ "message": "User activated successfully", "user": user }));
    let compat = scene.mobile.post(&activate, json!({ "is_active": false })).await.expect(200);
    assert_eq!(compat, with(scene.compat(), json!({ "is_active": false })));
    assert!(!understood::<User>(&compat).is_active);
    assert!(refused::<User>(&usual));
}

#[tokio::test]
async fn row_9_a_role_can_be_given_together_with_a_tenant_in_both_forms() {
    let scene = Scene::set().await;
    let globex = scene.app.tenant(&scene.root, "globex").await;
    let assign = scene.path("assign-role/");
    let wish = |tenant: &Value| json!({ "role": "tenant_owner", "tenant": tenant });
    let usual = scene.root.post(&assign, wish(&json!(globex))).await.expect(200);
    assert_eq!(usual["user"]["tenant"], globex);
    let compat = scene.mobile.post(&assign, wish(&scene.acme["id"])).await.expect(200);
    assert_eq!(compat["tenant"], scene.tenant());
    assert_eq!(compat["role"], "tenant_owner");
}

#[tokio::test]
async fn row_14_a_telephone_number_has_either_name_in_both_forms() {
    let scene = Scene::set().await;
    let anonymous = scene.app.anonymous();
    let mobile = Mobile::of(&scene.app, &anonymous);
    for (number, field) in ["phone", "phone_number"].into_iter().enumerate() {
        let body = |name: String| {
            json!({
                "username": name, "email": format!("{name}@example.org"), "password1": PASSWORD,
                "password2": PASSWORD, field: "+90 555 1",
            })
        };
        let (usual, compat) = (body(format!("usual{number}")), body(format!("compat{number}")));
        let usual = anonymous.post("/auth/registration/", usual).await.expect(201);
        let compat = mobile.post("/auth/registration/", compat).await.expect(201);
        for signed in [usual, compat] {
            let api = anonymous.with_key(&understood::<Signed>(&signed).key);
            assert_eq!(own(&api).await["phone_number"], "+90 555 1", "{field}");
        }
    }
    let both = json!({
        "username": "both", "email": "both@example.org", "password1": PASSWORD,
        "password2": PASSWORD, "phone": "1", "phone_number": "2",
    });
    let signed = mobile.post("/auth/registration/", both).await.expect(201);
    let api = anonymous.with_key(&understood::<Signed>(&signed).key);
    assert_eq!(own(&api).await["phone_number"], "2", "the contract's own name counts");
}

#[tokio::test]
async fn row_15_an_avatar_is_null_in_compat_and_nobody_can_upload_one() {
    let scene = Scene::set().await;
    assert!(understood::<User>(&scene.compat()).avatar.is_none());
    let mobile = Mobile::of(&scene.app, &scene.sue);
    let compat = mobile.get("/auth/user/").await.expect(200);
    assert_eq!(without(compat, "avatar")["username"], "sue");
    assert!(own(&scene.sue).await.get("avatar").is_none());
    let kind = "multipart/form-data; boundary=b";
    let refusal = json!({ "detail": format!("Unsupported media type \"{kind}\" in request.") });
    for address in ["/auth/user/".to_owned(), mobile.at("/auth/user/")] {
        let upload = scene.sue.request(Method::PATCH, &address).header("Content-Type", kind);
        let upload =
            upload.body("--b\r\nContent-Disposition: form-data; name=\"avatar\"\r\n\r\nx\r\n--b--");
        scene.sue.send(upload).await.expect_body(415, &refusal);
    }
}

#[tokio::test]
async fn row_16_users_come_in_pages_of_the_size_asked_for_in_both_forms() {
    let scene = Scene::set().await;
    let crowd = "INSERT INTO api_user (username, email, password, role)
                 SELECT 'user' || n, 'user' || n || '@example.org', '!', 'subscriber'
                 FROM generate_series(1, 23) AS n";
    sqlx::query(crowd).execute(&scene.app.pool).await.unwrap();
    for size in ["", "?page_size=20"] {
        let path = format!("/users/{size}");
        let (usual, compat) = (scene.root.get(&path).await, scene.mobile.get(&path).await);
        let rows = if size.is_empty() { 10 } else { 20 };
        assert_eq!(usual.expect(200)["results"].as_array().unwrap().len(), rows);
        let page: Users = understood(&compat.expect(200));
        assert_eq!((page.results.len(), page.count), (rows, 25));
        assert!(page.next.unwrap().contains("/api/compat/v1/users/?"));
    }
}

#[tokio::test]
async fn row_19_the_scheme_is_token_in_both_forms() {
    let scene = Scene::set().await;
    let (anonymous, key) = (scene.app.anonymous(), scene.sue.key().unwrap());
    for base in ["/api/v1", "/api/compat/v1"] {
        let address = format!("{}{base}/auth/user/", scene.app.base);
        let request = anonymous.request(Method::GET, &address);
        let request = request.header("Authorization", format!("Token {key}"));
        assert_eq!(anonymous.send(request).await.expect(200)["username"], "sue");
    }
}

#[tokio::test]
async fn row_20_a_stale_key_blocks_no_login_in_either_form() {
    let scene = Scene::set().await;
    let stale = scene.sue.clone();
    stale.post("/auth/logout/", json!({})).await.expect(200);
    let body = json!({ "username": "sue", "password": PASSWORD });
    let usual = stale.post("/auth/login/", body.clone()).await.expect(200);
    let compat = Mobile::of(&scene.app, &stale).post("/auth/login/", body).await.expect(200);
    for signed in [&usual, &compat] {
        assert_eq!(
            own(&stale.with_key(&understood::<Signed>(signed).key)).await["username"],
            "sue"
        );
    }
    assert_eq!(usual["user"], compat["user"]);
}
