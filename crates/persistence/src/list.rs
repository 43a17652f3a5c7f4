//! Lists: filters, search, ordering and pages, for every kind alike.
//!
//! A page is one statement. A page by number takes one more for the count, a list of what belongs to a
//! tenant's users one more for the size of the tenant, and a search by cursor up to two more where the nearest
//! rows do not fill the page.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::{
    Cursor, Direction, ListRequest, Listed, Order, PageSize, Position, SortValue, Window,
    keyed_page, reading_direction,
};
use wiwebb_domain::ports::{Listing, Stored};

use crate::conditions::{Conditions, Members, is_storable};
use crate::search::{LOOKED_UP, Searched, longest};
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
        Self { expression, kind, nullable: false }
    }

    pub(crate) const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
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
    /// What is searched.
    const SEARCH: Searched;

    /// What a key orders by.
    fn column(key: Self::Key) -> Column;
}

/// A tenant with no more users is small.
const FEW_USERS: i64 = 2000;

/// So many of the next rows in the list's order are looked at first, whatever is searched for.
const NEAREST: u64 = 250;

/// So many are looked at where enough of the nearest are found ([`worth_more`]).
const NEARBY: u64 = 4000;

/// How many of the nearest rows must be found to look at more of them. What rows refer to takes longer to
/// look up for each than to gather, unless it is common.
fn worth_more<S: Source>() -> usize {
    if S::SEARCH.referred.is_empty() { 2 } else { 4 }
}

/// So many rows are ordered for a page rather than found in order.
const FEW_FOUND: u64 = 10_000;

/// A page of the rows that meet the conditions and the search of the request.
pub(crate) async fn page<S: Source, F>(
    unit: &mut PgUnitOfWork,
    conditions: Conditions,
    request: ListRequest<F, S::Key>,
) -> Listing<S> {
    let list = List::<S> {
        from: all::<S>(),
        is_gathered: false,
        conditions,
        words: if S::SEARCH.is_nothing() { Vec::new() } else { request.search },
        order: request.order,
        size: request.size,
    };
    let list = list.of_few_members(unit).await?;
    match request.position {
        Position::Number(number) => list.numbered(unit, Some(number)).await,
        Position::Last => list.numbered(unit, None).await,
        Position::Keyed(cursor) => list.keyed(unit, cursor.as_ref()).await,
    }
}

/// The table under its alias.
fn all<S: Source>() -> String {
    format!("{} AS {}", S::TABLE, S::SELECTION.alias)
}

async fn is_small(unit: &mut PgUnitOfWork, tenant: TenantId) -> Stored<bool> {
    let large = sqlx::query_scalar!(
        "SELECT id FROM api_user WHERE tenant_id = $1 OFFSET $2 LIMIT 1",
        tenant.get(),
        FEW_USERS,
    )
    .fetch_optional(unit.connection().await?)
    .await;
    Ok(unit.settle(large)?.is_none())
}

type Key = (Column, Direction);

/// A list of which a page is wanted.
struct List<S: Source> {
    from: String,
    /// Whether `from` gathers rows in no order, rather than being the table.
    is_gathered: bool,
    conditions: Conditions,
    /// What is searched for, beside the conditions.
    words: Vec<String>,
    order: Vec<Order<S::Key>>,
    size: PageSize,
}

impl<S: Source> List<S> {
    /// The rows of a small tenant's users are gathered first and ordered then: to find them, a walk along
    /// the index of the order would pass most rows of all other tenants. For a large tenant that walk is
    /// short.
    async fn of_few_members(self, unit: &mut PgUnitOfWork) -> Stored<Self> {
        let (members, others) = self.conditions.clone().split_members();
        match members {
            Some(Members { tenant, term }) if is_small(unit, tenant).await? => {
                let gathered = self.gathered(&format!(" WHERE {term}"), others);
                Ok(Self { words: self.words, ..gathered }.row_by_row())
            }
            _ => Ok(self),
        }
    }

    /// The same list, in which each row is looked at for the words.
    fn row_by_row(&self) -> Self {
        let conditions = S::SEARCH.row_by_row(self.conditions.clone(), &self.words);
        self.with(self.from.clone(), self.is_gathered, conditions)
    }

