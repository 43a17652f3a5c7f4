//! Lists may come from a copy of the store that has what their reader wrote; nothing else may
//! (`docs/adr/0020-read-replica.md`).

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::ids::{PlanId, UserId};
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::plan::PlanFilter;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::unit_of_work::{
    Repositories, UnitOfWork, UnitOfWorkFactory, WritePosition,
};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::ScriptedWebhooks;
use wiwebb_domain::user::NewUser;

use crate::world::{SpyHasher, settings};

/// A store that tells how it was opened: from a copy since a position, or from what there is.
#[derive(Default)]
struct Telling {
    store: MemoryStore,
    copies: Mutex<Vec<(&'static str, Option<WritePosition>)>>,
    originals: Mutex<Vec<&'static str>>,
    noted: Mutex<Vec<UserId>>,
}

#[async_trait]
impl UnitOfWorkFactory for Telling {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        self.originals.lock().unwrap().push(name);
        self.store.begin(name).await
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.originals.lock().unwrap().push(name);
        self.store.read(name).await
    }

    async fn read_since(
        &self,
        name: &'static str,
        written: Option<WritePosition>,
    ) -> Stored<Box<dyn Repositories>> {
        self.copies.lock().unwrap().push((name, written));
        self.store.read(name).await
    }

    async fn note_write(&self, user: UserId) -> Stored<()> {
        self.noted.lock().unwrap().push(user);
        Ok(())
    }

    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.store.snapshot(name).await
    }

    async fn ping(&self) -> Stored<()> {
        Ok(())
    }
}

fn telling() -> (Arc<Telling>, Services, Actor) {
    let store = Arc::new(Telling::default());
    let ports = Ports {
        store: Arc::clone(&store) as Arc<_>,
        clock: Arc::new(ManualClock::default()),
        random: Arc::new(SeededRandom::new(1)),
        passwords: Arc::new(SpyHasher::default()),
        mailer: Arc::new(RecordingMailer::default()),
        gateways: Arc::new(ScriptedRegistry::default()),
        webhooks: Arc::new(ScriptedWebhooks::default()),
        secrets: Arc::new(PlainSecrets::default()),
    };
    let services = Services::new(ports, settings());
    let mut work = block_on(store.store.read("test")).unwrap();
    let root = NewUser { role: Role::Superadmin, ..samples::new_user("root") };
    let root = block_on(work.users().insert(root)).unwrap().user;
    drop(work);
    let written = Some(WritePosition::new(7));
    let actor = Actor { user: root.id, role: root.role, tenant: root.tenant_id, written };
    (store, services, actor)
}

#[test]
fn every_list_asks_for_a_state_since_the_readers_last_write() {
    let (store, services, root) = telling();
    block_on(async {
        services.users.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.tenants.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.todos.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.audit_logs.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.payments.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.webhooks.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.service_keys.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.gateways.list(&root, Ok(ListRequest::default())).await.unwrap();
        services.gateways.active(&root).await.unwrap();
        services.payments.list_logs(&root, Ok(ListRequest::default())).await.unwrap();
        services.plans.list(&root, Ok(PlanFilter::default())).await.unwrap();
        services.plans.page(&root, Ok(ListRequest::default())).await.unwrap();
        services.plans.page_pricing(&root, Ok(ListRequest::default())).await.unwrap();
        services.plans.list_pricing(&root, PlanId::new(1)).await.unwrap_err();
        services.dashboard.figures(&root).await.unwrap();
        services.dashboard.overview(&root).await.unwrap();
    });
    let copies = store.copies.lock().unwrap();
    assert_eq!(copies.len(), 16, "{copies:?}");
    assert!(copies.iter().all(|(_, since)| *since == root.written), "{copies:?}");
    assert!(store.originals.lock().unwrap().is_empty());
}

#[test]
fn what_is_looked_up_by_itself_or_written_never_meets_a_copy() {
    let (store, services, root) = telling();
    block_on(async {
        let todo = services.todos.create(&root, Ok(samples::new_todo("pay"))).await.unwrap();
        services.todos.get(&root, todo.id).await.unwrap();
        services.todos.delete(&root, todo.id).await.unwrap();
        services.users.get(&root, root.user).await.unwrap();
        services.accounts.profile(&root).await.unwrap();
        services.subscriptions.status(&root).await.unwrap_err();
        services.subscriptions.of_user(&root, root.user).await.unwrap();
        services.network.limits_of_user(&root, root.user).await.unwrap_err();
        services.accounts.note_write(root.user).await.unwrap();
    });
    assert!(store.copies.lock().unwrap().is_empty());
    assert_eq!(*store.noted.lock().unwrap(), [root.user]);
}
