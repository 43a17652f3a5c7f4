//! The store under test, and the shortest way to rows in it.

use std::fmt::Debug;
use std::sync::Arc;

use crate::access::{Lookup, Role, Scope};
use crate::error::{RepositoryError, UniqueKey};
use crate::gateway::{NewGateway, PaymentGatewayConfig};
use crate::ids::{GatewayId, PlanId, SubscriptionId, TenantId, TodoId, UserId};
use crate::payment::{NewPayment, Payment, PaymentView};
use crate::plan::{NewPlan, Plan};
use crate::ports::Stored;
use crate::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use crate::relations::{EntityKind, relation_of};
use crate::subscription::{NewSubscription, Subscription};
use crate::tenant::{NewTenant, Tenant, TenantRef, TenantView};
use crate::testing::samples;
use crate::todo::{NewTodo, Todo};
use crate::user::{NewUser, User, UserView};
use crate::webhook::WebhookEvent;

/// The store under test.
#[derive(Clone)]
pub(super) struct Store(Arc<dyn UnitOfWorkFactory>);

impl Store {
    pub(super) fn new(factory: Arc<dyn UnitOfWorkFactory>) -> Self {
        Self(factory)
    }

    /// For single statements, each committed by itself.
    pub(super) async fn read(&self) -> Box<dyn Repositories> {
        self.0.read("conformance").await.unwrap()
    }

    pub(super) async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.0.begin("conformance").await.unwrap()
    }

    /// For reads as of now.
    pub(super) async fn snapshot(&self) -> Box<dyn Repositories> {
        self.0.snapshot("conformance").await.unwrap()
    }

    pub(super) async fn ping(&self) -> Stored<()> {
        self.0.ping().await
    }

    /// Stores a tenant under a UUID that its name alone decides.
    pub(super) async fn add_tenant(&self, new: NewTenant) -> Tenant {
        let uuid = samples::uuid(number_of(new.name.as_str()));
        let mut store = self.read().await;
        store.tenants().insert(new, uuid, samples::now()).await.unwrap()
    }

    pub(super) async fn tenant(&self, name: &str) -> Tenant {
        self.add_tenant(samples::new_tenant(name)).await
    }

    pub(super) async fn add_user(&self, new: NewUser) -> User {
        self.read().await.users().insert(new).await.unwrap().user
    }

    pub(super) async fn user(&self, name: &str) -> User {
        self.add_user(samples::new_user(name)).await
    }

    pub(super) async fn user_of(&self, name: &str, role: Role, tenant: TenantId) -> User {
        let mut new = samples::new_user(name);
        new.role = role;
        new.tenant_id = Some(tenant);
        self.add_user(new).await
    }

    pub(super) async fn add_todo(&self, owner: UserId, new: NewTodo) -> Todo {
        let mut store = self.read().await;
        store.todos().insert(owner, new, samples::now()).await.unwrap()
    }

    pub(super) async fn todo(&self, owner: UserId, task: &str) -> Todo {
        self.add_todo(owner, samples::new_todo(task)).await
    }

    pub(super) async fn add_plan(&self, new: NewPlan) -> Plan {
        let mut store = self.read().await;
        store.plans().insert(new, samples::now()).await.unwrap()
    }

    pub(super) async fn plan(&self, name: &str) -> Plan {
        self.add_plan(samples::new_plan(name)).await
    }

    pub(super) async fn add_gateway(&self, new: NewGateway) -> PaymentGatewayConfig {
        let mut store = self.read().await;
        store.gateways().insert(new, samples::now()).await.unwrap()
    }

    pub(super) async fn gateway(&self, name: &str) -> PaymentGatewayConfig {
        self.add_gateway(samples::new_gateway(name)).await
    }

    pub(super) async fn add_payment(&self, new: NewPayment) -> Payment {
        let mut store = self.read().await;
        store.payments().insert(new, samples::now()).await.unwrap()
    }

    pub(super) async fn payment(&self, user: UserId, gateway: GatewayId) -> Payment {
        self.add_payment(samples::new_payment(user, gateway)).await
    }

    /// A payment of a user and through a gateway that both have a name.
    pub(super) async fn payment_of(&self, name: &str) -> Payment {
        let user = self.user(name).await.id;
        let gateway = self.gateway(name).await.id;
        self.payment(user, gateway).await
    }

    pub(super) async fn add_subscription(&self, new: NewSubscription) -> Subscription {
        let mut store = self.read().await;
        store.subscriptions().insert(new, samples::now()).await.unwrap()
    }

    /// A subscription that nobody has paid; the number makes its name.
    pub(super) async fn subscription(
        &self,
        number: i32,
        user: UserId,
        plan: PlanId,
    ) -> Subscription {
        self.add_subscription(samples::new_subscription(number, user, plan)).await
    }

    pub(super) async fn find_subscription(&self, id: SubscriptionId) -> Option<Subscription> {
        // Its lock ends with the statement, so that it holds up nobody who takes what is due.
        self.read().await.subscriptions().lock(id).await.unwrap()
    }

    pub(super) async fn webhook_event(&self, event_id: &str) -> WebhookEvent {
        let new = samples::new_webhook_event(event_id);
        let mut store = self.read().await;
        store.webhook_events().store(new, samples::now(), samples::after(60)).await.unwrap()
    }

    pub(super) async fn find_tenant(&self, id: TenantId) -> Lookup<TenantView> {
        let mut store = self.read().await;
        let name = TenantRef::Id(id);
        store.tenants().find(Scope::Everything, name).await.unwrap()
    }

    pub(super) async fn find_user(&self, id: UserId) -> Lookup<UserView> {
        let mut store = self.read().await;
        store.users().find(Scope::Everything, id).await.unwrap()
    }

    pub(super) async fn find_todo(&self, id: TodoId) -> Lookup<Todo> {
        let mut store = self.read().await;
        store.todos().find(Scope::Everything, id).await.unwrap()
    }

    pub(super) async fn find_payment(&self, payment: &Payment) -> PaymentView {
        let mut store = self.read().await;
        let found = store.payments().find(Scope::Everything, payment.id).await;
        within(found.unwrap())
    }
}

