//! The description of the API in OpenAPI 3.1, put together of what each handler says of itself. What
//! a guard asks for and answers is added here, so that no handler repeats it.

mod answers;
mod examples;
mod limits;
mod particular;
pub(crate) mod query;
mod refusals;
mod texts;
pub(crate) mod values;

use std::collections::BTreeMap;

use axum::routing::MethodRouter;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ComponentsBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, Ref, RefOr,
    Required, Schema, Server,
};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::state::AppState;
use examples::Examples;

/// Where the schemas of the document stand.
pub(crate) const SCHEMAS: &str = "#/components/schemas/";

/// Name of the security scheme of people.
const PERSON: &str = "token";

/// Name of the security scheme of network equipment.
const EQUIPMENT: &str = "serviceKey";

/// Name of the security scheme of gateways that sign what they send.
const SIGNATURE: &str = "stripeSignature";

/// The header under which a request may be repeated (contract §10.4).
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Steps among those that move money whose repetitions are no concern of that header (contract §10.4).
const WITHOUT_KEY: [&str; 2] = ["payments_confirm", "subscriptions_resume"];

/// Who may come to a path, and what stands before its handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// People with a key: key, then method, then rate (contract §1.3).
    Person,
    /// People with a key, for steps that move money: begun, they end, whether or not the client
    /// stays.
    Money,
    /// Network equipment with a key. It asks on behalf of everybody on the network, so it is not
    /// limited.
    Equipment,
    /// Everybody; an `Authorization` header is ignored (contract §1.2).
    Public,
    /// Everybody, at the stricter rate of signing in.
    Login,
    /// Gateways that sign what they send; never limited (contract §1.11).
    Signed,
}

impl Guard {
    fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Person | Self::Money => Some(PERSON),
            Self::Equipment => Some(EQUIPMENT),
            Self::Signed => Some(SIGNATURE),
            Self::Public | Self::Login => None,
        }
    }

    fn has_key(self) -> bool {
        matches!(self, Self::Person | Self::Money | Self::Equipment)
    }

    fn is_limited(self) -> bool {
        !matches!(self, Self::Equipment | Self::Signed)
    }
}

/// A path with its methods, as `routes!` has it, and who may come there.
pub(crate) struct Endpoint {
    pub(crate) guard: Guard,
    schemas: Vec<(String, RefOr<Schema>)>,
    paths: Paths,
    pub(crate) methods: MethodRouter<AppState>,
}

impl Endpoint {
    pub(crate) fn new(guard: Guard, routes: UtoipaMethodRouter<AppState>) -> Self {
        let (schemas, paths, methods) = routes;
        Self { guard, schemas, paths, methods }
    }

    /// The path, below the base of the API.
    pub(crate) fn path(&self) -> &str {
        self.paths.paths.keys().next().map_or("/", String::as_str)
    }
}

/// The document that describes these endpoints below `base`.
pub(crate) fn document(endpoints: Vec<Endpoint>, base: &str) -> OpenApi {
    let mut schemas = BTreeMap::new();
    let mut paths = Paths::new();
    let mut guards = Vec::new();
    for endpoint in endpoints {
        schemas.extend(endpoint.schemas);
        for (path, mut item) in endpoint.paths.paths {
            for (method, operation) in operations(&mut item) {
                complete(operation, &method, &path, endpoint.guard);
                if method == HttpMethod::Patch {
                    body_in_part(operation, &mut schemas);
                }
            }
            guards.push((path.clone(), endpoint.guard));
            paths.paths.insert(path, item);
        }
    }
    schemas.extend(answers::schemas());
    let examples = Examples::new(&schemas);
    for (path, guard) in guards {
        let item = paths.paths.get_mut(&path).into_iter();
        for (method, operation) in item.flat_map(operations) {
            add_answers(operation, &method, guard, &examples);
        }
    }
    let mut info = Info::new("WiWebb", env!("CARGO_PKG_VERSION"));
    info.description = Some(texts::INTRODUCTION.to_owned());
    info.license = Some(License::new("MIT OR Apache-2.0"));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(base)]))
        .tags(Some(texts::tags()))
        .paths(paths)
        .components(Some(components(schemas)))
        .build()
}

