//! Conditions of statements whose form depends on the request.
//!
//! The text is made of constants of this crate; what comes from outside is bound. Words of an
//! enumeration, truth values and the tenant of a scope are part of the text, so that each gets the
//! plan that fits how common it is.

use chrono::{DateTime, Utc};
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::SortValue;

/// PostgreSQL's text has no U+0000.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Conditions joined by AND. A `?` in a condition stands for its value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    members: Option<Members>,
    terms: Vec<String>,
    values: Vec<SortValue>,
}

/// The condition that rows belong to the users of a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    pub(crate) tenant: TenantId,
    pub(crate) term: String,
}

impl Conditions {
    /// A condition on a bound value, where there is one.
    pub(crate) fn with(mut self, condition: &str, value: Option<SortValue>) -> Self {
        match value {
            None => {}
            Some(SortValue::Text(text)) if !is_storable(&text) => self.terms.push("FALSE".into()),
            Some(value) => {
                let term = condition.replace('?', &self.bind(value));
                self.terms.push(term);
            }
        }
        self
    }

    /// A condition on a tenant, where there is one. Tenants differ in size by orders of
    /// magnitude, so the number is part of the text.
    pub(crate) fn of_tenant(mut self, condition: &str, tenant: Option<TenantId>) -> Self {
        self.terms.extend(tenant.map(|tenant| condition.replace('?', &tenant.to_string())));
        self
    }

    /// The condition that rows belong to the users of a tenant, where there is one.
    pub(crate) fn of_members(self, condition: &str, tenant: Option<TenantId>) -> Self {
        let members = tenant
            .map(|tenant| Members { tenant, term: condition.replace('?', &tenant.to_string()) });
        Self { members, ..self }
    }

    /// Takes the condition on the users of a tenant out.
    pub(crate) fn split_members(mut self) -> (Option<Members>, Self) {
        (self.members.take(), self)
    }

    /// The condition on the users of a tenant alone, and all values, whose numbers stay.
    pub(crate) fn only_members(self) -> Self {
        Self { terms: Vec::new(), ..self }
    }

    /// No condition, and all values, whose numbers stay.
    pub(crate) fn without_terms(self) -> Self {
        Self { members: None, terms: Vec::new(), ..self }
    }

    /// Rows with a word of an enumeration.
    pub(crate) fn word(mut self, column: &str, word: Option<&'static str>) -> Self {
        self.terms.extend(word.map(|word| format!("{column} = '{word}'")));
        self
    }

    /// Rows with a truth value.
    pub(crate) fn flag(mut self, column: &str, flag: Option<bool>) -> Self {
        self.terms.extend(flag.map(|flag| {
            let not = if flag { "" } else { "NOT " };
            format!("{not}{column}")
        }));
        self
    }

    /// A condition built elsewhere, of values that are bound.
    pub(crate) fn term(mut self, term: String) -> Self {
        self.terms.push(term);
        self
    }

    /// A value of conditions built elsewhere; answers what stands for it.
    pub(crate) fn bind(&mut self, value: SortValue) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// The WHERE clause of the conditions and others behind them.
    pub(crate) fn clause(&self, more: &[String]) -> String {
        let members = self.members.iter().map(|members| &members.term);
        let terms: Vec<&str> = members.chain(&self.terms).chain(more).map(String::as_str).collect();
        if terms.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", terms.join(" AND "))
    }

    /// The values, in the order of their numbers.
    pub(crate) fn arguments(self) -> sqlx::Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            match value {
                SortValue::Bool(value) => arguments.add(value),
                SortValue::Int(value) => arguments.add(value),
                SortValue::Decimal(value) => arguments.add(value),
                SortValue::Time(value) => arguments.add(within_range(value)),
                SortValue::Text(value) => arguments.add(value),
                SortValue::Null => arguments.add(None::<i64>),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

/// PostgreSQL's times begin in 4713 BC; earlier ones compare as one long before any row.
fn within_range(time: DateTime<Utc>) -> DateTime<Utc> {
    // About 4000 BC.
    const LONG_AGO: i64 = -188_395_200_000;
    match DateTime::from_timestamp(LONG_AGO, 0) {
        Some(long_ago) => time.max(long_ago),
        None => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_text_can_hold_matches_nothing() {
        let conditions = Conditions::default().with("name = ?", Some("a\0b".into()));
        assert_eq!(conditions.clause(&[]), " WHERE FALSE");
    }

    #[test]
    fn a_value_is_bound_once_however_often_its_condition_names_it() {
        let conditions = Conditions::default()
            .flag("is_active", Some(false))
            .word("role", None)
            .of_tenant("tenant_id = ?", Some(TenantId::new(7)))
            .with("(a ILIKE ? OR b ILIKE ?)", Some("x".into()));
        assert_eq!(
            conditions.clause(&["id > 3".into()]),
            " WHERE NOT is_active AND tenant_id = 7 AND (a ILIKE $1 OR b ILIKE $1) AND id > 3"
        );
        assert_eq!(conditions.values.len(), 1);
    }

    #[test]
    fn times_before_those_of_postgresql_compare_as_long_ago() {
        let early = DateTime::<Utc>::MIN_UTC;
        assert!(within_range(early) > early);
        assert_eq!(within_range(DateTime::UNIX_EPOCH), DateTime::UNIX_EPOCH);
    }
}
