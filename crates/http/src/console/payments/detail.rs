//! The page of a payment: how it stands, and how that came about.

use askama::Template;
use axum::extract::State;
use serde_json::Value;
use wiwebb_domain::access::{Action, Actor};
use wiwebb_domain::payment::{PaymentStatus, PaymentView};
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::refund::Refund;

use super::steps::Step;
use super::{LIST, href, name};
use crate::console::{gateways, payment_logs, users};
use crate::error::ApiError;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::format::Excerpt;
use crate::site::page::{Shell, show as show_page};
use crate::site::table::{Column, Table};
use crate::site::visit::Visit;
use crate::site::words::{self, Reader};
use crate::site::{Shown, format};
use crate::state::AppState;

/// Entries of the log that the page shows; a payment has few, unless its gateway reports without end.
const ENTRIES: usize = 10;

/// Bytes that it spends at most on the message of an entry, and on its data.
const LONGEST_ENTRY: usize = 500;

/// Bytes that it spends on the payment's own data at most: the log and the refunds need room, too.
const LONGEST_METADATA: usize = 8000;

const REFUNDS: [Column; 5] = [
    Column::new("Refund"),
    Column::new("Created"),
    Column::new("Amount").number(),
    Column::new("Status"),
    Column::new("Reason"),
];

/// A button that leads to the form of a step. It has an id, so that it keeps the focus when the page
/// renews itself.
struct StepLink {
    word: &'static str,
    label: &'static str,
    href: String,
    class: &'static str,
}

/// Something that happened.
struct Entry {
    id: i32,
    class: &'static str,
    kind: String,
    time: String,
    /// The same for programs (HTML, `time`).
    instant: String,
    message: String,
    data: String,
    /// The entry by itself, where it has more data.
    whole: Option<String>,
}

#[derive(Template)]
#[template(path = "console/payments/detail.html")]
struct PaymentPage {
    shell: Shell,
    path: String,
    heading: String,
    status: Cell,
    /// Whether the gateway has still to say what became of an order.
    is_pending: bool,
    steps: Vec<StepLink>,
    facts: Vec<Fact>,
    refunds: Table,
    entries: Vec<Entry>,
    /// The whole log, where it has more entries.
    whole_log: Option<String>,
    metadata: Option<Excerpt>,
}

/// `GET /admin/payments/{id}/`
pub(super) async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let (payments, actor) = (&state.services.payments, visit.actor());
    let stepped = payments.progress(actor, (&id).into()).await?;
    let view = &stepped.view;
    let payment = &view.payment;
    let logs = payments.logs(actor, payment.id).await?;
    let refunds = payments.refunds(actor, payment.id).await?;
    let heading = name(payment.id);
    let shell = visit.shell(heading.as_str());
    let waits = payment.status == PaymentStatus::Waiting || !stepped.is_known;
    show_page(&PaymentPage {
        shell: if waits { shell.live() } else { shell },
        path: href(payment.id),
        heading,
        status: words::payment_badge(payment.status, Reader::Staff),
        is_pending: !stepped.is_known,
        steps: steps(&visit, view),
        facts: facts(&visit, view, payer(&state, actor, view).await?),
        refunds: Table::plain(&REFUNDS, refunds.iter().map(|refund| row(view, refund))),
        whole_log: (logs.len() > ENTRIES)
            .then(|| format!("{}?payment={}", payment_logs::LIST, payment.id)),
        entries: logs.iter().take(ENTRIES).map(entry).collect(),
        metadata: (!payment.metadata.is_empty())
            .then(|| format::json_within(&payment.metadata, LONGEST_METADATA)),
    })
}

async fn payer(state: &AppState, actor: &Actor, view: &PaymentView) -> Result<Cell, ApiError> {
    let payer = state.services.users.get(actor, view.payment.user_id).await?;
    Ok(Cell::link(users::href(payer.user.id), &payer.user.username))
}

fn steps(visit: &Visit, view: &PaymentView) -> Vec<StepLink> {
    let offered = Step::ALL.into_iter().filter(|step| step.is_offered(visit, view));
    let link = |step: Step| StepLink {
        word: step.word(),
        label: step.label(),
        href: step.href(view.payment.id),
        class: if step.is_danger() { "quiet danger" } else { "" },
    };
    offered.map(link).collect()
}

/// How much it is about, and what became of that.
pub(super) fn amounts(view: &PaymentView) -> Vec<Fact> {
    let payment = &view.payment;
    let currency = payment.total.currency();
    vec![
        Fact::new("Total", Cell::money(&payment.total)),
        Fact::new("Captured", Cell::sum(payment.captured_amount(), currency)),
        Fact::new("Refunded", Cell::sum(payment.refunded_amount(), currency)),
    ]
}

fn facts(visit: &Visit, view: &PaymentView, payer: Cell) -> Vec<Fact> {
    let payment = &view.payment;
    let gateway = if visit.may(Action::ConfigureGateways) {
        Cell::link(gateways::href(payment.payment_gateway_id), &view.gateway_name)
    } else {
        Cell::text(&view.gateway_name)
    };
    let mut facts = amounts(view);
    facts.extend([
        Fact::new("User", payer),
        Fact::new("Description", Cell::text(payment.description())),
        Fact::new("Order id", Cell::maybe(payment.order_id.as_ref())),
        Fact::new("Gateway", gateway),
        Fact::new("Gateway variant", Cell::code(&view.variant)),
        Fact::new("Transaction id", Cell::maybe_code(payment.transaction_id.as_ref())),
        Fact::new("Gateway has reported", Cell::truth(payment.webhook_received)),
    ]);
    if let Some((subscription, purpose)) = payment.charged_for() {
        facts.push(Fact::new("Subscription", Cell::code(subscription)));
        facts.push(Fact::new("Charge", Cell::text(purpose.as_str())));
    }
    if let Some(invoice) = payment.invoice_number() {
        facts.push(Fact::new("Invoice", Cell::code(invoice)));
    }
    facts.push(Fact::new("Created", Cell::time(payment.created_at)));
    facts.push(Fact::new("Changed", Cell::time(payment.modified_at)));
    facts
}

fn row(view: &PaymentView, refund: &Refund) -> Vec<Cell> {
    let reference = refund.transaction_id.as_ref().map(ToString::to_string);
    vec![
        Cell::code(reference.unwrap_or_else(|| refund.id.to_string())),
        Cell::time(refund.created_at),
        Cell::sum(refund.amount, view.payment.total.currency()),
        words::refund(refund.status, Reader::Staff),
        Cell::maybe(refund.reason.as_ref()),
    ]
}

fn entry(log: &PaymentLog) -> Entry {
    let status = log.data.get("to").and_then(Value::as_str).and_then(PaymentStatus::parse);
    let data = format::json_within(&log.data, LONGEST_ENTRY);
    let message = format::within(log.message.clone().unwrap_or_default(), LONGEST_ENTRY);
    Entry {
        id: log.id.get(),
        class: status.map_or("", |status| words::payment_tone(status).class()),
        kind: log.event_type.to_string(),
        time: format::second(log.created_at),
        instant: log.created_at.to_rfc3339(),
        whole: (data.is_cut || message.is_cut).then(|| payment_logs::href(log.id)),
        message: message.text,
        data: if log.data.is_empty() { String::new() } else { data.text },
    }
}
