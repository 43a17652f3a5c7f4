//! What of a day's limits is used, as meters (contract §8.4).

use askama::Template;
use wiwebb_domain::usage::{Limits, MEGABYTE};

use super::format;

/// The meters of somebody's day, which show themselves.
#[derive(Debug, Template)]
#[template(path = "site/usage.html")]
pub(crate) struct UsageMeters {
    /// The plan whose limits hold.
    plan: String,
    meters: [Meter; 2],
    /// When all begins anew.
    reset: String,
}

impl askama::filters::HtmlSafe for UsageMeters {}

#[derive(Debug)]
struct Meter {
    id: &'static str,
    label: &'static str,
    told: String,
    /// How much of the limit is used, in full per cent, 0 to 100; `None` without a limit.
    percent: Option<u8>,
}

impl From<&Limits> for UsageMeters {
    fn from(limits: &Limits) -> Self {
        Self {
            plan: limits.allowance.plan_name.to_string(),
            meters: [time(limits), data(limits)],
            reset: format::time(limits.reset_at),
        }
    }
}

fn time(limits: &Limits) -> Meter {
    let limit = limits.allowance.daily_time_minutes.map(|minutes| u64::from(minutes) * 60);
    // In whole minutes, so that used and left make up the limit as they do in the API.
    let left = limits.minutes_left().map(|minutes| minutes * 60);
    meter("time", "Time", limits.used.seconds, limit.zip(left), format::duration)
}

fn data(limits: &Limits) -> Meter {
    let limit = limits.allowance.daily_data_mb.map(|megabytes| u64::from(megabytes) * MEGABYTE);
    meter("data", "Data", limits.used.octets, limit.zip(limits.octets_left()), format::bytes)
}

/// A meter of what was used, of which there is a limit and what is left of it.
fn meter(
    id: &'static str,
    label: &'static str,
    used: u64,
    limit: Option<(u64, u64)>,
    write: fn(u64) -> String,
) -> Meter {
    let told = match limit {
        Some((limit, left)) => {
            format!("{} of {}, {} left", write(used), write(limit), write(left))
        }
        None => format!("{}, unlimited", write(used)),
    };
    Meter { id, label, told, percent: limit.map(|(limit, _)| percent(used, limit)) }
}

/// Of nothing at all everything is used.
fn percent(used: u64, limit: u64) -> u8 {
    let share = (u128::from(used) * 100).checked_div(u128::from(limit)).unwrap_or(100);
    u8::try_from(share.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_used_up_limit_is_full() {
        for (used, limit, full) in
            [(0, 60, 0), (59, 60, 98), (60, 60, 100), (u64::MAX, 1, 100), (0, 0, 100)]
        {
            assert_eq!(percent(used, limit), full, "{used} of {limit}");
        }
    }
}
