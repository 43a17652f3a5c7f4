//! The figures that this crate counts, by name (docs/observability.md).

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Requests that were answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "wiwebb_http_requests_total";

/// How long requests took, by `method` and `route`.
pub const REQUEST_DURATION: &str = "wiwebb_http_request_duration_seconds";

/// Requests under way.
pub const IN_FLIGHT: &str = "wiwebb_http_requests_in_flight";

/// Requests refused by a limit, by `limit`: `login`, `anonymous` or `user`.
pub const THROTTLED: &str = "wiwebb_http_throttled_total";

/// Attempts to sign in that were refused for the name or the password.
pub const LOGIN_FAILURES: &str = "wiwebb_login_failures_total";

/// Tells the recorder what the figures mean.
pub fn describe() {
    describe_counter!(REQUESTS, "Requests answered; status 499 is a client that hung up.");
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "Time from a request to its answer.");
    describe_gauge!(IN_FLIGHT, "Requests under way.");
    describe_counter!(THROTTLED, "Requests refused by a limit on their number.");
    describe_counter!(LOGIN_FAILURES, "Logins refused for a wrong name or password.");
}
