//! The figures that the program itself counts, by name (docs/observability.md).

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use wiwebb_domain::ports::clock::Clock as _;

use crate::adapters::clock::SystemClock;

/// 1, with the `version`.
pub const BUILD: &str = "wiwebb_build_info";

/// When the process began, in seconds since 1970; the name is Prometheus' own.
pub const STARTED: &str = "process_start_time_seconds";

/// Rounds of background work, by `round` and `outcome`: `ok` or `failed`.
pub const ROUNDS: &str = "wiwebb_worker_rounds_total";

/// What rounds took on, by `round`.
pub const TAKEN: &str = "wiwebb_worker_taken_total";

/// How long rounds took, by `round`.
pub const ROUND_DURATION: &str = "wiwebb_worker_round_duration_seconds";

/// When a round last went well, in seconds since 1970, by `round`.
pub const LAST_SUCCESS: &str = "wiwebb_worker_last_success_timestamp_seconds";

/// Calls of payment gateways, by `variant`, `call` and `outcome`.
pub const GATEWAY_CALLS: &str = "wiwebb_gateway_call_duration_seconds";

/// Reports of gateways that came in, by `event` and `outcome`.
pub const WEBHOOKS: &str = "wiwebb_webhooks_received_total";

/// Tries to read what a report means, by `event` and `outcome`.
pub const WEBHOOKS_READ: &str = "wiwebb_webhooks_read_total";

/// Time from what happened at a gateway to its report here.
pub const WEBHOOK_LAG: &str = "wiwebb_webhook_lag_seconds";

/// Mails that wait for delivery.
pub const MAIL_WAITING: &str = "wiwebb_mail_waiting";

/// Mails by `outcome`: `delivered`, `failed`, or `lost` where they could not even wait.
pub const MAILS: &str = "wiwebb_mails_total";

/// Tells the recorder what the figures of all crates mean.
pub fn describe() {
    wiwebb_http::figures::describe();
    wiwebb_persistence::figures::describe();
    describe_gauge!(BUILD, "1, with the version of the program.");
    describe_gauge!(STARTED, Unit::Seconds, "Start of the process, in seconds since 1970.");
    describe_counter!(ROUNDS, "Rounds of background work.");
    describe_counter!(TAKEN, "Things that rounds of background work took on.");
    describe_histogram!(ROUND_DURATION, Unit::Seconds, "Time that rounds took.");
    describe_gauge!(LAST_SUCCESS, Unit::Seconds, "Last round that went well, since 1970.");
    describe_histogram!(GATEWAY_CALLS, Unit::Seconds, "Time that calls of gateways took.");
    describe_counter!(WEBHOOKS, "Reports of gateways that came in.");
    describe_counter!(WEBHOOKS_READ, "Tries to read what a report of a gateway means.");
    describe_histogram!(WEBHOOK_LAG, Unit::Seconds, "Time from an event to its report here.");
    describe_gauge!(MAIL_WAITING, "Mails that wait for delivery.");
    describe_counter!(MAILS, "Mails by what became of them.");
}

/// What holds for the whole life of the process.
pub(crate) fn tell_of_process() {
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(STARTED).set(now());
    gauge!(MAIL_WAITING).set(0.0);
}

/// A round of background work has ended, having taken this much on; `None` is a failure.
pub(crate) fn round_ended(round: &'static str, took: Duration, taken: Option<usize>) {
    let outcome = if taken.is_some() { "ok" } else { "failed" };
    counter!(ROUNDS, "round" => round, "outcome" => outcome).increment(1);
    histogram!(ROUND_DURATION, "round" => round).record(took);
    if let Some(taken) = taken {
        counter!(TAKEN, "round" => round).increment(taken.try_into().unwrap_or_default());
        gauge!(LAST_SUCCESS, "round" => round).set(now());
    }
}

/// Seconds since 1970, to the millisecond.
fn now() -> f64 {
    let time = SystemClock.now();
    let since = Duration::from_millis(time.timestamp_millis().try_into().unwrap_or_default());
    since.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    use metrics::{
        Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
        with_local_recorder,
    };

    use super::*;

    /// Keeps the names that are explained to it.
    #[derive(Default)]
    struct Names(Mutex<BTreeSet<String>>);

    impl Names {
        fn note(&self, name: &KeyName) {
            let is_new = self.0.lock().unwrap().insert(name.as_str().to_owned());
            assert!(is_new, "{} is explained twice", name.as_str());
        }
    }

    impl Recorder for Names {
        fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
            assert!(name.as_str().ends_with("_total"), "{}", name.as_str());
            self.note(&name);
        }

        fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
            self.note(&name);
        }

        fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
            assert_eq!(unit, Some(Unit::Seconds), "{}", name.as_str());
            self.note(&name);
        }

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::noop()
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    fn explained() -> BTreeSet<String> {
        let names = Names::default();
        with_local_recorder(&names, describe);
        names.0.into_inner().unwrap()
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// The names in a text, those of a histogram's parts as the histogram's.
    fn named(text: &str, explained: &BTreeSet<String>) -> BTreeSet<String> {
        let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let words = text.split(|c| !is_of_name(c));
        let ours = words.filter(|word| word.starts_with("wiwebb_") || word.starts_with("process_"));
        ours.map(|word| {
            let parts = ["_bucket", "_count", "_sum"].into_iter();
            let stem =
                parts.filter_map(|part| word.strip_suffix(part)).find(|s| explained.contains(*s));
            stem.unwrap_or(word).to_owned()
        })
        .collect()
    }

    fn file(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap()
    }

    #[test]
    fn the_documentation_names_every_figure_and_no_other() {
        let explained = explained();
        let mut documented = named(&file("docs/observability.md"), &explained);
        // Crates, not figures.
        documented.retain(|name| !["wiwebb_http", "wiwebb_persistence"].contains(&name.as_str()));
        assert_eq!(documented, explained);
    }

    #[test]
    fn the_dashboard_shows_every_figure_and_no_other() {
        let explained = explained();
        let text = file("ops/grafana/wiwebb.json");
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        assert_eq!(named(&text, &explained), explained);
    }

    #[test]
    fn alerts_are_about_figures_that_there_are() {
        let explained = explained();
        let named = named(&file("ops/prometheus/alerts.yml"), &explained);
        assert!(named.len() > 10, "{named:?}");
        let unknown: Vec<_> = named.difference(&explained).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
