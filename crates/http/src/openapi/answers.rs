//! The answers that many operations have in common (contract §1.4).

use serde_json::json;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};

/// Text at the top of the document.
pub(super) const INTRODUCTION: &str = "Customers, users, plans and payments of network operators.\n\n\
    Sign in at `/auth/login/` and send the key as `Authorization: Token <key>`. Lists come in pages \
    (`page`, `page_size`) or by key (`cursor`); amounts are strings with two decimals, times are UTC.";

type Answers = Vec<(&'static str, RefOr<Response>)>;

/// The schemas that the answers here refer to.
pub(super) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
    let message = |name: &str, example: &str| {
        let object = ObjectBuilder::new()
            .property(name, text())
            .required(name)
            .examples([json!({ name: example })]);
        RefOr::T(Schema::Object(object.build()))
    };
    let messages = Schema::Array(ArrayBuilder::new().items(text()).min_items(Some(1)).build());
    let fields = ObjectBuilder::new()
        .additional_properties(Some(RefOr::T(messages)))
        .examples([json!({ "name": ["This field is required."] })]);
    let reference = |name: &str| RefOr::<Schema>::Ref(Ref::from_schema_name(name));
    let refused = AnyOfBuilder::new()
        .item(reference("Fields"))
        .item(reference("Detail"))
        .item(reference("Error"))
        .description(Some("Field errors, or why the request is refused as a whole."));
    vec![
        ("Detail".to_owned(), message("detail", "Not found.")),
        ("Error".to_owned(), message("error", "Invalid role")),
        ("Fields".to_owned(), RefOr::T(Schema::Object(fields.build()))),
        ("Refused".to_owned(), RefOr::T(Schema::AnyOf(refused.build()))),
    ]
}

/// What any request can be told.
pub(super) fn of_everything() -> Answers {
    vec![
        ("400", answer("Wrong values, or refused by what is stored.", "Refused")),
        ("503", answer("The database or a payment provider is out of reach.", "Refused")),
    ]
}

/// What a request with a key can be told.
pub(super) fn of_keys() -> Answers {
    vec![
        ("401", answer("No key, or one that is dead.", "Detail")),
        ("403", answer("The role does not permit it, or the object is out of reach.", "Refused")),
    ]
}

/// What a request is told that came too soon.
pub(super) fn of_limits() -> Answers {
    vec![("429", answer("Too many requests; `Retry-After` says when to come back.", "Detail"))]
}

/// What a request with a body can be told.
pub(super) fn of_bodies() -> Answers {
    vec![
        ("413", answer("The body is over 1 MiB.", "Detail")),
        ("415", answer("The body is not JSON.", "Detail")),
    ]
}

/// What a request is told whose path leads to no row.
pub(super) fn of_rows() -> Answers {
    vec![("404", answer("No such object.", "Refused"))]
}

/// What a list is told that has no such page.
pub(super) fn of_pages() -> Answers {
    vec![("404", answer("No such page.", "Detail"))]
}

/// What a request that moves money can be told besides (contract §10.4, §10.5).
pub(super) fn of_money() -> Answers {
    vec![
        ("409", answer("A request under the same `Idempotency-Key` is still running.", "Error")),
        ("422", answer("The `Idempotency-Key` belongs to another request.", "Error")),
    ]
}

fn answer(description: &str, schema: &str) -> RefOr<Response> {
    let content = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(schema))));
    let response =
        ResponseBuilder::new().description(description).content("application/json", content);
    RefOr::T(response.build())
}
