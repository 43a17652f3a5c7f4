//! `wiwebb webhooks`

use chrono::{DateTime, SecondsFormat, Utc};
use wiwebb_domain::error::Error as DomainError;
use wiwebb_domain::ids::WebhookEventId;
use wiwebb_domain::page::{ListRequest, Page, PageSize, Place};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::webhook::{EventStatus, WebhookEvent, WebhookEventFilter};

use super::services;
use crate::cli::WebhooksCommand;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// Lists what gateways have reported, or applies a report again.
pub(super) async fn run(command: WebhooksCommand, config: &Config) -> Result<(), AppError> {
    let database = Database::open(config).await?;
    let outcome = execute(command, config, &database).await;
    database.close().await;
    outcome
}

async fn execute(
    command: WebhooksCommand,
    config: &Config,
    database: &Database,
) -> Result<(), AppError> {
    database.bring_up_to_date().await?;
    match command {
        WebhooksCommand::List { status } => list(database, status).await,
        WebhooksCommand::Replay { id } => {
            let id = WebhookEventId::new(id);
            let replayed = services(database, config)?.webhooks.replay_stored(id).await;
            output::line(outcome(&replayed.map_err(|error| in_words(id, error))?)?)
        }
    }
}

async fn list(database: &Database, status: Option<EventStatus>) -> Result<(), AppError> {
    let request = ListRequest {
        filter: WebhookEventFilter { status, ..WebhookEventFilter::default() },
        size: PageSize::clamped(PageSize::MAX),
        ..ListRequest::default()
    };
    let mut read = database.store().read("webhooks.list").await?;
    match read.webhook_events().list(request).await? {
        Some(page) if !page.items.is_empty() => output::line(report(&page)),
        _ => output::line("no events"),
    }
}

fn report(page: &Page<WebhookEvent>) -> String {
    const HEAD: [&str; 7] = ["id", "received", "status", "tries", "next try", "type", "event"];
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(page.items.iter().map(|event| {
        [
            event.id.to_string(),
            time(event.received_at),
            event.status.as_str().to_owned(),
            event.tries.to_string(),
            event.next_try_at.map_or_else(|| "-".to_owned(), time),
            event.event_type.to_string(),
            event.event_id.to_string(),
        ]
    }));
    let table = output::table(&rows);
    match page.place {
        Place::Numbered { count, .. } if count > u64::from(PageSize::MAX) => {
            format!("{table}\nthese are the latest of {count}")
        }
        _ => table,
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What became of an event; an error where something is left to do.
fn outcome(event: &WebhookEvent) -> Result<String, AppError> {
    let WebhookEvent { id, event_id, event_type, status, .. } = event;
    if status.is_settled() {
        return Ok(format!("event {id} ({event_type}, {event_id}): {}", status.as_str()));
    }
    Err(AppError::Refused(format!(
        "event {id} ({event_type}, {event_id}) came to nothing: what it is about is not known here"
    )))
}

fn in_words(id: WebhookEventId, error: DomainError) -> AppError {
    match error {
        DomainError::NotFound(EntityKind::WebhookEvent) => {
            AppError::Refused(format!("there is no event {id}; see `wiwebb webhooks list`"))
        }
        DomainError::GatewayUnreachable => AppError::Refused(format!(
            "the payment provider could not be asked about event {id}; it is tried again later"
        )),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use wiwebb_domain::testing::samples;

    use super::*;

    fn page(count: u64) -> Page<WebhookEvent> {
        let event = WebhookEvent { next_try_at: None, ..samples::webhook_event(7, "evt_1") };
        Page { items: vec![event], place: Place::Numbered { number: 1, pages: 1, count } }
    }

    #[test]
    fn a_list_says_of_every_event_how_it_stands() {
        let report = report(&page(1));
        let row: Vec<&str> = report.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(row[0], "7");
        assert!(row.contains(&"received") && row.contains(&"-") && row.ends_with(&["evt_1"]));
    }

    #[test]
    fn a_list_that_is_not_whole_says_so() {
        assert!(!report(&page(100)).contains("latest"));
        assert!(report(&page(101)).ends_with("these are the latest of 101"));
    }

    #[test]
    fn only_an_event_that_is_settled_was_replayed() {
        let told = |status| outcome(&WebhookEvent { status, ..samples::webhook_event(7, "evt_1") });
        for status in EventStatus::ALL {
            assert_eq!(told(status).is_ok(), status.is_settled(), "{status:?}");
        }
    }

    #[test]
    fn an_event_that_is_not_there_is_told_by_its_id() {
        let missing = DomainError::NotFound(EntityKind::WebhookEvent);
        let told = in_words(WebhookEventId::new(7), missing).to_string();
        assert!(told.contains("no event 7"), "{told}");
    }
}
