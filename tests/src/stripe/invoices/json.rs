//! Invoices as they are written.

use serde_json::{Value, json};

use super::api::payments;
use super::{Invoice, Line, Stage};
use crate::stripe::shape::{Shape, add, list, object};
use crate::stripe::state::State;

const NULLS: &[&str] = &[
    "account_name",
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "custom_fields",
    "customer_address",
    "customer_phone",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "footer",
    "from_invoice",
    "last_finalization_error",
    "latest_revision",
    "on_behalf_of",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
];

impl State {
    pub(crate) fn invoice_json(&self, invoice: &Invoice) -> Value {
        let lines = invoice.lines.iter().map(|line| self.line_json(invoice, line)).collect();
        let url = format!("/v1/invoices/{}/lines", invoice.id);
        let customer = self.customers.at(&invoice.customer);
        let fields = json!({
            "id": invoice.id,
            "account_country": "US",
            "amount_due": invoice.due,
            "amount_overpaid": 0,
            "amount_paid": invoice.paid(),
            "amount_remaining": invoice.due - invoice.paid(),
            "amount_shipping": 0,
            "attempt_count": invoice.attempts,
            "attempted": invoice.attempts > 0 || invoice.stage == Stage::Paid,
            "auto_advance": invoice.advances && invoice.stage != Stage::Paid,
            "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null,
                "provider": null, "status": null },
            "billing_reason": invoice.reason,
            "collection_method": "charge_automatically",
            "created": invoice.created,
            "currency": invoice.currency,
            "customer": invoice.customer,
            "customer_email": customer.email,
            "customer_name": customer.name,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_tax_rates": [],
            "discounts": [],
            "lines": list(&url, lines),
        });
        let mut json = object("invoice", fields, NULLS);
        add(&mut json, second_half(invoice));
        if self.shape.before_basil() {
            add(&mut json, self.as_before_basil(invoice));
        } else {
            let details = json!({ "metadata": invoice.metadata,
                "subscription": invoice.subscription, "subscription_proration_date": null });
            let parent = json!({ "type": "subscription_details", "quote_details": null,
                "subscription_details": details });
            add(&mut json, json!({ "parent": parent, "total_taxes": [] }));
        }
        self.shape.add_new(&mut json, json!({ "customer_account": null }));
        json
    }

    fn as_before_basil(&self, invoice: &Invoice) -> Value {
        let intent = invoice.intent.as_deref().map(|intent| self.intents.at(intent));
        json!({
            "subscription": invoice.subscription,
            "subscription_details": { "metadata": invoice.metadata },
            "payment_intent": invoice.intent,
            "charge": intent.and_then(|intent| intent.latest_charge.clone()),
            "paid": invoice.stage == Stage::Paid,
            "paid_out_of_band": false,
            "quote": null,
            "tax": null,
            "total_tax_amounts": [],
            "discount": null,
        })
    }

    /// `payments` and `confirmation_secret`, which are there only when they are asked for.
    pub(crate) fn included_in_invoice(&self, id: &str, field: &str) -> Option<Value> {
        let invoice = self.invoices.get(id).filter(|_| !self.shape.before_basil())?;
        match field {
            "payments" => Some(payments(invoice)),
            "confirmation_secret" => {
                let open = invoice.intent.as_deref().map(|intent| self.intents.at(intent));
                let secret = open.map(|intent| {
                    json!({ "client_secret": intent.client_secret, "type": "payment_intent" })
                });
                Some(secret.unwrap_or_default())
            }
            _ => None,
        }
    }

    fn line_json(&self, invoice: &Invoice, line: &Line) -> Value {
        let price = self.prices.at(&line.price);
        let fields = json!({
            "id": line.id,
            "amount": line.amount,
            "currency": invoice.currency,
            "description": line.description,
            "discount_amounts": [],
            "discountable": !line.proration,
            "discounts": [],
            "invoice": invoice.id,
            "metadata": invoice.metadata,
            "period": { "end": line.end, "start": line.start },
            "pretax_credit_amounts": [],
            "quantity": line.quantity,
        });
        let mut json = object("line_item", fields, &[]);
        if self.shape == Shape::BeforeBasil {
            add(
                &mut json,
                json!({
                    "amount_excluding_tax": line.amount, "plan": null,
                    "price": self.price_json(price), "proration": line.proration,
                    "proration_details": { "credited_items": null },
                    "subscription": invoice.subscription, "subscription_item": line.item,
                    "tax_amounts": [], "tax_rates": [], "type": "subscription",
                    "unit_amount_excluding_tax": price.amount.to_string(),
                }),
            );
            return json;
        }
        let details = json!({
            "invoice_item": null, "proration": line.proration,
            "proration_details": { "credited_items": null },
            "subscription": invoice.subscription, "subscription_item": line.item,
        });
        add(
            &mut json,
            json!({
                "parent": { "type": "subscription_item_details", "invoice_item_details": null,
                    "subscription_item_details": details },
                "pricing": { "type": "price_details",
                    "price_details": { "price": price.id, "product": price.product },
                    "unit_amount_decimal": price.amount.to_string() },
                "subscription": invoice.subscription,
                "taxes": [],
            }),
        );
        let quantity = line.quantity.to_string();
        self.shape
            .add_new(&mut json, json!({ "subtotal": line.amount, "quantity_decimal": quantity }));
        json
    }
}

fn second_half(invoice: &Invoice) -> Value {
    let total = invoice.total();
    let page = invoice
        .finalized_at
        .map(|_| format!("https://invoice.stripe.com/i/acct_1/test_{}", invoice.id));
    json!({
        "effective_at": invoice.finalized_at,
        "ending_balance": invoice.ending_balance,
        "hosted_invoice_url": page,
        "invoice_pdf": page.as_ref().map(|page| format!("{page}/pdf")),
        "issuer": { "type": "self" },
        "metadata": {},
        "next_payment_attempt": invoice.next_attempt.or(invoice.finalize_at),
        "number": invoice.number,
        "payment_settings": { "default_mandate": null, "payment_method_options": null,
            "payment_method_types": null },
        "period_end": invoice.end,
        "period_start": invoice.start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": invoice.starting_balance,
        "status": invoice.stage.as_str(),
        "status_transitions": { "finalized_at": invoice.finalized_at,
            "marked_uncollectible_at": null, "paid_at": invoice.paid_at,
            "voided_at": invoice.voided_at },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "webhooks_delivered_at": invoice.created,
    })
}
