//! Checkout sessions as they are written.

use serde_json::{Value, json};

use super::{Item, Mode, Session, Stage};
use crate::stripe::shape::{add, list, no_address, object};
use crate::stripe::state::State;

const NULLS: &[&str] = &[
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "locale",
    "origin_context",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "wallet_options",
];

impl State {
    pub(crate) fn session_json(&self, session: &Session) -> Value {
        let total: Option<i64> = (session.mode != Mode::Setup)
            .then(|| session.items.iter().map(|item| self.item_amount(item)).sum());
        // During a trial there is nothing to pay yet.
        let total = total.map(|total| if session.trial_days.is_some() { 0 } else { total });
        let currency = session.items.first().map(|item| &self.prices.at(&item.price).currency);
        let open = session.stage == Stage::Open;
        let url = open.then(|| format!("https://checkout.stripe.com/c/pay/{}", session.id));
        let fields = json!({
            "id": session.id,
            "adaptive_pricing": { "enabled": false },
            "amount_subtotal": total,
            "amount_total": total,
            "automatic_tax": { "enabled": false, "liability": null, "provider": null,
                "status": null },
            "cancel_url": session.cancel_url,
            "client_reference_id": session.reference,
            "created": session.created,
            "currency": currency,
            "custom_fields": [],
            "custom_text": { "after_submit": null, "shipping_address": null, "submit": null,
                "terms_of_service_acceptance": null },
            "customer": session.customer,
            "customer_details": self.payer(session),
            "customer_email": session.email,
            "discounts": [],
            "expires_at": session.expires,
            "invoice": session.invoice,
            "metadata": session.metadata,
        });
        let mut json = object("checkout.session", fields, NULLS);
        add(
            &mut json,
            json!({
                "customer_creation": customer_creation(session),
                "invoice_creation": null,
                "mode": mode(session.mode),
                "payment_intent": session.intent,
                "payment_method_collection":
                    (session.mode == Mode::Subscription).then_some("always"),
                "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
                "payment_method_types": ["card"],
                "payment_status": session.payment_status,
                "phone_number_collection": { "enabled": false },
                "setup_intent": session.setup_intent,
                "shipping_options": [],
                "status": session.stage.as_str(),
                "subscription": session.subscription,
                "success_url": session.success_url,
                "total_details": total.map(|_| json!({ "amount_discount": 0,
                    "amount_shipping": 0, "amount_tax": 0 })),
                "ui_mode": "hosted",
                "url": url,
            }),
        );
        let new = json!({ "customer_account": null, "integration_identifier": null,
            "managed_payments": { "enabled": false } });
        self.shape.add_new(&mut json, new);
        json
    }

    /// `line_items` of a session.
    pub(crate) fn items_json(&self, session: &Session) -> Value {
        let data = session.items.iter().map(|item| {
            let price = self.prices.at(&item.price);
            let amount = self.item_amount(item);
            json!({
                "id": item.id, "object": "item", "amount_discount": 0, "amount_subtotal": amount,
                "amount_tax": 0, "amount_total": amount, "currency": price.currency,
                "description": self.products.at(&price.product).name,
                "price": self.price_json(price), "quantity": item.quantity,
            })
        });
        list(&format!("/v1/checkout/sessions/{}/line_items", session.id), data.collect())
    }

    pub(super) fn item_amount(&self, item: &Item) -> i64 {
        self.prices.at(&item.price).amount * item.quantity
    }

    /// What the payer said on the page.
    fn payer(&self, session: &Session) -> Value {
        let customer = session.customer.as_deref().map(|id| self.customers.at(id));
        let email = customer.map_or(session.email.as_ref(), |customer| customer.email.as_ref());
        if email.is_none() && session.stage != Stage::Complete {
            return Value::Null;
        }
        json!({
            "address": no_address(), "business_name": null, "email": email,
            "individual_name": null, "name": customer.and_then(|customer| customer.name.as_ref()),
            "phone": null, "tax_exempt": "none", "tax_ids": null,
        })
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Payment => "payment",
        Mode::Subscription => "subscription",
        Mode::Setup => "setup",
    }
}

fn customer_creation(session: &Session) -> Option<&'static str> {
    match (&session.customer, session.mode) {
        (None, Mode::Payment) => Some("if_required"),
        (None, Mode::Subscription) => Some("always"),
        _ => None,
    }
}
