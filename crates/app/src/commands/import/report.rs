//! What is told of an import: every row that does not fit on standard output, everything in the
//! report, and a bar on a terminal.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use wiwebb_domain::import::{Change, Misfit};
use wiwebb_persistence::import::{Found, Summary, Witness};

use crate::error::AppError;
use crate::output;

/// Most characters of a value on standard output; the report has it whole.
const SHOWN: usize = 60;

/// What has been found so far.
pub(super) struct Report {
    file: Option<BufWriter<File>>,
    bar: ProgressBar,
    changes: BTreeMap<(&'static str, &'static str, Change), u64>,
}

impl Report {
    /// With a file for everything, which must not exist. It has names and addresses, so that our
    /// account alone can read it.
    pub(super) fn new(path: Option<&Path>) -> Result<Self, AppError> {
        let open = |path: &Path| {
            let told = |error| {
                AppError::Refused(format!("cannot create the report {}: {error}", path.display()))
            };
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600).open(path);
            file.map(BufWriter::new).map_err(told)
        };
        let file = path.map(open).transpose()?;
        Ok(Self { file, bar: ProgressBar::hidden(), changes: BTreeMap::new() })
    }

    fn write(&mut self, line: &Value) -> io::Result<()> {
        match &mut self.file {
            Some(file) => writeln!(file, "{line}"),
            None => Ok(()),
        }
    }

    /// Tells what became of each table, what is stored in another form and what was not taken over.
    pub(super) fn conclude(&self, summary: &Summary) -> Result<(), AppError> {
        let mut rows = vec![["table", "rows", "taken over", "do not fit"].map(str::to_owned)];
        rows.extend(summary.tables.iter().map(|table| {
            [
                table.table.to_owned(),
                table.rows.to_string(),
                table.stored.to_string(),
                table.refused.to_string(),
            ]
        }));
        output::line(output::table(&rows))?;
        for ((table, column, change), count) in &self.changes {
            output::line(format!("{table}.{column}: {change} ({count} rows)"))?;
        }
        if !summary.left_behind.is_empty() {
            output::line(format!("not taken over: {}", summary.left_behind.join(", ")))?;
        }
        Ok(())
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Witness for Report {
    fn begins(&mut self, rows: u64) {
        self.bar = ProgressBar::new(rows);
        let template = "import {wide_bar} {human_pos}/{human_len} rows, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advances(&mut self, rows: u64) {
        self.bar.inc(rows);
    }

    fn finds(&mut self, table: &'static str, row: &str, found: Found<'_>) -> io::Result<()> {
        self.write(&entry(table, row, found))?;
        match found {
            Found::Misfit(misfit) => {
                let line = sentence(table, row, misfit);
                self.bar.suspend(|| output::line(line)).map_err(io::Error::other)
            }
            Found::Changed(changed) => {
                *self.changes.entry((table, changed.column, changed.change)).or_default() += 1;
                Ok(())
            }
        }
    }

    fn ends(&mut self) -> io::Result<()> {
        self.bar.finish_and_clear();
        match &mut self.file {
            Some(file) => file.flush().and_then(|()| file.get_ref().sync_all()),
            None => Ok(()),
        }
    }
}

/// A line of the report.
fn entry(table: &str, row: &str, found: Found<'_>) -> Value {
    match found {
        Found::Misfit(misfit) => json!({
            "table": table,
            "row": row,
            "column": misfit.column,
            "refused": misfit.reason.to_string(),
            "value": misfit.value,
        }),
        Found::Changed(changed) => json!({
            "table": table,
            "row": row,
            "column": changed.column,
            "changed": changed.change.to_string(),
            "value": changed.before,
        }),
    }
}

/// A line for people.
fn sentence(table: &str, row: &str, misfit: &Misfit) -> String {
    let column = if misfit.column.is_empty() { "row" } else { misfit.column };
    let Misfit { reason, value, .. } = misfit;
    let value = value.as_ref().map_or_else(String::new, |value| {
        let value = value.to_string();
        let shown: String = value.chars().take(SHOWN).collect();
        let rest = if shown.len() < value.len() { "..." } else { "" };
        format!(" ({shown}{rest})")
    });
    format!("{table} {row}: {column}: {reason}{value}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use wiwebb_domain::error::Violation;
    use wiwebb_domain::import::Reason;

    use super::*;

    fn misfit(value: Option<Value>) -> Misfit {
        Misfit { column: "email", reason: Reason::Rule(Violation::NotEmail), value }
    }

    #[test]
    fn a_row_that_does_not_fit_is_told_with_rule_and_value() {
        let line = sentence("api_user", "17", &misfit(Some("a@".into())));
        assert_eq!(line, "api_user 17: email: Enter a valid email address. (\"a@\")");
    }

    #[test]
    fn a_secret_is_not_told() {
        let line = sentence("api_user", "17", &misfit(None));
        assert!(line.ends_with("address."), "{line}");
        assert_eq!(entry("api_user", "17", Found::Misfit(&misfit(None)))["value"], Value::Null);
    }

    #[test]
    fn a_long_value_is_cut_for_people_and_whole_in_the_report() {
        let long = Value::from("ä".repeat(100));
        let line = sentence("api_user", "17", &misfit(Some(long.clone())));
        assert!(line.ends_with("ä...)") && line.chars().count() < 130, "{line}");
        let misfit = misfit(Some(long.clone()));
        assert_eq!(entry("api_user", "17", Found::Misfit(&misfit))["value"], long);
    }

    #[test]
    fn a_report_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.jsonl");
        std::fs::write(&path, "kept").unwrap();
        assert!(Report::new(Some(&path)).is_err());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "kept");
    }

    #[test]
    fn a_report_can_be_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.jsonl");
        let _report = Report::new(Some(&path)).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
