//! One identifier type per entity, so that a todo's id never passes for a user's.
//!
//! Ids are the seed's `SERIAL`: positive 32-bit integers handed out by the database.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i32);

        impl $name {
            /// Wraps a number that the database handed out.
            pub const fn new(id: i32) -> Self {
                Self(id)
            }

            /// An id that no row has, for what cannot be read as an id (contract §1.1).
            pub const NOWHERE: Self = Self(0);

            /// The number in the `id` column.
            pub const fn get(self) -> i32 {
                self.0
            }

            /// Reads an id as clients write it: decimal digits, within the range of `SERIAL`.
            /// `None` is an id that no row can have (contract §1.1).
            pub fn parse(text: &str) -> Option<Self> {
                parse_serial(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// `api_tenant.id`
    TenantId,
    /// `api_user.id`
    UserId,
    /// `api_todo.id`
    TodoId,
    /// `api_auditlog.id`
    AuditLogId,
    /// `payment_plan.id`
    PlanId,
    /// `payment_planpricing.id`
    PlanPricingId,
    /// `payment_paymentgatewayconfig.id`
    GatewayId,
    /// `payment_payment.id`
    PaymentId,
    /// `payment_paymentlog.id`
    PaymentLogId,
    /// `payment_refund.id`
    RefundId,
    /// `payment_operation.id`
    OperationId,
    /// `payment_idempotencykey.id`
    IdempotencyId,
    /// `api_accesstoken.id`
    AccessTokenId,
    /// `payment_subscription.id`
    SubscriptionId,
    /// `payment_webhookevent.id`
    WebhookEventId,
    /// `network_servicekey.id`
    ServiceKeyId,
    /// `network_session.id`
    NetworkSessionId,
}

fn parse_serial(text: &str) -> Option<i32> {
    // Without leading zeros a row has one path, and an idempotency key stands for one request.
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_decimal_digits_within_serial() {
        assert_eq!(UserId::parse("42"), Some(UserId::new(42)));
        assert_eq!(UserId::parse("2147483647"), Some(UserId::new(i32::MAX)));
        for text in
            ["", "0", "07", "-1", "+1", "1.5", "abc", "2147483648", "99999999999999999999", "١"]
        {
            assert_eq!(UserId::parse(text), None, "{text:?}");
        }
    }
}
