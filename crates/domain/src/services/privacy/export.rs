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

/// Takes the parts as they come, so that nobody has to hold all of them. Of every kind that is handed
/// out at least one comes, if need be without rows.
pub type Sink<'a> = &'a mut (dyn FnMut(Part) + Send);

/// Rows of a part at most.
const ROWS: u32 = PageSize::MAX;

impl Privacy {
    /// Hands out what is kept about a user, as of one instant, and answers when that was. Todos, the
    /// audit log and events are handed out to whoever may see them anyway (contract §2). Secrets and
    /// their digests stay inside.
    pub async fn export(
        &self,
        actor: &Actor,
        id: UserId,
        sink: Sink<'_>,
    ) -> Result<DateTime<Utc>, Error> {
        let scope = access::scope(actor, Action::ExportUser)?;
        let mut read = self.ports.store.snapshot("privacy.export").await?;
        let view = read.users().find(scope, id).await?.or_refuse(EntityKind::User)?;
        let user = view.user.as_object();
        access::decide(actor, Action::ExportUser, user)?;
        let may = |action| access::decide(actor, action, user).is_ok();
        let now = self.ports.clock.now();
        sink(Part::Profile(Box::new(view)));
        let mut reader = Reader { store: read.as_mut(), user: id, now, sink };
        if may(Action::UseTodos) {
            reader.todos().await?;
        }
        reader.account().await?;
        reader.subscriptions().await?;
        reader.payments().await?;
        reader.customers().await?;
        if may(Action::ManageWebhookEvents) {
            reader.events().await?;
        }
        reader.network().await?;
        if let Ok(scope) = access::scope(actor, Action::ReadAuditLogs) {
            reader.audit_log(scope).await?;
        }
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
    async fn todos(&mut self) -> Result<(), Error> {
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            let page = self.store.todos().list(Scope::Oneself(self.user), request).await?;
            (self.sink)(Part::Todos(pages.rows(page)));
        }
        Ok(())
    }

    async fn account(&mut self) -> Result<(), Error> {
        let scope = Scope::Oneself(self.user);
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
            after = rows.last().map(|row| row.id);
            (self.sink)(Part::IdempotencyKeys(rows));
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn subscriptions(&mut self) -> Result<(), Error> {
        let trials = self.store.personal_data().trials(self.user).await?;
        (self.sink)(Part::Trials(trials));
        let mut after = None;
        loop {
            let rows = self.store.personal_data().subscriptions(self.user, after, ROWS).await?;
            after = rows.last().map(|row| row.id);
            self.subscriptions_with_plans(rows).await?;
            if after.is_none() {
                return Ok(());
            }
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
        (self.sink)(Part::Payments(Vec::new()));
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

    async fn customers(&mut self) -> Result<(), Error> {
        let customers = self.store.personal_data().customers(self.user).await?;
        (self.sink)(Part::Customers(customers));
        Ok(())
    }

    async fn events(&mut self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let rows = self.store.personal_data().events(self.user, after, ROWS).await?;
            after = rows.last().map(|row| row.id);
            (self.sink)(Part::WebhookEvents(rows));
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn network(&mut self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let rows = self.store.personal_data().usage(self.user, after, ROWS).await?;
            after = rows.last().map(|row| row.day);
            (self.sink)(Part::Usage(rows));
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let rows = self.store.personal_data().sessions(self.user, after, ROWS).await?;
            after = rows.last().map(|row| row.id);
            (self.sink)(Part::NetworkSessions(rows));
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn audit_log(&mut self, scope: Scope) -> Result<(), Error> {
        let person = Some(self.user.get().into());
        let did = AuditLogFilter { actor: person, ..AuditLogFilter::default() };
        self.entries(scope, did).await?;
        let met = AuditLogFilter { target: person, ..AuditLogFilter::default() };
        self.entries(scope, met).await
    }

    /// The entries that match. What the person did is told once, as the actor.
    async fn entries(&mut self, scope: Scope, filter: AuditLogFilter) -> Result<(), Error> {
        let by_target = filter.target.is_some();
        let mut pages = Pages::first();
        while let Some(request) = pages.next() {
            let request = ListRequest { filter: filter.clone(), ..request };
            let page = self.store.audit_logs().list(scope, request).await?;
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
