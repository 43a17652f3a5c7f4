//! The system's clock.

use chrono::{DateTime, SubsecRound, Utc};
use wiwebb_domain::ports::clock::Clock;

/// Tells the system's time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the port's one adapter to the system's clock")]
    fn now(&self) -> DateTime<Utc> {
        // What is answered before a row is written must equal what is read from it afterwards.
        Utc::now().trunc_subsecs(6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_whole_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
