//! Delete policies: every foreign key stated once, as data.
//!
//! The schema enforces the same table (a test compares the two in both directions), the in-memory
//! store obeys it, and [`plan_deletion`] tells in advance what a delete would do.

use std::collections::BTreeSet;

/// Everything that is stored in a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// `api_tenant`
    Tenant,
    /// `api_user`
    User,
    /// `api_todo`
    Todo,
    /// `api_auditlog`
    AuditLog,
    /// `payment_plan`
    Plan,
    /// `payment_planpricing`
    PlanPricing,
    /// `payment_paymentgatewayconfig`
    PaymentGatewayConfig,
    /// `payment_payment`
    Payment,
    /// `payment_paymentlog`
    PaymentLog,
    /// `payment_refund`
    Refund,
    /// `payment_operation`
    PaymentOperation,
    /// `payment_idempotencykey`
    IdempotencyRecord,
    /// `api_accesstoken`
    AccessToken,
    /// `api_passwordreset`
    PasswordReset,
    /// `api_loginattempt`
    LoginAttempt,
    /// `payment_subscription`
    Subscription,
    /// `payment_trial`
    Trial,
    /// `payment_customer`
    GatewayCustomer,
    /// `payment_webhookevent`
    WebhookEvent,
    /// `network_servicekey`
    ServiceKey,
    /// `network_session`
    NetworkSession,
    /// `network_usage`
    DailyUsage,
}

impl EntityKind {
    /// Every kind, the seed's nine first.
    pub const ALL: [Self; 22] = [
        Self::Tenant,
        Self::User,
        Self::Todo,
        Self::AuditLog,
        Self::Plan,
        Self::PlanPricing,
        Self::PaymentGatewayConfig,
        Self::Payment,
        Self::PaymentLog,
        Self::Refund,
        Self::PaymentOperation,
        Self::IdempotencyRecord,
        Self::AccessToken,
        Self::PasswordReset,
        Self::LoginAttempt,
        Self::Subscription,
        Self::Trial,
        Self::GatewayCustomer,
        Self::WebhookEvent,
        Self::ServiceKey,
        Self::NetworkSession,
        Self::DailyUsage,
    ];

    /// What the row is called to a person.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::Todo => "todo",
            Self::AuditLog => "audit entry",
            Self::Plan => "plan",
            Self::PlanPricing => "pricing",
            Self::PaymentGatewayConfig => "payment gateway",
            Self::Payment => "payment",
            Self::PaymentLog => "payment log entry",
            Self::Refund => "refund",
            Self::PaymentOperation => "payment operation",
            Self::IdempotencyRecord => "idempotency key",
            Self::AccessToken => "key",
            Self::PasswordReset => "password reset",
            Self::LoginAttempt => "login attempt",
            Self::Subscription => "subscription",
            Self::Trial => "trial",
            Self::GatewayCustomer => "gateway customer",
            Self::WebhookEvent => "webhook event",
            Self::ServiceKey => "service key",
            Self::NetworkSession => "network session",
            Self::DailyUsage => "usage record",
        }
    }

    /// Several of them.
    pub fn plural(self) -> String {
        match self {
            Self::AuditLog => "audit entries".to_owned(),
            Self::PaymentLog => "payment log entries".to_owned(),
            other => format!("{}s", other.noun()),
        }
    }

    /// So many of them, for people: "1 user", "2 users".
    pub fn counted(self, rows: u64) -> String {
        if rows == 1 { format!("1 {}", self.noun()) } else { format!("{rows} {}", self.plural()) }
    }

    /// The same as one word, for answers: `payment_gateway`.
    pub fn word(self) -> String {
        self.noun().replace(' ', "_")
    }
}

/// What happens to a child row when its parent is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnDelete {
    /// The parent stays while a child exists.
    Protect,
    /// The child goes too.
    Cascade,
    /// The child stays without its reference.
    SetNull,
}

/// One foreign key with its policy.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The kind that holds the reference.
    pub child: EntityKind,
    /// The column that holds it.
    pub column: &'static str,
    /// The kind referred to.
    pub parent: EntityKind,
    /// What a delete of the parent does to the child.
    pub on_delete: OnDelete,
}

impl Relation {
    /// What the foreign key is called in answers: `payment.user_id`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.child.word(), self.column)
    }
}

const fn relation(
    child: EntityKind,
    column: &'static str,
    parent: EntityKind,
    on_delete: OnDelete,
) -> Relation {
    Relation { child, column, parent, on_delete }
}

