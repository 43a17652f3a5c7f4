//! Products.

use serde_json::{Value, json};

use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::refusal::{Refusal, Reply};
use super::shape::object;
use super::state::State;
use super::table::Row;

/// Something that is sold.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) name: String,
    description: Option<String>,
    active: bool,
    metadata: Metadata,
    created: i64,
    updated: i64,
}

impl Row for Product {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    pub(crate) fn create_product(&mut self, params: &Params) -> Reply {
        params.only(&[
            "name",
            "description",
            "active",
            "metadata?",
            "metadata[*]?",
            "id",
            "type",
        ])?;
        let name = params.required("name")?.to_owned();
        let metadata = params.new_metadata("metadata")?;
        let active = params.flag("active")?.unwrap_or(true);
        params.word("type", &["service"])?;
        if let Some(id) = params.text("id").filter(|id| self.products.get(id).is_some()) {
            let message = format!("Product already exists: {id}");
            return Err(Refusal::invalid(message).code("resource_already_exists").param("id"));
        }
        let id = self.add_product(name, metadata, params.owned("id"));
        let product = self.products.at_mut(&id);
        product.description = params.owned("description");
        product.active = active;
        let json = self.product_json(self.products.at(&id));
        self.emit("product.created", &json);
        Ok(json)
    }

    /// A product of which only the name is known. The event is left to the caller.
    pub(crate) fn add_product(
        &mut self,
        name: String,
        metadata: Metadata,
        id: Option<String>,
    ) -> String {
        let id = id.unwrap_or_else(|| self.ids.long("prod_", 14));
        let (created, updated) = (self.now, self.now);
        let (description, active) = (None, true);
        let product =
            Product { id: id.clone(), name, description, active, metadata, created, updated };
        self.products.insert(product);
        id
    }

    pub(crate) fn retrieve_product(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found = self.products.get(id).ok_or_else(|| Refusal::no_such("product", id))?;
        Ok(self.product_json(found))
    }

    pub(crate) fn update_product(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&["name", "description?", "active", "metadata?", "metadata[*]?"])?;
        let found = self.products.get(id).ok_or_else(|| Refusal::no_such("product", id))?;
        let mut metadata = found.metadata.clone();
        params.metadata("metadata", &mut metadata)?;
        let active = params.flag("active")?.unwrap_or(found.active);
        let before = self.product_json(found);
        let now = self.now;
        let product = self.products.at_mut(id);
        (product.metadata, product.active, product.updated) = (metadata, active, now);
        if let Some(name) = params.owned("name") {
            product.name = name;
        }
        if params.has("description") {
            product.description = params.owned("description");
        }
        let json = self.product_json(self.products.at(id));
        self.emit_change("product.updated", &before, &json);
        Ok(json)
    }

    pub(crate) fn list_products(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["active", "ids[#]"]].concat())?;
        let active = params.flag("active")?;
        let ids = params.all("ids");
        let wanted = |product: &&Product| {
            active.is_none_or(|active| product.active == active)
                && (ids.is_empty() || ids.contains(&product.id.as_str()))
        };
        let rows = self.products.iter().filter(wanted);
        page(params, "/v1/products", rows, |row| self.product_json(row))
    }

    #[expect(clippy::unused_self, reason = "as the other objects are written")]
    pub(crate) fn product_json(&self, product: &Product) -> Value {
        let fields = json!({
            "id": product.id,
            "active": product.active,
            "created": product.created,
            "description": product.description,
            "images": [],
            "marketing_features": [],
            "metadata": product.metadata,
            "name": product.name,
            "type": "service",
            "updated": product.updated,
        });
        let nulls = [
            "default_price",
            "package_dimensions",
            "shippable",
            "statement_descriptor",
            "tax_code",
            "unit_label",
            "url",
        ];
        object("product", fields, &nulls)
    }
}
