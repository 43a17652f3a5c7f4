//! How rows become entities.
//!
//! Each module has the row of a select, that select's text, stated once for single rows and for
//! lists, and the conversion into the domain's type. A stored value that breaks a rule of the
//! domain is [`RepositoryError::Inconsistent`]; the error names row and column, never the value.

pub(crate) mod access_token;
pub(crate) mod audit_log;
pub(crate) mod gateway;
pub(crate) mod idempotency;
pub(crate) mod operation;
pub(crate) mod payment;
pub(crate) mod payment_log;
pub(crate) mod personal_data;
pub(crate) mod plan;
pub(crate) mod pricing;
pub(crate) mod refund;
pub(crate) mod service_key;
pub(crate) mod standing;
pub(crate) mod subscription;
pub(crate) mod tenant;
pub(crate) mod todo;
pub(crate) mod usage;
pub(crate) mod user;
pub(crate) mod webhook_event;

use std::fmt::Display;

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::relations::EntityKind;

use crate::figures;

/// Defines the select of a row once: as a macro for checked statements, and where it names joins
/// as a constant for lists too. The macro takes what stands before the select, the table or the
/// subselect that stands for it, what stands behind, and the arguments:
/// `todo_row!("", "api_todo", "WHERE todo.id = $1", id)`.
macro_rules! selection {
    ($d:tt $name:ident => $row:ident, $alias:literal, $columns:literal, $joins:literal) => {
        pub(crate) const SELECTION: $crate::list::Selection = $crate::list::Selection {
            alias: $alias,
            columns: $columns,
            joins: $joins,
        };
        selection!(@statement $d $name => $row, $alias, $columns, $joins);
    };
    ($d:tt $name:ident => $row:ident, $alias:literal, $columns:literal) => {
        selection!(@statement $d $name => $row, $alias, $columns, "");
    };
    (@statement $d:tt $name:ident => $row:ident, $alias:literal, $columns:literal, $joins:literal) => {
        macro_rules! $name {
            ($d before:literal, $d table:literal, $d behind:literal $d(, $d argument:expr)* $d(,)?) => {
                sqlx::query_as!(
                    $row,
                    $d before + " SELECT " + $columns + " FROM " + $d table + " AS " + $alias
                        + " " + $joins + " " + $d behind,
                    $d($d argument),*
                )
            };
        }
        pub(crate) use $name;
    };
}
use selection;

/// The row that values come from, for the error of one that does not fit.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) kind: EntityKind,
    pub(crate) id: i32,
}

impl Origin {
    pub(crate) fn unfit(self, column: &str, reason: impl Display) -> RepositoryError {
        figures::count_error("inconsistent");
        RepositoryError::Inconsistent {
            kind: self.kind,
            id: self.id,
            reason: format!("{column}: {reason}"),
        }
    }

    /// The outcome of a domain constructor.
    pub(crate) fn value<T, E: Display>(self, column: &str, value: Result<T, E>) -> Stored<T> {
        value.map_err(|reason| self.unfit(column, reason))
    }

    /// Text that may be absent. A schema that Django filled has empty text in the place of NULL.
    pub(crate) fn optional<T, E: Display>(
        self,
        column: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<Option<T>, E>,
    ) -> Stored<Option<T>> {
        text.map_or(Ok(None), |text| self.value(column, parse(text)))
    }

    /// A word of a closed list.
    pub(crate) fn word<T>(
        self,
        column: &str,
        word: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Stored<T> {
        parse(word).ok_or_else(|| self.unfit(column, "no word of the list"))
    }

    /// A JSON object.
    pub(crate) fn object(self, column: &str, value: Value) -> Stored<Map<String, Value>> {
        match value {
            Value::Object(object) => Ok(object),
            _ => Err(self.unfit(column, "no JSON object")),
        }
    }

    /// Money kept in two columns.
    pub(crate) fn money(self, column: &str, amount: Decimal, currency: &str) -> Stored<Money> {
        let amount = self.value(column, Amount::new(amount))?;
        let currency = self.value("currency", Currency::new(currency))?;
        self.value(column, Money::new(amount, currency))
    }
}
