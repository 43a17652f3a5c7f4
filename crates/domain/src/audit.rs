//! The audit log: who did what to whom (seed, "`AuditLog` Table").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::access::Role;
use crate::ids::{AuditLogId, TenantId, UserId};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::text::{EmailAddress, Username};

/// The action values of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditAction {
    /// A user's role was changed.
    RoleChanged,
    /// A user's password was reset.
    PasswordReset,
    /// A user was activated or deactivated.
    ActivationChanged,
    /// What tells who a user was has been removed.
    UserAnonymised,
}

impl AuditAction {
    /// All actions.
    pub const ALL: [Self; 4] =
        [Self::RoleChanged, Self::PasswordReset, Self::ActivationChanged, Self::UserAnonymised];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoleChanged => "role_changed",
            Self::PasswordReset => "password_reset",
            Self::ActivationChanged => "activation_changed",
            Self::UserAnonymised => "user_anonymised",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLog {
    /// Identity.
    pub id: AuditLogId,
    /// Who did it; `None` once that user is deleted.
    pub actor_id: Option<UserId>,
    /// Whom it concerned; `None` once that user is deleted.
    pub target_id: Option<UserId>,
    /// What was done.
    pub action: AuditAction,
    /// More about it, in the form of contract §12.
    pub details: Map<String, Value>,
    /// When.
    pub timestamp: DateTime<Utc>,
}

/// An entry to be written in the unit of work of the change it tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditLog {
    /// Who did it.
    pub actor_id: UserId,
    /// Whom it concerned.
    pub target_id: UserId,
    /// What was done.
    pub action: AuditAction,
    /// More about it.
    pub details: Map<String, Value>,
    /// When.
    pub timestamp: DateTime<Utc>,
}

/// What happened, with the data its details need (contract §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditEvent {
    /// Role, and with it perhaps the tenant, before and after.
    RoleChanged {
        /// Role before and after.
        role: (Role, Role),
        /// Tenant before and after; told only where it moved.
        tenant: (Option<TenantId>, Option<TenantId>),
    },
    /// A password was set without knowing the old one.
    PasswordReset,
    /// Activity after; before it was the opposite.
    ActivationChanged {
        /// Whether the user is active now.
        is_active: bool,
    },
    /// What tells who a user was has been removed.
    UserAnonymised,
}

impl AuditEvent {
    /// The entry that tells of the event.
    pub fn entry(
        self,
        actor: UserId,
        changed_by: &EmailAddress,
        target: UserId,
        now: DateTime<Utc>,
    ) -> NewAuditLog {
        let mut details = Map::new();
        let action = match self {
            Self::RoleChanged { role: (old, new), tenant: (from, to) } => {
                details.insert("old_role".into(), old.as_str().into());
                details.insert("new_role".into(), new.as_str().into());
                if from != to {
                    details.insert("old_tenant".into(), json!(from.map(TenantId::get)));
                    details.insert("new_tenant".into(), json!(to.map(TenantId::get)));
                }
                AuditAction::RoleChanged
            }
            Self::PasswordReset => AuditAction::PasswordReset,
            Self::UserAnonymised => AuditAction::UserAnonymised,
            Self::ActivationChanged { is_active } => {
                details.insert("old_is_active".into(), (!is_active).into());
                details.insert("new_is_active".into(), is_active.into());
                AuditAction::ActivationChanged
            }
        };
        details.insert("changed_by".into(), changed_by.as_str().into());
        NewAuditLog { actor_id: actor, target_id: target, action, details, timestamp: now }
    }
}

/// An entry with the names of the users it speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLogView {
    /// The row.
    pub entry: AuditLog,
    /// The actor's login name, while that user exists.
    pub actor_username: Option<Username>,
    /// The target's login name, while that user exists.
    pub target_username: Option<Username>,
}

/// Exact matches of the audit list (contract §12). Ids no row can have match nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditLogFilter {
    /// By action.
    pub action: Option<AuditAction>,
    /// By actor.
    pub actor: Option<i64>,
    /// By target.
    pub target: Option<i64>,
    /// Not before this instant.
    pub timestamp_after: Option<DateTime<Utc>>,
    /// Not behind this instant.
    pub timestamp_before: Option<DateTime<Utc>>,
}

/// Orderings of the audit list (contract §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLogSort {
    /// By `timestamp`.
    Timestamp,
    /// By `action`.
    Action,
}

impl SortKey for AuditLogSort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("timestamp", Self::Timestamp), ("action", Self::Action)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::Timestamp)];
}

impl Listed for AuditLogView {
    type Key = AuditLogSort;

    fn row_id(&self) -> i32 {
        self.entry.id.get()
    }

    fn sort_value(&self, key: AuditLogSort) -> SortValue {
        match key {
            AuditLogSort::Timestamp => self.entry.timestamp.into(),
            AuditLogSort::Action => self.entry.action.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(event: AuditEvent) -> Value {
        let by = EmailAddress::new("admin@example.com").unwrap();
        let now = DateTime::UNIX_EPOCH;
        Value::Object(event.entry(UserId::new(1), &by, UserId::new(2), now).details)
    }

    #[test]
    fn details_have_the_form_of_the_contract() {
        let role = (Role::Subscriber, Role::TenantOwner);
        let stays = (Some(TenantId::new(1)), Some(TenantId::new(1)));
        assert_eq!(
            details(AuditEvent::RoleChanged { role, tenant: stays }),
            json!({"old_role": "subscriber", "new_role": "tenant_owner", "changed_by": "admin@example.com"})
        );
        assert_eq!(
            details(AuditEvent::RoleChanged { role, tenant: (None, Some(TenantId::new(7))) }),
            json!({"old_role": "subscriber", "new_role": "tenant_owner", "old_tenant": null,
                   "new_tenant": 7, "changed_by": "admin@example.com"})
        );
        for event in [AuditEvent::PasswordReset, AuditEvent::UserAnonymised] {
            assert_eq!(details(event), json!({"changed_by": "admin@example.com"}));
        }
        assert_eq!(
            details(AuditEvent::ActivationChanged { is_active: false }),
            json!({"old_is_active": true, "new_is_active": false, "changed_by": "admin@example.com"})
        );
    }
}
