//! Payments.

mod detail;
mod steps;

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::PaymentView;

use super::users;
use crate::extract::list::Params;
use crate::site::cell::Cell;
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::words::{self, Reader};
use crate::site::{Routes, Shown};
use crate::state::AppState;
use crate::v1::payments::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/payments/";

/// Not by status: few words for many rows make an order that no index helps with.
const COLUMNS: [Column; 7] = [
    Column::new("Payment"),
    Column::new("Created").by("created_at"),
    Column::new("User"),
    Column::new("Description"),
    Column::new("Total").number(),
    Column::new("Status"),
    Column::new("Gateway"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/payments/{id}/", get(detail::show)),
        ("/admin/payments/{id}/{step}/", get(steps::ask).post(steps::take)),
    ]
}

/// The page of a payment.
pub(super) fn href(id: PaymentId) -> String {
    format!("{LIST}{id}/")
}

/// What leads to the page of a payment.
pub(super) fn link(id: PaymentId) -> Cell {
    Cell::link(href(id), name(id))
}

fn name(id: PaymentId) -> String {
    format!("Payment {id}")
}

fn row(view: &PaymentView) -> Vec<Cell> {
    let payment = &view.payment;
    vec![
        link(payment.id),
        Cell::time(payment.created_at),
        Cell::link(users::href(payment.user_id), format!("User {}", payment.user_id)),
        Cell::text(payment.description()),
        Cell::money(&payment.total),
        words::payment_badge(payment.status, Reader::Staff),
        Cell::text(&view.gateway_name),
    ]
}

/// `GET /admin/payments/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.payments.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let filters = [
        Filter::choice("status", "Status", words::payment_choices(Reader::Staff)),
        Filter::text("variant", "Gateway variant"),
        Filter::text("payment_gateway", "Gateway id"),
        Filter::text("user", "User id"),
        Filter::text("order_id", "Order id"),
        Filter::day("created_after", "Created from"),
        Filter::day("created_before", "Created before"),
    ];
    let table =
        Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(&browsed, filters);
    show_list(&visit, ListHead::new("Payments", "There are no payments yet."), table)
}
