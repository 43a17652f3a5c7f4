//! Cards.

use serde_json::{Value, json};

use super::form::Params;
use super::list::{PAGING, page};
use super::refusal::{Refusal, Reply};
use super::shape::{add, no_address, object};
use super::state::State;
use super::table::Row;

/// How a card behaves when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// Pays. `pm_card_visa`, `pm_card_mastercard`.
    Good,
    /// `card_declined`, `generic_decline`. `pm_card_chargeDeclined`, which cannot be attached to a
    /// customer, and `pm_card_chargeCustomerFail`, which can.
    Declines,
    /// `card_declined`, `insufficient_funds`. `pm_card_chargeDeclinedInsufficientFunds`.
    InsufficientFunds,
    /// Asks the payer, every time; declines with `authentication_required` where nobody is there
    /// to be asked. `pm_card_authenticationRequired`.
    NeedsAuthentication,
}

impl Card {
    /// The card of a test name, and whether a customer may have it.
    fn of_name(name: &str) -> Option<(Self, bool)> {
        match name {
            "pm_card_visa" | "pm_card_mastercard" => Some((Self::Good, true)),
            "pm_card_chargeDeclined" => Some((Self::Declines, false)),
            "pm_card_chargeCustomerFail" => Some((Self::Declines, true)),
            "pm_card_chargeDeclinedInsufficientFunds" => Some((Self::InsufficientFunds, false)),
            "pm_card_authenticationRequired" => Some((Self::NeedsAuthentication, true)),
            _ => None,
        }
    }

    /// Code, decline code and text of its refusal.
    pub(crate) fn refusal(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Good | Self::Declines => {
                ("card_declined", "generic_decline", "The card was declined.")
            }
            Self::InsufficientFunds => {
                ("card_declined", "insufficient_funds", "The card has insufficient funds.")
            }
            Self::NeedsAuthentication => (
                "authentication_required",
                "authentication_required",
                "The card was declined. This transaction requires authentication.",
            ),
        }
    }

    fn last4(self) -> &'static str {
        match self {
            Self::Good => "4242",
            Self::Declines => "0341",
            Self::InsufficientFunds => "9995",
            Self::NeedsAuthentication => "3184",
        }
    }
}

/// A card that somebody gave.
#[derive(Debug)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    pub(crate) card: Card,
    /// A customer may have it.
    attachable: bool,
    pub(crate) customer: Option<String>,
    created: i64,
}

impl Row for PaymentMethod {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    /// A new card of nobody.
    pub(crate) fn add_method(&mut self, card: Card, attachable: bool) -> String {
        let id = self.ids.mint("pm_");
        let created = self.now;
        let method = PaymentMethod { id: id.clone(), card, attachable, customer: None, created };
        self.methods.insert(method);
        id
    }

    /// Whether a payment of this customer can be made with the method that is named.
    pub(crate) fn usable(&self, name: &str, customer: Option<&str>, param: &str) -> Reply<()> {
        if Card::of_name(name).is_some() {
            return Ok(());
        }
        let found = self.methods.get(name);
        let found = found.ok_or_else(|| Refusal::names_no("PaymentMethod", name, param))?;
        if found.customer.is_none() || found.customer.as_deref() == customer {
            return Ok(());
        }
        let message = "The payment method is another customer's than the payment.";
        Err(Refusal::invalid(message).param(param))
    }

    /// The id behind a name that is [`Self::usable`]; a test name makes a new card.
    pub(crate) fn method_named(&mut self, name: &str) -> String {
        match Card::of_name(name) {
            Some((card, attachable)) => self.add_method(card, attachable),
            None => name.to_owned(),
        }
    }

    /// Whether the method is this customer's already.
    pub(crate) fn method_of(&self, id: &str, customer: &str, param: &str) -> Reply<()> {
        let found = self.methods.get(id);
        let found = found.ok_or_else(|| Refusal::names_no("PaymentMethod", id, param))?;
        if found.customer.as_deref() == Some(customer) {
            return Ok(());
        }
        let message = format!("The customer has no payment method {id}; attach it first.");
        Err(Refusal::invalid(message).code("resource_missing").param(param))
    }

