//! PostgreSQL is away for ten seconds while many write: the server says so within its time limit, and
//! goes on by itself when it is back.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgPoolOptions;
use wiwebb_persistence::embedded::{EmbeddedConfig, EmbeddedPostgres};

use super::crowd::{Crowd, Ledger, Stage, check};
use super::home::{Home, Server};

/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_secs(10);

/// The longest that a request may take, twice: a busy machine adds to it.
const LIMIT: Duration = Duration::from_mins(1);

const DATABASE: &str = "wiwebb";

/// An installation, and a PostgreSQL that does not belong to it.
struct Scene {
    home: Home,
    server: Server,
    stage: Stage,
    postgres: EmbeddedPostgres,
    folder: PathBuf,
}

async fn start_postgres(folder: PathBuf) -> EmbeddedPostgres {
    let mut config = EmbeddedConfig::new(folder);
    config.program_dir = std::env::var_os("WIWEBB_PG_BIN").map(PathBuf::from);
    EmbeddedPostgres::start(config).await.unwrap()
}

impl Scene {
    async fn set() -> Self {
        let rented = Home::private();
        let folder = rented.data_dir();
        let postgres = start_postgres(folder.clone()).await;
        postgres.ensure_database(DATABASE).await.unwrap();
        let home = rented.moved_to(postgres.connect_options(DATABASE));
        let server = home.serve().await;
        let stage = Stage::set(&home.root(&server).await).await;
        Self { home, server, stage, postgres, folder }
    }

    async fn crowd(&self) -> Crowd {
        Crowd::gather(&self.home.root(&self.server).await, &self.stage, "w")
    }

    /// Every answer came in time and was a success or 503, which the crowd has seen to.
    async fn check(self, ledger: &Ledger) {
        assert_eq!(ledger.lost, 0, "the server itself has answered every request");
        assert!(ledger.slowest < LIMIT, "{:?}", ledger.slowest);
        let options = self.postgres.connect_options(DATABASE);
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        super::kill::orders_are_settled(&pool).await;
        check(&pool, ledger).await;
        pool.close().await;
        self.server.kill().await;
        self.postgres.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outlives_a_restart_of_its_database() {
    let mut scene = Scene::set().await;
    let crowd = scene.crowd().await;
    crowd.write_more(30).await;
    scene.postgres.stop().await;
    crowd.be_refused(16).await;
    tokio::time::sleep(AWAY).await;
    assert!(crowd.ledger().refused > 16, "who asks again is told again");
    scene.postgres = start_postgres(scene.folder.clone()).await;
    crowd.write_more(30).await;
    let ledger = crowd.disperse().await;
    scene.check(&ledger).await;
}

/// A process and all that it has started.
fn family(parent: u32) -> Vec<Pid> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let children = all.filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let state = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Behind the name, which can hold anything, stand the state and the parent.
        let (_, rest) = state.rsplit_once(") ")?;
        let of: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        (of == parent).then_some(pid)
    });
    std::iter::once(parent).chain(children).map(|pid| Pid::from_raw(pid.cast_signed())).collect()
}

/// Processes that do nothing for as long as this lives; also a test that fails lets them go on.
struct Standstill(Vec<Pid>);

impl Standstill {
    fn of(processes: Vec<Pid>) -> Self {
        let standstill = Self(processes);
        standstill.send(Signal::SIGSTOP);
        standstill
    }

    fn send(&self, signal: Signal) {
        for pid in &self.0 {
            // A session may have ended meanwhile.
            let _ = kill(*pid, signal);
        }
    }
}

impl Drop for Standstill {
    fn drop(&mut self) {
        self.send(Signal::SIGCONT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outlives_a_database_that_stands_still() {
    let scene = Scene::set().await;
    let crowd = scene.crowd().await;
    crowd.write_more(30).await;
    let standstill = Standstill::of(family(scene.postgres.server_pid().unwrap()));
    tokio::time::sleep(AWAY).await;
    // Those that wait for a session are told before those that wait for an answer in one.
    crowd.be_refused(1).await;
    drop(standstill);
    crowd.write_more(30).await;
    let ledger = crowd.disperse().await;
    scene.check(&ledger).await;
}
