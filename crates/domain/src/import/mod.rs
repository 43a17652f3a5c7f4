//! Taking over rows that another program has written: what the Django version of WiWebb has stored
//! is judged by the constructors of this crate, row by row.
//!
//! A row comes as a JSON object of its columns, whatever their types are there, and leaves as one
//! that the schema takes, or with every reason against it. Nothing is guessed: what is changed on
//! the way says the same in another form ([`Change`]), and what breaks a rule is refused whole, so
//! that a person decides.

mod columns;
mod read;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use thiserror::Error as ThisError;

use crate::access::Role;
use crate::error::{UniqueKey, Violation};
use crate::money::{Amount, Currency, Money};
use crate::ports::secrets::{SecretUnreadable, Secrets};
use crate::relations::{EntityKind, RELATIONS, Relation};

pub use columns::{Column, columns};

/// A row of the other program: its columns by name.
pub type ForeignRow = Map<String, Value>;

/// The kinds that are taken over, parents before their children.
pub const ORDER: [EntityKind; 10] = [
    EntityKind::Tenant,
    EntityKind::User,
    EntityKind::Todo,
    EntityKind::AuditLog,
    EntityKind::Plan,
    EntityKind::PlanPricing,
    EntityKind::PaymentGatewayConfig,
    EntityKind::Payment,
    EntityKind::PaymentLog,
    EntityKind::AccessToken,
];

/// The foreign keys of a kind.
pub fn references(child: EntityKind) -> impl Iterator<Item = &'static Relation> {
    RELATIONS.iter().filter(move |relation| relation.child == child)
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Reason {
    /// It breaks a rule, told in the words that clients read.
    #[error(transparent)]
    Rule(#[from] Violation),
    /// It identifies the row, and whoever asks for it asks without the white space.
    #[error("White space around this value is not allowed.")]
    Padded,
    /// Not a key of 40 hexadecimal digits (contract §1.2).
    #[error("Not a key of 40 hexadecimal digits.")]
    NotAKey,
    /// The row that it refers to was refused.
    #[error("The {} {id} that this refers to does not fit.", parent.noun())]
    ParentRefused {
        /// Kind of that row.
        parent: EntityKind,
        /// Its id.
        id: i32,
    },
    /// The store does not take the row; its reason.
    #[error("The database refuses the row: {0}")]
    Store(String),
}

/// One reason against a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// The column; empty where no single one is to blame.
    pub column: &'static str,
    /// What is wrong.
    pub reason: Reason,
    /// What stands there; `None` where it is a secret.
    pub value: Option<Value>,
}

impl Misfit {
    /// A reason against what a row has in a column of the other program.
    pub fn of(kind: EntityKind, row: &ForeignRow, column: &'static str, reason: Reason) -> Self {
        let known = columns(kind).iter().find(|known| known.from == column);
        let value = match known {
            Some(known) if known.is_secret() => None,
            _ => row.get(column).cloned(),
        };
        Self { column, reason, value }
    }

    /// A reference to a row that is not there: it was refused, or it never was.
    pub fn dangling(
        row: &ForeignRow,
        relation: &'static Relation,
        id: i32,
        was_refused: bool,
    ) -> Self {
        let reason = if was_refused {
            Reason::ParentRefused { parent: relation.parent, id }
        } else {
            Violation::NoSuchObject { key: id.to_string() }.into()
        };
        Self::of(relation.child, row, relation.column, reason)
    }

    /// A value that another row has already.
    pub fn taken(kind: EntityKind, row: &ForeignRow, key: UniqueKey) -> Self {
        Self::of(kind, row, key.field(), Violation::Taken(key).into())
    }
}

/// What is stored in another form than the other program had it. All but the last say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ThisError)]
pub enum Change {
    /// Empty text that stands for no value is NULL.
    #[error("empty text is stored as NULL")]
    BlankIsNull,
    /// The part behind the @, in which case does not matter, is in lower case.
    #[error("the domain is stored in lower case")]
    DomainLowered,
    /// A currency code is in capitals.
    #[error("the code is stored in capitals")]
    CodeCapitalised,
    /// A time without a zone is one of UTC, as Django writes them.
    #[error("a time without zone is read as UTC")]
    ReadAsUtc,
    /// Django's own prefix of an Argon2 hash is gone, so that it is one in PHC form.
    #[error("the hash is stored in PHC form")]
    HashInPhcForm,
    /// Secrets of a gateway are sealed.
    #[error("secrets are stored sealed")]
    SecretsSealed,
    /// Kept as it is, but no login can check it: the owner has to reset the password.
    #[error("no password can be checked against this hash; it has to be reset")]
    HashUnknown,
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The column.
    pub column: &'static str,
    /// What was done.
    pub change: Change,
    /// What stood there; `None` where it is a secret.
    pub before: Option<Value>,
}

