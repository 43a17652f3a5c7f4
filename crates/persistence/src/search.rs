//! Search: rows in which every word occurs in one of the columns, without regard to case
//! (contract §1.6).
//!
//! A condition is written in one of two ways, which say the same. Row by row, what a row refers to is
//! looked up for each: right where few rows are looked at. Gathered, the ids of all that are found come
//! from indexes: right where few rows are found. The indexes are of trigrams
//! (`docs/adr/0028-search-by-trigrams.md`).

use wiwebb_domain::page::SortValue;

use crate::conditions::Conditions;

/// Where the words of a search are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Searched {
    /// Columns of the list's own table.
    pub(crate) own: &'static [&'static str],
    /// Columns of what its rows refer to.
    pub(crate) referred: &'static [Referred],
}

/// A row that the rows of a list refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referred {
    pub(crate) table: &'static str,
    /// Its name in `columns`.
    pub(crate) alias: &'static str,
    /// The column of the list's own table that has its id.
    pub(crate) key: &'static str,
    pub(crate) columns: &'static [&'static str],
}

/// The table whose rows are found, in SQL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    /// Table and alias.
    pub(crate) rows: &'a str,
    /// The id of a row.
    pub(crate) id: &'a str,
}

impl Searched {
    /// A list without a search.
    pub(crate) const NOTHING: Self = Self::own(&[]);

    /// The list's own columns alone.
    pub(crate) const fn own(columns: &'static [&'static str]) -> Self {
        Self { own: columns, referred: &[] }
    }

    /// Whether words can be looked for.
    pub(crate) fn is_nothing(self) -> bool {
        self.own.is_empty() && self.referred.is_empty()
    }

    /// The words as conditions on each row.
    pub(crate) fn row_by_row(self, mut conditions: Conditions, words: &[String]) -> Conditions {
        for word in words {
            conditions = conditions.with(&self.in_row(), Some(pattern(word)));
        }
        conditions
    }

    /// The words as conditions of which the longest, which mostly finds least, is looked up in indexes.
    pub(crate) fn gathered(
        self,
        mut conditions: Conditions,
        words: &[String],
        table: Table<'_>,
    ) -> Conditions {
        let longest = (0..words.len()).max_by_key(|&at| words[at].chars().count());
        for (at, word) in words.iter().enumerate() {
            let is_longest = longest == Some(at);
            let condition = if is_longest { self.in_table(table) } else { self.in_row() };
            conditions = conditions.with(&condition, Some(pattern(word)));
        }
        conditions
    }

    fn in_row(self) -> String {
        let looked_up = self.referred.iter().map(|Referred { table, alias, key, columns }| {
            format!("(SELECT {} FROM {table} AS {alias} WHERE {alias}.id = {key})", any(columns))
        });
        let terms: Vec<String> =
            self.own.iter().map(|column| like(column)).chain(looked_up).collect();
        format!("({})", terms.join(" OR "))
    }

    fn in_table(self, Table { rows, id }: Table<'_>) -> String {
        if self.referred.is_empty() {
            return format!("({})", any(self.own));
        }
        let own = (!self.own.is_empty())
            .then(|| format!("SELECT {id} FROM {rows} WHERE {}", any(self.own)));
        let referring = self.referred.iter().map(|Referred { table, alias, key, columns }| {
            let found = any(columns);
            format!("SELECT {id} FROM {table} AS {alias} JOIN {rows} ON {key} = {alias}.id WHERE {found}")
        });
        let ids: Vec<String> = own.into_iter().chain(referring).collect();
        format!("{id} IN ({})", ids.join(" UNION ALL "))
    }
}

fn any(columns: &[&str]) -> String {
    let terms: Vec<String> = columns.iter().map(|column| like(column)).collect();
    terms.join(" OR ")
}

fn like(column: &str) -> String {
    format!("{column} ILIKE ?")
}

/// The word anywhere; `%`, `_` and `\` are ordinary characters of it (contract §1.6).
fn pattern(word: &str) -> SortValue {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for character in word.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    SortValue::Text(pattern)
}
