//! A clock that stands still until it is told otherwise.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};

use crate::ports::clock::Clock;

/// Shows the instant it was set to, in whole microseconds like every clock of the domain.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows an instant; what is less than a microsecond is cut off.
    pub const fn at(instant: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(instant.timestamp_micros()))
    }

    /// Shows another instant from now on, an earlier one too.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.0.store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    /// Lets time pass and answers the new instant.
    pub fn advance(&self, by: Duration) -> DateTime<Utc> {
        let micros = by.num_microseconds().expect("a span of test time");
        self.0.fetch_add(micros, Ordering::SeqCst);
        self.now()
    }
}

impl Default for ManualClock {
    /// Shows [`super::samples::now`].
    fn default() -> Self {
        Self::at(super::samples::now())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).expect("an instant")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_told_and_in_whole_microseconds() {
        let start = DateTime::from_timestamp_nanos(1_500_000_000_000_001_999);
        let clock = ManualClock::at(start);
        let shown = clock.now();
        assert_eq!(shown.timestamp_subsec_nanos(), 1_000);
        assert_eq!(clock.now(), shown);
        assert_eq!(clock.advance(Duration::minutes(5)), shown + Duration::minutes(5));
        clock.set(shown);
        assert_eq!(clock.now(), shown);
    }
}
