//! Payments.

mod detail;
mod steps;

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::ids::{PaymentId, UserId};
use wiwebb_domain::payment::{PaymentStatus, PaymentView};

use super::Routes;
use crate::extract::list::Params;
use crate::site::Shown;
use crate::site::cell::{Cell, Tone};
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::payments::wire;

const LIST: &str = "/admin/payments/";

/// Not by status: few words for many rows make an order that no index helps with.
const COLUMNS: [Column; 7] = [
    Column::new("Payment"),
    Column::new("Created").by("created_at"),
    Column::new("User"),
    Column::new("Description"),
    Column::new("Total").number().by("total"),
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

fn user_href(id: UserId) -> String {
    format!("/admin/users/{id}/")
}

const fn word(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Waiting => "Waiting",
        PaymentStatus::Preauth => "Preauthorised",
        PaymentStatus::Confirmed => "Confirmed",
        PaymentStatus::Rejected => "Rejected",
        PaymentStatus::Refunded => "Refunded",
        PaymentStatus::Error => "Error",
    }
}

const fn tone(status: PaymentStatus) -> Tone {
    match status {
        PaymentStatus::Waiting | PaymentStatus::Refunded => Tone::Quiet,
        PaymentStatus::Preauth => Tone::Warn,
        PaymentStatus::Confirmed => Tone::Good,
        PaymentStatus::Rejected | PaymentStatus::Error => Tone::Bad,
    }
}

fn badge(status: PaymentStatus) -> Cell {
    Cell::badge(tone(status), word(status))
}

fn row(view: &PaymentView) -> Vec<Cell> {
    let payment = &view.payment;
    vec![
        link(payment.id),
        Cell::time(payment.created_at),
        Cell::link(user_href(payment.user_id), format!("User {}", payment.user_id)),
        Cell::text(payment.description()),
        Cell::money(&payment.total),
        badge(payment.status),
        Cell::text(&view.gateway_name),
    ]
}

/// `GET /admin/payments/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.payments.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let states = PaymentStatus::ALL.map(|status| (status.as_str(), word(status)));
    let filters = [
        Filter::choice("status", "Status", states),
        Filter::text("variant", "Gateway variant"),
        Filter::text("payment_gateway", "Gateway id"),
        Filter::text("user", "User id"),
        Filter::text("order_id", "Order id"),
        Filter::day("created_after", "Created from"),
        Filter::day("created_before", "Created before"),
    ];
    let table = Table::new(&browsed, &COLUMNS, row).filtered(&browsed, filters);
    let empty = "There are no payments yet.";
    let head = ListHead { heading: "Payments", intro: "", empty, actions: Vec::new() };
    show_list(&visit, head, table)
}
