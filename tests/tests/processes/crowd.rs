//! Sixteen clients that write all the time and remember what they were told is done. Afterwards the
//! database is asked whether that is so, and whether anything is there by half.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wiwebb_tests::Client;

use super::site::until;

const WRITERS: usize = 16;

/// What nobody may ever see, whenever a server ends: each is counted, and none may be there.
const HALVES: [(&str, &str); 6] = [
    (
        "a payment without the beginning of its history",
        "SELECT count(*) FROM payment_payment p WHERE 1 <> (SELECT count(*)
         FROM payment_paymentlog l WHERE l.payment_id = p.id AND l.event_type = 'payment.created')",
    ),
    (
        "a payment that nobody was ever asked for",
        "SELECT count(*) FROM payment_payment p WHERE NOT EXISTS
         (SELECT 1 FROM payment_operation o WHERE o.payment_id = p.id)",
    ),
    (
        "a payment whose history says something else",
        "SELECT count(*) FROM payment_payment p WHERE (p.status = 'confirmed')::int <> (SELECT count(*)
         FROM payment_paymentlog l WHERE l.payment_id = p.id AND l.event_type = 'payment.confirmed')",
    ),
    (
        "an order that is done, and a payment that waits for it",
        "SELECT count(*) FROM payment_payment p JOIN payment_operation o ON o.payment_id = p.id
         WHERE o.done <> (p.status = 'confirmed')",
    ),
    (
        "a role without its entry in the audit log",
        "SELECT count(*) FROM api_user u WHERE (u.role = 'admin')::int <> (SELECT count(*)
         FROM api_auditlog a WHERE a.target_id = u.id AND a.action = 'role_changed')",
    ),
    (
        "an entry of the audit log about nobody",
        "SELECT count(*) FROM api_auditlog WHERE target_id IS NULL OR actor_id IS NULL",
    ),
];

/// What the clients were told.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// With whether they have become administrators.
    users: BTreeMap<i64, bool>,
    todos: BTreeSet<i64>,
    payments: BTreeSet<i64>,
    /// Requests that were answered 503.
    pub(crate) refused: usize,
    /// Requests without an answer.
    pub(crate) lost: usize,
    /// The longest that an answer took.
    pub(crate) slowest: Duration,
}

impl Ledger {
    /// How many writes were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        let promoted = self.users.values().filter(|promoted| **promoted).count();
        self.users.len() + promoted + self.todos.len() + self.payments.len()
    }
}

/// The clients, at work until they are told to stop or their server is gone.
pub(crate) struct Crowd {
    ledger: Arc<Mutex<Ledger>>,
    stop: CancellationToken,
    writers: JoinSet<()>,
}

/// What the clients write in: a tenant, and a gateway that confirms at once.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    tenant: i64,
    gateway: String,
}

impl Stage {
    pub(crate) async fn set(root: &Client) -> Self {
        let tenant = json!({ "name": "Hill Net", "slug": "hill" });
        let tenant = root.post("/tenants/", tenant).await.expect(201)["id"].as_i64().unwrap();
        let gateway = "Till".to_owned();
        let config = json!({ "outcome": "confirmed" });
        let body = json!({ "name": gateway, "variant": "dummy", "config": config });
        root.post("/gateway-configs/", body).await.expect(201);
        Self { tenant, gateway }
    }
}

impl Crowd {
    /// Sets the clients to work. `name` is one that no crowd before had.
    pub(crate) fn gather(root: &Client, stage: &Stage, name: &str) -> Self {
        let (ledger, stop) = (Arc::new(Mutex::new(Ledger::default())), CancellationToken::new());
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let writer = Writer {
                root: root.clone(),
                stage: stage.clone(),
                name: format!("{name}-{number}"),
                ledger: Arc::clone(&ledger),
            };
            let stop = stop.clone();
            writers.spawn(async move { writer.write(&stop).await });
        }
        Self { ledger, stop, writers }
    }

    /// What they were told so far.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// Waits until so many more writes were acknowledged.
    pub(crate) async fn write_more(&self, writes: usize) {
        let wanted = self.ledger().acknowledged() + writes;
        until("the clients write", async || self.ledger().acknowledged() >= wanted).await;
    }

    /// Waits until so many more requests were refused.
    pub(crate) async fn be_refused(&self, requests: usize) {
        let wanted = self.ledger().refused + requests;
        until("the clients are refused", async || self.ledger().refused >= wanted).await;
    }

    /// Lets them finish what they are at. A wrong answer fails the test here.
    pub(crate) async fn disperse(self) -> Ledger {
        self.stop.cancel();
        self.writers.join_all().await;
        std::mem::take(&mut self.ledger.lock().unwrap())
    }
}

