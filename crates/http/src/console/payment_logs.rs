//! What happened to payments.

use axum::extract::State;
use axum::routing::get;
use serde_json::Value;
use wiwebb_domain::payment_log::{PaymentLog, PaymentLogFilter};

use super::{Routes, payments};
use crate::extract::list::Params;
use crate::site::Shown;
use crate::site::cell::Cell;
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::state::AppState;

const COLUMNS: [Column; 5] = [
    Column::new("Payment"),
    Column::new("Event"),
    Column::new("Status"),
    Column::new("Message"),
    Column::new("Time").by("created_at"),
];

pub(super) fn routes() -> Routes {
    vec![("/admin/payment-logs/", get(list))]
}

fn filter(params: &mut Params) -> PaymentLogFilter {
    PaymentLogFilter { payment: params.id("payment"), event_type: params.text("event_type") }
}

fn row(entry: &PaymentLog) -> Vec<Cell> {
    vec![
        payments::link(entry.payment_id),
        Cell::Code(entry.event_type.to_string()),
        Cell::Text(change(entry)),
        Cell::maybe(entry.message.as_ref()),
        Cell::time(entry.created_at),
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
    let table = Table::new(&browsed, &COLUMNS, row).filtered(&browsed, filters);
    let head = ListHead {
        heading: "Payment log",
        intro: "",
        empty: "Nothing happened yet.",
        actions: Vec::new(),
    };
    show_list(&visit, head, table)
}