    /// The same list, from what indexes find of the words.
    fn found(&self) -> Self {
        if self.words.is_empty() {
            return self.row_by_row();
        }
        let (longest, others) = longest(&self.words);
        let (conditions, id) = (self.conditions.clone(), S::ID.expression);
        let conditions = S::SEARCH.gathered(conditions, &longest, &all::<S>(), id);
        let found = self.gathered(&conditions.clause(&[]), conditions.without_terms());
        Self { words: others, ..found }.row_by_row()
    }

    /// What is found among so many of the next rows.
    fn among_next(&self, rows: u64, branches: &[Vec<String>], keys: &[Key]) -> Self {
        let (_, others) = self.conditions.clone().split_members();
        let near = self.with(self.from.clone(), self.is_gathered, others);
        let near = near.span(branches, keys, rows);
        let members = self.conditions.clone().only_members();
        let conditions = S::SEARCH.row_by_row(members, &self.words);
        self.with(format!("({near}) AS {}", S::SELECTION.alias), true, conditions)
    }

    /// The same list, its rows gathered before they are ordered: `OFFSET 0` keeps the planner from doing
    /// otherwise.
    fn gathered(&self, clause: &str, conditions: Conditions) -> Self {
        let (alias, from) = (S::SELECTION.alias, &self.from);
        let gathered = format!("(SELECT {alias}.* FROM {from}{clause} OFFSET 0) AS {alias}");
        self.with(gathered, true, conditions)
    }

    fn with(&self, from: String, is_gathered: bool, conditions: Conditions) -> Self {
        let (words, order) = (Vec::new(), self.order.clone());
        Self { from, is_gathered, conditions, words, order, size: self.size }
    }

    async fn numbered(self, unit: &mut PgUnitOfWork, number: Option<u64>) -> Listing<S> {
        let found = self.found();
        let count = found.count(unit).await?;
        // Where words are many, the planner thinks for long of how indexes could find them all.
        let is_gathered = count <= FEW_FOUND || self.words.len() > LOOKED_UP;
        let list = if is_gathered { found } else { self.row_by_row() };
        let Some(window) = Window::resolve(number, list.size, count) else {
            return Ok(None);
        };
        let size = u64::from(list.size.get());
        let behind = count.saturating_sub(window.offset + size);
        // The way to the page is shorter from the end of the list where that is nearer.
        if behind < window.offset {
            let keys = reversed(list.keys());
            let rows = size.min(count - window.offset);
            let page = format!("{} OFFSET {behind}", list.select(&[], &keys, rows));
            let mut rows = list.fetch(unit, &page, &keys).await?;
            rows.reverse();
            Ok(Some(window.page(rows)))
        } else {
            let keys = list.keys();
            let page = list.select(&[], &keys, size);
            let page = format!("{page} OFFSET {}", window.offset);
            let rows = list.fetch(unit, &page, &keys).await?;
            Ok(Some(window.page(rows)))
        }
    }

    async fn count(&self, unit: &mut PgUnitOfWork) -> Stored<u64> {
        let conditions = self.conditions.clause(&[]);
        let text = format!("SELECT count(*) FROM {}{conditions}", self.from);
        let arguments = unit.settle(self.conditions.clone().arguments())?;
        let count: Result<i64, _> = sqlx::query_scalar_with(AssertSqlSafe(text), arguments)
            .fetch_one(unit.connection().await?)
            .await;
        Ok(unit.settle(count)?.unsigned_abs())
    }

    async fn keyed(mut self, unit: &mut PgUnitOfWork, cursor: Option<&Cursor>) -> Listing<S> {
        let mut keys = self.keys();
        for (_, direction) in &mut keys {
            *direction = reading_direction(*direction, cursor);
        }
        let mut branches = Vec::new();
        if let Some(cursor) = cursor {
            let Some(place) = self.place(cursor) else {
                return Ok(None);
            };
            branches = beyond(&mut self.conditions, &keys, place);
        }
        let (order, size) = (self.order.clone(), self.size);
        let rows = self.next(unit, &branches, &keys).await?;
        Ok(Some(keyed_page(rows, &order, cursor, size)))
    }

