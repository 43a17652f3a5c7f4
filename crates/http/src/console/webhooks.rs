//! What gateways have reported.

use axum::extract::State;
use axum::routing::{get, post};
use serde_json::Value;
use wiwebb_domain::ids::WebhookEventId;
use wiwebb_domain::webhook::{EventStatus, WebhookEvent};

use super::payments;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact, Tone};
use crate::site::detail::{Back, Content, Detail, Panel, show_detail};
use crate::site::form::Form;
use crate::site::format::Excerpt;
use crate::site::page::{Notice, done};
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format};
use crate::state::AppState;
use crate::v1::webhooks::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/webhook-events/";

const COLUMNS: [Column; 7] = [
    Column::new("Event"),
    Column::new("Kind"),
    Column::new("Gateway"),
    Column::new("Status"),
    Column::new("Payment"),
    Column::new("Tries").number(),
    Column::new("Received").by("received_at"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/webhook-events/{id}/", get(show)),
        ("/admin/webhook-events/{id}/replay/", post(replay)),
    ]
}

fn href(id: WebhookEventId) -> String {
    format!("{LIST}{id}/")
}

const fn word(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Received => "Received",
        EventStatus::Processed => "Processed",
        EventStatus::Unmatched => "Unmatched",
        EventStatus::Ignored => "Ignored",
    }
}

fn badge(status: EventStatus) -> Cell {
    let tone = match status {
        EventStatus::Processed => Tone::Good,
        EventStatus::Received | EventStatus::Unmatched => Tone::Warn,
        EventStatus::Ignored => Tone::Quiet,
    };
    Cell::badge(tone, word(status))
}

fn payment(event: &WebhookEvent) -> Cell {
    event.payment_id.map_or(Cell::text(""), payments::link)
}

fn row(event: &WebhookEvent) -> Vec<Cell> {
    vec![
        Cell::link(href(event.id), &event.event_id),
        Cell::code(&event.event_type),
        Cell::text(&event.variant),
        badge(event.status),
        payment(event),
        Cell::text(event.tries),
        Cell::time(event.received_at),
    ]
}

/// `GET /admin/webhook-events/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.webhooks.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let states = EventStatus::ALL.map(|status| (status.as_str(), word(status)));
    let filters = [
        Filter::choice("status", "Status", states),
        Filter::text("event_type", "Kind"),
        Filter::text("event_id", "Event id"),
        Filter::text("payment", "Payment id"),
    ];
    let table = Table::new(&browsed, &COLUMNS, row).filtered(&browsed, filters);
    let mut head = ListHead::new("Webhook inbox", "No gateway has reported anything yet.")
        .intro("What gateways have reported of their own accord.");
    // News come on the first page only; another one stays as it was asked for.
    if browsed.params.value("cursor").is_empty() && table.previous.is_none() {
        let query = browsed.params.query_with(&[(Notice::PARAMETER, "")]);
        head = head.live(format!("{LIST}{query}"));
    }
    show_list(&visit, head, table)
}

/// `GET /admin/webhook-events/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let event = state.services.webhooks.get(visit.actor(), (&id).into()).await?;
    let facts = vec![
        Fact::new("Event id", Cell::code(&event.event_id)),
        Fact::new("Kind", Cell::code(&event.event_type)),
        Fact::new("Gateway", Cell::text(&event.variant)),
        Fact::new("Status", badge(event.status)),
        Fact::new("Payment", payment(&event)),
        Fact::new("Tries", Cell::text(event.tries)),
        Fact::new("Error", Cell::maybe_long(event.error.as_ref())),
        Fact::new("Received", Cell::time(event.received_at)),
        Fact::new("Next try", Cell::maybe_time(event.next_try_at)),
        Fact::new("Settled", Cell::maybe_time(event.processed_at)),
    ];
    let mut panels = Vec::new();
    if !event.status.is_settled() {
        let form = Form::new("Replay", Vec::new()).to(format!("{}replay/", href(event.id)));
        panels.push(Panel::new("Apply it again", Content::Form(form)));
    }
    panels.push(Panel::new("Payload", Content::Json(payload(&event))));
    let back = Back::to(LIST, "Webhook inbox");
    let heading = format!("Event {}", event.event_id);
    show_detail(&visit, Detail { back, heading, actions: Vec::new(), facts, panels })
}

/// What the event carried, without what lets its reader pay. What is no JSON is not looked through, and
/// so not shown.
fn payload(event: &WebhookEvent) -> Excerpt {
    let Ok(mut value) = serde_json::from_str(&event.payload) else {
        return Excerpt { text: "(no JSON)".to_owned(), is_cut: false };
    };
    hide_secrets(&mut value);
    format::json(&value)
}

/// Takes out what no page shows: Stripe names it `client_secret`, alone and in addresses ("The
/// `PaymentIntent` object").
fn hide_secrets(value: &mut Value) {
    let is_secret = |text: &str| text.to_ascii_lowercase().contains("client_secret");
    match value {
        Value::String(text) if is_secret(text) => *value = "(hidden)".into(),
        Value::Array(values) => values.iter_mut().for_each(hide_secrets),
        Value::Object(object) => {
            for (key, value) in object {
                if is_secret(key) {
                    *value = "(hidden)".into();
                } else {
                    hide_secrets(value);
                }
            }
        }
        _ => {}
    }
}

/// `POST /admin/webhook-events/{id}/replay/`
async fn replay(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let replayed = state.services.webhooks.replay(visit.actor(), (&id).into(), Ok(())).await?;
    done(&href(replayed.id), "replayed")
}
