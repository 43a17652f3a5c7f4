//! Lists: filters, search, ordering and pages, for every kind alike.
//!
//! A page is one statement; a page by number takes one more for the count.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::page::{
    Cursor, Direction, ListRequest, Listed, Order, PageSize, Position, SortValue, Window,
    keyed_page, reading_direction,
};
use wiwebb_domain::ports::{Listing, Stored};

use crate::conditions::{Conditions, is_storable};
use crate::unit_of_work::PgUnitOfWork;

/// What is read of a row of a list.
pub(crate) struct Selection {
    /// The name of the list's own table in `columns` and `joins`, and in every condition.
    pub(crate) alias: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) joins: &'static str,
}

/// The type of what rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Decimal,
    Time,
    Text,
}

/// What rows are ordered by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    expression: &'static str,
    kind: Kind,
    nullable: bool,
}

impl Column {
    pub(crate) const fn new(expression: &'static str, kind: Kind) -> Self {
        Self {
            expression,
            kind,
            nullable: false,
        }
    }

    pub(crate) const fn nullable(self) -> Self {
        Self {
            nullable: true,
            ..self
        }
    }

    /// Whether a value of a cursor can be one of this column.
    fn holds(self, value: &SortValue) -> bool {
        match (self.kind, value) {
            (_, SortValue::Null) => self.nullable,
            (Kind::Text, SortValue::Text(text)) => is_storable(text),
            (Kind::Bool, SortValue::Bool(_))
            | (Kind::Int, SortValue::Int(_))
            | (Kind::Decimal, SortValue::Decimal(_))
            | (Kind::Time, SortValue::Time(_)) => true,
            _ => false,
        }
    }
}

/// A kind of row that can be listed.
pub(crate) trait Source: Listed + Send + Sized {
    /// The row as read.
    type Row: for<'r> FromRow<'r, PgRow> + TryInto<Self, Error = RepositoryError> + Send + Unpin;
    /// The table.
    const TABLE: &'static str;
    /// What is read.
    const SELECTION: Selection;
    /// The id in the table.
    const ID: Column;
    /// The columns that are searched.
    const SEARCH: &'static [&'static str];

    /// What a key orders by.
    fn column(key: Self::Key) -> Column;
}

/// A page of the rows that meet the conditions and the search of the request.
pub(crate) async fn page<S: Source, F>(
    unit: &mut PgUnitOfWork,
    conditions: Conditions,
    request: ListRequest<F, S::Key>,
) -> Listing<S> {
    let conditions = conditions.search(S::SEARCH, &request.search);
    let ListRequest { order, size, .. } = request;
    match request.position {
        Position::Number(number) => numbered(unit, conditions, &order, Some(number), size).await,
        Position::Last => numbered(unit, conditions, &order, None, size).await,
        Position::Keyed(cursor) => keyed(unit, conditions, &order, cursor.as_ref(), size).await,
    }
}

async fn numbered<S: Source>(
    unit: &mut PgUnitOfWork,
    conditions: Conditions,
    order: &[Order<S::Key>],
    number: Option<u64>,
    size: PageSize,
) -> Listing<S> {
    let count = count::<S>(unit, conditions.clone()).await?;
    let Some(window) = Window::resolve(number, size, count) else {
        return Ok(None);
    };
    let rows = u64::from(size.get()).min(count - window.offset);
    let behind = count - window.offset - rows;
    let keys = keys::<S>(order);
    // The shorter way leads to the page from the end of the list where that is nearer.
    let page = if behind < window.offset {
        let keys = reversed(keys);
        let select = select::<S>(&conditions.clause(&[]), &keys, rows);
        let text = whole::<S>(&format!("{select} OFFSET {behind}"), &keys);
        let mut page = fetch(unit, text, conditions).await?;
        page.reverse();
        page
    } else {
        let select = select::<S>(&conditions.clause(&[]), &keys, size.get().into());
        let text = whole::<S>(&format!("{select} OFFSET {}", window.offset), &keys);
        fetch(unit, text, conditions).await?
    };
    Ok(Some(window.page(page)))
}

async fn count<S: Source>(unit: &mut PgUnitOfWork, conditions: Conditions) -> Stored<u64> {
    let text = format!(
        "SELECT count(*) FROM {} AS {}{}",
        S::TABLE,
        S::SELECTION.alias,
        conditions.clause(&[])
    );
    let arguments = unit.settle(conditions.arguments())?;
    let count: Result<i64, _> = sqlx::query_scalar_with(AssertSqlSafe(text), arguments)
        .fetch_one(unit.connection().await?)
        .await;
    Ok(unit.settle(count)?.unsigned_abs())
}

