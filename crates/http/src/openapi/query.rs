//! Parameters that many operations have in common.

use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

/// Which part of a list, in which order (contract §1.6).
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `Params` reads")]
pub(crate) struct ListQuery {
    /// Page to show, from 1; `last` is the last one.
    #[param(example = "1")]
    page: Option<String>,
    /// Rows on a page: 10 unless said otherwise, at most 100.
    #[param(minimum = 1, maximum = 100, example = 10)]
    page_size: Option<u32>,
    /// Pages by key in place of numbers: empty for the first, then as `next` and `previous` have it.
    #[param(example = "")]
    cursor: Option<String>,
    /// Columns to order by, separated by commas; `-` turns one around.
    #[param(example = "-id")]
    ordering: Option<String>,
}

/// Words that all have to occur.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `Params` reads")]
pub(crate) struct SearchQuery {
    /// Words that all have to occur in one of the searched fields.
    #[param(example = "hill")]
    search: Option<String>,
}

/// What stands in a path under this name: an id, unless the path takes another name too.
pub(super) fn segment(path: &str, name: &str) -> Schema {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let number = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(1))
        .maximum(Some(i32::MAX));
    let object = if is_number(path, name) { number } else { text.min_length(Some(1)) };
    Schema::Object(object.build())
}

/// What might stand there.
pub(super) fn segment_example(path: &str, name: &str) -> Value {
    match name {
        "username" => "ada".into(),
        _ if is_number(path, name) => 7.into(),
        _ => "hill-net".into(),
    }
}

fn is_number(path: &str, name: &str) -> bool {
    name.ends_with("id") && !path.starts_with("/tenants/")
}
