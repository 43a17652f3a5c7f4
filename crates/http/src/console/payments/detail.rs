//! The page of a payment: how it stands, and how that came about.

use askama::Template;
use axum::extract::State;
use serde_json::{Map, Value};
use wiwebb_domain::access::{Action, Actor};
use wiwebb_domain::money::Amount;
use wiwebb_domain::payment::{PaymentStatus, PaymentView};
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::refund::{Refund, RefundStatus};

use super::steps::Step;
use super::{LIST, badge, href, name, tone, user_href};
use crate::error::ApiError;
use crate::extract::path::Segment;
use crate::site::Shown;
use crate::site::cell::{Cell, Fact, Tone};
use crate::site::format;
use crate::site::page::{Shell, show as show_page};
use crate::site::table::{Column, Table};
use crate::site::visit::Visit;
use crate::state::AppState;

/// Entries of the log that the page shows; a payment has few, unless its gateway reports without end.
const ENTRIES: usize = 50;

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
    metadata: String,
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
        status: badge(payment.status),
        is_pending: !stepped.is_known,
        steps: steps(&visit, view),
        facts: facts(&visit, view, payer(&state, actor, view).await?),
        refunds: Table::plain(&REFUNDS, refunds.iter().map(|refund| row(view, refund))),
        whole_log: (logs.len() > ENTRIES)
            .then(|| format!("/admin/payment-logs/?payment={}", payment.id)),
        entries: logs.iter().take(ENTRIES).map(entry).collect(),
        metadata: json(&payment.metadata),
    })
}

async fn payer(state: &AppState, actor: &Actor, view: &PaymentView) -> Result<Cell, ApiError> {
    let payer = state.services.users.get(actor, view.payment.user_id).await?;
    Ok(Cell::link(user_href(payer.user.id), &payer.user.username))
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

/// An amount in the currency of a payment.
fn sum(view: &PaymentView, amount: Amount) -> Cell {
    Cell::Text(format::money(amount.value(), view.payment.total.currency()))
}

/// How much it is about, and what became of that.
pub(super) fn amounts(view: &PaymentView) -> Vec<Fact> {
    let payment = &view.payment;
    vec![
        Fact::new("Total", Cell::money(&payment.total)),
        Fact::new("Captured", sum(view, payment.captured_amount())),
        Fact::new("Refunded", sum(view, payment.refunded_amount())),
    ]
}

fn facts(visit: &Visit, view: &PaymentView, payer: Cell) -> Vec<Fact> {
    let payment = &view.payment;
    let gateway = if visit.may(Action::ConfigureGateways) {
        Cell::link(format!("/admin/gateways/{}/", payment.payment_gateway_id), &view.gateway_name)
    } else {
        Cell::text(&view.gateway_name)
    };
    let mut facts = amounts(view);
    facts.extend([
        Fact::new("User", payer),
        Fact::new("Description", Cell::text(payment.description())),
        Fact::new("Order id", Cell::maybe(payment.order_id.as_ref())),
        Fact::new("Gateway", gateway),
        Fact::new("Gateway variant", Cell::Code(view.variant.to_string())),
        Fact::new(
            "Transaction id",
            Cell::Code(
                payment.transaction_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
        ),
        Fact::new("Gateway has reported", Cell::truth(payment.webhook_received)),
    ]);
    if let Some((subscription, purpose)) = payment.charged_for() {
        facts.push(Fact::new("Subscription", Cell::Code(subscription.to_string())));
        facts.push(Fact::new("Charge", Cell::text(purpose.as_str())));
    }
    if let Some(invoice) = payment.invoice_number() {
        facts.push(Fact::new("Invoice", Cell::Code(invoice.to_owned())));
    }
    facts.push(Fact::new("Created", Cell::time(payment.created_at)));
    facts.push(Fact::new("Changed", Cell::time(payment.modified_at)));
    facts
}

fn row(view: &PaymentView, refund: &Refund) -> Vec<Cell> {
    let (tone, word) = match refund.status {
        RefundStatus::Pending => (Tone::Warn, "Pending"),
        RefundStatus::Succeeded => (Tone::Good, "Succeeded"),
        RefundStatus::Failed => (Tone::Bad, "Failed"),
    };
    let reference = refund.transaction_id.as_ref().map(ToString::to_string);
    vec![
        Cell::Code(reference.unwrap_or_else(|| refund.id.to_string())),
        Cell::time(refund.created_at),
        sum(view, refund.amount),
        Cell::badge(tone, word),
        Cell::maybe(refund.reason.as_ref()),
    ]
}

/// An object that is not worth showing where nothing is in it.
fn json(object: &Map<String, Value>) -> String {
    if object.is_empty() { String::new() } else { format::json(object) }
}

fn entry(log: &PaymentLog) -> Entry {
    let status = log.data.get("to").and_then(Value::as_str).and_then(PaymentStatus::parse);
    Entry {
        id: log.id.get(),
        class: status.map_or("", |status| tone(status).class()),
        kind: log.event_type.to_string(),
        time: log.created_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        instant: log.created_at.to_rfc3339(),
        message: log.message.clone().unwrap_or_default(),
        data: json(&log.data),
    }
}