fn components(schemas: BTreeMap<String, RefOr<Schema>>) -> Components {
    let person = header_key("Authorization", "`Token <key>` or `Bearer <key>`, of a person.");
    let equipment =
        header_key("Authorization", "`Token <key>` or `Bearer <key>`, of network equipment.");
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(PERSON, person)
        .security_scheme(EQUIPMENT, equipment)
        .security_scheme(SIGNATURE, header_key("Stripe-Signature", "Made by the gateway."))
        .build()
}

fn header_key(name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, description)))
}

/// The operations of a path that there are.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [
        (HttpMethod::Get, get),
        (HttpMethod::Post, post),
        (HttpMethod::Put, put),
        (HttpMethod::Patch, patch),
        (HttpMethod::Delete, delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Adds what the guard, the path and the method bring along.
fn complete(operation: &mut Operation, method: &HttpMethod, path: &str, guard: Guard) {
    let name = name_of(operation, method);
    operation.operation_id = Some(name.clone());
    operation.security = Some(
        guard
            .scheme()
            .map(|scheme| SecurityRequirement::new(scheme, [""; 0]))
            .into_iter()
            .collect(),
    );
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(segments(path).map(RefOr::T));
    if guard == Guard::Money && !WITHOUT_KEY.contains(&name.as_str()) {
        parameters.push(RefOr::T(idempotency_key()));
    }
}

/// Adds the answers other than success, and an example to each body.
fn add_answers(operation: &mut Operation, method: &HttpMethod, guard: Guard, examples: &Examples) {
    let name = operation.operation_id.clone().unwrap_or_default();
    // A body is read even where no field of it counts, but not by signing out (contract §3.2).
    let is_post = *method == HttpMethod::Post && name != "auth_logout";
    let has_body = operation.request_body.is_some() || is_post;
    // Its fields are refused in a way of their own (contract §5.4).
    let has_own_way = name == "users_assign_role";
    let needed = if has_own_way { Vec::new() } else { examples.needed(operation) };
    let mut errors = refusals::common(operation, guard, has_body, needed);
    // Attributes and reports are read in ways that no schema tells (contract §10.3, §16).
    if !has_own_way && !matches!(guard, Guard::Equipment | Guard::Signed) {
        errors.extend(limits::of(examples.fields(operation)));
    }
    errors.extend(particular::of(&name));
    operation.responses.responses.extend(answers::telling(errors));
    let is_repeatable = refusals::takes(operation, IDEMPOTENCY_KEY);
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            response.description = answers::success(status).to_owned();
        }
        if is_repeatable && status.starts_with('2') {
            let (name, header) = answers::replayed();
            response.headers.insert(name, RefOr::T(header));
        }
    }
    examples.fill(operation);
}

/// `tenants_update` for the handler `update` of the tag `tenants`; a handler of two methods has two
/// names.
fn name_of(operation: &Operation, method: &HttpMethod) -> String {
    let tag = operation.tags.iter().flatten().next().map_or("", String::as_str);
    let handler = operation.operation_id.as_deref().unwrap_or_default();
    let part = if *method == HttpMethod::Patch { "partial_" } else { "" };
    format!("{}_{part}{handler}", tag.replace([' ', '-'], "_"))
}

/// The parameters that stand in a path.
fn segments(path: &str) -> impl Iterator<Item = Parameter> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(move |name| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(query::segment(path, name)))
            .example(Some(query::segment_example(path, name)))
            .build()
    })
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("A repetition under the same key is answered with the first answer."))
        .example(Some("order-1001".into()))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some("^[!-~]+$")),
        ))
        .build()
}

/// A `PATCH` takes the fields of its `PUT`, and needs none of them.
fn body_in_part(operation: &mut Operation, schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else {
            continue;
        };
        let Some(RefOr::Ref(whole)) = &content.schema else {
            continue;
        };
        let name = whole.ref_location.trim_start_matches(SCHEMAS);
        let part = format!("Patched{name}");
        if let Some(RefOr::T(whole)) = schemas.get(name) {
            let mut without_needs = whole.clone();
            clear_needs(&mut without_needs);
            schemas.insert(part.clone(), RefOr::T(without_needs));
            content.schema = Some(RefOr::Ref(Ref::from_schema_name(part)));
        }
    }
}

fn clear_needs(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => object.required.clear(),
        Schema::AllOf(parts) => {
            for part in &mut parts.items {
                if let RefOr::T(part) = part {
                    clear_needs(part);
                }
            }
        }
        _ => {}
    }
}
