//! Prices.

use serde_json::{Value, json};

use super::calendar::Interval;
use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::money;
use super::refusal::{Refusal, Reply};
use super::shape::object;
use super::state::State;
use super::table::Row;

/// What a product costs.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) product: String,
    pub(crate) currency: String,
    pub(crate) amount: i64,
    /// None: paid once.
    pub(crate) interval: Option<Interval>,
    pub(crate) active: bool,
    pub(crate) nickname: Option<String>,
    pub(crate) lookup_key: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) created: i64,
}

impl Row for Price {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[&str] = &[
    "currency",
    "unit_amount",
    "product",
    "product_data[name]",
    "product_data[metadata][*]?",
    "recurring[interval]",
    "recurring[interval_count]",
    "recurring[usage_type]",
    "active",
    "nickname",
    "lookup_key",
    "metadata?",
    "metadata[*]?",
    "billing_scheme",
];

impl State {
    pub(crate) fn create_price(&mut self, params: &Params) -> Reply {
        params.only(CREATE)?;
        params.word("billing_scheme", &["per_unit"])?;
        params.word("recurring[usage_type]", &["licensed"])?;
        let mut price = self.new_price(params, "")?;
        price.active = params.flag("active")?.unwrap_or(true);
        price.nickname = params.owned("nickname");
        price.lookup_key = params.at_most("lookup_key", 200)?;
        price.metadata = params.new_metadata("metadata")?;
        let taken = self
            .prices
            .iter()
            .any(|other| price.lookup_key.is_some() && other.lookup_key == price.lookup_key);
        if taken {
            return Err(Refusal::invalid("Another price has this lookup key.").param("lookup_key"));
        }
        let id = self.add_price(params, "", price)?;
        let json = self.price_json(self.prices.at(&id));
        self.emit("price.created", &json);
        Ok(json)
    }

    /// A price as its parameters below `under` say; not kept yet, and without an id.
    pub(crate) fn new_price(&self, params: &Params, under: &str) -> Reply<Price> {
        let name = |field: &str| below(under, field);
        let currency = money::currency(params.required(&name("currency"))?, &name("currency"))?;
        let amount = params.int(&name("unit_amount"))?;
        let amount = amount.ok_or_else(|| Refusal::missing(&name("unit_amount")))?;
        money::check_amount(amount, &currency, &name("unit_amount"))?;
        let interval = read_interval(params, &name("recurring"))?;
        let product = params.text(&name("product"));
        if let Some(product) = product.filter(|id| self.products.get(id).is_none()) {
            return Err(Refusal::names_no("product", product, &name("product")));
        }
        if product.is_some() == params.has(&name("product_data")) {
            let message = "A price has either a product or product_data.";
            return Err(Refusal::invalid(message).param(&name("product")));
        }
        Ok(Price {
            id: String::new(),
            product: product.unwrap_or_default().to_owned(),
            currency,
            amount,
            interval,
            active: true,
            nickname: None,
            lookup_key: None,
            metadata: Metadata::new(),
            created: self.now,
        })
    }

    /// Keeps a price of [`Self::new_price`], and the product that it brings. Answers its id.
    pub(crate) fn add_price(
        &mut self,
        params: &Params,
        under: &str,
        mut price: Price,
    ) -> Reply<String> {
        if price.product.is_empty() {
            let data = below(under, "product_data");
            let name = params.required(&format!("{data}[name]"))?.to_owned();
            let metadata = params.new_metadata(&format!("{data}[metadata]"))?;
            price.product = self.add_product(name, metadata, None);
            let json = self.product_json(self.products.at(&price.product));
            self.emit("product.created", &json);
        }
        let id = self.ids.mint("price_");
        price.id.clone_from(&id);
        self.prices.insert(price);
        Ok(id)
    }

    pub(crate) fn retrieve_price(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.prices.get(id).ok_or_else(|| Refusal::no_such("price", id))?;
        Ok(self.price_json(found))
    }

