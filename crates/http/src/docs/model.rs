//! What the pages say, read from the document once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::prose::{Prose, prose};
use super::schema::{Field, Schemas, choices, list};

/// Methods in the order in which they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Everything that is said.
#[derive(Debug)]
pub(super) struct Manual {
    pub(super) version: String,
    pub(super) introduction: Prose,
    pub(super) groups: Vec<Group>,
    operations: BTreeMap<String, Operation>,
}

/// Operations on one kind of thing.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) description: Prose,
    pub(super) operations: Vec<Brief>,
}

/// An operation in a list.
#[derive(Debug)]
pub(super) struct Brief {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) tone: &'static str,
    pub(super) path: String,
    pub(super) summary: String,
}

/// An operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) method: String,
    pub(super) tone: &'static str,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: Prose,
    /// What has to be sent along to be let in.
    pub(super) security: Vec<Header>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
}

/// A header of a request or an answer.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) description: Prose,
}

/// A parameter.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) limits: Vec<String>,
    pub(super) is_required: bool,
    pub(super) description: Prose,
    pub(super) example: String,
    /// The values there are, where they are few.
    pub(super) choices: Vec<String>,
}

/// A body that is sent.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) description: Prose,
    pub(super) fields: Vec<Field>,
    pub(super) example: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) tone: &'static str,
    pub(super) description: Prose,
    pub(super) headers: Vec<Header>,
    pub(super) fields: Vec<Field>,
    /// An example over several lines, of success.
    pub(super) example: Option<String>,
    /// Examples of a line each, of anything else.
    pub(super) messages: Vec<String>,
}

impl Operation {
    /// Whether a person's or equipment's key is asked for.
    pub(super) fn takes_key(&self) -> bool {
        self.security.iter().any(|header| header.name == "Authorization")
    }
}

impl Manual {
    /// Reads the document.
    pub(super) fn of(document: &Value) -> Self {
        let operations: Vec<Operation> = entries(&document["paths"])
            .flat_map(|(path, item)| {
                METHODS.iter().filter_map(move |method| Some((path, *method, item.get(method)?)))
            })
            .map(|(path, method, operation)| operation_of(document, path, method, operation))
            .collect();
        let groups = list(&document["tags"]).map(|tag| Group {
            name: text(&tag["name"]),
            description: prose(&tag["description"]),
            operations: operations
                .iter()
                .filter(|operation| tag["name"] == operation.group)
                .map(Brief::of)
                .collect(),
        });
        Self {
            version: text(&document["info"]["version"]),
            introduction: prose(&document["info"]["description"]),
            groups: groups.collect(),
            operations: operations.into_iter().map(|found| (found.id.clone(), found)).collect(),
        }
    }

    /// The operation of this name.
    pub(super) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }
}

impl Brief {
    fn of(operation: &Operation) -> Self {
        Self {
            id: operation.id.clone(),
            method: operation.method.clone(),
            tone: operation.tone,
            path: operation.path.clone(),
            summary: operation.summary.clone(),
        }
    }
}

fn operation_of(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let schemas = Schemas::of(document);
    let known = &document["components"]["securitySchemes"];
    let security = list(&operation["security"]).flat_map(entries).map(|(name, _)| Header {
        name: text(&known[name]["name"]),
        description: prose(&known[name]["description"]),
    });
    let content = &operation["requestBody"]["content"]["application/json"];
    let body = content.is_object().then(|| Body {
        description: prose(&schemas.resolved(&content["schema"])["description"]),
        fields: schemas.fields(&content["schema"]),
        example: over_lines(&content["example"]),
    });
    Operation {
        id: text(&operation["operationId"]),
        group: text(&operation["tags"][0]),
        method: method.to_uppercase(),
        tone: match method {
            "get" => "quiet",
            "post" => "good",
            "delete" => "bad",
            _ => "warn",
        },
        path: path.to_owned(),
        summary: text(&operation["summary"]).trim_end_matches('.').replace('`', ""),
        description: prose(&operation["description"]),
        security: security.collect(),
        parameters: parameters(schemas, operation),
        body,
        answers: entries(&operation["responses"])
            .map(|(status, answer)| answer_of(schemas, status, answer))
            .collect(),
    }
}

/// Those of the path first, then in the order of the document.
fn parameters(schemas: Schemas<'_>, operation: &Value) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = list(&operation["parameters"])
        .map(|found| {
            let schema = &found["schema"];
            Parameter {
                name: text(&found["name"]),
                place: text(&found["in"]),
                kind: schemas.kind(schema),
                limits: schemas.limits(schema),
                is_required: found["required"] == true,
                description: prose(&found["description"]),
                example: in_a_line(found.get("example").unwrap_or(&schema["examples"][0])),
                choices: match schema["type"].as_str() {
                    Some("boolean") => vec!["true".to_owned(), "false".to_owned()],
                    _ => choices(schema),
                },
            }
        })
        .collect();
    parameters.sort_by_key(|parameter| parameter.place != "path");
    parameters
}

fn answer_of(schemas: Schemas<'_>, status: &str, answer: &Value) -> Answer {
    let content = &answer["content"]["application/json"];
    let is_success = status.starts_with('2');
    let headers = entries(&answer["headers"]).map(|(name, header)| Header {
        name: name.to_owned(),
        description: prose(&header["description"]),
    });
    let several = entries(&content["examples"]).map(|(_, example)| &example["value"]);
    let messages = content.get("example").into_iter().chain(several);
    Answer {
        status: status.to_owned(),
        tone: if is_success { "good" } else { "bad" },
        description: prose(&answer["description"]),
        headers: headers.collect(),
        // What is refused has one form, which its examples show.
        fields: if is_success { schemas.fields(&content["schema"]) } else { Vec::new() },
        example: content.get("example").filter(|_| is_success).map(over_lines),
        messages: messages.filter(|_| !is_success).map(in_a_line).collect(),
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn over_lines(value: &Value) -> String {
    format!("{value:#}")
}

/// As it is written in an address: text without its quotes.
fn in_a_line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
