//! Lists from a streaming replica, never older than what their reader has written.

use serde_json::{Value, json};
use wiwebb_tests::{Client, PASSWORD};

use super::cluster::Pair;
use crate::site::{Server, Site, until};

/// How a list of tenants begins, in the replica's log.
const LISTED: &str = "SELECT tenant.* FROM api_tenant";

/// Long enough for the slowest machine.
const PATIENT: &str = "3600";

struct Scene {
    pair: Pair,
    site: Site,
    /// Two processes.
    servers: [Server; 2],
}

impl Scene {
    async fn new(lag: &str) -> Self {
        let pair = Pair::start().await;
        let (site, first) = Site::on(pair.primary.database()).await;
        first.kill().await;
        let url = pair.standby.url();
        let settings =
            [("WIWEBB_DATABASE_REPLICA_URL", url.as_str()), ("WIWEBB_DATABASE_REPLICA_LAG", lag)];
        let servers = [site.serve_with(&settings).await, site.serve_with(&settings).await];
        Self { pair, site, servers }
    }

    /// The superadmin at either server.
    fn root(&self) -> [Client; 2] {
        self.servers.each_ref().map(|server| self.site.client(server))
    }

    /// Somebody else who sees all tenants, and has written nothing that the replica lacks.
    async fn reader(&self) -> Client {
        let [root, _] = self.root();
        let body = json!({
            "username": "reader", "email": "reader@example.org", "password": PASSWORD,
            "role": "admin",
        });
        root.post("/users/", body).await.expect(201);
        let reader = root.login("reader", PASSWORD).await;
        self.pair.level().await;
        reader
    }

    /// Waits until a list comes from the replica.
    async fn replica_is_read(&self, client: &Client) {
        until("a list comes from the replica", async || {
            let before = self.pair.standby.count(LISTED);
            tenants(client).await;
            self.pair.standby.count(LISTED) > before
        })
        .await;
    }
}

async fn found(client: &Client, name: &str) -> Value {
    let tenant = json!({ "name": name, "slug": name });
    client.post("/tenants/", tenant).await.expect(201)["id"].clone()
}

/// The slugs that a list shows.
async fn tenants(client: &Client) -> Vec<String> {
    let page = client.get("/tenants/?ordering=id&page_size=100").await.expect(200);
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_come_from_the_replica_and_everything_else_from_the_primary() {
    let scene = Scene::new(PATIENT).await;
    let [root, _] = scene.root();
    let id = found(&root, "hill").await;
    scene.pair.level().await;
    scene.replica_is_read(&root).await;
    let before = scene.pair.standby.count("FROM api_tenant");
    root.get(&format!("/tenants/{id}/")).await.expect(200);
    root.patch(&format!("/tenants/{id}/"), json!({ "name": "Hill Net" })).await.expect(200);
    assert_eq!(scene.pair.standby.count("FROM api_tenant"), before);
    assert_eq!(scene.pair.standby.count("api_accesstoken"), 0, "keys are looked up at home");
}

#[tokio::test]
async fn who_wrote_sees_it_at_once_at_every_server_and_with_every_key() {
    let scene = Scene::new(PATIENT).await;
    let [root, elsewhere] = scene.root();
    let device = root.login("root", PASSWORD).await;
    let reader = scene.reader().await;
    scene.replica_is_read(&reader).await;
    scene.pair.standby.pause().await;
    for number in 0..5 {
        let name = format!("hill-{number}");
        let id = found(&root, &name).await;
        for client in [&root, &elsewhere, &device] {
            assert!(tenants(client).await.contains(&name));
        }
        elsewhere.delete(&format!("/tenants/{id}/")).await.expect(204);
        for client in [&root, &elsewhere, &device] {
            assert!(!tenants(client).await.contains(&name));
        }
    }
    // Who wrote nothing may be told of before.
    found(&root, "valley").await;
    until("the replica's state is told", async || {
        !tenants(&reader).await.contains(&"valley".to_owned())
    })
    .await;

    scene.pair.standby.resume().await;
    scene.pair.level().await;
    scene.replica_is_read(&root).await;
    assert!(tenants(&reader).await.contains(&"valley".to_owned()));
}

#[tokio::test]
async fn who_signs_in_sees_it_in_the_list() {
    let scene = Scene::new(PATIENT).await;
    scene.reader().await;
    scene.pair.standby.pause().await;
    let [root, elsewhere] = scene.root();
    let before = root.get("/users/?search=reader").await.expect(200);
    let reader = elsewhere.login("reader", PASSWORD).await;
    let after = reader.get("/users/?search=reader").await.expect(200);
    let last_login = |page: &Value| page["results"][0]["last_login"].clone();
    assert!(last_login(&before).is_string());
    assert_ne!(last_login(&before), last_login(&after));
}

#[tokio::test]
async fn a_replica_that_falls_far_behind_is_not_asked() {
    let scene = Scene::new("1").await;
    let reader = scene.reader().await;
    let [root, _] = scene.root();
    scene.pair.standby.pause().await;
    found(&root, "hill").await;
    until("the primary is asked", async || tenants(&reader).await == ["hill"]).await;
}

#[tokio::test]
async fn lists_go_on_without_the_replica() {
    let mut scene = Scene::new(PATIENT).await;
    let [root, _] = scene.root();
    let reader = scene.reader().await;
    scene.replica_is_read(&reader).await;
    scene.pair.standby.end();
    for number in 0..3 {
        found(&root, &format!("hill-{number}")).await;
        assert_eq!(tenants(&reader).await.len(), number + 1);
        assert_eq!(tenants(&root).await.len(), number + 1);
    }
}

#[tokio::test]
async fn a_replica_that_became_a_primary_is_not_asked() {
    let scene = Scene::new(PATIENT).await;
    let reader = scene.reader().await;
    scene.replica_is_read(&reader).await;
    scene.pair.standby.promote().await;
    let [root, _] = scene.root();
    found(&root, "hill").await;
    assert_eq!(tenants(&reader).await, ["hill"]);
}

#[tokio::test]
async fn nothing_is_noted_where_there_is_no_replica() {
    let (site, server) = Site::new().await;
    found(&site.client(&server), "hill").await;
    let noted = "SELECT count(*) FROM api_user WHERE written_lsn IS NOT NULL";
    assert_eq!(site.count(noted).await, 0);
}
