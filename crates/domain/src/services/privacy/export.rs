//! Everything that is kept about a person, in parts.

use chrono::{DateTime, Utc};

use super::Privacy;
use crate::access::{self, Action, Actor, Scope};
use crate::audit::AuditLogFilter;
use crate::error::Error;
use crate::ids::UserId;
use crate::page::{ListRequest, Page, PageSize, Place, Position, SortKey};
use crate::personal_data::{Part, PaymentFile};
use crate::ports::unit_of_work::Repositories;
use crate::relations::EntityKind;
use crate::services::subscriptions;
use crate::subscription::Subscription;

/// Takes the parts as they come, so that nobody has to hold all of them.
pub type Sink<'a> = &'a mut (dyn FnMut(Part) + Send);

/// Rows of a part at most.
const ROWS: u32 = PageSize::MAX;

impl Privacy {
    /// Hands out everything that is kept about a user, as of one instant, and answers when that was.
    /// Secrets and their digests stay inside.
    pub async fn export(
        &self,
        actor: &Actor,
        id: UserId,
        sink: Sink<'_>,
    ) -> Result<DateTime<Utc>, Error> {
        let scope = access::scope(actor, Action::ExportUser)?;
        let mut read = self.ports.store.snapshot("privacy.export").await?;
        let view = read.users().find(scope, id).await?.or_refuse(EntityKind::User)?;
        access::decide(actor, Action::ExportUser, view.user.as_object())?;
        let now = self.ports.clock.now();
        sink(Part::Profile(Box::new(view)));
        let mut reader = Reader { store: read.as_mut(), user: id, now, sink };
        reader.account().await?;
        reader.subscriptions().await?;
        reader.payments().await?;
        reader.gateways().await?;
        reader.network().await?;
        reader
            .audit_log(AuditLogFilter { actor: Some(id.get().into()), ..Default::default() })
            .await?;
        reader
            .audit_log(AuditLogFilter { target: Some(id.get().into()), ..Default::default() })
            .await?;
        Ok(now)
    }
}

/// Walks through what is kept about one person.
struct Reader<'a> {
    store: &'a mut dyn Repositories,
    user: UserId,
    now: DateTime<Utc>,
    sink: Sink<'a>,
}

impl Reader<'_> {
    async fn account(&mut self) -> Result<(), Error> {
        let scope = Scope::Oneself(self.user);
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            let page = self.store.todos().list(scope, request).await?;
            (self.sink)(Part::Todos(pages.rows(page)));
        }
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            // Those that have expired are kept, too: at the beginning of time none had.
            let beginning = DateTime::UNIX_EPOCH;
            let page = self.store.access_tokens().list(scope, beginning, request).await?;
            (self.sink)(Part::Keys(pages.rows(page)));
        }
        let resets = self.store.personal_data().password_resets(self.user).await?;
        (self.sink)(Part::PasswordResets(resets));
        let mut after = None;
        loop {
            let rows = self.store.personal_data().requests(self.user, after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            (self.sink)(Part::IdempotencyKeys(rows));
        }
    }

    async fn subscriptions(&mut self) -> Result<(), Error> {
        let trials = self.store.personal_data().trials(self.user).await?;
        (self.sink)(Part::Trials(trials));
        let mut after = None;
        loop {
            let rows = self.store.personal_data().subscriptions(self.user, after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            self.subscriptions_with_plans(rows).await?;
        }
    }

    async fn subscriptions_with_plans(&mut self, rows: Vec<Subscription>) -> Result<(), Error> {
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(subscriptions::view(&mut *self.store, row, self.now).await?);
        }
        (self.sink)(Part::Subscriptions(views));
        Ok(())
    }

    async fn payments(&mut self) -> Result<(), Error> {
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            let page = self.store.payments().list(Scope::Oneself(self.user), request).await?;
            for view in pages.rows(page) {
                let id = view.payment.id;
                let logs = self.store.payment_logs().list(id).await?;
                let refunds = self.store.refunds().list(id).await?;
                (self.sink)(Part::Payments(vec![PaymentFile { view, logs, refunds }]));
            }
        }
        Ok(())
    }

    async fn gateways(&mut self) -> Result<(), Error> {
        let customers = self.store.personal_data().customers(self.user).await?;
        (self.sink)(Part::Customers(customers));
        let mut after = None;
        loop {
            let rows = self.store.personal_data().events(self.user, after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            (self.sink)(Part::WebhookEvents(rows));
        }
    }

    async fn network(&mut self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let rows = self.store.personal_data().usage(self.user, after, ROWS).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.day);
            (self.sink)(Part::Usage(rows));
        }
        let mut after = None;
        loop {
            let rows = self.store.personal_data().sessions(self.user, after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            (self.sink)(Part::NetworkSessions(rows));
        }
    }

    /// The entries that match. What the person did is told once, as the actor.
    async fn audit_log(&mut self, filter: AuditLogFilter) -> Result<(), Error> {
        let by_target = filter.target.is_some();
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            let request = ListRequest { filter: filter.clone(), ..request };
            let page = self.store.audit_logs().list(Scope::Everything, request).await?;
            let mut rows = pages.rows(page);
            rows.retain(|row| !(by_target && row.entry.actor_id == Some(self.user)));
            (self.sink)(Part::AuditLogs(rows));
        }
        Ok(())
    }
}

/// A walk through a list, page by page.
struct Pages(Option<Position>);

impl Pages {
    const fn first() -> Self {
        Self(Some(Position::Keyed(None)))
    }

    /// The request of the next page; `None` behind the last.
    fn next<F: Default, K: SortKey>(&mut self) -> Option<ListRequest<F, K>> {
        let position = self.0.take()?;
        let size = PageSize::clamped(ROWS);
        Some(ListRequest { position, size, ..ListRequest::default() })
    }

    /// The rows of the page that was asked for; from here on the one behind it is next.
    fn rows<T>(&mut self, page: Option<Page<T>>) -> Vec<T> {
        let Some(page) = page else {
            return Vec::new();
        };
        if let Place::Keyed { next: Some(next), .. } = page.place {
            self.0 = Some(Position::Keyed(Some(next)));
        }
        page.items
    }
}
