//! A place to subscribe at: plans and prices, gateways that follow a script, and what they report.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::Error;
use wiwebb_domain::gateway::NewGateway;
use wiwebb_domain::ids::{GatewayId, PaymentId, PlanId, PlanPricingId};
use wiwebb_domain::page::{ListRequest, PageSize};
use wiwebb_domain::payment::{Payment, PaymentStatus};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, Verdict};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::pricing::NewPlanPricing;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::services::subscriptions::{Subscribed, Wish};
use wiwebb_domain::services::{Payments, Ports, Services, Settings, Subscriptions};
use wiwebb_domain::subscription::{Subscription, SubscriptionStatus, SubscriptionView, Terms};
use wiwebb_domain::testing::gateway::{ScriptedGateway, ScriptedRegistry, answer, answer_with_id};
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::subscription_gateway::ScriptedSubscriptions;
use wiwebb_domain::testing::webhook::{GOOD_SIGNATURE, ScriptedWebhooks};
use wiwebb_domain::webhook::{Fact, WebhookEvent, WebhookEventFilter};

use crate::world::{World, settings};

/// What the contract answers where a gateway cannot be reached.
pub(crate) const UNREACHABLE: &str = "Payment provider unavailable";

pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) ports: Ports,
    pub(crate) services: Services,
    pub(crate) registry: Arc<ScriptedRegistry>,
    pub(crate) reports: Arc<ScriptedWebhooks>,
    pub(crate) gateway: GatewayId,
    /// Who subscribes.
    pub(crate) bob: Actor,
    pub(crate) admin: Actor,
}

impl Shop {
    /// Paid through `dummy`.
    pub(crate) fn new() -> Self {
        Self::through("dummy")
    }

    /// Paid through one gateway of this variant.
    pub(crate) fn through(variant: &str) -> Self {
        Self::with(variant, settings())
    }

    pub(crate) fn with(variant: &str, settings: Settings) -> Self {
        let world = World::new();
        let registry = Arc::new(ScriptedRegistry::default());
        let reports = Arc::new(ScriptedWebhooks::default());
        let ports = Ports {
            store: Arc::new(world.store.clone()),
            clock: Arc::clone(&world.clock) as Arc<_>,
            random: Arc::new(SeededRandom::new(2)),
            passwords: Arc::clone(&world.hasher) as Arc<_>,
            mailer: Arc::clone(&world.mailer) as Arc<_>,
            gateways: Arc::clone(&registry) as Arc<_>,
            webhooks: Arc::clone(&reports) as Arc<_>,
            secrets: Arc::new(PlainSecrets::default()),
        };
        let services = Services::new(ports.clone(), settings);
        let gateway = NewGateway {
            variant: samples::text(variant),
            ..samples::new_gateway("the gateway of the shop")
        };
        let gateway = add_gateway(&world, gateway);
        let (bob, admin) = (world.user("bob", Role::Subscriber, None), world.admin());
        Self { world, ports, services, registry, reports, gateway, bob, admin }
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.services.subscriptions
    }

    pub(crate) fn payments(&self) -> &Payments {
        &self.services.payments
    }

    /// The gateway that takes payments.
    pub(crate) fn script(&self) -> &ScriptedGateway {
        self.registry.gateway()
    }

    /// The gateway that keeps subscriptions going.
    pub(crate) fn keeper(&self) -> &ScriptedSubscriptions {
        self.registry.subscription_gateway()
    }

