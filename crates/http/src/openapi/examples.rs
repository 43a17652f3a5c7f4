//! Examples of bodies, put together of those of their fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, RefOr, Schema};

use super::SCHEMAS;

/// Makes examples by the schemas of the document.
pub(super) struct Examples {
    schemas: BTreeMap<String, Value>,
}

impl Examples {
    pub(super) fn new(schemas: &BTreeMap<String, RefOr<Schema>>) -> Self {
        let plain = |schema| serde_json::to_value(schema).unwrap_or_default();
        Self { schemas: schemas.iter().map(|(name, found)| (name.clone(), plain(found))).collect() }
    }

    /// Gives each body of an operation an example, unless it has one.
    pub(super) fn fill(&self, operation: &mut Operation) {
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            body.content.values_mut().for_each(|content| self.fill_content(content));
        }
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.content.values_mut().for_each(|content| self.fill_content(content));
            }
        }
    }

    fn fill_content(&self, content: &mut RefOr<Content>) {
        if let RefOr::T(content) = content
            && content.example.is_none()
            && content.examples.is_empty()
        {
            let schema = serde_json::to_value(&content.schema).unwrap_or_default();
            content.example = self.of(&schema);
        }
    }

    /// The fields that a body of an operation must have, in whichever part of its schema.
    pub(super) fn needed(&self, operation: &Operation) -> Vec<String> {
        bodies(operation).iter().flat_map(|schema| self.required(schema)).collect()
    }

    /// The fields that a body of an operation can have, with their schemas.
    pub(super) fn fields(&self, operation: &Operation) -> Vec<(String, Value)> {
        bodies(operation).iter().flat_map(|schema| self.properties(schema)).collect()
    }

    fn required(&self, schema: &Value) -> Vec<String> {
        let schema = self.resolved(schema);
        let own = schema["required"].as_array().into_iter().flatten();
        let own = own.filter_map(Value::as_str).map(str::to_owned);
        let parts = schema["allOf"].as_array().into_iter().flatten();
        own.chain(parts.flat_map(|part| self.required(part))).collect()
    }

    fn properties(&self, schema: &Value) -> Vec<(String, Value)> {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flatten();
        let own = own.map(|(name, field)| (name.clone(), self.resolved(field).clone()));
        let parts = schema["allOf"].as_array().into_iter().flatten();
        own.chain(parts.flat_map(|part| self.properties(part))).collect()
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|place| place.strip_prefix(SCHEMAS));
        name.and_then(|name| self.schemas.get(name)).unwrap_or(schema)
    }

    /// What fits a schema: its own example, else one made of those of its parts. A field without
    /// one is left out.
    fn of(&self, schema: &Value) -> Option<Value> {
        let schema = self.resolved(schema);
        let own = schema.get("example").or_else(|| schema.get("examples")?.get(0));
        if let Some(own) = own {
            return Some(own.clone());
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().filter_map(|part| self.of(part));
            return Some(Value::Object(parts.filter_map(object).flatten().collect()));
        }
        if let Some(forms) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            return forms.iter().find_map(|form| self.of(form));
        }
        if let Some(properties) = schema["properties"].as_object() {
            let fields =
                properties.iter().filter_map(|(name, field)| Some((name.clone(), self.of(field)?)));
            return Some(Value::Object(fields.collect()));
        }
        if schema["type"] == "array" {
            return Some(self.of(&schema["items"]).into_iter().collect());
        }
        plain(schema)
    }
}

/// The schemas of what is sent to an operation.
fn bodies(operation: &Operation) -> Vec<Value> {
    let Some(RefOr::T(body)) = &operation.request_body else {
        return Vec::new();
    };
    let schemas = body.content.values().filter_map(|content| match content {
        RefOr::T(content) => serde_json::to_value(&content.schema).ok(),
        RefOr::Ref(_) => None,
    });
    schemas.collect()
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// What fits a type of which there is no need to say more.
fn plain(schema: &Value) -> Option<Value> {
    let is = |kind: &str| {
        let types = &schema["type"];
        types == kind || types.as_array().is_some_and(|all| all.iter().any(|found| found == kind))
    };
    match schema["format"].as_str() {
        Some("date-time") => Some(json!("2025-03-15T10:00:00Z")),
        Some("date") => Some(json!("2025-03-15")),
        _ if is("boolean") => Some(json!(true)),
        _ if is("object") => Some(json!({})),
        _ => None,
    }
}
