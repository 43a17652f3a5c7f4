//! How far the demo data has come: a bar on a terminal, else a line for every kind of row.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shown on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of so many rows in all.
    pub(super) fn of(rows: u64) -> Self {
        let bar = ProgressBar::new(rows);
        let template = "{msg:12} {wide_bar} {human_pos}/{human_len} rows, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So many rows of a kind are to be written from now on.
    pub(super) fn begin(&self, kind: &'static str, rows: impl Display) {
        self.bar.set_message(kind);
        if self.bar.is_hidden() {
            eprintln!("demo data: {rows} {kind}");
        }
    }

    /// So many rows were written.
    pub(super) fn advance(&self, rows: u64) {
        self.bar.inc(rows);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
