//! The page on which a payment through `dummy` or `manual` is settled (contract §8.1).

use serde_json::Map;

use super::Payments;
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::payment::{PaymentEvent, PaymentStatus, PaymentView};
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;
use crate::text::ExternalId;

/// How a payment is settled by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutOutcome {
    /// The money is there.
    Confirmed,
    /// It will not come.
    Rejected,
}

impl CheckoutOutcome {
    /// Reads the word sent.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "confirmed" => Some(Self::Confirmed),
            "rejected" => Some(Self::Rejected),
            _ => None,
        }
    }
}

impl Payments {
    /// The payment of a page. Whoever knows the page's name may see it.
    pub async fn checkout(&self, page: Option<&ExternalId>) -> Result<PaymentView, Error> {
        let mut work = self.ports.store.begin("payments.checkout").await?;
        found(work.as_mut(), page).await
    }

    /// Settles a payment, once. Through `manual` only who may confirm payments does so.
    pub async fn settle_checkout(
        &self,
        actor: Option<&Actor>,
        page: Option<&ExternalId>,
        outcome: Input<CheckoutOutcome>,
    ) -> Result<PaymentView, Error> {
        let mut work = self.ports.store.begin("payments.settle_checkout").await?;
        let mut view = found(work.as_mut(), page).await?;
        if view.is_settled_by_staff() {
            let actor = actor.ok_or(Error::Denied(access::Denial::Role))?;
            access::permit_role(actor, Action::ConfirmPayment)?;
        }
        let (event, name) = match outcome? {
            CheckoutOutcome::Confirmed => (PaymentEvent::Succeeded, "payment.confirmed"),
            CheckoutOutcome::Rejected => (PaymentEvent::Declined, "payment.rejected"),
        };
        let payment = &mut view.payment;
        if payment.status != PaymentStatus::Waiting || work.operations().is_open(payment.id).await?
        {
            return Err(Error::CheckoutSettled);
        }
        self.step(work.as_mut(), payment, event, name, Map::new(), None).await?;
        work.commit().await?;
        Ok(view)
    }
}

async fn found(work: &mut dyn UnitOfWork, page: Option<&ExternalId>) -> Result<PaymentView, Error> {
    let not_found = || Error::NotFound(EntityKind::Payment);
    let page = page.ok_or_else(not_found)?;
    let view = work.payments().lock_transaction(page).await?.ok_or_else(not_found)?;
    Some(view).filter(|view| view.checkout_page().is_some()).ok_or_else(not_found)
}
