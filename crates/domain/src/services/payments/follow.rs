//! What a subscription does when its payment moves, in the unit of work of the payment's step.

use serde_json::Map;

use super::Payments;
use crate::error::Error;
use crate::payment::{Payment, PaymentStatus};
use crate::ports::unit_of_work::UnitOfWork;
use crate::subscription::{
    Charge, ChargeEnded, ChargePurpose, Subscription, SubscriptionStatus, has_other_live,
};
use crate::text::ExternalId;

impl Payments {
    /// Has the subscription that a payment is for go on. Money that no subscription waits for any
    /// more is told in the payment's log, for staff to give back.
    pub(super) async fn follow(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &Payment,
        to: PaymentStatus,
    ) -> Result<(), Error> {
        let ended = match to {
            PaymentStatus::Confirmed => ChargeEnded::Paid,
            PaymentStatus::Rejected | PaymentStatus::Error => ChargeEnded::Failed,
            PaymentStatus::Waiting | PaymentStatus::Preauth | PaymentStatus::Refunded => {
                return Ok(());
            }
        };
        let Some((name, purpose)) = payment.charged_for() else {
            return Ok(());
        };
        let names = ExternalId::new(name.as_str()).into_iter().collect::<Vec<_>>();
        let charge = Charge { payment: payment.id, purpose };
        let subscription = work.subscriptions().lock_named(&names).await?;
        let waiting = subscription.filter(|found| waits_for(found, charge, ended));
        let Some(mut subscription) = waiting else {
            return self.tell_unapplied(work, payment, ended).await;
        };
        let now = self.ports.clock.now();
        let begins = purpose == ChargePurpose::Start && ended == ChargeEnded::Paid;
        let all = work.subscriptions().of_user(subscription.user_id, now).await?;
        if begins && has_other_live(&all, subscription.id) {
            subscription.end(now);
            subscription.updated_at = now;
            work.subscriptions().update(&subscription).await?;
            return self.tell_unapplied(work, payment, ended).await;
        }
        let plan_id = match purpose {
            ChargePurpose::Start => subscription.plan_id,
            ChargePurpose::Renewal => subscription.plan_paid_with(Some(payment.total)),
            ChargePurpose::Change => {
                subscription.pending.map_or(subscription.plan_id, |pending| pending.plan_id)
            }
        };
        let renews = work.plans().find(plan_id).await?.is_none_or(|view| view.plan.auto_renew);
        let grace = self.settings.grace;
        subscription.charge_ends(charge, ended, payment.total, renews, now, grace);
        if begins && subscription.status == SubscriptionStatus::Trialing {
            work.subscriptions().note_trial(subscription.user_id, plan_id, now).await?;
        }
        subscription.updated_at = now;
        Ok(work.subscriptions().update(&subscription).await?)
    }

    async fn tell_unapplied(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &Payment,
        ended: ChargeEnded,
    ) -> Result<(), Error> {
        match ended {
            ChargeEnded::Failed => Ok(()),
            ChargeEnded::Paid => {
                self.log(work, payment.id, "payment.unapplied", Map::new(), None).await
            }
        }
    }
}

/// Whether a subscription still waits for what a charge has come to. The money of an earlier try
/// counts while the period is owed.
fn waits_for(subscription: &Subscription, charge: Charge, ended: ChargeEnded) -> bool {
    let is_open = subscription.charge.is_some_and(|open| open.payment == charge.payment);
    match (charge.purpose, ended) {
        (ChargePurpose::Start, ChargeEnded::Paid) => {
            subscription.status == SubscriptionStatus::Incomplete
        }
        (ChargePurpose::Renewal, ChargeEnded::Paid) => {
            (is_open && subscription.status.is_live())
                || subscription.status == SubscriptionStatus::PastDue
        }
        (ChargePurpose::Change, ChargeEnded::Paid) => is_open && subscription.status.is_live(),
        (_, ChargeEnded::Failed) => is_open,
    }
}
