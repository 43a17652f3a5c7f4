//! Forgetting who a person was whose payments have to stay.

use chrono::{DateTime, Utc};

use super::Privacy;
use crate::access::{self, Action, Actor, Denial, Scope};
use crate::audit::AuditEvent;
use crate::error::{AnonymisationRefused, Error, Input};
use crate::ids::UserId;
use crate::lockout::AccountDigest;
use crate::page::{ListRequest, PageSize, Place, Position};
use crate::payment::{PaymentFilter, PaymentStatus};
use crate::personal_data::{FORGOTTEN_PAYLOAD, is_forgotten};
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::{EntityKind, relations_to};
use crate::services::users;
use crate::text::EmailAddress;
use crate::user::{User, UserView};

impl Privacy {
    /// Removes from a user, and from all that stays of the user, what tells who the person was. Done
    /// again it removes what has come since, and where nothing has, it changes nothing.
    pub async fn anonymise(
        &self,
        actor: &Actor,
        id: UserId,
        input: Input<()>,
    ) -> Result<UserView, Error> {
        let scope = access::scope(actor, Action::DeleteUser)?;
        let mut work = self.ports.store.begin("privacy.anonymise").await?;
        let mut view = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?;
        let decision = access::decide(actor, Action::DeleteUser, view.user.as_object());
        if !matches!(decision, Ok(()) | Err(Denial::Oneself)) {
            decision?;
        }
        input?;
        if decision.is_err() {
            return Err(AnonymisationRefused::OwnAccount.into());
        }
        let now = self.ports.clock.now();
        require_settled(work.as_mut(), id, now).await?;
        forget_traces(work.as_mut(), &view.user, now).await?;
        if view.user.forget(now) {
            work.users().update(&view.user).await?;
            users::record(work.as_mut(), actor.user, id, AuditEvent::UserAnonymised, now).await?;
        }
        work.commit().await?;
        Ok(view)
    }
}

/// Whoever still has a plan or pays is a customer, of whom gateways go on telling.
async fn require_settled(
    work: &mut dyn UnitOfWork,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let subscriptions = work.subscriptions().of_user(user, now).await?;
    if subscriptions.iter().any(|subscription| !subscription.status.has_ended()) {
        return Err(AnonymisationRefused::Subscribed.into());
    }
    for status in [PaymentStatus::Waiting, PaymentStatus::Preauth] {
        let filter = PaymentFilter { status: Some(status), ..PaymentFilter::default() };
        let position = Position::Keyed(None);
        let request = ListRequest { filter, position, ..ListRequest::default() };
        let page = work.payments().list(Scope::Oneself(user), request).await?;
        if page.is_some_and(|page| !page.items.is_empty()) {
            return Err(AnonymisationRefused::OpenPayments.into());
        }
    }
    Ok(())
}

/// Everything but the user's own row. Events come first, because who applies one holds it while
/// waiting for its payment.
async fn forget_traces(
    work: &mut dyn UnitOfWork,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (id, address) = (user.id, user.email.clone());
    work.personal_data().forget_events(id, address, FORGOTTEN_PAYLOAD, now).await?;
    forget_payments(work, id, now).await?;
    work.personal_data().forget_messages(id).await?;
    work.personal_data().forget_reasons(id, now).await?;
    for relation in relations_to(EntityKind::User).filter(|known| is_forgotten(known.child)) {
        work.deletions().delete_dependants(relation, id.get()).await?;
    }
    work.personal_data().rename_in_audit_log(id, EmailAddress::of_forgotten(id)).await?;
    work.login_attempts().clear(AccountDigest::of(&user.username)).await?;
    Ok(())
}

async fn forget_payments(
    work: &mut dyn UnitOfWork,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut next = Some(Position::Keyed(None));
    while let Some(position) = next.take() {
        let size = PageSize::clamped(PageSize::MAX);
        let request = ListRequest { position, size, ..ListRequest::default() };
        let Some(page) = work.payments().list(Scope::Oneself(user), request).await? else {
            return Ok(());
        };
        for mut view in page.items {
            if view.payment.forget_payer(now) {
                forget_payment(work, view.payment.id, now).await?;
            }
        }
        if let Place::Keyed { next: Some(behind), .. } = page.place {
            next = Some(Position::Keyed(Some(behind)));
        }
    }
    Ok(())
}

/// The payment may have moved since the list was read.
async fn forget_payment(
    work: &mut dyn UnitOfWork,
    id: crate::ids::PaymentId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut view =
        work.payments().lock(Scope::Everything, id).await?.or_refuse(EntityKind::Payment)?;
    if view.payment.forget_payer(now) {
        work.payments().update(&view.payment).await?;
    }
    Ok(())
}
