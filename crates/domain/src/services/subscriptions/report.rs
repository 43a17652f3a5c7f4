//! What gateways report of subscriptions (contract §10.3).

use chrono::{DateTime, Utc};

use crate::error::{Error, SubscriptionRefused};
use crate::ports::unit_of_work::UnitOfWork;
use crate::subscription::{SubscriptionStatus, has_other_live};
use crate::webhook::{InvoiceFact, SubscriptionFact};

/// Takes an account of a subscription over; `false` where no subscription here is meant.
pub(in crate::services) async fn report(
    work: &mut dyn UnitOfWork,
    fact: &SubscriptionFact,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(mut subscription) = work.subscriptions().lock_named(&fact.names).await? else {
        return Ok(false);
    };
    let was_live = subscription.status.is_live();
    subscription.take_over(&fact.mirror);
    if subscription.status.is_live() && !was_live {
        let all = work.subscriptions().of_user(subscription.user_id, now).await?;
        if has_other_live(&all, subscription.id) {
            return Err(SubscriptionRefused::AlreadySubscribed.into());
        }
        if subscription.status == SubscriptionStatus::Trialing {
            let (user, plan) = (subscription.user_id, subscription.plan_id);
            work.subscriptions().note_trial(user, plan, now).await?;
        }
    }
    subscription.updated_at = now;
    work.subscriptions().update(&subscription).await?;
    Ok(true)
}

/// Takes over what a bill says of its subscription; `false` where no subscription here is meant.
pub(in crate::services) async fn report_invoice(
    work: &mut dyn UnitOfWork,
    fact: InvoiceFact,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    report(work, &SubscriptionFact { names: fact.names, mirror: fact.mirror }, now).await
}
