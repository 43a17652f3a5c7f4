//! Whatever goes wrong between two steps, everything is charged once, and what was paid is had.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use async_trait::async_trait;
use chrono::Duration;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::{NewPlan, PlanFilter};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::mailer::{Mail, Mailer};
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway, Verdict,
};
use wiwebb_domain::ports::subscription_gateway::SubscriptionGateway;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::subscription::SubscriptionStatus;
use wiwebb_domain::testing::samples;

use crate::shop::{Shop, every, wish};
use crate::world::settings;

/// What happens at the step that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The process dies.
    Dies,
    /// The store or the gateway fails; what the gateway was asked may have been done.
    Fails,
}

/// Counts the steps outside the use cases and lets one go wrong. What a unit of work would lose by
/// going wrong later, it loses when it does not even begin.
struct Ground(Mutex<Option<(Fault, usize)>>);

impl Ground {
    async fn step(&self) -> Result<(), &'static str> {
        let fault = {
            let mut armed = self.0.lock().unwrap();
            match &mut *armed {
                Some((_, 0)) => armed.take().map(|(fault, _)| fault),
                Some((_, steps)) => {
                    *steps -= 1;
                    None
                }
                None => None,
            }
        };
        match fault {
            Some(Fault::Dies) => std::future::pending().await,
            Some(Fault::Fails) => Err("the ground gave way"),
            None => Ok(()),
        }
    }
}

struct Shaky<T: ?Sized> {
    ground: Arc<Ground>,
    inner: Arc<T>,
}

#[async_trait]
impl UnitOfWorkFactory for Shaky<dyn UnitOfWorkFactory> {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        self.ground.step().await.map_err(|why| RepositoryError::Unavailable(why.into()))?;
        self.inner.begin(name).await
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.ground.step().await.map_err(|why| RepositoryError::Unavailable(why.into()))?;
        self.inner.read(name).await
    }

    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.ground.step().await.map_err(|why| RepositoryError::Unavailable(why.into()))?;
        self.inner.snapshot(name).await
    }

    async fn ping(&self) -> Stored<()> {
        self.inner.ping().await
    }
}

impl GatewayRegistry for Shaky<dyn GatewayRegistry> {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let inner = self.inner.open(config)?;
        Some(Arc::new(Shaky { ground: Arc::clone(&self.ground), inner }))
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        self.inner.subscriptions(config)
    }
}

#[async_trait]
impl PaymentGateway for Shaky<dyn PaymentGateway> {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let lost = |why: &str| GatewayError::Unknown(why.into());
        self.ground.step().await.map_err(lost)?;
        let answer = self.inner.carry_out(order).await?;
        self.ground.step().await.map_err(lost)?;
        Ok(answer)
    }
}

#[async_trait]
impl Mailer for Shaky<dyn Mailer> {
    async fn post(&self, mail: Mail) {
        // A mailer never tells of a failure.
        self.ground.step().await.ok();
        self.inner.post(mail).await;
    }
}

/// The use cases of a shop, of which one goes wrong behind so many steps.
fn shaky(shop: &Shop, fault: Fault, steps: usize) -> (Services, Arc<Ground>) {
    let ground = Arc::new(Ground(Mutex::new(Some((fault, steps)))));
    let ports = shop.ports.clone();
    let ports = Ports {
        store: Arc::new(Shaky { ground: Arc::clone(&ground), inner: ports.store }),
        gateways: Arc::new(Shaky { ground: Arc::clone(&ground), inner: ports.gateways }),
        mailer: Arc::new(Shaky { ground: Arc::clone(&ground), inner: ports.mailer }),
        ..ports
    };
    (Services::new(ports, settings()), ground)
}

