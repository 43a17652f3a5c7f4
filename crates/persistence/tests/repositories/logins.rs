//! Logins under many hands at once, and what a key costs that is presented.

use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::AccessTokenId;
use wiwebb_domain::lockout::{AccountDigest, Lockout};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;
use wiwebb_domain::token::{AccessToken, USE_NOTED_EVERY};
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::{PgUnitOfWorkFactory, migrate};

use crate::database;
use crate::network::runs;

const HANDS: usize = 16;

/// A key of a new user, under the digest of the number 7.
async fn key(factory: &PgUnitOfWorkFactory) -> AccessTokenId {
    let mut store = factory.read("test").await.unwrap();
    let bob = store.users().insert(samples::new_user("bob")).await.unwrap().user.id;
    store.access_tokens().insert(samples::new_access_token(bob, 7)).await.unwrap()
}

async fn find(factory: &PgUnitOfWorkFactory, id: AccessTokenId) -> AccessToken {
    let mut store = factory.read("test").await.unwrap();
    let found = store.access_tokens().find(Scope::Everything, id).await.unwrap();
    found.within().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_failures_at_two_servers_at_once_as_many_count_as_it_takes_to_lock() {
    let options = database::options().await;
    let servers = [1, 2].map(|_| PgUnitOfWorkFactory::new(database::open(options.clone(), 8)));
    for round in 0..5 {
        let account = AccountDigest::of_nobody(&format!("name {round}"));
        let hands: Vec<_> = (0..HANDS)
            .map(|hand| {
                let server = servers[hand % 2].clone();
                tokio::spawn(async move {
                    let mut store = server.read("test").await.unwrap();
                    let attempts = store.login_attempts();
                    attempts.count(account, samples::now(), Lockout::USUAL).await.unwrap()
                })
            })
            .collect();
        let mut counted = 0;
        for hand in hands {
            counted += u32::from(hand.await.unwrap());
        }
        assert_eq!(counted, 10);
        let mut store = servers[0].read("test").await.unwrap();
        let failed = store.login_attempts().find(account).await.unwrap().unwrap();
        assert_eq!((failed.failures, failed.locked_until), (10, Some(samples::after(60))));
    }
}

#[tokio::test]
async fn a_key_is_known_and_its_use_noted_in_one_statement() {
    let options = database::options().await;
    let filler = PgUnitOfWorkFactory::new(database::open(options.clone(), 1));
    let id = key(&filler).await;

    let pool = database::open(options, 1);
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let later = samples::now() + USE_NOTED_EVERY;
    for (number, at) in (1..).zip([samples::now(), samples::after(1), later]) {
        let mut asking = factory.read("test").await.unwrap();
        let known = asking.access_tokens().authenticate(samples::digest(7), at).await;
        drop(asking);
        assert!(known.unwrap().is_some());
        assert_eq!(runs(&pool).await, [number]);
    }
    assert_eq!(find(&filler, id).await.last_used_at, Some(later));
}

#[tokio::test]
async fn no_request_waits_for_another_one_to_note_the_use_of_their_key() {
    let factory = PgUnitOfWorkFactory::new(database::open(database::options().await, 3));
    let id = key(&factory).await;
    let mut first = factory.begin("test").await.unwrap();
    let mut second = factory.begin("test").await.unwrap();
    for unit in [&mut first, &mut second] {
        // Whoever waited would wait until the statement is given up.
        let known = unit.access_tokens().authenticate(samples::digest(7), samples::now()).await;
        assert!(known.unwrap().is_some());
    }
    second.commit().await.unwrap();
    assert_eq!(find(&factory, id).await.last_used_at, None, "the first notes it");
    first.commit().await.unwrap();
    assert_eq!(find(&factory, id).await.last_used_at, Some(samples::now()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_many_present_while_it_is_revoked_is_known_to_some_and_fails_nobody() {
    let factory = PgUnitOfWorkFactory::new(database::open(database::options().await, 8));
    let id = key(&factory).await;
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let factory = factory.clone();
            tokio::spawn(async move {
                let mut store = factory.read("test").await.unwrap();
                if hand == HANDS / 2 {
                    return store.access_tokens().delete(id).await.map(|_| ());
                }
                let at = samples::now() + USE_NOTED_EVERY * i32::try_from(hand).unwrap();
                store.access_tokens().authenticate(samples::digest(7), at).await.map(|_| ())
            })
        })
        .collect();
    for hand in hands {
        hand.await.unwrap().unwrap();
    }
    let mut store = factory.read("test").await.unwrap();
    let known = store.access_tokens().authenticate(samples::digest(7), samples::now()).await;
    assert_eq!(known.unwrap(), None);
}

/// A commit that has written waits for the disk, and one that has not does not. On a server of its own,
/// because transactions are numbered over all databases.
#[tokio::test]
async fn a_reset_is_asked_for_at_the_cost_of_a_write_whether_or_not_the_address_is_known() {
    let server = EmbeddedPostgres::start_throwaway().await.unwrap();
    server.ensure_database("resets").await.unwrap();
    let pool = database::open(server.connect_options("resets"), 2);
    migrate::up(&pool).await.unwrap();
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    store.users().insert(samples::new_user("bob")).await.unwrap();
    let next = async || -> i64 {
        let text = "SELECT txid_snapshot_xmax(txid_current_snapshot())";
        sqlx::query_scalar(text).fetch_one(&pool).await.unwrap()
    };
    for (number, address) in (1..).zip(["bob@example.org", "nobody@example.org"]) {
        let (email, digest) = (samples::email(address), samples::digest(number));
        let before = next().await;
        let reset =
            store.password_resets().insert(email, digest, samples::now(), samples::after(9));
        let recipient = reset.await.unwrap();
        assert_eq!(recipient.is_some(), address.starts_with("bob"));
        assert!(next().await > before, "{address}");
    }
    drop(store);
    pool.close().await;
}
