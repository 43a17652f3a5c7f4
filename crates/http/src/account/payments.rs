//! One's own payments.

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;
use wiwebb_domain::access::Action;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::page::{ListRequest, PageSize, Position};
use wiwebb_domain::payment::{PaymentFilter, PaymentStatus, PaymentView};
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::refund::Refund;

use super::words::happened;
use crate::extract::idempotent::Told;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::detail::{Back, FormHead, show_form, show_refused};
use crate::site::form::Form;
use crate::site::page::{Shell, done, show as show_page};
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::words::{self, Reader};
use crate::site::{Routes, Shown, format, once};
use crate::state::AppState;
use crate::v1::payments::wire;

/// Where they are.
pub(super) const LIST: &str = "/account/payments/";

const COLUMNS: [Column; 4] =
    [Column::new("Begun"), Column::new("For"), Column::new("Total").number(), Column::new("State")];

const REFUNDS: [Column; 3] =
    [Column::new("Asked for"), Column::new("Amount").number(), Column::new("State")];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/account/payments/{id}/", get(show)),
        ("/account/payments/{id}/cancel/", get(confirm_cancel).post(cancel)),
    ]
}

/// The most of what happened to a payment that its page shows.
const HAPPENINGS: usize = 20;

/// The page of a payment.
pub(super) fn href(id: PaymentId) -> String {
    format!("{LIST}{id}/")
}

fn row(view: &PaymentView) -> Vec<Cell> {
    let payment = &view.payment;
    vec![
        Cell::link(href(payment.id), format::time(payment.created_at)),
        Cell::text(payment.description()),
        Cell::money(&payment.total),
        words::payment_badge(payment.status, Reader::Payer),
    ]
}

/// Payments of whoever looks, whoever else's may be seen.
fn own(visit: &Visit, filter: PaymentFilter) -> PaymentFilter {
    PaymentFilter { user: Some(visit.actor().user.get().into()), ..filter }
}

/// The latest payments, so many at most.
pub(super) async fn latest(state: &AppState, visit: &Visit, count: u32) -> Result<Table, Error> {
    let request = ListRequest {
        filter: own(visit, PaymentFilter::default()),
        position: Position::Keyed(None),
        size: PageSize::clamped(count),
        ..ListRequest::default()
    };
    let page = state.services.payments.list(visit.actor(), Ok(request)).await?;
    Ok(Table::plain(&COLUMNS, page.items.iter().map(row)))
}

/// `GET /account/payments/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.payments.list(visit.actor(), request);
    let read = |params: &mut Params| own(&visit, wire::filter(params));
    let browsed = params.browse(read, list).await?;
    let states = Filter::choice("status", "State", words::payment_choices(Reader::Payer));
    let table = Table::new(&browsed, &COLUMNS, row).filtered(&browsed, [states]);
    show_list(&visit, ListHead::new("Payments", "You have not paid anything yet."), table)
}

/// Something that happened to a payment.
struct Happening {
    time: String,
    text: String,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "account/payment.html")]
struct PaymentPage {
    shell: Shell,
    back: Back,
    heading: String,
    facts: Vec<Fact>,
    /// Whether it is paid outside of any gateway.
    is_outside: bool,
    actions: Vec<table::Action>,
    refunds: Table,
    happenings: Vec<Happening>,
    /// Said where more happened than that.
    more: Option<String>,
}

/// `GET /account/payments/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let payments = &state.services.payments;
    let view = payments.get(visit.actor(), (&id).into()).await?;
    let logs = payments.logs(visit.actor(), view.payment.id).await?;
    let refunds = payments.refunds(visit.actor(), view.payment.id).await?;
    let heading = heading(&view);
    let waits = view.payment.status == PaymentStatus::Waiting;
    let refunds: Vec<_> = refunds.iter().map(|refund| refund_row(&view, refund)).collect();
    show_page(&PaymentPage {
        shell: visit.shell(heading.as_str()),
        back: Back::to(LIST, "Payments"),
        heading,
        facts: facts(&view),
        is_outside: waits && view.is_settled_by_staff(),
        actions: actions(&visit, &view),
        refunds: Table::plain(&REFUNDS, refunds),
        happenings: logs.iter().take(HAPPENINGS).map(happening).collect(),
        more: format::first_of(HAPPENINGS, logs.len()),
    })
}

