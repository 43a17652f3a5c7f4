//! What happens to every request before and after its handler.

pub(crate) mod authenticate;
pub(crate) mod client;
pub(crate) mod forwarded;
pub(crate) mod headers;
pub(crate) mod observe;
pub(crate) mod profile;
pub(crate) mod throttle;
pub(crate) mod time_limit;
pub(crate) mod write;
