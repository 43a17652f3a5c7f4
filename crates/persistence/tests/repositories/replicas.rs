//! Where lists are read from, told without a standby; `tests/tests/replicas` has one.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::unit_of_work::{UnitOfWorkFactory, WritePosition};
use wiwebb_domain::testing::samples;
use wiwebb_domain::token::{NewAccessToken, TokenDigest};
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, Replica, ReplicaConfig};

use crate::database;

const PATIENT: ReplicaConfig = ReplicaConfig {
    longest_lag: Duration::from_hours(1),
    patience: Duration::from_mins(1),
    statement_limit: Duration::from_mins(1),
};

/// A store with a user, and a replica at this address.
async fn store(
    pool: PgPool,
    options: PgConnectOptions,
    config: ReplicaConfig,
) -> (PgUnitOfWorkFactory, UserId) {
    let replica = Replica::new(options, &PoolConfig::default(), config);
    let factory = PgUnitOfWorkFactory::new(pool).with_replica(replica);
    let mut read = factory.read("test").await.unwrap();
    let user = read.users().insert(samples::new_user("ada")).await.unwrap().user.id;
    (factory, user)
}

async fn users(factory: &PgUnitOfWorkFactory) -> usize {
    let mut read = factory.read_since("test", None).await.unwrap();
    let page = read.users().list(Scope::Everything, ListRequest::default()).await.unwrap();
    page.unwrap().items.len()
}

#[tokio::test]
async fn a_list_comes_from_the_primary_where_the_replica_is_out_of_reach() {
    let options = database::options().await;
    let nobody = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1);
    let config = ReplicaConfig { patience: Duration::from_millis(50), ..PATIENT };
    let (factory, _) = store(database::open(options, 2), nobody, config).await;
    assert_eq!(users(&factory).await, 1);
    assert_eq!(users(&factory).await, 1, "while it rests");
}

#[tokio::test]
async fn a_server_that_is_no_standby_is_not_read() {
    let (here, there) = (database::options().await, database::options().await);
    let (factory, _) = store(database::open(here, 2), there, PATIENT).await;
    assert_eq!(users(&factory).await, 1, "the other database has no users");
}

#[tokio::test]
async fn a_key_tells_where_the_last_write_of_its_user_ended() {
    let options = database::options().await;
    let (factory, user) = store(database::open(options.clone(), 2), options, PATIENT).await;
    let mut read = factory.read("test").await.unwrap();
    for byte in [1, 2] {
        let token = NewAccessToken {
            user_id: user,
            key_hash: TokenDigest::new([byte; 32]),
            created_at: samples::now(),
            expires_at: None,
            user_agent: None,
        };
        read.access_tokens().insert(token).await.unwrap();
    }
    let mut told = [Vec::new(), Vec::new()];
    for round in 0..3 {
        if round > 0 {
            factory.note_write(user).await.unwrap();
        }
        for (place, byte) in [1, 2].into_iter().enumerate() {
            let digest = TokenDigest::new([byte; 32]);
            let session = read.access_tokens().authenticate(digest, samples::now()).await.unwrap();
            told[place].push(session.unwrap().actor.written);
        }
    }
    let [one, other] = told;
    assert_eq!(one, other, "all keys of the user tell the same");
    assert_eq!(one[0], None);
    assert!(Some(WritePosition::new(0)) < one[1] && one[1] < one[2], "{one:?}");
}
