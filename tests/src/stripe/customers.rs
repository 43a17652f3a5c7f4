//! Customers.

use serde_json::{Value, json};

use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::payment_methods::Card;
use super::refusal::{Refusal, Reply};
use super::shape::{no_address, object};
use super::state::State;
use super::table::Row;

/// Somebody who pays.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    /// What subscriptions are paid with unless they say otherwise.
    pub(crate) default_method: Option<String>,
    /// Below zero: what the customer has to the good.
    pub(crate) balance: i64,
    pub(crate) currency: Option<String>,
    pub(crate) deleted: bool,
    pub(crate) created: i64,
}

impl Row for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

const FIELDS: &[&str] = &[
    "name?",
    "email?",
    "phone?",
    "description?",
    "metadata?",
    "metadata[*]?",
    "preferred_locales[#]",
    "invoice_settings[default_payment_method]",
];

impl State {
    pub(crate) fn create_customer(&mut self, params: &Params) -> Reply {
        params.only(&[FIELDS, &["payment_method"]].concat())?;
        let metadata = params.new_metadata("metadata")?;
        let method = params.text("payment_method");
        let default = params.text("invoice_settings[default_payment_method]");
        if default.is_some() && default != method {
            let message = "A default method must be the customer's.";
            return Err(Refusal::invalid(message).param("invoice_settings"));
        }
        let email = checked_email(params)?;
        if let Some(method) = method {
            self.attachable(method, "payment_method")?;
        }
        let id = self.add_customer(email, params.owned("name"), metadata);
        let customer = self.customers.at_mut(&id);
        customer.phone = params.owned("phone");
        customer.description = params.owned("description");
        if let Some(method) = method {
            let method = self.attach(method, &id);
            self.customers.at_mut(&id).default_method = default.map(|_| method);
        }
        let json = self.customer_json(self.customers.at(&id));
        self.emit("customer.created", &json);
        Ok(json)
    }

    /// A customer of whom little is known. The event is left to the caller.
    pub(crate) fn add_customer(
        &mut self,
        email: Option<String>,
        name: Option<String>,
        metadata: Metadata,
    ) -> String {
        let id = self.ids.long("cus_", 14);
        self.customers.insert(Customer {
            id: id.clone(),
            name,
            email,
            phone: None,
            description: None,
            metadata,
            default_method: None,
            balance: 0,
            currency: None,
            deleted: false,
            created: self.now,
        });
        id
    }

    pub(crate) fn retrieve_customer(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.customers.get(id).ok_or_else(|| Refusal::no_such("customer", id))?;
        Ok(self.customer_json(found))
    }

    pub(crate) fn update_customer(&mut self, id: &str, params: &Params) -> Reply {
        params.only(FIELDS)?;
        self.live_customer(id).map_err(|()| Refusal::no_such("customer", id))?;
        let email = checked_email(params)?;
        let default = params.text("invoice_settings[default_payment_method]");
        if let Some(method) = default {
            self.method_of(method, id, "invoice_settings[default_payment_method]")?;
        }
        let mut metadata = self.customers.at(id).metadata.clone();
        params.metadata("metadata", &mut metadata)?;
        let before = self.customer_json(self.customers.at(id));
        let customer = self.customers.at_mut(id);
        customer.metadata = metadata;
        for (name, field) in [
            ("name", &mut customer.name),
            ("phone", &mut customer.phone),
            ("description", &mut customer.description),
        ] {
            if params.has(name) {
                *field = params.owned(name);
            }
        }
        if params.has("email") {
            customer.email = email;
        }
        if let Some(method) = default {
            customer.default_method = Some(method.to_owned());
        }
        let json = self.customer_json(self.customers.at(id));
        self.emit_change("customer.updated", &before, &json);
        Ok(json)
    }

    pub(crate) fn delete_customer(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        self.live_customer(id).map_err(|()| Refusal::no_such("customer", id))?;
        let json = self.customer_json(self.customers.at(id));
        self.emit("customer.deleted", &json);
        self.customers.at_mut(id).deleted = true;
        Ok(self.customer_json(self.customers.at(id)))
    }

    pub(crate) fn list_customers(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["email"]].concat())?;
        let email = params.text("email");
        let wanted = |customer: &&Customer| {
            !customer.deleted && email.is_none_or(|email| customer.email.as_deref() == Some(email))
        };
        let rows = self.customers.iter().filter(wanted);
        page(params, "/v1/customers", rows, |row| self.customer_json(row))
    }

    /// Gives the customer a card that pays for everything from now on.
    pub(crate) fn set_card(&mut self, id: &str, card: Card) {
        let before = self.customer_json(self.customers.at(id));
        let method = self.add_method(card, true);
        let method = self.attach(&method, id);
        self.customers.at_mut(id).default_method = Some(method.clone());
        for subscription in self.subscriptions.ids() {
            let of = self.subscriptions.at(&subscription);
            if of.customer == id && of.default_method.is_some() && !of.status.over() {
                self.alter(&subscription, |of| of.default_method = Some(method.clone()));
            }
        }
        let after = self.customer_json(self.customers.at(id));
        self.emit_change("customer.updated", &before, &after);
    }

    /// The customer that a parameter names.
    pub(crate) fn named_customer(&self, params: &Params, name: &str) -> Reply<Option<String>> {
        let Some(id) = params.text(name) else { return Ok(None) };
        let known = self.live_customer(id).map(|()| Some(id.to_owned()));
        known.map_err(|()| Refusal::names_no("customer", id, name))
    }

    fn live_customer(&self, id: &str) -> Result<(), ()> {
        self.customers.get(id).filter(|customer| !customer.deleted).map(|_| ()).ok_or(())
    }

    pub(crate) fn customer_json(&self, customer: &Customer) -> Value {
        let id = &customer.id;
        if customer.deleted {
            return json!({ "id": id, "object": "customer", "deleted": true });
        }
        let fields = json!({
            "id": id,
            "address": no_address(),
            "balance": customer.balance,
            "created": customer.created,
            "currency": customer.currency,
            "delinquent": self.is_delinquent(id),
            "description": customer.description,
            "email": customer.email,
            "invoice_prefix": id[4..12].to_uppercase(),
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": customer.default_method,
                "footer": null,
                "rendering_options": null,
            },
            "metadata": customer.metadata,
            "name": customer.name,
            "next_invoice_sequence": 1 + self.invoices_of(id),
            "phone": customer.phone,
            "preferred_locales": [],
            "tax_exempt": "none",
        });
        let nulls = ["default_source", "discount", "shipping", "test_clock"];
        let mut json = object("customer", fields, &nulls);
        self.shape.add_new(&mut json, json!({ "customer_account": null }));
        json
    }
}

fn checked_email(params: &Params) -> Reply<Option<String>> {
    let email = params.at_most("email", 512)?;
    match &email {
        Some(text) if !text.contains('@') => {
            let message = format!("Invalid email address: {text}");
            Err(Refusal::invalid(message).code("email_invalid").param("email"))
        }
        _ => Ok(email),
    }
}
