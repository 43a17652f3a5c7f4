//! The log: events of `tracing` on standard error.

use std::fmt;
use std::io::{self, IsTerminal as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{
    FmtContext, FormatEvent, FormattedFields, MakeWriter, layer as events,
};
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{Config, LogFormat};

/// PostgreSQL's remarks, such as that a table exists already, unless they are asked for by name.
const QUIET: &str = "sqlx::postgres::notice=warn";

/// What the settings want told. For all layers at once: where each has a filter of its own, a library
/// that only asks whether an event is wanted (`tracing::enabled!`) has the next span go missing.
pub(super) fn filter(config: &Config) -> EnvFilter {
    EnvFilter::new(format!("{QUIET},{}", config.log))
}

/// Writes events to standard error.
pub(super) fn layer<S>(config: &Config) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    written(config.log_format, io::stderr)
}

fn written<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = events().with_writer(writer).with_ansi(in_colour());
    match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.fmt_fields(JsonFields::new()).event_format(Flat).boxed(),
    }
}

/// On a terminal, unless its user has asked all programs for none (`NO_COLOR`).
fn in_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}

/// An object a line: the fields of an event beside those of the spans around it, where the inner
/// one's value counts.
struct Flat;

impl<S> FormatEvent<S, JsonFields> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let told = extensions.get::<FormattedFields<JsonFields>>();
            if let Some(Ok(Value::Object(told))) = told.map(|told| serde_json::from_str(told)) {
                fields.0.extend(told);
            }
        }
        event.record(&mut fields);
        let mut at = String::new();
        SystemTime.format_time(&mut Writer::new(&mut at))?;
        let metadata = event.metadata();
        for (name, value) in [
            ("timestamp", at.as_str()),
            ("level", metadata.level().as_str()),
            ("target", metadata.target()),
        ] {
            fields.0.insert(name.to_owned(), value.into());
        }
        writeln!(writer, "{}", Value::Object(fields.0))
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::field::Empty;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(format: LogFormat, work: impl FnOnce()) -> Vec<String> {
        let paper = Paper::default();
        let kept = paper.clone();
        let layer = written(format, move || kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    fn objects(work: impl FnOnce()) -> Vec<Value> {
        let lines = lines(LogFormat::Json, work);
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_of_json_has_the_fields_of_event_and_spans_side_by_side() {
        let told = objects(|| {
            let request = tracing::error_span!("request", request_id = "a", user_id = Empty);
            request.record("user_id", 7);
            let _request = request.enter();
            let _call = tracing::info_span!("call", call = "charge").entered();
            tracing::warn!(seconds = 1.5, again = true, who = ?"x", "no \"answer\"\nyet");
        });
        let [line] = told.as_slice() else { panic!("{told:?}") };
        let fields = [
            ("level", json!("WARN")),
            ("message", json!("no \"answer\"\nyet")),
            ("request_id", json!("a")),
            ("user_id", json!(7)),
            ("call", json!("charge")),
            ("seconds", json!(1.5)),
            ("again", json!(true)),
            ("who", json!("\"x\"")),
        ];
        for (name, value) in fields {
            assert_eq!(line[name], value, "{name}");
        }
        assert!(line["target"].as_str().unwrap().starts_with("wiwebb"));
        chrono::DateTime::parse_from_rfc3339(line["timestamp"].as_str().unwrap()).unwrap();
        assert_eq!(line.as_object().unwrap().len(), 10);
    }

    #[test]
    fn an_event_overrides_its_span_but_not_what_every_line_has() {
        let told = objects(|| {
            let _span = tracing::info_span!("outer", order = "charge", level = "none").entered();
            tracing::info!(order = "look", target = "nowhere", "asked");
        });
        assert_eq!((&told[0]["order"], &told[0]["level"]), (&json!("look"), &json!("INFO")));
        assert_ne!(told[0]["target"], "nowhere");
    }

    #[test]
    fn a_line_of_text_names_its_request() {
        let told = lines(LogFormat::Text, || {
            let _request = tracing::error_span!("request", request_id = "a").entered();
            tracing::info!("done");
        });
        let [line] = told.as_slice() else { panic!("{told:?}") };
        assert!(line.contains("request_id=\"a\"") && line.contains("done"), "{line}");
    }
}
