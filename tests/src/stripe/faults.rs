//! Faults put in on purpose.

use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed before anything happened.
    DropBefore,
    /// The request is executed, and the connection closed without an answer.
    DropAfter,
    /// The request waits before it is executed. A client that gives up does not stop it, and its
    /// idempotency key is in use meanwhile.
    Delay(Duration),
    /// The request is executed, and its answer waits.
    DelayAfter(Duration),
    /// This status without executing anything. No key keeps it.
    Status(u16),
    /// The request is executed and answered with this status, which its key keeps.
    StatusAfter(u16),
    /// `429`, nothing executed.
    RateLimit,
    /// `200` with HTML, as a proxy may answer; nothing executed.
    Garbage,
    /// As [`Self::Garbage`], executed.
    GarbageAfter,
}

/// A fault that waits for its request.
#[derive(Debug)]
pub(crate) struct Planned {
    /// `*` for every method.
    method: String,
    path: String,
    fault: Fault,
    left: usize,
}

impl Planned {
    /// Of `POST /v1/refunds`: a method and how the path begins.
    pub(crate) fn new(matcher: &str, fault: Fault, times: usize) -> Self {
        let (method, path) = matcher.split_once(' ').expect("a method and the start of a path");
        Self { method: method.to_owned(), path: path.to_owned(), fault, left: times }
    }
}

/// The fault that this request meets, counted down.
pub(crate) fn next(planned: &mut [Planned], method: &str, path: &str) -> Option<Fault> {
    let meets = |fault: &&mut Planned| {
        fault.left > 0
            && (fault.method == "*" || fault.method == method)
            && path.starts_with(&fault.path)
    };
    let fault = planned.iter_mut().find(meets)?;
    fault.left -= 1;
    Some(fault.fault)
}
