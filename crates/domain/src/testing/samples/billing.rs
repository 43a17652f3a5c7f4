//! Plans, gateways and payments.

use serde_json::Map;

use super::{money, now, text};
use crate::gateway::{GatewaySettings, NewGateway, PaymentGatewayConfig};
use crate::idempotency::{BodyDigest, IdempotencyKey, RequestMark};
use crate::ids::{
    GatewayId, OperationId, PaymentId, PaymentLogId, PlanId, PlanPricingId, RefundId, UserId,
};
use crate::operation::{NewOperation, OperationKind, PATIENCE, PaymentOperation};
use crate::payment::{NewPayment, Payment, PaymentStatus};
use crate::payment_log::{NewPaymentLog, PaymentLog};
use crate::plan::{NewPlan, Plan};
use crate::pricing::{BillingInterval, NewPlanPricing, PlanPricing};
use crate::refund::{NewRefund, Refund, RefundStatus};

/// A plan with the schema's defaults.
pub fn new_plan(name: &str) -> NewPlan {
    NewPlan::named(text(name))
}

/// [`new_plan`] as stored at [`now`].
pub fn plan(id: i32, name: &str) -> Plan {
    let new = new_plan(name);
    Plan {
        id: PlanId::new(id),
        name: new.name,
        description: new.description,
        default: new.default,
        available: new.available,
        requires_payment: new.requires_payment,
        requires_invoice: new.requires_invoice,
        auto_renew: new.auto_renew,
        daily_time_minutes: new.daily_time_minutes,
        daily_data_mb: new.daily_data_mb,
        stripe_product_id: new.stripe_product_id,
        metadata: new.metadata,
        created_at: now(),
        updated_at: now(),
    }
}

/// An active monthly price in USD.
pub fn new_pricing(amount: &str) -> NewPlanPricing {
    NewPlanPricing {
        price: money(amount, "USD"),
        interval: BillingInterval::Month,
        trial_period_days: 0,
        active: true,
        stripe_price_id: None,
    }
}

/// [`new_pricing`] as stored at [`now`].
pub fn pricing(id: i32, plan: PlanId, amount: &str) -> PlanPricing {
    let new = new_pricing(amount);
    PlanPricing {
        id: PlanPricingId::new(id),
        plan_id: plan,
        price: new.price,
        interval: new.interval,
        trial_period_days: new.trial_period_days,
        active: new.active,
        stripe_price_id: new.stripe_price_id,
        created_at: now(),
        updated_at: now(),
    }
}

/// An active gateway of the variant `dummy` without settings.
pub fn new_gateway(name: &str) -> NewGateway {
    NewGateway {
        name: text(name),
        variant: text("dummy"),
        is_active: true,
        priority: 0,
        config: GatewaySettings::default(),
    }
}

/// [`new_gateway`] as stored at [`now`].
pub fn gateway(id: i32, name: &str) -> PaymentGatewayConfig {
    new_gateway(name).stored_as(GatewayId::new(id), now())
}

/// USD 19.99 that are waited for, without a transaction.
pub fn new_payment(user: UserId, gateway: GatewayId) -> NewPayment {
    NewPayment {
        user_id: user,
        order_id: None,
        payment_gateway_id: gateway,
        status: PaymentStatus::Waiting,
        total: money("19.99", "USD"),
        transaction_id: None,
        metadata: Map::new(),
    }
}

/// [`new_payment`] as stored at [`now`].
pub fn payment(id: i32, user: UserId, gateway: GatewayId) -> Payment {
    let new = new_payment(user, gateway);
    Payment {
        id: PaymentId::new(id),
        user_id: new.user_id,
        order_id: new.order_id,
        payment_gateway_id: new.payment_gateway_id,
        status: new.status,
        total: new.total,
        transaction_id: new.transaction_id,
        webhook_received: false,
        metadata: new.metadata,
        created_at: now(),
        modified_at: now(),
    }
}

/// The first entry of a payment's history.
pub fn new_payment_log(payment: PaymentId) -> NewPaymentLog {
    NewPaymentLog {
        payment_id: payment,
        event_type: text("payment.created"),
        message: None,
        data: Map::new(),
    }
}

/// [`new_payment_log`] as stored at [`now`].
pub fn payment_log(id: i32, payment: PaymentId) -> PaymentLog {
    let new = new_payment_log(payment);
    PaymentLog {
        id: PaymentLogId::new(id),
        payment_id: new.payment_id,
        event_type: new.event_type,
        message: new.message,
        data: new.data,
        created_at: now(),
    }
}

/// USD 5.00 to go back without a reason.
pub fn new_refund(payment: PaymentId) -> NewRefund {
    NewRefund { payment_id: payment, amount: money("5.00", "USD").amount(), reason: None }
}

/// [`new_refund`] as stored at [`now`], pending.
pub fn refund(id: i32, payment: PaymentId) -> Refund {
    let new = new_refund(payment);
    Refund {
        id: RefundId::new(id),
        payment_id: new.payment_id,
        amount: new.amount,
        status: RefundStatus::Pending,
        reason: new.reason,
        transaction_id: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// A charge of USD 19.99 that was given at [`now`], under a key that no other order has.
pub fn new_operation(payment: PaymentId, key: &str) -> NewOperation {
    NewOperation {
        payment_id: payment,
        kind: OperationKind::Charge,
        refund_id: None,
        amount: money("19.99", "USD").amount(),
        key: key.to_owned(),
        next_try_at: now() + PATIENCE,
    }
}

/// [`new_operation`] as stored at [`now`], open, under a key made of its id.
pub fn operation(id: i32, payment: PaymentId) -> PaymentOperation {
    let new = new_operation(payment, &format!("order-{id}"));
    PaymentOperation {
        id: OperationId::new(id),
        payment_id: new.payment_id,
        kind: new.kind,
        refund_id: new.refund_id,
        amount: new.amount,
        key: new.key,
        done: false,
        tries: 0,
        next_try_at: new.next_try_at,
        created_at: now(),
    }
}

/// A request to pay with an empty body under a key.
pub fn request_mark(user: UserId, key: &str) -> RequestMark {
    RequestMark {
        user,
        method: "POST".to_owned(),
        path: "/payments/create_payment/".to_owned(),
        key: IdempotencyKey::new(key).expect("a key"),
        body: BodyDigest::of(b"{}"),
    }
}