    /// The rows of a page by key, and one more, which tells whether the list goes on.
    async fn next(
        self,
        unit: &mut PgUnitOfWork,
        branches: &[Vec<String>],
        keys: &[Key],
    ) -> Stored<Vec<S>> {
        let limit = u64::from(self.size.get()) + 1;
        if !self.words.is_empty() {
            for looked_at in [NEAREST, NEARBY] {
                let list = self.among_next(looked_at, branches, keys);
                let page = list.select(&[], keys, limit);
                let rows = list.fetch(unit, &page, keys).await?;
                if rows.len() as u64 == limit {
                    return Ok(rows);
                }
                if rows.len() < worth_more::<S>() {
                    break;
                }
            }
            // Near an end of the list few rows are left, which is a way to find them too.
            let conditions = match branches {
                [] => self.conditions,
                _ => self.conditions.term(either(branches)),
            };
            let list = Self { conditions, ..self }.found();
            let page = list.select(&[], keys, limit);
            return list.fetch(unit, &page, keys).await;
        }
        let page = self.span(branches, keys, limit);
        self.fetch(unit, &page, keys).await
    }

    /// The ordering to the point where no two rows are equal.
    fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::with_capacity(self.order.len() + 1);
        for by in &self.order {
            let column = S::column(by.key);
            keys.push((column, by.direction));
            if column.expression == S::ID.expression {
                return keys;
            }
        }
        keys.push((S::ID, Direction::Ascending));
        keys
    }

    /// The values of a cursor under the keys; `None` where it belongs to another ordering.
    fn place(&self, cursor: &Cursor) -> Option<Vec<SortValue>> {
        let fits = self.order.len() == cursor.values.len()
            && self
                .order
                .iter()
                .zip(&cursor.values)
                .all(|(by, value)| S::column(by.key).holds(value));
        let id = SortValue::Int(cursor.id.into());
        fits.then(|| cursor.values.iter().cloned().chain([id]).collect())
    }

    fn select(&self, terms: &[String], keys: &[Key], limit: u64) -> String {
        let (alias, from) = (S::SELECTION.alias, &self.from);
        let (conditions, order) = (self.conditions.clause(terms), ordering(keys));
        format!("SELECT {alias}.* FROM {from}{conditions}{order} LIMIT {limit}")
    }

    /// The next rows of a span that branches make up; without any it is the whole list.
    fn span(&self, branches: &[Vec<String>], keys: &[Key], limit: u64) -> String {
        if branches.is_empty() {
            return self.select(&[], keys, limit);
        }
        if self.is_gathered {
            return self.select(&[either(branches)], keys, limit);
        }
        let selects: Vec<String> =
            branches.iter().map(|terms| self.select(terms, keys, limit)).collect();
        let (alias, order) = (S::SELECTION.alias, ordering(keys));
        let branches = selects.join(") UNION ALL (");
        format!("SELECT {alias}.* FROM (({branches})) AS {alias}{order} LIMIT {limit}")
    }

    /// Reads the rows of a page with what is shown beside them.
    async fn fetch(self, unit: &mut PgUnitOfWork, page: &str, keys: &[Key]) -> Stored<Vec<S>> {
        let Selection { alias, columns, joins } = S::SELECTION;
        let order = ordering(keys);
        let text = format!("SELECT {columns} FROM ({page}) AS {alias} {joins}{order}");
        let arguments = unit.settle(self.conditions.arguments())?;
        let rows: Result<Vec<S::Row>, _> = sqlx::query_as_with(AssertSqlSafe(text), arguments)
            .fetch_all(unit.connection().await?)
            .await;
        unit.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }
}

fn reversed(mut keys: Vec<Key>) -> Vec<Key> {
    for (_, direction) in &mut keys {
        *direction = direction.reversed();
    }
    keys
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

/// The branches as one condition, for rows that are not read in order.
fn either(branches: &[Vec<String>]) -> String {
    let branches: Vec<String> = branches.iter().map(|terms| terms.join(" AND ")).collect();
    format!("({})", branches.join(" OR "))
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