/// A row that is taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Its columns as they are stored.
    pub row: Map<String, Value>,
    /// How they differ from what stood there.
    pub changes: Vec<Changed>,
}

impl Fit {
    /// The id that the row has in the column of a foreign key.
    pub fn reference(&self, relation: &Relation) -> Option<i32> {
        self.row.get(relation.column)?.as_i64().and_then(|id| id.try_into().ok())
    }
}

/// What comes of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is taken over, if the rows that it refers to are and no other row has its unique values.
    Fits(Fit),
    /// It is not; every reason.
    Refused(Vec<Misfit>),
}

/// Judges a row of a kind by itself. Fails where a secret cannot be sealed.
pub fn judge(
    kind: EntityKind,
    row: &ForeignRow,
    secrets: &dyn Secrets,
) -> Result<Verdict, SecretUnreadable> {
    let mut fit = Fit { row: Map::new(), changes: Vec::new() };
    let mut misfits = Vec::new();
    for column in columns(kind) {
        let found = row.get(column.from).unwrap_or(&Value::Null);
        match column.read(found, secrets)? {
            Ok((value, change)) => {
                let before = (!column.is_secret()).then(|| found.clone());
                let changed = |change| Changed { column: column.name, change, before };
                fit.changes.extend(change.map(changed));
                fit.row.insert(column.name.to_owned(), value);
            }
            Err(reason) => misfits.push(Misfit::of(kind, row, column.from, reason)),
        }
    }
    if misfits.is_empty() {
        misfits = together(kind, &fit.row)
            .into_iter()
            .map(|(column, reason)| Misfit::of(kind, row, column, reason.into()))
            .collect();
    }
    Ok(if misfits.is_empty() { Verdict::Fits(fit) } else { Verdict::Refused(misfits) })
}

/// Rules over several columns, each of which is well by itself.
fn together(kind: EntityKind, row: &Map<String, Value>) -> Option<(&'static str, Violation)> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    match kind {
        // Contract §5.4: an owner belongs to a tenant always.
        EntityKind::User
            if text("role").and_then(Role::parse) == Some(Role::TenantOwner)
                && row.get("tenant_id").is_none_or(Value::is_null) =>
        {
            Some(("tenant_id", Violation::Required))
        }
        EntityKind::PlanPricing => inexpressible(row, "amount"),
        EntityKind::Payment => inexpressible(row, "total"),
        _ => None,
    }
}

/// An amount that its currency cannot express.
fn inexpressible(
    row: &Map<String, Value>,
    column: &'static str,
) -> Option<(&'static str, Violation)> {
    let amount = Amount::new(read::decimal(row.get(column)?).ok()?).ok()?;
    let currency = Currency::new(row.get("currency")?.as_str()?).ok()?;
    Money::new(amount, currency).err().map(|violation| (column, violation))
}

/// How a person finds a row again: its id, or the user of a key.
pub fn name_of(kind: EntityKind, row: &ForeignRow) -> String {
    let shown = |column: &str| match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "?".to_owned(),
    };
    match kind {
        EntityKind::AccessToken => format!("user {}", shown("user_id")),
        _ => shown("id"),
    }
}

/// A refused row in the form in which it is kept: whole, but with secrets sealed and of a key no
/// more than what is stored of keys.
pub fn kept(
    kind: EntityKind,
    row: &ForeignRow,
    secrets: &dyn Secrets,
) -> Result<ForeignRow, SecretUnreadable> {
    let mut row = row.clone();
    match kind {
        EntityKind::PaymentGatewayConfig => {
            if let Some(config) = row.get_mut("config").filter(|config| !config.is_null()) {
                *config = match read::settings(config, secrets)? {
                    Ok((sealed, _)) => sealed,
                    // Only names tell which part is a secret, and here are none.
                    Err(_) => json!({ "sealed": secrets.seal(&config.to_string())? }),
                };
            }
        }
        EntityKind::AccessToken => {
            let key = row.remove("key");
            let digest = key.as_ref().and_then(Value::as_str).map(read::digest);
            row.insert("key_hash".to_owned(), digest.into());
        }
        _ => {}
    }
    Ok(row)
}