/// Lets every step of a use case go wrong in turn, and behind each of them the workers do what is
/// left to do. How often it went wrong.
fn whatever_goes_wrong(
    fault: Fault,
    prepare: impl Fn() -> Shop,
    use_case: &impl AsyncFn(&Shop, &Services),
    check: impl Fn(&Shop, usize),
) -> usize {
    for steps in 0.. {
        let shop = prepare();
        let (services, ground) = shaky(&shop, fault, steps);
        // Nothing here ever waits but for its death.
        let poll = pin!(use_case(&shop, &services)).poll(&mut Context::from_waker(Waker::noop()));
        let went_wrong = ground.0.lock().unwrap().take().is_none();
        assert_eq!(poll.is_pending(), went_wrong && fault == Fault::Dies);
        for _ in 0..3 {
            shop.later(Duration::hours(1));
            shop.reconcile();
            shop.advance();
        }
        check(&shop, steps);
        if !went_wrong {
            return steps;
        }
    }
    unreachable!("some use case has no end")
}

const FAULTS: [Fault; 2] = [Fault::Dies, Fault::Fails];

#[test]
fn a_period_is_charged_once_whatever_goes_wrong_while_it_is_renewed() {
    for fault in FAULTS {
        let prepare = || {
            let shop = Shop::new();
            let plan = NewPlan { requires_invoice: true, ..samples::new_plan("Pro") };
            shop.paid(shop.sold(plan, every("week", "10.00")));
            shop.set(shop.current().period.unwrap().end);
            shop.says(Verdict::Done);
            shop
        };
        let advance = async |_: &Shop, services: &Services| {
            drop(services.subscriptions.advance_due(10).await);
        };
        let steps = whatever_goes_wrong(fault, prepare, &advance, |shop, step| {
            let subscription = shop.current();
            let [first, second] = <[_; 2]>::try_from(shop.all_payments()).unwrap();
            assert_eq!(subscription.status, SubscriptionStatus::Active, "{fault:?} {step}");
            assert_eq!(second.status, PaymentStatus::Confirmed);
            let weeks = subscription.period.unwrap().start - first.created_at;
            assert_eq!(weeks, Duration::days(7), "the second period");
            assert_eq!(shop.script().carried_out(OperationKind::Charge), 2);
            assert_eq!(shop.in_force(), "Pro");
        });
        assert!(steps > 5, "{steps}");
    }
}

#[test]
fn a_first_period_is_charged_once_or_not_at_all_and_had_if_so() {
    for fault in FAULTS {
        let prepare = || {
            let shop = Shop::new();
            shop.monthly("Pro", "10.00");
            shop.says(Verdict::Done);
            shop
        };
        let subscribe = async |shop: &Shop, services: &Services| {
            let plans = services.plans.list(&shop.bob, Ok(PlanFilter::default())).await;
            if let Some(view) = plans.ok().and_then(|mut plans| plans.pop()) {
                let wish = wish(view.plan.id);
                drop(services.subscriptions.subscribe(&shop.bob, Ok(wish), None).await);
            }
        };
        let steps = whatever_goes_wrong(fault, prepare, &subscribe, |shop, step| {
            let times = shop.script().carried_out(OperationKind::Charge);
            let has_it = shop.in_force() == "Pro";
            assert_eq!(times, usize::from(has_it), "{fault:?} {step}");
            assert_eq!(shop.all_payments().len(), times);
        });
        assert!(steps > 5, "{steps}");
    }
}

#[test]
fn a_difference_is_charged_once_or_not_at_all_and_the_dearer_plan_had_if_so() {
    for fault in FAULTS {
        let prepare = || {
            let shop = Shop::new();
            shop.paid(shop.monthly("Pro", "10.00"));
            shop.monthly("Max", "20.00");
            shop.says(Verdict::Done);
            shop
        };
        let change = async |shop: &Shop, services: &Services| {
            let plans = services.plans.list(&shop.bob, Ok(PlanFilter::default())).await;
            if let Some(view) = plans.ok().and_then(|mut plans| plans.pop()) {
                let wish = wish(view.plan.id);
                drop(services.subscriptions.change(&shop.bob, Ok(wish), None).await);
            }
        };
        let steps = whatever_goes_wrong(fault, prepare, &change, |shop, step| {
            let times = shop.script().carried_out(OperationKind::Charge) - 1;
            let has_it = shop.in_force() == "Max";
            assert_eq!(times, usize::from(has_it), "{fault:?} {step}");
            assert_eq!(shop.all_payments().len(), times + 1);
            assert_eq!(shop.current().charge, None);
        });
        assert!(steps > 5, "{steps}");
    }
}
