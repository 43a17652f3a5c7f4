//! Payment intents as they are written.

use serde_json::{Value, json};

use super::{Intent, Stage, next_action};
use crate::stripe::shape::{add, object};
use crate::stripe::state::State;

const NULLS: &[&str] = &[
    "application",
    "application_fee_amount",
    "on_behalf_of",
    "review",
    "shipping",
    "source",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
    "excluded_payment_method_types",
];

impl State {
    pub(crate) fn intent_json(&self, intent: &Intent) -> Value {
        let automatic = intent.automatic.map(|redirects| {
            json!({ "enabled": true, "allow_redirects": if redirects { "always" } else { "never" } })
        });
        let processing = (intent.stage == Stage::Processing)
            .then(|| json!({ "type": "card", "card": { "customer_notification": null } }));
        let fields = json!({
            "id": intent.id,
            "amount": intent.amount,
            "amount_capturable": intent.capturable,
            "amount_details": { "tip": {} },
            "amount_received": intent.received,
            "automatic_payment_methods": automatic,
            "canceled_at": intent.canceled_at,
            "cancellation_reason": intent.cancellation_reason,
            "capture_method": if intent.manual { "manual" } else { "automatic" },
            "client_secret": intent.client_secret,
            "confirmation_method": "automatic",
            "created": intent.created,
            "currency": intent.currency,
            "customer": intent.customer,
            "description": intent.description,
            "last_payment_error": intent.last_error,
            "latest_charge": intent.latest_charge,
            "metadata": intent.metadata,
        });
        let mut json = object("payment_intent", fields, NULLS);
        add(
            &mut json,
            json!({
                "next_action": next_action(intent),
                "payment_method": intent.method,
                "payment_method_configuration_details": null,
                "payment_method_options": {
                    "card": { "installments": null, "mandate_options": null, "network": null,
                        "request_three_d_secure": "automatic" },
                },
                "payment_method_types": ["card"],
                "processing": processing,
                "receipt_email": intent.receipt_email,
                "setup_future_usage": intent.future_usage,
                "statement_descriptor_suffix": intent.suffix,
                "status": intent.stage.as_str(),
            }),
        );
        let new = json!({ "customer_account": null, "managed_payments": { "enabled": false } });
        self.shape.add_new(&mut json, new);
        if self.shape.before_basil() {
            add(&mut json, json!({ "invoice": intent.invoice }));
        }
        json
    }
}