fn heading(view: &PaymentView) -> String {
    match view.payment.description() {
        "" => format!("Payment {}", view.payment.id),
        description => {
            format!("Payment {}: {}", view.payment.id, format::line(description.to_owned()).text)
        }
    }
}

fn facts(view: &PaymentView) -> Vec<Fact> {
    let payment = &view.payment;
    let currency = payment.total.currency();
    let mut facts = vec![
        Fact::new("State", words::payment_badge(payment.status, Reader::Payer)),
        Fact::new("Total", Cell::money(&payment.total)),
        Fact::new("Through", Cell::text(&view.gateway_name)),
        Fact::new("Begun", Cell::time(payment.created_at)),
    ];
    let sums = [("Received", payment.captured_amount()), ("Given back", payment.refunded_amount())];
    for (label, sum) in sums.into_iter().filter(|(_, sum)| !sum.value().is_zero()) {
        facts.push(Fact::new(label, Cell::sum(sum, currency)));
    }
    if let Some(order) = &payment.order_id {
        facts.push(Fact::new("Reference", Cell::text(order)));
    }
    if let Some(invoice) = payment.invoice_number() {
        facts.push(Fact::new("Invoice", Cell::text(invoice)));
    }
    facts
}

fn actions(visit: &Visit, view: &PaymentView) -> Vec<table::Action> {
    let payment = &view.payment;
    let mut actions = Vec::new();
    if let Some(page) = view.checkout_page().filter(|_| view.awaits_its_payer()) {
        let pay = format!("/checkout/{page}/");
        actions.push(table::Action::new(pay, "Continue to payment"));
    }
    let may_cancel = visit.may_with(Action::CancelPayment, payment.as_object(view.tenant_id));
    if may_cancel && view.can_be_cancelled_by(visit.actor()) {
        let cancel = format!("{}cancel/", href(payment.id));
        actions.push(table::Action::new(cancel, "Cancel payment").quiet());
    }
    actions
}

fn refund_row(view: &PaymentView, refund: &Refund) -> Vec<Cell> {
    vec![
        Cell::time(refund.created_at),
        Cell::sum(refund.amount, view.payment.total.currency()),
        words::refund(refund.status, Reader::Payer),
    ]
}

fn happening(entry: &PaymentLog) -> Happening {
    let (told, tone) = happened(entry);
    let amount = entry.data.get("amount").and_then(Value::as_str);
    let text = match amount {
        Some(amount) => format!("{told}: {amount}"),
        None => told,
    };
    let text = format::line(text).text;
    Happening { time: format::time(entry.created_at), text, tone }
}

fn cancel_head(view: &PaymentView) -> FormHead {
    FormHead::new(Back::to(href(view.payment.id), heading(view)), "Cancel the payment")
        .intro("Nothing is paid then. What it was for is not there either.")
}

fn cancel_form(state: &AppState) -> Form {
    once::keyed(Form::new("Cancel payment", []).danger(), state)
}

/// `GET /account/payments/{id}/cancel/`
async fn confirm_cancel(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.payments.get(visit.actor(), (&id).into()).await?;
    visit.require_with(Action::CancelPayment, view.payment.as_object(view.tenant_id))?;
    show_form(&visit, cancel_head(&view), cancel_form(&state))
}

/// `POST /account/payments/{id}/cancel/`
async fn cancel(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let (form, actor) = (cancel_form(&state), visit.actor());
    let (payments, id) = (&state.services.payments, PaymentId::from(&id));
    let cancel = |claim| payments.cancel(actor, id, Ok(()), claim);
    let resume = |payment| payments.progress(actor, payment);
    let key = once::key_of(&submission, &visit);
    let told = key.run(&state, actor, once::no_body(), wire::stepped, cancel, resume).await;
    match told.and_then(Told::for_page) {
        Ok((status, _)) => done(&href(id), once::notice(status, "payment")),
        Err(error) => {
            let refused = once::refused(form, &state, &submission, error)?;
            let view = payments.get(actor, id).await?;
            show_refused(&visit, cancel_head(&view), refused)
        }
    }
}
