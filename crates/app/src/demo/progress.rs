//! How far the demo data has come: a bar on a terminal, nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shown on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of so many rows in all. Where there is no terminal, the number alone is told.
    pub(super) fn of(rows: u64) -> Self {
        let bar = ProgressBar::new(rows);
        if bar.is_hidden() {
            eprintln!("creating about {rows} rows of demo data");
            return Self { bar };
        }
        let template = "demo data {wide_bar} {human_pos}/{human_len} rows, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So many more rows were written.
    pub(super) fn advance(&self, rows: usize) {
        self.bar.inc(u64::try_from(rows).unwrap_or_default());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
