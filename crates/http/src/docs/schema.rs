//! Schemas in words for people.

use serde_json::{Number, Value};

use super::prose::{Prose, prose};
use crate::openapi::SCHEMAS;

/// How deep bodies are shown; none is deeper.
const DEPTH: usize = 6;

/// A field of a body.
#[derive(Debug)]
pub(super) struct Field {
    /// Names of what it is in: `user.`
    pub(super) within: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) limits: Vec<String>,
    pub(super) is_required: bool,
    pub(super) description: Prose,
}

/// The schemas of a document, by name.
#[derive(Clone, Copy)]
pub(super) struct Schemas<'a>(&'a Value);

impl<'a> Schemas<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        Self(&document["components"]["schemas"])
    }

    /// What a schema refers to, or itself.
    pub(super) fn resolved(self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|place| place.strip_prefix(SCHEMAS)) {
            Some(name) => &self.0[name],
            None => schema,
        }
    }

    /// The fields of a body with those within them, the needed ones first.
    pub(super) fn fields(self, schema: &'a Value) -> Vec<Field> {
        let mut fields = Vec::new();
        self.collect(schema, "", DEPTH, &mut fields);
        fields
    }

    fn collect(self, schema: &'a Value, within: &str, depth: usize, fields: &mut Vec<Field>) {
        let schema = self.resolved(schema);
        if depth == 0 {
            return;
        }
        for form in list(&schema["oneOf"]).chain(list(&schema["anyOf"])) {
            self.collect(form, within, depth, fields);
        }
        if schema["items"].is_object() {
            let within = format!("{}[].", within.trim_end_matches('.'));
            self.collect(&schema["items"], &within, depth - 1, fields);
        }
        let mut members = self.members(schema);
        members.sort_by_key(|(_, _, is_required)| !is_required);
        for (name, field, is_required) in members {
            fields.push(Field {
                within: within.to_owned(),
                name: name.to_owned(),
                kind: self.kind(field),
                limits: self.limits(field),
                is_required,
                description: prose(&field["description"]),
            });
            self.collect(field, &format!("{within}{name}."), depth - 1, fields);
        }
    }

    /// What an object consists of, in whichever of its parts, and whether it must.
    fn members(self, schema: &'a Value) -> Vec<(&'a str, &'a Value, bool)> {
        let schema = self.resolved(schema);
        let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
        let own = schema["properties"].as_object().into_iter().flatten();
        let own = own.map(|(name, field)| {
            let name = name.as_str();
            (name, field, required.contains(&name))
        });
        own.chain(list(&schema["allOf"]).flat_map(|part| self.members(part))).collect()
    }

    /// What a value is: `string (email) or null`.
    pub(super) fn kind(self, schema: &'a Value) -> String {
        let schema = self.resolved(schema);
        let forms: Vec<String> = list(&schema["oneOf"])
            .chain(list(&schema["anyOf"]))
            .map(|form| self.kind(form))
            .collect();
        if !forms.is_empty() {
            return forms.join(" or ");
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ if schema["allOf"].is_array() => vec!["object"],
            _ => vec!["any value"],
        };
        types.into_iter().map(|kind| self.of_type(kind, schema)).collect::<Vec<_>>().join(" or ")
    }

    fn of_type(self, kind: &str, schema: &'a Value) -> String {
        let format = schema["format"].as_str().filter(|format| !format.starts_with("int"));
        match (kind, format) {
            ("array", _) if schema["items"].is_object() => {
                format!("array of {}", self.kind(&schema["items"]))
            }
            ("string", Some(format)) => format!("string ({format})"),
            _ => kind.to_owned(),
        }
    }

    /// What a value must keep to.
    pub(super) fn limits(self, schema: &'a Value) -> Vec<String> {
        let schema = self.resolved(schema);
        let number = |name: &str| schema[name].as_number();
        let length = match (number("minLength"), number("maxLength")) {
            (Some(least), Some(most)) if least == most => Some(characters(most)),
            (Some(least), Some(most)) => Some(format!("{least} to {}", characters(most))),
            (Some(least), None) => Some(format!("at least {}", characters(least))),
            (None, Some(most)) => Some(format!("at most {}", characters(most))),
            (None, None) => None,
        };
        let least = number("minimum").map(|least| format!("at least {least}"));
        let most = number("maximum").map(|most| format!("at most {most}"));
        let pattern = schema["pattern"].as_str().map(|pattern| format!("matches {pattern}"));
        let words = choices(schema).join(", ");
        let words = (!words.is_empty()).then(|| format!("one of {words}"));
        [length, least, most, pattern, words].into_iter().flatten().collect()
    }
}

fn characters(count: &Number) -> String {
    let noun = if count.as_u64() == Some(1) { "character" } else { "characters" };
    format!("{count} {noun}")
}

/// The words that a value is one of.
pub(super) fn choices(schema: &Value) -> Vec<String> {
    list(&schema["enum"]).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The items of an array; none of anything else.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({ "components": { "schemas": {
            "Plan": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "integer", "format": "int32", "minimum": 1 },
                "address": { "type": ["string", "null"], "format": "email", "maxLength": 9 },
            } },
            "Page": { "type": "object", "properties": {
                "results": { "type": "array", "items": { "$ref": "#/components/schemas/Plan" } },
            } },
        } } })
    }

    #[test]
    fn fields_of_parts_stand_behind_what_they_are_in_and_the_needed_ones_first() {
        let document = document();
        let fields = Schemas::of(&document).fields(&json!({ "$ref": "#/components/schemas/Page" }));
        let names: Vec<String> =
            fields.iter().map(|field| format!("{}{}", field.within, field.name)).collect();
        assert_eq!(names, ["results", "results[].id", "results[].address"]);
        assert_eq!(fields[0].kind, "array of object");
        assert!(fields[1].is_required && !fields[2].is_required);
    }

    #[test]
    fn kinds_and_limits_are_told_in_words() {
        let document = document();
        let schemas = Schemas::of(&document);
        let plan = &document["components"]["schemas"]["Plan"]["properties"];
        assert_eq!(schemas.kind(&plan["id"]), "integer");
        assert_eq!(schemas.limits(&plan["id"]), ["at least 1"]);
        assert_eq!(schemas.kind(&plan["address"]), "string (email) or null");
        assert_eq!(schemas.limits(&plan["address"]), ["at most 9 characters"]);
        for (length, told) in [
            (json!({ "minLength": 1 }), "at least 1 character"),
            (json!({ "minLength": 2 }), "at least 2 characters"),
            (json!({ "maxLength": 1 }), "at most 1 character"),
            (json!({ "minLength": 1, "maxLength": 1 }), "1 character"),
            (json!({ "minLength": 1, "maxLength": 9 }), "1 to 9 characters"),
        ] {
            assert_eq!(schemas.limits(&length), [told]);
        }
        let words = json!({ "type": "string", "enum": ["day", "week"] });
        assert_eq!(schemas.limits(&words), ["one of day, week"]);
        assert_eq!(schemas.kind(&json!({})), "any value");
    }
}