/// Every foreign key of the schema (seed, "Referential Integrity" and each table's section).
pub static RELATIONS: &[Relation] = &[
    relation(EntityKind::User, "tenant_id", EntityKind::Tenant, OnDelete::Protect),
    relation(EntityKind::Todo, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::AuditLog, "actor_id", EntityKind::User, OnDelete::SetNull),
    relation(EntityKind::AuditLog, "target_id", EntityKind::User, OnDelete::SetNull),
    relation(EntityKind::PlanPricing, "plan_id", EntityKind::Plan, OnDelete::Cascade),
    relation(EntityKind::Payment, "user_id", EntityKind::User, OnDelete::Protect),
    relation(
        EntityKind::Payment,
        "payment_gateway_id",
        EntityKind::PaymentGatewayConfig,
        OnDelete::Protect,
    ),
    relation(EntityKind::PaymentLog, "payment_id", EntityKind::Payment, OnDelete::Cascade),
    relation(EntityKind::Refund, "payment_id", EntityKind::Payment, OnDelete::Protect),
    relation(EntityKind::PaymentOperation, "payment_id", EntityKind::Payment, OnDelete::Protect),
    relation(EntityKind::PaymentOperation, "refund_id", EntityKind::Refund, OnDelete::Protect),
    relation(EntityKind::IdempotencyRecord, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::IdempotencyRecord, "payment_id", EntityKind::Payment, OnDelete::Protect),
    relation(EntityKind::AccessToken, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::PasswordReset, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::Subscription, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::Subscription, "plan_id", EntityKind::Plan, OnDelete::Protect),
    relation(EntityKind::Subscription, "pending_plan_id", EntityKind::Plan, OnDelete::Protect),
    relation(
        EntityKind::Subscription,
        "payment_gateway_id",
        EntityKind::PaymentGatewayConfig,
        OnDelete::Protect,
    ),
    relation(EntityKind::Subscription, "charge_id", EntityKind::Payment, OnDelete::Protect),
    relation(EntityKind::Trial, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::Trial, "plan_id", EntityKind::Plan, OnDelete::Cascade),
    relation(EntityKind::GatewayCustomer, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(
        EntityKind::GatewayCustomer,
        "payment_gateway_id",
        EntityKind::PaymentGatewayConfig,
        OnDelete::Cascade,
    ),
    relation(EntityKind::WebhookEvent, "payment_id", EntityKind::Payment, OnDelete::SetNull),
    relation(EntityKind::ServiceKey, "tenant_id", EntityKind::Tenant, OnDelete::Cascade),
    relation(EntityKind::NetworkSession, "user_id", EntityKind::User, OnDelete::Cascade),
    relation(EntityKind::DailyUsage, "user_id", EntityKind::User, OnDelete::Cascade),
];

/// The foreign keys that refer to rows of a kind.
pub fn relations_to(parent: EntityKind) -> impl Iterator<Item = &'static Relation> {
    RELATIONS.iter().filter(move |relation| relation.parent == parent)
}

/// The foreign keys that a delete of a row of a kind concerns, the nearest first: those that refer to
/// the row, and those that refer to rows which go along, however far.
pub fn relations_from(root: EntityKind) -> Vec<&'static Relation> {
    concerned(RELATIONS, root)
}

/// Kinds that go along are looked at in the order in which they are met, each once.
fn concerned(table: &'static [Relation], root: EntityKind) -> Vec<&'static Relation> {
    let mut doomed = vec![root];
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(parent) = doomed.get(next).copied() {
        next += 1;
        for relation in table.iter().filter(|relation| relation.parent == parent) {
            found.push(relation);
            if relation.on_delete == OnDelete::Cascade && !doomed.contains(&relation.child) {
                doomed.push(relation.child);
            }
        }
    }
    found
}

/// The foreign key in a column; `None` where the column is none.
pub fn relation_of(child: EntityKind, column: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.child == child && relation.column == column)
}

/// How many rows a delete concerns through one foreign key: they refer to the row, or to one that
/// goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependants {
    /// Through which foreign key.
    pub relation: &'static Relation,
    /// How many rows. One that the store refused a delete for, and that has gone again, is counted as 1.
    pub rows: u64,
}

/// What deleting one row would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionPlan {
    /// The kind of the row to be deleted.
    pub root: EntityKind,
    /// Rows that forbid it.
    pub blocked_by: Vec<Dependants>,
    /// Rows that would go too, those that go along with them included.
    pub cascades: Vec<Dependants>,
    /// Rows that would lose their reference.
    pub nullified: Vec<Dependants>,
}

impl DeletionPlan {
    /// The plan of a delete that the store refused because of one foreign key.
    pub fn blocked_by(relation: &'static Relation) -> Self {
        plan_deletion(relation.parent, &[Dependants { relation, rows: 1 }])
    }

