//! Network equipment, and use of the network.

use super::{digest, now, text};
use crate::ids::{NetworkSessionId, PlanId, ServiceKeyId, UserId};
use crate::service_key::{NewServiceKey, ServiceKey};
use crate::usage::{Allowance, NetworkSession, SessionKey, Usage};

/// A key that reaches everybody's users, with the digest of a number.
pub fn new_service_key(name: &str, number: u64) -> NewServiceKey {
    NewServiceKey { name: text(name), tenant_id: None, key_hash: digest(number) }
}

/// A key that reaches everybody's users, as stored at [`now`] and never used.
pub fn service_key(id: i32, name: &str) -> ServiceKey {
    ServiceKey {
        id: ServiceKeyId::new(id),
        name: text(name),
        tenant_id: None,
        created_at: now(),
        last_used_at: None,
    }
}

/// What plan 1 allows a day; `None` is unlimited.
pub fn allowance(minutes: Option<u32>, megabytes: Option<u32>) -> Allowance {
    Allowance {
        plan_id: PlanId::new(1),
        plan_name: text("Basic"),
        daily_time_minutes: minutes,
        daily_data_mb: megabytes,
    }
}

/// A session on the access point `ap-1`.
pub fn session_key(user: UserId, session: &str) -> SessionKey {
    SessionKey { user_id: user, nas: Some(text("ap-1")), session: text(session) }
}

/// [`session_key`] as begun at [`now`], with nothing counted.
pub fn network_session(id: i32, user: UserId, session: &str) -> NetworkSession {
    NetworkSession {
        id: NetworkSessionId::new(id),
        key: session_key(user, session),
        counted: Usage::default(),
        started_at: now(),
        updated_at: now(),
        ended_at: None,
    }
}
