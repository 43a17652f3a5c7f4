//! Use cases over mocks that fail on demand, and that tell when a unit of work is held too long.

use std::sync::Arc;

use async_trait::async_trait;
use wiwebb_domain::access::{Actor, Lookup, Role};
use wiwebb_domain::error::{Error, RepositoryError, Source};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::password::{Password, PasswordHash};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::mailer::{Mail, Mailer};
use wiwebb_domain::ports::password::{PasswordHasher, Verdict};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::tenant::TenantView;
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::unit_of_work::{FakeUnitOfWork, FakeUnitOfWorkFactory, TxEvent, TxLog};
use wiwebb_domain::testing::webhook::ScriptedWebhooks;
use wiwebb_domain::user::{User, UserView};

use crate::world::settings;

pub(crate) const ADMIN: Actor =
    Actor { user: UserId::new(1), role: Role::Admin, tenant: None, written: None };
pub(crate) const BOB: Actor =
    Actor { user: UserId::new(2), role: Role::Subscriber, tenant: None, written: None };

pub(crate) fn bob() -> User {
    samples::user(2, "bob")
}

pub(crate) fn found() -> Lookup<UserView> {
    Lookup::Within(UserView { user: bob(), tenant: None })
}

pub(crate) fn home() -> Lookup<TenantView> {
    Lookup::Within(TenantView { tenant: samples::tenant(1, "Home"), user_count: 0 })
}

/// Fails the test when asked to work while a unit of work is open: a slow hash or a mail would
/// keep rows locked.
struct Watching(TxLog);

impl Watching {
    fn assert_nothing_is_open(&self) {
        let open = self.0.events().iter().fold(0_i32, |open, event| match event {
            TxEvent::Begun(_) | TxEvent::Read(_) => open + 1,
            TxEvent::Committed(_) | TxEvent::CommitFailed(_) | TxEvent::Dropped(_) => open - 1,
        });
        assert_eq!(open, 0, "{:?}", self.0.events());
    }
}

#[async_trait]
impl PasswordHasher for Watching {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Source> {
        self.assert_nothing_is_open();
        PlainHasher.hash(password).await
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Source> {
        self.assert_nothing_is_open();
        PlainHasher.verify(password, hash).await
    }
}

#[async_trait]
impl Mailer for Watching {
    async fn post(&self, _: Mail) {
        self.assert_nothing_is_open();
    }
}

pub(crate) fn over(store: &Arc<FakeUnitOfWorkFactory>) -> Services {
    let ports = Ports {
        store: Arc::clone(store) as Arc<_>,
        clock: Arc::new(ManualClock::default()),
        random: Arc::new(SeededRandom::new(1)),
        passwords: Arc::new(Watching(store.log())),
        mailer: Arc::new(Watching(store.log())),
        gateways: Arc::new(ScriptedRegistry::default()),
        webhooks: Arc::new(ScriptedWebhooks::default()),
        secrets: Arc::new(PlainSecrets::default()),
    };
    Services::new(ports, settings())
}

/// The step of a use case that is to fail, counted from 0; one beyond the last lets all succeed.
#[derive(Clone, Copy)]
pub(crate) struct Failing(usize);

impl Failing {
    pub(crate) fn answer<T>(self, step: usize, value: Stored<T>) -> Stored<T> {
        if self.0 == step { Err(RepositoryError::Unavailable("gone".into())) } else { value }
    }

    pub(crate) fn commit(self, unit: &mut FakeUnitOfWork, step: usize) {
        unit.commit_error = self.answer(step, Ok(())).err();
    }
}

/// Lets each of the steps fail in turn, and at last none.
pub(crate) fn commits_only_if_every_step_succeeds<T>(
    steps: usize,
    prepare: impl Fn(&FakeUnitOfWorkFactory, Failing),
    run: impl Fn(&Services) -> Result<T, Error>,
) {
    for failing in 0..=steps {
        let store = Arc::new(FakeUnitOfWorkFactory::default());
        prepare(&store, Failing(failing));
        let result = run(&over(&store));
        let all_succeed = failing == steps;
        assert_eq!(store.log().has_commit(), all_succeed, "step {failing}");
        match result {
            Ok(_) => assert!(all_succeed, "step {failing} failed unnoticed"),
            Err(Error::Repository(RepositoryError::Unavailable(_))) => assert!(!all_succeed),
            Err(other) => unreachable!("step {failing}: {other}"),
        }
    }
}
