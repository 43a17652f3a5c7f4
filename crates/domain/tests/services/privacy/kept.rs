//! Somebody of whom something of every kind is kept.

use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role, Scope};
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::{GatewayId, PaymentId, PlanId, UserId};
use wiwebb_domain::payment::{NewPayment, PaymentStatus, PaymentView};
use wiwebb_domain::payment_log::NewPaymentLog;
use wiwebb_domain::personal_data::Part;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::refund::NewRefund;
use wiwebb_domain::relations::{Dependants, EntityKind, Relation};
use wiwebb_domain::subscription::{NewSubscription, SubscriptionStatus};
use wiwebb_domain::testing::samples::{self, digest, email, now, object, text};
use wiwebb_domain::usage::Usage;
use wiwebb_domain::user::{NewUser, Profile};
use wiwebb_domain::webhook::{EventStatus, NewWebhookEvent};

use crate::world::World;

/// What would tell who somebody is.
pub(crate) const TELLING: [&str; 9] = [
    "marlowe",
    "philip",
    "hobart-arms",
    "+1-213-555",
    "1906-07-23",
    "chandler.example",
    "sternwood",
    "bay-city",
    "private-eye",
];

/// Somebody with a row behind every foreign key to a user.
pub(crate) struct Kept {
    pub(crate) world: World,
    pub(crate) admin: Actor,
    pub(crate) who: Actor,
    pub(crate) payment: PaymentId,
    pub(crate) gateway: GatewayId,
    pub(crate) plan: PlanId,
}

pub(crate) fn somebody() -> NewUser {
    let profile = Profile {
        first_name: Some(text("Philip")),
        last_name: Some(text("Marlowe")),
        phone_number: Some(text("+1-213-555")),
        bio: Some(text("private-eye")),
        url: Some(wiwebb_domain::text::WebUrl::new("https://chandler.example").unwrap()),
        company: Some(text("sternwood")),
        location: Some(text("bay-city")),
        birth_date: Some("1906-07-23".parse().unwrap()),
    };
    NewUser { email: email("marlowe@hobart-arms.example"), profile, ..samples::new_user("marlowe") }
}

impl Kept {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let (admin, who) = (world.admin(), world.insert(somebody()));
        let [gateway, plan, payment] = block_on(async {
            let mut read = world.store.read("test").await.unwrap();
            let gateway =
                read.gateways().insert(samples::new_gateway("Card"), now()).await.unwrap();
            let plan = read.plans().insert(samples::new_plan("Basic"), now()).await.unwrap();
            let payment = NewPayment {
                status: PaymentStatus::Confirmed,
                order_id: Some(text("order of marlowe")),
                transaction_id: Some(text("pi_1")),
                metadata: object(json!({
                    "description": "for marlowe", "refunded_amount": "1.00", "to": "hobart-arms",
                })),
                ..samples::new_payment(who.user, gateway.id)
            };
            let payment = read.payments().insert(payment, now()).await.unwrap();
            [gateway.id.get(), plan.id.get(), payment.id.get()]
        });
        let (gateway, plan) = (GatewayId::new(gateway), PlanId::new(plan));
        let kept = Self { world, admin, who, payment: PaymentId::new(payment), gateway, plan };
        kept.fill_account();
        kept.fill_books();
        kept
    }

    fn fill_account(&self) {
        let user = self.who.user;
        self.world.key_of("marlowe");
        let accounts = &self.world.services.accounts;
        let address = email("marlowe@hobart-arms.example");
        block_on(accounts.request_reset(Ok(address))).unwrap();
        block_on(async {
            let mut read = self.world.store.read("test").await.unwrap();
            let todo = samples::new_todo("write to marlowe");
            read.todos().insert(user, todo, now()).await.unwrap();
            let mark = samples::request_mark(user, "key of marlowe");
            read.idempotency().claim(mark, now(), now(), now()).await.unwrap();
            for (actor, target) in [(user, self.admin.user), (self.admin.user, user), (user, user)]
            {
                let mut entry = samples::new_audit_log(actor, target);
                let by =
                    if actor == user { "philip@hobart-arms.example" } else { "admin@example.org" };
                entry.details = object(json!({ "changed_by": by }));
                read.audit_logs().insert(entry).await.unwrap();
            }
        });
    }

    fn fill_books(&self) {
        let user = self.who.user;
        block_on(async {
            let mut read = self.world.store.read("test").await.unwrap();
            let entry = NewPaymentLog {
                message: Some("card of marlowe".to_owned()),
                ..samples::new_payment_log(self.payment)
            };
            read.payment_logs().insert(entry, now()).await.unwrap();
            let refund = NewRefund {
                reason: Some(text("marlowe quit")),
                ..samples::new_refund(self.payment)
            };
            read.refunds().insert(refund, now()).await.unwrap();
            let subscription = samples::new_subscription(1, user, self.plan);
            let status = SubscriptionStatus::Canceled;
            let subscription = NewSubscription { status, ..subscription };
            read.subscriptions().insert(subscription, now()).await.unwrap();
            read.subscriptions().note_trial(user, self.plan, now()).await.unwrap();
            read.customers().insert(user, self.gateway, text("cus_1"), now()).await.unwrap();
            let key = samples::session_key(user, "hobart-arms");
            read.usage().open_session(key, now()).await.unwrap();
            let minute = Usage { seconds: 60, octets: 5 };
            read.usage().add(user, now().date_naive(), minute).await.unwrap();
            for (id, payload, payment) in [
                ("evt_1", r#"{"name":"philip marlowe"}"#, Some(self.payment)),
                ("evt_2", r#"{"customer":"cus_1","name":"marlowe"}"#, None),
            ] {
                let payload = payload.to_owned();
                let new = NewWebhookEvent { payload, ..samples::new_webhook_event(id) };
                let mut event = read.webhook_events().store(new, now(), now()).await.unwrap();
                event.tried(EventStatus::Processed, None, now());
                event.payment_id = payment;
                read.webhook_events().update(&event).await.unwrap();
            }
            let attempt = read.access_tokens().authenticate(digest(1), now());
            assert_eq!(attempt.await.unwrap(), None);
        });
    }

    /// Everything that is handed out, in the order in which it comes.
    pub(crate) fn export_as(&self, actor: &Actor, id: UserId) -> Result<Vec<Part>, Error> {
        let mut parts = Vec::new();
        let mut take = |part| parts.push(part);
        block_on(self.world.services.privacy.export(actor, id, &mut take))?;
        Ok(parts)
    }

    pub(crate) fn export(&self) -> Vec<Part> {
        self.export_as(&self.who, self.who.user).unwrap()
    }

    /// How many rows refer to the user, by foreign key.
    pub(crate) fn rows(&self) -> Vec<(&'static Relation, u64)> {
        block_on(async {
            let mut read = self.world.store.read("test").await.unwrap();
            let id = self.who.user.get();
            let found = read.deletions().dependants(EntityKind::User, id).await.unwrap();
            found.into_iter().map(|Dependants { relation, rows }| (relation, rows)).collect()
        })
    }

    pub(crate) fn payment(&self) -> PaymentView {
        block_on(async {
            let mut read = self.world.store.read("test").await.unwrap();
            let found = read.payments().find(Scope::Everything, self.payment).await.unwrap();
            found.within().unwrap()
        })
    }

    pub(crate) fn owner_of(&self, name: &str) -> Actor {
        let tenant = self.world.tenant(name);
        self.world.user(
            &format!("owner of {name}").replace(' ', "-"),
            Role::TenantOwner,
            Some(tenant),
        )
    }
}
