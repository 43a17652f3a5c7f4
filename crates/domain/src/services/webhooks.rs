//! What gateways report (contract §10.3): stored first, then applied, each event once.

use chrono::Duration;

use super::payments::Payments;
use super::{Ports, Round, subscriptions};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::ids::{PaymentId, WebhookEventId};
use crate::page::{ListRequest, Page};
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;
use crate::webhook::{EventStatus, Fact, WebhookEvent, WebhookEventFilter, WebhookEventSort};

/// An event younger than this is still in the hands of whoever received it.
const PATIENCE: Duration = Duration::minutes(2);

/// What the effects of an event came to.
#[derive(Default)]
struct Effects {
    is_matched: bool,
    payment: Option<PaymentId>,
}

impl Effects {
    fn note(&mut self, payment: Option<PaymentId>) {
        self.is_matched |= payment.is_some();
        self.payment = self.payment.or(payment);
    }
}

/// Use cases on the inbox.
#[derive(Clone)]
pub struct Webhooks {
    ports: Ports,
    payments: Payments,
}

impl Webhooks {
    /// Over these ports.
    pub fn new(ports: Ports, payments: Payments) -> Self {
        Self { ports, payments }
    }

    /// Takes a report as it came over the wire. Errors: [`Error::Webhook`] where it is none or
    /// nobody known signed it, and then nothing is stored; any other where the gateway should report
    /// again.
    pub async fn receive(&self, signature: Option<&str>, body: &[u8]) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let new = self.ports.webhooks.open(signature, body, now)?;
        let mut read = self.ports.store.read("webhooks.receive").await?;
        let event = read.webhook_events().store(new, now, now + PATIENCE).await?;
        drop(read);
        match event.status {
            EventStatus::Received => self.process(event).await.map(drop),
            // What is not known here is looked for again on our own account.
            EventStatus::Processed | EventStatus::Unmatched | EventStatus::Ignored => Ok(()),
        }
    }

    /// The events that match.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<WebhookEventFilter, WebhookEventSort>>,
    ) -> Result<Page<WebhookEvent>, Error> {
        access::permit_role(actor, Action::ManageWebhookEvents)?;
        let mut read = self.ports.store.read_since("webhooks.list", actor.written).await?;
        read.webhook_events().list(request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One event.
    pub async fn get(&self, actor: &Actor, id: WebhookEventId) -> Result<WebhookEvent, Error> {
        access::permit_role(actor, Action::ManageWebhookEvents)?;
        self.find(id).await
    }

    /// Applies an event again that came to nothing. One whose effects are there stays as it is.
    pub async fn replay(
        &self,
        actor: &Actor,
        id: WebhookEventId,
        input: Input<()>,
    ) -> Result<WebhookEvent, Error> {
        access::permit_role(actor, Action::ManageWebhookEvents)?;
        let event = self.find(id).await?;
        input?;
        self.process(event).await
    }

    /// Applies an event again on behalf of the operator at the server.
    pub async fn replay_stored(&self, id: WebhookEventId) -> Result<WebhookEvent, Error> {
        let event = self.find(id).await?;
        self.process(event).await
    }

    /// Applies events again that came to nothing and are due. Answers how many it took, `limit` at
    /// most. Any number of replicas may run it at a time.
    pub async fn retry_due(&self, limit: u32) -> Result<usize, Error> {
        let mut round = Round::default();
        while round.taken < limit as usize {
            let Some(id) = self.take_due().await? else {
                break;
            };
            round.note(self.replay_stored(id).await.map(drop));
        }
        round.end()
    }

    async fn take_due(&self) -> Result<Option<WebhookEventId>, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("webhooks.retry").await?;
        Ok(read.webhook_events().claim_due(now, now + PATIENCE, 1).await?.pop())
    }

    async fn find(&self, id: WebhookEventId) -> Result<WebhookEvent, Error> {
        let mut read = self.ports.store.read("webhooks.get").await?;
        read.webhook_events().find(id).await?.ok_or(NOT_FOUND)
    }

    /// Asks the gateway with no unit of work open, then applies what it says, once.
    async fn process(&self, event: WebhookEvent) -> Result<WebhookEvent, Error> {
        if event.status.is_settled() {
            return Ok(event);
        }
        let id = event.id;
        let outcome = match self.ports.webhooks.read(&event, self.ports.clock.now()).await {
            Ok(facts) => self.apply(id, facts).await,
            Err(_) => Err(Error::GatewayUnreachable),
        };
        match outcome {
            // To report it again would come to the same: it waits for an admin.
            Err(Error::Subscription(refused)) => {
                self.note_failure(id, EventStatus::Unmatched, refused.to_string()).await
            }
            Err(error) => {
                // Told to the gateway in any case, which reports again.
                self.note_failure(id, EventStatus::Received, error.to_string()).await.ok();
                Err(error)
            }
            Ok(event) => Ok(event),
        }
    }

    async fn note_failure(
        &self,
        id: WebhookEventId,
        status: EventStatus,
        reason: String,
    ) -> Result<WebhookEvent, Error> {
        let mut work = self.ports.store.begin("webhooks.postpone").await?;
        let mut event = locked(work.as_mut(), id).await?;
        if event.status.is_settled() {
            return Ok(event);
        }
        event.tried(status, Some(reason), self.ports.clock.now());
        work.webhook_events().update(&event).await?;
        work.commit().await?;
        Ok(event)
    }

    async fn apply(
        &self,
        id: WebhookEventId,
        facts: Option<Vec<Fact>>,
    ) -> Result<WebhookEvent, Error> {
        let mut work = self.ports.store.begin("webhooks.apply").await?;
        let mut event = locked(work.as_mut(), id).await?;
        if event.status.is_settled() {
            return Ok(event);
        }
        let status = match facts {
            None => EventStatus::Ignored,
            Some(facts) => {
                let mut effects = Effects::default();
                for fact in facts {
                    self.apply_fact(work.as_mut(), &event, fact, &mut effects).await?;
                }
                event.payment_id = effects.payment.or(event.payment_id);
                if effects.is_matched { EventStatus::Processed } else { EventStatus::Unmatched }
            }
        };
        event.tried(status, None, self.ports.clock.now());
        work.webhook_events().update(&event).await?;
        work.commit().await?;
        Ok(event)
    }

    async fn apply_fact(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        fact: Fact,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let payments = &self.payments;
        let now = self.ports.clock.now();
        match fact {
            Fact::Payment(fact) => effects.note(payments.report(work, event, fact).await?),
            Fact::Refund(fact) => effects.note(payments.report_refund(work, event, fact).await?),
            Fact::Refunded { payment, total } => {
                effects.note(payments.report_refunded(work, event, &payment, total).await?);
            }
            Fact::Note(payment) => {
                effects.note(payments.report_note(work, event, &payment).await?);
            }
            Fact::Subscription(fact) => {
                effects.is_matched |= subscriptions::report(work, &fact, now).await?;
            }
            Fact::Invoice(fact) => {
                effects.note(payments.report_invoice(work, event, &fact).await?);
                effects.is_matched |= match subscriptions::report_invoice(work, fact, now).await {
                    // The money is on the books, whatever becomes of the subscription.
                    Err(Error::Subscription(_)) if effects.payment.is_some() => true,
                    reported => reported?,
                };
            }
        }
        Ok(())
    }
}

const NOT_FOUND: Error = Error::NotFound(EntityKind::WebhookEvent);

async fn locked(work: &mut dyn UnitOfWork, id: WebhookEventId) -> Result<WebhookEvent, Error> {
    work.webhook_events().lock(id).await?.ok_or(NOT_FOUND)
}
