//! The schema as it must be: the schema document's tables, then those that the system adds. The
//! modules have a list each.

mod checks;
mod indexes;
mod tables;

pub(crate) use checks::{CHECKS, Check, Rule};
pub(crate) use indexes::INDEXES;
pub(crate) use tables::TABLES;

/// Every trigger. The column that it moves is the trigger's name after `touch_`.
pub(crate) const TRIGGERS: &[&str] = &[
    "touch_updated_at ON api_tenant",
    "touch_updated ON api_todo",
    "touch_updated_at ON payment_plan",
    "touch_updated_at ON payment_planpricing",
    "touch_updated_at ON payment_paymentgatewayconfig",
    "touch_modified_at ON payment_payment",
    "touch_updated_at ON payment_refund",
    "touch_updated_at ON payment_subscription",
];
