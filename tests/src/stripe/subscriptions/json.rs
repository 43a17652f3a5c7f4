//! Subscriptions as they are written.

use serde_json::{Value, json};

use super::{Item, Pending, Subscription};
use crate::stripe::shape::{add, list, object};
use crate::stripe::state::State;

const NULLS: &[&str] = &[
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "days_until_due",
    "default_source",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "schedule",
    "test_clock",
    "transfer_data",
];

impl State {
    pub(crate) fn subscription_json(&self, of: &Subscription) -> Value {
        let items = list(
            &format!("/v1/subscription_items?subscription={}", of.id),
            vec![self.item_json(&of.id, &of.item)],
        );
        let fields = json!({
            "id": of.id,
            "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
            "billing_cycle_anchor": of.anchor,
            "billing_mode": { "type": "classic", "flexible": null },
            "cancel_at": of.cancel_at,
            "cancel_at_period_end": of.cancel_at_period_end,
            "canceled_at": of.canceled_at,
            "cancellation_details": { "comment": of.comment, "feedback": null,
                "reason": of.cancel_reason },
            "collection_method": "charge_automatically",
            "created": of.created,
            "currency": self.prices.at(&of.item.price).currency,
            "customer": of.customer,
            "default_payment_method": of.default_method,
            "default_tax_rates": [],
            "description": of.description,
            "discounts": [],
            "ended_at": of.ended_at,
            "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" } },
            "items": items,
            "latest_invoice": of.latest_invoice,
            "metadata": of.metadata,
        });
        let mut json = object("subscription", fields, NULLS);
        let saves = if of.saves_method { "on_subscription" } else { "off" };
        add(
            &mut json,
            json!({
                "payment_settings": { "payment_method_options": null,
                    "payment_method_types": null, "save_default_payment_method": saves },
                "pending_update": of.pending.as_ref().map(|pending| pending_json(of, pending)),
                "start_date": of.created,
                "status": of.status.as_str(),
                "trial_end": of.trial_end,
                "trial_settings": {
                    "end_behavior": { "missing_payment_method": of.without_method } },
                "trial_start": of.trial_start,
            }),
        );
        if self.shape.before_basil() {
            let (start, end) = (of.item.start, of.item.end);
            add(
                &mut json,
                json!({ "current_period_start": start, "current_period_end": end,
                    "discount": null }),
            );
        }
        let new = json!({ "billing_schedules": [], "customer_account": null,
            "managed_payments": { "enabled": false } });
        self.shape.add_new(&mut json, new);
        json
    }

    fn item_json(&self, subscription: &str, item: &Item) -> Value {
        let price = self.prices.at(&item.price);
        let interval = price.interval.expect("a recurring price");
        let plan = json!({
            "id": price.id, "object": "plan", "active": price.active, "amount": price.amount,
            "amount_decimal": price.amount.to_string(), "billing_scheme": "per_unit",
            "created": price.created, "currency": price.currency, "interval": interval.unit,
            "interval_count": interval.count, "livemode": false, "metadata": price.metadata,
            "meter": null, "nickname": price.nickname, "product": price.product,
            "tiers_mode": null, "transform_usage": null, "trial_period_days": null,
            "usage_type": "licensed",
        });
        let fields = json!({
            "id": item.id,
            "billing_thresholds": null,
            "created": item.created,
            "discounts": [],
            "metadata": {},
            "plan": plan,
            "price": self.price_json(price),
            "quantity": item.quantity,
            "subscription": subscription,
            "tax_rates": [],
        });
        let mut json = object("subscription_item", fields, &[]);
        json.as_object_mut().unwrap().remove("livemode");
        if !self.shape.before_basil() {
            let (start, end) = (item.start, item.end);
            add(&mut json, json!({ "current_period_start": start, "current_period_end": end }));
        }
        json
    }
}

fn pending_json(of: &Subscription, pending: &Pending) -> Value {
    let change = &pending.change;
    let anchor = change.period.map(|(start, _)| start);
    json!({
        "billing_cycle_anchor": anchor, "expires_at": pending.expires, "trial_end": null,
        "trial_from_plan": null,
        "subscription_items": [{ "id": of.item.id, "object": "subscription_item",
            "price": change.price, "quantity": change.quantity }],
    })
}