struct Writer {
    root: Client,
    stage: Stage,
    name: String,
    ledger: Arc<Mutex<Ledger>>,
}

/// What came of a request.
enum Outcome {
    Done(Value),
    Refused,
    Lost,
}

impl Writer {
    async fn write(&self, stop: &CancellationToken) {
        for round in 0_u32.. {
            if stop.is_cancelled() || !self.write_once(round).await {
                return;
            }
        }
    }

    /// Writes something of everything; `false` once the server is gone.
    async fn write_once(&self, round: u32) -> bool {
        let name = format!("{}-{round}", self.name);
        let todo = json!({ "task": name });
        let Ok(id) = self.create("/todos/", todo, &["id"]).await else { return false };
        self.note(id, |ledger, id| _ = ledger.todos.insert(id));

        let payment = json!({ "amount": "20.00", "payment_gateway": self.stage.gateway });
        let path = "/payments/create_payment/";
        let Ok(id) = self.create(path, payment, &["payment", "id"]).await else { return false };
        self.note(id, |ledger, id| _ = ledger.payments.insert(id));

        let user = json!({
            "username": name, "email": format!("{name}@example.org"), "role": "subscriber",
            "password": wiwebb_tests::PASSWORD, "tenant": self.stage.tenant,
        });
        let Ok(id) = self.create("/users/", user, &["id"]).await else { return false };
        self.note(id, |ledger, id| _ = ledger.users.insert(id, false));
        let Some(id) = id else { return true };
        let path = format!("/users/{id}/assign-role/");
        let request = self.root.request(Method::POST, &path).json(&json!({ "role": "admin" }));
        match self.send(request).await {
            Outcome::Done(_) => self.note(Some(id), |ledger, id| _ = ledger.users.insert(id, true)),
            Outcome::Refused => {}
            Outcome::Lost => return false,
        }
        true
    }

    /// The id of what was made, none where it was refused; an error once the server is gone.
    async fn create(&self, path: &str, body: Value, id: &[&str]) -> Result<Option<i64>, ()> {
        match self.send(self.root.request(Method::POST, path).json(&body)).await {
            Outcome::Done(answer) => {
                let id = id.iter().fold(&answer, |value, field| &value[field]);
                Ok(Some(id.as_i64().unwrap_or_else(|| panic!("{path}: {answer}"))))
            }
            Outcome::Refused => Ok(None),
            Outcome::Lost => Err(()),
        }
    }

    fn note(&self, id: Option<i64>, write_down: impl FnOnce(&mut Ledger, i64)) {
        if let Some(id) = id {
            write_down(&mut self.ledger.lock().unwrap(), id);
        }
    }

    async fn send(&self, request: RequestBuilder) -> Outcome {
        let begun = Instant::now();
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status().as_u16(), response.bytes().await?))
        };
        let Ok((status, body)) = answer.await else {
            self.ledger.lock().unwrap().lost += 1;
            return Outcome::Lost;
        };
        let mut ledger = self.ledger.lock().unwrap();
        ledger.slowest = ledger.slowest.max(begun.elapsed());
        match status {
            200 | 201 => Outcome::Done(serde_json::from_slice(&body).unwrap()),
            503 => {
                ledger.refused += 1;
                Outcome::Refused
            }
            other => panic!("{other}: {}", String::from_utf8_lossy(&body)),
        }
    }
}

/// Everything that was acknowledged is there, and nothing by half.
pub(crate) async fn check(pool: &PgPool, ledger: &Ledger) {
    let all = |ids: &BTreeSet<i64>| ids.iter().copied().collect::<Vec<i64>>();
    let of_users = |promoted: bool| {
        let users = ledger.users.iter().filter(|(_, is)| !promoted || **is);
        users.map(|(id, _)| *id).collect::<Vec<i64>>()
    };
    for (what, ids, query) in [
        ("users", of_users(false), "SELECT count(*) FROM api_user WHERE id = ANY($1)"),
        (
            "administrators",
            of_users(true),
            "SELECT count(*) FROM api_user WHERE id = ANY($1) AND role = 'admin'",
        ),
        ("todos", all(&ledger.todos), "SELECT count(*) FROM api_todo WHERE id = ANY($1)"),
        (
            "payments",
            all(&ledger.payments),
            "SELECT count(*) FROM payment_payment WHERE id = ANY($1) AND status = 'confirmed'",
        ),
    ] {
        let found: i64 = sqlx::query_scalar(query).bind(&ids).fetch_one(pool).await.unwrap();
        assert_eq!(usize::try_from(found).unwrap(), ids.len(), "{what} that were acknowledged");
    }
    for (what, query) in HALVES {
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(pool).await.unwrap();
        assert_eq!(found, 0, "{what}");
    }
}
