//! How far a long step has come: on a terminal a line that moves, elsewhere one line at its begin.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shown on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of bytes; their number can be unknown.
    pub(super) fn bytes(step: &str, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{msg} {spinner} {bytes}, {bytes_per_sec}",
        };
        Self::new(step, total, template)
    }

    /// Of so many parts, of which some take longer than others.
    pub(super) fn parts(step: &str, total: u64) -> Self {
        Self::new(step, Some(total), "{msg} {wide_bar} {pos}/{len}, {elapsed}")
    }

    /// Of something that says nothing of itself.
    pub(super) fn step(step: &str) -> Self {
        Self::new(step, None, "{msg} {spinner} {elapsed}")
    }

    fn new(step: &str, total: Option<u64>, template: &str) -> Self {
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        if bar.is_hidden() {
            eprintln!("{step}");
            return Self { bar };
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So much further.
    pub(super) fn advance(&self, by: usize) {
        self.bar.inc(u64::try_from(by).unwrap_or_default());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