    /// What the gateway says of the next order.
    pub(crate) fn says(&self, verdict: Verdict) -> &Self {
        self.script().will_say(Ok(answer(verdict)));
        self
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    pub(crate) fn later(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    pub(crate) fn set(&self, instant: DateTime<Utc>) {
        self.world.clock.set(instant);
    }

    pub(crate) fn plan(&self, new: NewPlan) -> PlanId {
        block_on(self.services.plans.create(&self.admin, Ok(new))).unwrap().plan.id
    }

    pub(crate) fn free(&self, name: &str) -> PlanId {
        self.plan(NewPlan { requires_payment: false, ..samples::new_plan(name) })
    }

    pub(crate) fn price(&self, plan: PlanId, new: NewPlanPricing) -> PlanPricingId {
        block_on(self.services.plans.create_pricing(&self.admin, plan, Ok(new))).unwrap().id
    }

    /// A plan for so much a month.
    pub(crate) fn monthly(&self, name: &str, amount: &str) -> PlanId {
        self.sold(samples::new_plan(name), samples::new_pricing(amount))
    }

    /// A plan for so much a week.
    pub(crate) fn weekly(&self, name: &str, amount: &str) -> PlanId {
        self.sold(samples::new_plan(name), every("week", amount))
    }

    pub(crate) fn sold(&self, plan: NewPlan, pricing: NewPlanPricing) -> PlanId {
        let plan = self.plan(plan);
        self.price(plan, pricing);
        plan
    }

    /// Whoever has nothing else has this plan.
    pub(crate) fn default_plan(&self, name: &str) -> PlanId {
        let free = NewPlan { requires_payment: false, ..samples::new_plan(name) };
        self.plan(NewPlan { default: true, ..free })
    }

    pub(crate) fn subscribe(&self, plan: PlanId) -> Result<Subscribed, Error> {
        block_on(self.subscriptions().subscribe(&self.bob, Ok(wish(plan)), None))
    }

    /// A subscription whose first payment came at once.
    pub(crate) fn paid(&self, plan: PlanId) -> Subscription {
        self.says(Verdict::Done);
        let subscription = self.subscribe(plan).unwrap().view.subscription;
        assert!(subscription.status.is_live(), "{subscription:?}");
        subscription
    }

    /// The next order opens a page, which is where its payer pays. The name of the page.
    pub(crate) fn opens_page(&self) -> String {
        let page = format!("page_{}", self.script().orders().len());
        let redirect_url = Some(format!("https://pay.example.org/{page}"));
        let opened = GatewayAnswer { redirect_url, ..answer_with_id(Verdict::Pending, &page) };
        self.script().will_say(Ok(opened));
        page
    }

    /// A subscription whose first payment is waited for.
    pub(crate) fn unpaid(&self, plan: PlanId) -> Subscription {
        self.opens_page();
        let subscription = self.subscribe(plan).unwrap().view.subscription;
        assert_eq!(subscription.status, SubscriptionStatus::Incomplete);
        subscription
    }

    /// A subscription whose first payment is waited for, in the place of another, whose payment is
    /// called off with this answer.
    pub(crate) fn unpaid_instead(&self, plan: PlanId, called_off: Verdict) -> Subscription {
        self.opens_page();
        self.says(called_off);
        self.subscribe(plan).unwrap().view.subscription
    }

    pub(crate) fn change(&self, plan: PlanId) -> Result<Subscribed, Error> {
        block_on(self.subscriptions().change(&self.bob, Ok(wish(plan)), None))
    }

    pub(crate) fn cancel(&self) -> Result<SubscriptionView, Error> {
        block_on(self.subscriptions().cancel(&self.bob, Ok(())))
    }

    pub(crate) fn resume(&self) -> Result<SubscriptionView, Error> {
        block_on(self.subscriptions().resume(&self.bob, Ok(())))
    }

    pub(crate) fn view(&self) -> SubscriptionView {
        block_on(self.subscriptions().status(&self.bob)).unwrap()
    }

    pub(crate) fn current(&self) -> Subscription {
        self.view().subscription
    }

    pub(crate) fn status(&self) -> SubscriptionStatus {
        self.current().status
    }

    /// A subscription by its name, whether or not it is shown to its owner.
    pub(crate) fn stored(&self, subscription: &Subscription) -> Subscription {
        block_on(async {
            let mut read = self.world.store.read("test").await.unwrap();
            read.subscriptions().lock(subscription.id).await.unwrap().unwrap()
        })
    }

    /// The name of the plan whose limits hold for the subscriber now.
    pub(crate) fn in_force(&self) -> String {
        block_on(self.services.network.own_limits(&self.bob))
            .map_or_else(|error| error.to_string(), |held| held.allowance.plan_name.to_string())
    }

    /// Looks after what is due. How many subscriptions that were.
    pub(crate) fn advance(&self) -> usize {
        block_on(self.subscriptions().advance_due(100)).unwrap()
    }

    /// Lets time pass until the period is over, and looks after what is due then.
    pub(crate) fn next_period(&self) {
        self.set(self.current().period.unwrap().end);
        assert_eq!(self.advance(), 1);
    }

    /// Asks the gateway again about orders without an answer.
    pub(crate) fn reconcile(&self) -> usize {
        block_on(self.payments().reconcile_due(100)).unwrap()
    }

    /// All payments, the oldest first.
    pub(crate) fn all_payments(&self) -> Vec<Payment> {
        let size = PageSize::clamped(PageSize::MAX);
        let request = ListRequest { size, ..ListRequest::default() };
        let page = block_on(self.payments().list(&self.admin, Ok(request))).unwrap();
        let mut payments: Vec<_> = page.items.into_iter().map(|view| view.payment).collect();
        payments.sort_by_key(|payment| payment.id);
        payments
    }

    pub(crate) fn last_payment(&self) -> Payment {
        self.all_payments().pop().unwrap()
    }

    /// Amounts and states of all payments, the oldest first.
    pub(crate) fn books(&self) -> Vec<(String, PaymentStatus)> {
        let entry = |payment: Payment| (payment.total.amount().to_string(), payment.status);
        self.all_payments().into_iter().map(entry).collect()
    }

    pub(crate) fn payment(&self, id: PaymentId) -> Payment {
        block_on(self.payments().get(&self.admin, id)).unwrap().payment
    }

    /// Settles a payment on its page, as an admin.
    pub(crate) fn settle(&self, id: PaymentId, outcome: CheckoutOutcome) {
        let page = self.payment(id).transaction_id;
        let settled =
            self.payments().settle_checkout(Some(&self.admin), page.as_ref(), Ok(outcome));
        block_on(settled).unwrap();
    }

    /// The words of a payment's history, the oldest first.
    pub(crate) fn told(&self, id: PaymentId) -> Vec<String> {
        let mut entries = block_on(self.payments().logs(&self.admin, id)).unwrap();
        entries.reverse();
        entries.into_iter().map(|entry| entry.event_type.to_string()).collect()
    }

    /// Has an event mean this, and delivers it.
    pub(crate) fn report(&self, id: &str, event_type: &str, facts: Vec<Fact>) -> Result<(), Error> {
        self.reports.will_mean(id, facts);
        self.deliver(id, event_type)
    }

    pub(crate) fn deliver(&self, id: &str, event_type: &str) -> Result<(), Error> {
        let body = json!({"id": id, "type": event_type}).to_string();
        block_on(self.services.webhooks.receive(Some(GOOD_SIGNATURE), body.as_bytes()))
    }

    /// The event that was stored under an id of the gateway.
    pub(crate) fn event(&self, id: &str) -> WebhookEvent {
        let filter =
            WebhookEventFilter { event_id: Some(id.to_owned()), ..WebhookEventFilter::default() };
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = block_on(self.services.webhooks.list(&self.admin, Ok(request))).unwrap();
        let [event] = <[WebhookEvent; 1]>::try_from(page.items).unwrap();
        event
    }
}

pub(crate) fn add_gateway(world: &World, new: NewGateway) -> GatewayId {
    block_on(async {
        let mut read = world.store.read("test").await.unwrap();
        read.gateways().insert(new, samples::now()).await.unwrap().id
    })
}

/// A plan, for its first price.
pub(crate) const fn wish(plan: PlanId) -> Wish {
    Wish { plan, pricing: None }
}

/// A price for every `day`, `week`, `month` or `year`.
pub(crate) fn every(interval: &str, amount: &str) -> NewPlanPricing {
    let Terms { price, interval } = samples::terms(amount, interval);
    NewPlanPricing { price, interval, ..samples::new_pricing(amount) }
}