    pub(crate) fn update_price(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&["active", "nickname?", "lookup_key?", "metadata?", "metadata[*]?"])?;
        let found = self.prices.get(id).ok_or_else(|| Refusal::no_such("price", id))?;
        let mut metadata = found.metadata.clone();
        params.metadata("metadata", &mut metadata)?;
        let active = params.flag("active")?.unwrap_or(found.active);
        let before = self.price_json(found);
        let price = self.prices.at_mut(id);
        (price.metadata, price.active) = (metadata, active);
        if params.has("nickname") {
            price.nickname = params.owned("nickname");
        }
        if params.has("lookup_key") {
            price.lookup_key = params.owned("lookup_key");
        }
        let json = self.price_json(self.prices.at(id));
        self.emit_change("price.updated", &before, &json);
        Ok(json)
    }

    pub(crate) fn list_prices(&self, params: &Params) -> Reply {
        params.only(
            &[PAGING, &["product", "active", "lookup_keys[#]", "currency", "type"]].concat(),
        )?;
        let (active, keys) = (params.flag("active")?, params.all("lookup_keys"));
        let recurring =
            params.word("type", &["one_time", "recurring"])?.map(|kind| kind == "recurring");
        let wanted = |price: &&Price| {
            params.text("product").is_none_or(|product| price.product == product)
                && params.text("currency").is_none_or(|currency| price.currency == currency)
                && active.is_none_or(|active| price.active == active)
                && recurring.is_none_or(|recurring| price.interval.is_some() == recurring)
                && (keys.is_empty()
                    || price.lookup_key.as_deref().is_some_and(|key| keys.contains(&key)))
        };
        let rows = self.prices.iter().filter(wanted);
        page(params, "/v1/prices", rows, |row| self.price_json(row))
    }

    /// The price that a parameter names, for something new.
    pub(crate) fn sellable(&self, id: &str, param: &str) -> Reply<Price> {
        let found = self.prices.get(id).ok_or_else(|| Refusal::names_no("price", id, param))?;
        if found.active {
            return Ok(found.clone());
        }
        let message = format!("The price {id} is inactive.");
        Err(Refusal::invalid(message).param(param))
    }

    #[expect(clippy::unused_self, reason = "as the other objects are written")]
    pub(crate) fn price_json(&self, price: &Price) -> Value {
        let recurring = price.interval.map(|interval| {
            json!({ "interval": interval.unit, "interval_count": interval.count, "meter": null,
                "trial_period_days": null, "usage_type": "licensed" })
        });
        let fields = json!({
            "id": price.id,
            "active": price.active,
            "billing_scheme": "per_unit",
            "created": price.created,
            "currency": price.currency,
            "lookup_key": price.lookup_key,
            "metadata": price.metadata,
            "nickname": price.nickname,
            "product": price.product,
            "recurring": recurring,
            "tax_behavior": "unspecified",
            "type": if price.interval.is_some() { "recurring" } else { "one_time" },
            "unit_amount": price.amount,
            "unit_amount_decimal": price.amount.to_string(),
        });
        object("price", fields, &["custom_unit_amount", "tiers_mode", "transform_quantity"])
    }
}

/// `field`, or `under[field]`.
fn below(under: &str, field: &str) -> String {
    if under.is_empty() { field.to_owned() } else { format!("{under}[{field}]") }
}

fn read_interval(params: &Params, name: &str) -> Reply<Option<Interval>> {
    if !params.has(name) {
        return Ok(None);
    }
    let unit = format!("{name}[interval]");
    params.required(&unit)?;
    let word = params.word(&unit, &["day", "week", "month", "year"])?;
    let count_name = format!("{name}[interval_count]");
    let count = params.int(&count_name)?.unwrap_or(1);
    let longest = match word {
        Some("day") => 1095,
        Some("week") => 156,
        Some("month") => 36,
        _ => 3,
    };
    if !(1..=longest).contains(&count) {
        return Err(Refusal::invalid("A period is at most three years.").param(&count_name));
    }
    let count = u32::try_from(count).unwrap();
    Ok(word.map(|unit| Interval { unit, count }))
}
