//! The files that pages are made of, all within the binary.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use super::format;
use crate::error::ApiError;
use crate::state::AppState;

/// A file as it is served.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

const ASSETS: &[Asset] = &[
    Asset { name: "site.css", kind: CSS, text: include_str!("../../assets/site.css") },
    Asset {
        name: "htmx.min.js",
        kind: SCRIPT,
        text: include_str!("../../assets/vendor/htmx.min.js"),
    },
    Asset { name: "live.js", kind: SCRIPT, text: include_str!("../../assets/live.js") },
    Asset { name: "icon.svg", kind: IMAGE, text: include_str!("../../assets/icon.svg") },
    Asset { name: "docs.js", kind: SCRIPT, text: include_str!("../../assets/docs.js") },
];

/// Stands in the address of every file and changes with any of them, so that browsers may keep them.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.text);
    }
    format::hex(&hash.finalize()[..8])
});

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

pub(super) fn routes() -> Router<AppState> {
    // Of files alone: how long a page with a secret in it is when compressed would tell of the secret.
    let packed = CompressionLayer::new();
    Router::new().route("/assets/{version}/{name}", get(serve).layer(packed))
}

async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let Some(asset) = found.filter(|_| version == *VERSION) else {
        return ApiError::not_found().into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.text).into_response()
}