async fn keyed<S: Source>(
    unit: &mut PgUnitOfWork,
    mut conditions: Conditions,
    order: &[Order<S::Key>],
    cursor: Option<&Cursor>,
    size: PageSize,
) -> Listing<S> {
    let mut keys = keys::<S>(order);
    for (_, direction) in &mut keys {
        *direction = reading_direction(*direction, cursor);
    }
    // One row more tells whether the list goes on.
    let limit = u64::from(size.get()) + 1;
    let inner = match cursor {
        None => select::<S>(&conditions.clause(&[]), &keys, limit),
        Some(cursor) => {
            let Some(place) = place::<S>(order, cursor) else {
                return Ok(None);
            };
            let branches: Vec<String> = beyond(&mut conditions, &keys, place)
                .iter()
                .map(|terms| select::<S>(&conditions.clause(terms), &keys, limit))
                .collect();
            union::<S>(&branches, &keys, limit)
        }
    };
    let rows = fetch(unit, whole::<S>(&inner, &keys), conditions).await?;
    Ok(Some(keyed_page(rows, order, cursor, size)))
}

type Key = (Column, Direction);

/// The ordering to the point where no two rows are equal.
fn keys<S: Source>(order: &[Order<S::Key>]) -> Vec<Key> {
    let mut keys = Vec::with_capacity(order.len() + 1);
    for by in order {
        let column = S::column(by.key);
        keys.push((column, by.direction));
        if column.expression == S::ID.expression {
            return keys;
        }
    }
    keys.push((S::ID, Direction::Ascending));
    keys
}

fn reversed(mut keys: Vec<Key>) -> Vec<Key> {
    for (_, direction) in &mut keys {
        *direction = direction.reversed();
    }
    keys
}

/// The values of a cursor under the keys; `None` where it belongs to another ordering.
fn place<S: Source>(order: &[Order<S::Key>], cursor: &Cursor) -> Option<Vec<SortValue>> {
    let fits = order.len() == cursor.values.len()
        && order
            .iter()
            .zip(&cursor.values)
            .all(|(by, value)| S::column(by.key).holds(value));
    let id = SortValue::Int(cursor.id.into());
    fits.then(|| cursor.values.iter().cloned().chain([id]).collect())
}

/// The rows behind a place as branches that have no row in common, nearest first. A branch is one
/// span of an index, which a comparison of whole tuples is not where directions or NULLs mix.
fn beyond(conditions: &mut Conditions, keys: &[Key], place: Vec<SortValue>) -> Vec<Vec<String>> {
    let mut branches = Vec::new();
    let mut equal = Vec::new();
    for ((column, direction), value) in keys.iter().zip(place) {
        let key = column.expression;
        let ascending = *direction == Direction::Ascending;
        let (same, behind) = if value == SortValue::Null {
            let behind = (!ascending).then(|| format!("{key} IS NOT NULL"));
            (format!("{key} IS NULL"), vec![behind])
        } else {
            let value = conditions.bind(value);
            let sign = if ascending { '>' } else { '<' };
            let nulls = (ascending && column.nullable).then(|| format!("{key} IS NULL"));
            let behind = vec![nulls, Some(format!("{key} {sign} {value}"))];
            (format!("{key} = {value}"), behind)
        };
        for term in behind.into_iter().flatten() {
            let mut branch: Vec<String> = equal.clone();
            branch.push(term);
            branches.push(branch);
        }
        equal.push(same);
    }
    branches.reverse();
    branches
}

fn select<S: Source>(conditions: &str, keys: &[Key], limit: u64) -> String {
    let Selection { alias, .. } = S::SELECTION;
    let (table, order) = (S::TABLE, ordering(keys));
    format!("SELECT {alias}.* FROM {table} AS {alias}{conditions}{order} LIMIT {limit}")
}

fn union<S: Source>(branches: &[String], keys: &[Key], limit: u64) -> String {
    let (alias, order) = (S::SELECTION.alias, ordering(keys));
    let branches = branches.join(") UNION ALL (");
    format!("SELECT {alias}.* FROM (({branches})) AS {alias}{order} LIMIT {limit}")
}

/// The rows of a page with what is read beside them.
fn whole<S: Source>(page: &str, keys: &[Key]) -> String {
    let Selection {
        alias,
        columns,
        joins,
    } = S::SELECTION;
    let order = ordering(keys);
    format!("SELECT {columns} FROM ({page}) AS {alias} {joins}{order}")
}

/// NULL is the greatest value, which is PostgreSQL's own order.
fn ordering(keys: &[Key]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(column, direction)| match direction {
            Direction::Ascending => column.expression.to_owned(),
            Direction::Descending => format!("{} DESC", column.expression),
        })
        .collect();
    format!(" ORDER BY {}", keys.join(", "))
}

async fn fetch<S: Source>(
    unit: &mut PgUnitOfWork,
    text: String,
    conditions: Conditions,
) -> Stored<Vec<S>> {
    let arguments = unit.settle(conditions.arguments())?;
    let rows: Result<Vec<S::Row>, _> = sqlx::query_as_with(AssertSqlSafe(text), arguments)
        .fetch_all(unit.connection().await?)
        .await;
    unit.settle(rows)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}
