//! Rows that another program wrote into the same schema.

use sqlx::PgPool;
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::UserView;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

async fn user(pool: &PgPool, username: &str) -> UserId {
    let id = sqlx::query_scalar(
        "INSERT INTO api_user (username, email, password, role, first_name, phone_number, bio, url)
         VALUES ($1, 'someone@example.com', 'x', 'subscriber', '', '', '', '')
         RETURNING id",
    )
    .bind(username)
    .fetch_one(pool)
    .await;
    UserId::new(id.unwrap())
}

async fn find(pool: &PgPool, id: UserId) -> Result<Lookup<UserView>, RepositoryError> {
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    store.users().find(Scope::Everything, id).await
}

#[tokio::test]
async fn empty_text_in_the_place_of_null_is_no_value() {
    let pool = database::pool().await;
    let id = user(&pool, "someone").await;
    let Lookup::Within(view) = find(&pool, id).await.unwrap() else {
        panic!("not found");
    };
    assert_eq!(view.user.first_name, None);
    assert_eq!(view.user.phone_number, None);
    assert_eq!(view.user.bio, None);
    assert_eq!(view.user.url, None);
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_is_told_by_kind_id_and_column() {
    let pool = database::pool().await;
    let id = user(&pool, "two words").await;
    let found = find(&pool, id).await;
    let Err(RepositoryError::Inconsistent { kind, id: row, reason }) = found else {
        panic!("{found:?}");
    };
    assert_eq!((kind, row), (EntityKind::User, id.get()));
    assert!(reason.starts_with("username: "), "{reason}");
    assert!(!reason.contains("two words"), "{reason}");
}

#[tokio::test]
async fn a_hash_made_anew_is_no_change_of_the_password() {
    let pool = database::pool().await;
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    let mut store = factory.read("test").await.unwrap();
    let bob = store.users().insert(samples::new_user("bob")).await.unwrap().user;
    let hash = wiwebb_domain::password::PasswordHash::new("made anew");
    let login = samples::after(5);
    store.users().record_login(bob.id, login, Some(hash.clone())).await.unwrap();
    let Lookup::Within(view) = find(&pool, bob.id).await.unwrap() else {
        panic!("not found");
    };
    assert_eq!(view.user.password, hash);
    assert_eq!(view.user.last_login, Some(login));
    assert_eq!(view.user.password_updated, bob.password_updated);
}
