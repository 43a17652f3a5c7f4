//! Counting the SQL statements that a piece of work costs.
//!
//! `sqlx` tells of each statement in an event of the target `sqlx::query`; a subscriber counts
//! those of one database at a time.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::{Registry, reload};

/// Statements told of while a subscriber listened.
#[derive(Debug, Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// The beginnings of all statements so far; afterwards there are none.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Listens from now on to all statements of this process. Once a process: the test that counts
/// has a binary of its own.
pub fn count_statements() -> Statements {
    Listener::install().begin()
}

/// Listens to nothing as yet, because listening takes time.
pub struct Listener {
    statements: Statements,
    level: reload::Handle<LevelFilter, Registry>,
}

impl Listener {
    /// Takes the one place that a process has for a listener; no server's log is looked through
    /// then.
    pub fn install() -> Self {
        let (filter, level) = reload::Layer::new(LevelFilter::OFF);
        let statements = Statements::default();
        let subscriber =
            tracing_subscriber::registry().with(filter).with(Counter(statements.clone()));
        tracing::subscriber::set_global_default(subscriber).unwrap();
        Self { statements, level }
    }

    /// Listens from now on.
    pub fn begin(self) -> Statements {
        self.level.reload(LevelFilter::TRACE).unwrap();
        self.statements
    }
}

struct Counter(Statements);

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut summary = Summary(String::new());
            event.record(&mut summary);
            self.0.0.lock().unwrap().push(summary.0);
        }
    }
}

struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            value.clone_into(&mut self.0);
        }
    }
}