    /// Whether a customer may have the method that is named.
    pub(crate) fn attachable(&self, name: &str, param: &str) -> Reply<()> {
        let known = self.methods.get(name).map(|method| (method.card, method.attachable));
        let Some((card, attachable)) = Card::of_name(name).or(known) else {
            return Err(Refusal::names_no("PaymentMethod", name, param));
        };
        if attachable {
            return Ok(());
        }
        let (code, decline_code, message) = card.refusal();
        Err(Refusal::card(json!({ "type": "card_error", "code": code, "message": message,
            "decline_code": decline_code, "param": "" })))
    }

    /// Gives a customer a method that is [`Self::attachable`]. Answers its id.
    pub(crate) fn attach(&mut self, name: &str, customer: &str) -> String {
        let id = self.method_named(name);
        let method = self.methods.at_mut(&id);
        if method.customer.is_none() {
            method.customer = Some(customer.to_owned());
            let json = self.method_json(self.methods.at(&id));
            self.emit("payment_method.attached", &json);
        }
        id
    }

    pub(crate) fn attach_method(&mut self, name: &str, params: &Params) -> Reply {
        params.only(&["customer"])?;
        params.required("customer")?;
        let customer = self.named_customer(params, "customer")?.unwrap_or_default();
        if Card::of_name(name).is_none() && self.methods.get(name).is_none() {
            return Err(Refusal::no_such("PaymentMethod", name));
        }
        self.attachable(name, "payment_method")?;
        let owner = self.methods.get(name).and_then(|method| method.customer.as_deref());
        if owner.is_some_and(|owner| owner != customer) {
            return Err(Refusal::invalid("The payment method is another customer's."));
        }
        let id = self.attach(name, &customer);
        Ok(self.method_json(self.methods.at(&id)))
    }

    pub(crate) fn detach_method(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.methods.get(id).ok_or_else(|| Refusal::no_such("PaymentMethod", id))?;
        let Some(customer) = found.customer.clone() else {
            return Err(Refusal::invalid("The payment method is nobody's."));
        };
        self.methods.at_mut(id).customer = None;
        self.methods.at_mut(id).attachable = false;
        let customer = self.customers.at_mut(&customer);
        if customer.default_method.as_deref() == Some(id) {
            customer.default_method = None;
        }
        let json = self.method_json(self.methods.at(id));
        self.emit("payment_method.detached", &json);
        Ok(json)
    }

    pub(crate) fn retrieve_method(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.methods.get(id).ok_or_else(|| Refusal::no_such("PaymentMethod", id))?;
        Ok(self.method_json(found))
    }

    pub(crate) fn list_methods(&self, customer: Option<&str>, params: &Params) -> Reply {
        params.only(&[PAGING, &["customer", "type"]].concat())?;
        params.word("type", &["card"])?;
        let customer = match customer {
            Some(customer) => customer,
            None => params.required("customer")?,
        };
        let wanted = |method: &&PaymentMethod| method.customer.as_deref() == Some(customer);
        let rows = self.methods.iter().filter(wanted);
        page(params, "/v1/payment_methods", rows, |row| self.method_json(row))
    }

    pub(crate) fn method_json(&self, method: &PaymentMethod) -> Value {
        let mut card = card_json(method.card);
        add(
            &mut card,
            json!({ "display_brand": "visa", "generated_from": null, "wallet": null,
                "networks": { "available": ["visa"], "preferred": null },
                "three_d_secure_usage": { "supported": true } }),
        );
        let fields = json!({
            "id": method.id,
            "allow_redisplay": "unspecified",
            "billing_details": billing_details(),
            "card": card,
            "created": method.created,
            "customer": method.customer,
            "metadata": {},
            "type": "card",
        });
        let mut json = object("payment_method", fields, &[]);
        self.shape.add_new(&mut json, json!({ "customer_account": null }));
        json
    }
}

/// What a method and a charge say alike of a card.
pub(crate) fn card_json(card: Card) -> Value {
    json!({
        "brand": "visa", "country": "US", "exp_month": 8, "exp_year": 2035, "funding": "credit",
        "checks": { "address_line1_check": null, "address_postal_code_check": null,
            "cvc_check": "pass" },
        "fingerprint": format!("Fp{}Xw7Qe0Zt9", card.last4()), "last4": card.last4(),
        "regulated_status": "unregulated",
    })
}

pub(crate) fn billing_details() -> Value {
    json!({ "address": no_address(), "email": null, "name": null, "phone": null, "tax_id": null })
}
