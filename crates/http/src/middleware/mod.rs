//! What happens to every request before and after its handler.

pub(crate) mod authenticate;
pub(crate) mod throttle;
pub(crate) mod time_limit;