/// A number for a text, so that equal texts alone are told to be equal.
fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3) >> 8
    })
}

/// The row of a lookup that must have found it.
pub(super) fn within<T: Debug>(lookup: Lookup<T>) -> T {
    match lookup {
        Lookup::Within(row) => row,
        other => panic!("the row is not there: {other:?}"),
    }
}

/// Fails unless the store said that the value of a key is taken.
pub(super) fn assert_taken<T: Debug>(result: Stored<T>, key: UniqueKey) {
    match result {
        Err(RepositoryError::Taken(found)) => assert_eq!(found, key),
        other => panic!("expected Taken({key:?}), not {other:?}"),
    }
}

/// Fails unless the store said that something went wrong that nobody can be told about: what the
/// server makes itself is there already.
pub(super) fn assert_broken<T: Debug>(result: &Stored<T>) {
    assert!(matches!(result, Err(RepositoryError::Backend(_))), "{result:?}");
}

/// Fails unless the store said that the row a column refers to does not exist.
pub(super) fn assert_missing<T: Debug>(result: Stored<T>, child: EntityKind, column: &str) {
    let expected = relation_of(child, column).unwrap();
    match result {
        Err(RepositoryError::MissingReference(found)) => assert_eq!(found, expected),
        other => panic!("expected MissingReference({child:?}.{column}), not {other:?}"),
    }
}

/// Ids that filters take but no row can have; the last are a real id but for 32 bits too many.
pub(super) fn ids_of_nothing(real: i32) -> [i64; 7] {
    let real = i64::from(real);
    [0, -1, i64::from(i32::MAX), i64::from(i32::MAX) + 1, i64::MAX, i64::MIN, real + (1 << 32)]
}
