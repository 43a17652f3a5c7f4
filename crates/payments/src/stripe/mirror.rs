//! How a subscription stands at Stripe, in the domain's words.

use chrono::{DateTime, Utc};
use wiwebb_domain::subscription::{Mirror, Period, SubscriptionStatus};
use wiwebb_domain::text::ExternalId;

use super::objects::billing;

/// Stripe's word for a status (contract §10.3); `None` for a word that means nothing here.
pub(crate) fn status(word: &str) -> Option<SubscriptionStatus> {
    match word {
        "incomplete" => Some(SubscriptionStatus::Incomplete),
        "trialing" => Some(SubscriptionStatus::Trialing),
        "active" => Some(SubscriptionStatus::Active),
        "past_due" | "unpaid" => Some(SubscriptionStatus::PastDue),
        "canceled" | "incomplete_expired" | "paused" => Some(SubscriptionStatus::Canceled),
        _ => None,
    }
}

/// Unix seconds as an instant.
pub(crate) const fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

pub(crate) fn period(period: billing::Period) -> Option<Period> {
    Some(Period { start: instant(period.start)?, end: instant(period.end)? })
}

/// An account that says nothing but of which instant it is.
pub(crate) const fn silent(as_of: DateTime<Utc>) -> Mirror {
    Mirror {
        external_id: None,
        status: None,
        period: None,
        trial_end: None,
        cancel_at_period_end: None,
        canceled_at: None,
        as_of,
    }
}

/// The account that a subscription gives of itself.
pub(crate) fn mirror(subscription: &billing::Subscription, as_of: DateTime<Utc>) -> Mirror {
    let current = subscription.current_period();
    // Newer versions write a date instead of the flag.
    let ends = subscription.cancel_at_period_end
        || subscription
            .cancel_at
            .is_some_and(|at| current.is_some_and(|current| at <= current.end));
    let canceled_at = subscription.canceled_at.or(subscription.ended_at);
    Mirror {
        external_id: ExternalId::new(&subscription.id).ok(),
        status: subscription.status.as_deref().and_then(status),
        period: current.and_then(period),
        trial_end: subscription.trial_end.and_then(instant),
        cancel_at_period_end: Some(ends),
        canceled_at: canceled_at.and_then(instant),
        as_of,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wiwebb_domain::testing::samples::now;

    use super::*;
    use SubscriptionStatus as S;

    fn account(subscription: Value) -> Mirror {
        mirror(&serde_json::from_value(subscription).unwrap(), now())
    }

    #[test]
    fn every_status_of_stripe_has_its_word() {
        for (word, expected) in [
            ("incomplete", Some(S::Incomplete)),
            ("incomplete_expired", Some(S::Canceled)),
            ("trialing", Some(S::Trialing)),
            ("active", Some(S::Active)),
            ("past_due", Some(S::PastDue)),
            ("unpaid", Some(S::PastDue)),
            ("canceled", Some(S::Canceled)),
            ("paused", Some(S::Canceled)),
            ("invented_later", None),
        ] {
            assert_eq!(status(word), expected, "{word}");
        }
    }

    #[test]
    fn a_subscription_gives_account_of_itself_in_the_old_form_and_in_the_new() {
        let current = account(json!({
            "id": "sub_1", "object": "subscription", "status": "trialing",
            "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null,
            "trial_start": 1_793_512_800, "trial_end": 1_794_117_600, "metadata": {},
            "items": {"object": "list", "data": [{"id": "si_1",
                "current_period_start": 1_793_512_800, "current_period_end": 1_794_117_600}]}
        }));
        let older = account(json!({
            "id": "sub_1", "object": "subscription", "status": "trialing",
            "cancel_at_period_end": false, "trial_end": 1_794_117_600,
            "current_period_start": 1_793_512_800, "current_period_end": 1_794_117_600
        }));
        let (start, end) = (instant(1_793_512_800).unwrap(), instant(1_794_117_600));
        let expected = Mirror {
            external_id: ExternalId::new("sub_1").ok(),
            status: Some(S::Trialing),
            period: end.map(|end| Period { start, end }),
            trial_end: end,
            cancel_at_period_end: Some(false),
            ..silent(now())
        };
        assert_eq!((current, older), (expected.clone(), expected));
    }

    #[test]
    fn a_subscription_ends_with_its_period_by_flag_or_by_date() {
        let ends = |flag: bool, cancel_at: Value| {
            let account = account(json!({
                "id": "sub_1", "status": "active", "cancel_at_period_end": flag,
                "cancel_at": cancel_at, "current_period_start": 100, "current_period_end": 200
            }));
            account.cancel_at_period_end
        };
        assert_eq!(ends(false, Value::Null), Some(false));
        assert_eq!(ends(true, json!(200)), Some(true));
        assert_eq!(ends(false, json!(200)), Some(true));
        assert_eq!(ends(false, json!(201)), Some(false));
    }

    #[test]
    fn it_was_called_off_when_that_was_asked_for() {
        let account = account(json!({
            "id": "sub_1", "status": "canceled", "canceled_at": 100, "ended_at": 200
        }));
        assert_eq!(account.canceled_at, instant(100));
    }

    #[test]
    fn times_beyond_the_calendar_say_nothing() {
        let account = account(json!({
            "id": "sub_1", "trial_end": i64::MAX, "canceled_at": i64::MIN,
            "current_period_start": 0, "current_period_end": i64::MAX
        }));
        let named = Mirror { external_id: account.external_id.clone(), ..silent(now()) };
        assert_eq!(account, Mirror { cancel_at_period_end: Some(false), ..named });
    }
}
