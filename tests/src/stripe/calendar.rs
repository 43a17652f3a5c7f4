//! Periods: months keep the day of their anchor.

use chrono::{DateTime, Days, Months};

/// A day in seconds.
pub(crate) const DAY: i64 = 86_400;

/// How often something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) unit: &'static str,
    pub(crate) count: u32,
}

impl Interval {
    /// The boundary `number` intervals after the anchor. 31 January, 28 February, 31 March.
    fn boundary(self, anchor: i64, number: u32) -> i64 {
        let start = DateTime::from_timestamp(anchor, 0).unwrap();
        let steps = self.count * number;
        let moved = match self.unit {
            "day" => start.checked_add_days(Days::new(u64::from(steps))),
            "week" => start.checked_add_days(Days::new(7 * u64::from(steps))),
            "month" => start.checked_add_months(Months::new(steps)),
            "year" => start.checked_add_months(Months::new(12 * steps)),
            other => panic!("no interval: {other}"),
        };
        moved.unwrap().timestamp()
    }

    /// The first boundary after an instant, which is not before the anchor.
    pub(crate) fn next(self, anchor: i64, after: i64) -> i64 {
        let mut number = 1;
        while self.boundary(anchor, number) <= after {
            number += 1;
        }
        self.boundary(anchor, number)
    }
}