    /// Why the delete is refused, for people (contract §13). Where money was paid, that is the reason.
    pub fn refusal(&self) -> String {
        let kinds: BTreeSet<EntityKind> =
            self.blocked_by.iter().map(|found| found.relation.child).collect();
        let children: Vec<String> = if kinds.contains(&EntityKind::Payment) {
            vec![EntityKind::Payment.plural()]
        } else {
            kinds.into_iter().map(EntityKind::plural).collect()
        };
        format!("Cannot delete {} with existing {}.", self.root.noun(), children.join(" and "))
    }

    /// Whether the delete may go ahead.
    pub fn is_allowed(&self) -> bool {
        self.blocked_by.is_empty()
    }
}

/// Sorts the rows that depend on a row by what a delete would do to them. Foreign keys without
/// rows are left out.
pub fn plan_deletion(root: EntityKind, dependants: &[Dependants]) -> DeletionPlan {
    let with = |policy: OnDelete| {
        dependants
            .iter()
            .filter(|found| found.rows > 0 && found.relation.on_delete == policy)
            .copied()
            .collect()
    };
    DeletionPlan {
        root,
        blocked_by: with(OnDelete::Protect),
        cascades: with(OnDelete::Cascade),
        nullified: with(OnDelete::SetNull),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_its_history_are_never_reached_by_a_cascade_from_a_person_or_gateway() {
        for relation in RELATIONS.iter().filter(|r| r.child == EntityKind::Payment) {
            assert_eq!(relation.on_delete, OnDelete::Protect, "{relation:?}");
        }
        for relation in RELATIONS.iter().filter(|r| r.child == EntityKind::AuditLog) {
            assert_eq!(relation.on_delete, OnDelete::SetNull, "{relation:?}");
        }
    }

    #[test]
    fn each_foreign_key_is_stated_once() {
        let mut seen = std::collections::BTreeSet::new();
        for relation in RELATIONS {
            assert!(seen.insert((relation.child, relation.column)), "{relation:?}");
        }
    }

    #[test]
    fn what_goes_along_is_followed_as_far_as_it_goes_and_no_farther() {
        use EntityKind::{AuditLog, Payment, Subscription, Tenant, Todo, Trial, User};
        static TABLE: [Relation; 6] = [
            relation(Todo, "user_id", User, OnDelete::Cascade),
            relation(User, "tenant_id", Tenant, OnDelete::Cascade),
            relation(AuditLog, "todo_id", Todo, OnDelete::SetNull),
            relation(Trial, "audit_log_id", AuditLog, OnDelete::Cascade),
            relation(Payment, "todo_id", Todo, OnDelete::Protect),
            relation(Subscription, "payment_id", Payment, OnDelete::Cascade),
        ];
        let names = |root| {
            let found = concerned(&TABLE, root);
            found.into_iter().map(Relation::name).collect::<Vec<_>>()
        };
        let all = ["user.tenant_id", "todo.user_id", "audit_entry.todo_id", "payment.todo_id"];
        assert_eq!(names(Tenant), all);
        assert_eq!(names(User), all[1..]);
        assert_eq!(names(Payment), ["subscription.payment_id"]);
        assert_eq!(names(Trial), [] as [String; 0]);
    }

    #[test]
    fn what_goes_along_with_itself_is_followed_once() {
        static TABLE: [Relation; 2] = [
            relation(EntityKind::Todo, "user_id", EntityKind::User, OnDelete::Cascade),
            relation(EntityKind::Todo, "todo_id", EntityKind::Todo, OnDelete::Cascade),
        ];
        assert_eq!(concerned(&TABLE, EntityKind::User).len(), 2);
    }

    #[test]
    fn a_kind_is_one_word_in_answers_and_no_two_share_it() {
        let mut words: Vec<String> = EntityKind::ALL.iter().map(|kind| kind.word()).collect();
        assert!(words.iter().all(|word| !word.contains(char::is_whitespace)), "{words:?}");
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), EntityKind::ALL.len());
    }

    #[test]
    fn a_plan_sorts_dependants_by_policy_and_leaves_empty_ones_out() {
        let of = |child, column, rows| Dependants {
            relation: relation_of(child, column).unwrap(),
            rows,
        };
        let todos = of(EntityKind::Todo, "user_id", 3);
        let audit = of(EntityKind::AuditLog, "actor_id", 2);
        let payments = of(EntityKind::Payment, "user_id", 0);
        let plan = plan_deletion(EntityKind::User, &[todos, audit, payments]);
        assert!(plan.is_allowed());
        assert_eq!(plan.cascades, [todos]);
        assert_eq!(plan.nullified, [audit]);

        let plan = plan_deletion(EntityKind::User, &[Dependants { rows: 1, ..payments }]);
        assert!(!plan.is_allowed());
    }
}
