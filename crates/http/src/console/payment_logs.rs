//! What happened to payments.

use axum::extract::State;
use axum::routing::get;
use serde_json::Value;
use wiwebb_domain::ids::PaymentLogId;
use wiwebb_domain::payment_log::{PaymentLog, PaymentLogFilter};

use super::payments;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::detail::{Back, Content, Detail, Panel, show_detail};
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format};
use crate::state::AppState;

/// Where they are.
pub(super) const LIST: &str = "/admin/payment-logs/";

const COLUMNS: [Column; 5] = [
    Column::new("Time").by("created_at"),
    Column::new("Payment"),
    Column::new("Event"),
    Column::new("Status"),
    Column::new("Message"),
];

pub(super) fn routes() -> Routes {
    vec![(LIST, get(list)), ("/admin/payment-logs/{id}/", get(show))]
}

/// The page of an entry.
pub(super) fn href(id: PaymentLogId) -> String {
    format!("{LIST}{id}/")
}

fn filter(params: &mut Params) -> PaymentLogFilter {
    PaymentLogFilter { payment: params.id("payment"), event_type: params.text("event_type") }
}

fn row(entry: &PaymentLog) -> Vec<Cell> {
    vec![
        Cell::link(href(entry.id), format::time(entry.created_at)),
        payments::link(entry.payment_id),
        Cell::code(&entry.event_type),
        Cell::Text(change(entry)),
        Cell::maybe(entry.message.as_ref()),
    ]
}

/// The states before and after, where the entry tells of a change.
fn change(entry: &PaymentLog) -> String {
    let word = |key| entry.data.get(key).and_then(Value::as_str);
    match (word("from"), word("to")) {
        (Some(from), Some(to)) => format!("{from} \u{2192} {to}"),
        (_, to) => to.unwrap_or_default().to_owned(),
    }
}

/// `GET /admin/payment-logs/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.payments.list_logs(visit.actor(), request);
    let browsed = params.browse(filter, list).await?;
    let filters = [Filter::text("payment", "Payment id"), Filter::text("event_type", "Event")];
    let table =
        Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(&browsed, filters);
    show_list(&visit, ListHead::new("Payment log", "Nothing happened yet."), table)
}

/// `GET /admin/payment-logs/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let entry = state.services.payments.get_log(visit.actor(), (&id).into()).await?;
    let facts = vec![
        Fact::new("Time", Cell::text(format::second(entry.created_at))),
        Fact::new("Payment", payments::link(entry.payment_id)),
        Fact::new("Event", Cell::code(&entry.event_type)),
        Fact::new("Status", Cell::Text(change(&entry))),
        Fact::new("Message", Cell::maybe_long(entry.message.as_ref())),
    ];
    let mut panels = Vec::new();
    if !entry.data.is_empty() {
        panels.push(Panel::new("Data", Content::Json(format::json(&entry.data))));
    }
    let heading = format!("{}, {}", entry.event_type, format::time(entry.created_at));
    let back = Back::to(LIST, "Payment log");
    show_detail(&visit, Detail { back, heading, actions: Vec::new(), facts, panels })
}
