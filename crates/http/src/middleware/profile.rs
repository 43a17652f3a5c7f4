//! Finding out in which forms a client is to be answered (contract §15).

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::profile::ClientProfile;

/// The header by which a request asks for a profile.
const HEADER: HeaderName = HeaderName::from_static("x-api-profile");

/// Takes the profile that the header asks for, else that of the settings. A word that names no
/// profile asks for none.
pub(crate) async fn choose_profile(
    State(setting): State<ClientProfile>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .and_then(ClientProfile::parse);
    request.extensions_mut().insert(asked.unwrap_or(setting));
    let mut response = next.run(request).await;
    let varies = HeaderValue::from_static("X-API-Profile");
    response.headers_mut().append(header::VARY, varies);
    response
}
