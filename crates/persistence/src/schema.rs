//! Names of the schema that code needs: a table for every entity, a constraint for every relation.

use wiwebb_domain::relations::{EntityKind, RELATIONS, Relation};

/// The table that holds an entity's rows (seed, table sections; beyond the seed, migrations).
pub const fn table(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Tenant => "api_tenant",
        EntityKind::User => "api_user",
        EntityKind::Todo => "api_todo",
        EntityKind::AuditLog => "api_auditlog",
        EntityKind::Plan => "payment_plan",
        EntityKind::PlanPricing => "payment_planpricing",
        EntityKind::PaymentGatewayConfig => "payment_paymentgatewayconfig",
        EntityKind::Payment => "payment_payment",
        EntityKind::PaymentLog => "payment_paymentlog",
        EntityKind::Refund => "payment_refund",
        EntityKind::PaymentOperation => "payment_operation",
        EntityKind::IdempotencyRecord => "payment_idempotencykey",
        EntityKind::AccessToken => "api_accesstoken",
        EntityKind::PasswordReset => "api_passwordreset",
        EntityKind::LoginAttempt => "api_loginattempt",
        EntityKind::Subscription => "payment_subscription",
        EntityKind::Trial => "payment_trial",
        EntityKind::GatewayCustomer => "payment_customer",
        EntityKind::WebhookEvent => "payment_webhookevent",
        EntityKind::ServiceKey => "network_servicekey",
        EntityKind::NetworkSession => "network_session",
        EntityKind::DailyUsage => "network_usage",
    }
}

/// The name of the foreign key that enforces a relation:
/// `fk_<child table without prefix>_<column without _id>`.
pub fn foreign_key_name(relation: &Relation) -> String {
    let table = table(relation.child);
    let child = table.split_once('_').map_or(table, |(_prefix, name)| name);
    let column = relation.column.strip_suffix("_id").unwrap_or(relation.column);
    format!("fk_{child}_{column}")
}

/// The relation that a foreign key of this name enforces; `None` for any other name.
pub fn relation_of_constraint(name: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| foreign_key_name(relation) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_is_found_again_by_the_name_of_its_foreign_key() {
        assert!(!RELATIONS.is_empty());
        for relation in RELATIONS {
            let name = foreign_key_name(relation);
            let found = relation_of_constraint(&name);
            assert!(found.is_some_and(|found| std::ptr::eq(found, relation)), "{name}");
        }
    }

    #[test]
    fn the_name_drops_the_table_prefix_and_the_id_suffix() {
        let names: Vec<String> = RELATIONS.iter().map(foreign_key_name).collect();
        assert!(names.iter().any(|name| name == "fk_payment_payment_gateway"), "{names:?}");
        assert!(names.iter().any(|name| name == "fk_todo_user"), "{names:?}");
    }

    #[test]
    fn a_constraint_that_is_no_foreign_key_belongs_to_no_relation() {
        assert!(relation_of_constraint("check_user_role").is_none());
        assert!(relation_of_constraint("").is_none());
    }

    #[test]
    fn no_two_entities_share_a_table() {
        let mut tables: Vec<&str> = EntityKind::ALL.iter().map(|kind| table(*kind)).collect();
        tables.sort_unstable();
        let count = tables.len();
        tables.dedup();
        assert_eq!(count, tables.len());
    }
}
