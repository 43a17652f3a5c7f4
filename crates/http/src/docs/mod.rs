//! The pages on which the API can be read and tried out, made of its description.

mod model;
mod prose;
mod schema;

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde_json::Value;

use crate::error::ApiError;
use crate::middleware::throttle::count_anonymous;
use crate::router::{BASE, description, method_not_allowed};
use crate::site::page::{Shell, show};
use crate::site::{Shown, add, assets};
use crate::state::AppState;
use model::{Manual, Operation};

/// Where the pages begin.
pub(crate) const ROOT: &str = "/api/docs/";

/// What the pages say. The API does not change while the program runs.
static MANUAL: LazyLock<Manual> = LazyLock::new(|| {
    let document: Value = serde_json::to_value(description()).unwrap_or_default();
    Manual::of(&document)
});

#[derive(Template)]
#[template(path = "docs/index.html")]
struct IndexPage {
    shell: Shell,
    manual: &'static Manual,
}

#[derive(Template)]
#[template(path = "docs/operation.html")]
struct OperationPage {
    shell: Shell,
    operation: &'static Operation,
    base: &'static str,
    script: String,
}

/// Pages for everybody, counted like any request without a key.
pub(crate) fn pages(state: &AppState) -> Router<AppState> {
    let index = add(Router::new(), ROOT, get(index));
    add(index, "/api/docs/{operation}/", get(operation))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(state.clone(), count_anonymous))
}

/// `GET /api/docs/`
async fn index() -> Shown {
    show(&IndexPage { shell: shell("API"), manual: &MANUAL })
}

/// `GET /api/docs/{operation}/`
async fn operation(Path(id): Path<String>) -> Shown {
    let operation = MANUAL.operation(&id).ok_or_else(ApiError::not_found)?;
    let (shell, script) = (shell(&operation.summary), assets::address("docs.js"));
    show(&OperationPage { shell, operation, base: BASE, script })
}

fn shell(title: &str) -> Shell {
    Shell { home: ROOT, ..Shell::bare(title.to_owned()) }
}
