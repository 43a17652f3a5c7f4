//! The recorder of figures, one for the process.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use wiwebb_http::Figures;

use crate::figures;

/// Bounds of durations in seconds: a cached read up to the longest that a request may take.
const DURATIONS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of the lag of reports in seconds: gateways repeat them for days.
const LAGS: [f64; 9] = [1.0, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0, 43_200.0, 259_200.0];

/// How often measurements become sums, whether or not anybody asks for them: until then each takes
/// room.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to record, once a process, and writes down what was recorded whenever it is asked. Until
/// the first call nothing is recorded, and nothing is paid for it.
pub fn record() -> Figures {
    let handle = RECORDER.get_or_init(install).clone();
    Arc::new(move || handle.render())
}

fn install() -> PrometheusHandle {
    let recorder = builder().build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("figures are recorded elsewhere: /metrics stays empty");
        return handle;
    }
    figures::describe();
    figures::tell_of_process();
    let kept = handle.clone();
    let upkeep = move || {
        loop {
            thread::sleep(UPKEEP);
            kept.run_upkeep();
        }
    };
    if let Err(error) = thread::Builder::new().name("figures".to_owned()).spawn(upkeep) {
        tracing::warn!(%error, "figures are summed up only when somebody asks for them");
    }
    handle
}

/// Both lists of bounds have some, which is all that can be wrong with them.
fn builder() -> PrometheusBuilder {
    PrometheusBuilder::new()
        .set_buckets(&DURATIONS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(figures::WEBHOOK_LAG.to_owned()), &LAGS)
        })
        .unwrap_or_default()
}
