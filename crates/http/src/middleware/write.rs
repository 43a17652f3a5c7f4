//! Remembering when somebody's last write ended, so that lists read from a copy of the database show
//! it (`docs/adr/0020-read-replica.md`).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::token::Session;

use crate::state::AppState;

/// Notes the end of every request that may have written, whatever came of it, before the answer goes
/// out: from then on the client may look for what it wrote.
pub(crate) async fn note_writes(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let writer = if request.method().is_safe() {
        None
    } else {
        request.extensions().get::<Session>().map(|session| session.actor.user)
    };
    let response = next.run(request).await;
    if let Some(user) = writer {
        note_write(&state, user).await;
    }
    response
}

/// Notes that a write of a user has ended. What is written stays written where that fails, so the
/// client is told so all the same.
pub(crate) async fn note_write(state: &AppState, user: UserId) {
    if let Err(error) = state.services.accounts.note_write(user).await {
        tracing::warn!(%error, %user, "the end of a write was not noted");
    }
}
