//! What the program tells of itself: the log, the figures and, with the feature `otlp`, traces
//! (docs/observability.md).

mod logs;
pub mod metrics;
#[cfg(feature = "otlp")]
pub(crate) mod traces;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Config;

/// Sends what is left of the traces when it is dropped. Not within a runtime.
#[must_use]
pub(crate) struct Telemetry {
    #[cfg(feature = "otlp")]
    _traces: Option<traces::Traces>,
}

/// Sends events to standard error from now on, and traces to where the environment says. A log that
/// somebody set up before stays.
pub(crate) fn init(config: &Config) -> Telemetry {
    let registry =
        tracing_subscriber::registry().with(logs::filter(config)).with(logs::layer(config));
    #[cfg(feature = "otlp")]
    let (traces, layer) = traces::start(config);
    #[cfg(feature = "otlp")]
    let registry = registry.with(layer);
    let _ = registry.try_init();
    Telemetry {
        #[cfg(feature = "otlp")]
        _traces: traces,
    }
}
