//! Search: rows in which every word occurs in one of the columns, without regard to case
//! (contract §1.6).
//!
//! A condition is written in one of two ways, which say the same. Row by row, what a row refers to is
//! looked up for each: right where few rows are looked at. Gathered, the ids of all that are found come
//! from indexes: right where few rows are found. The indexes are of trigrams
//! (`docs/adr/0028-search-by-trigrams.md`).

use std::cmp::Reverse;

use wiwebb_domain::page::SortValue;

use crate::conditions::{Conditions, is_storable};

/// So many words are looked up in indexes; the others are tried on what that finds. With each, the
/// number of combinations of word and place is multiplied by that of the places, and the planner takes
/// longer to think of them.
pub(crate) const LOOKED_UP: usize = 2;

/// The longest words, which mostly find least, to be looked up; and the others.
pub(crate) fn longest(words: &[String]) -> (Vec<String>, Vec<String>) {
    let mut words = words.to_vec();
    words.sort_by_key(|word| Reverse(word.chars().count()));
    let others = words.split_off(words.len().min(LOOKED_UP));
    (words, others)
}

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

/// One way to find words: each in one of the places.
#[derive(Debug, Clone, Default)]
struct Way {
    joins: Vec<String>,
    terms: Vec<String>,
}

impl Searched {
    /// A list without a search.
    pub(crate) const NOTHING: Self = Self::own(&[]);

    /// The list's own columns alone.
    pub(crate) const fn own(columns: &'static [&'static str]) -> Self {
        Self { own: columns, referred: &[] }
    }

    /// Whether nothing can be looked for.
    pub(crate) fn is_nothing(self) -> bool {
        self.own.is_empty() && self.referred.is_empty()
    }

    /// The words as conditions on each row.
    pub(crate) fn row_by_row(self, mut conditions: Conditions, words: &[String]) -> Conditions {
        let looked_up = self.referred.iter().map(|Referred { table, alias, key, columns }| {
            let found = any(columns, "?");
            format!("(SELECT {found} FROM {table} AS {alias} WHERE {alias}.id = {key})")
        });
        let own = self.own.iter().map(|column| like(column, "?"));
        let terms: Vec<String> = own.chain(looked_up).collect();
        let condition = format!("({})", terms.join(" OR "));
        for word in words {
            conditions = conditions.with(&condition, Some(pattern(word)));
        }
        conditions
    }

    /// The words, which are few, as conditions that indexes answer, each time together with the conditions
    /// that there are. `rows` is the list's own table under its alias, `id` the id in it.
    pub(crate) fn gathered(
        self,
        mut conditions: Conditions,
        words: &[String],
        rows: &str,
        id: &str,
    ) -> Conditions {
        // A disjunction over the columns of one table has a plan by index as it is.
        if self.referred.is_empty() || !words.iter().all(|word| is_storable(word)) {
            return self.row_by_row(conditions, words);
        }
        let mut ways = vec![Way::default()];
        for word in words {
            let value = conditions.bind(pattern(word));
            ways = ways.iter().flat_map(|way| self.ways_on(way, &value)).collect();
        }
        let ids: Vec<String> = ways
            .iter()
            .map(|Way { joins, terms }| {
                let (joins, clause) = (joins.concat(), conditions.clause(terms));
                format!("SELECT {id} FROM {rows}{joins}{clause}")
            })
            .collect();
        conditions.without_terms().term(format!("{id} IN ({})", ids.join(" UNION ALL ")))
    }

    /// The ways that go on from one with another word.
    fn ways_on(self, way: &Way, value: &str) -> Vec<Way> {
        let on = |join: Option<String>, columns: &[&str]| {
            let mut way = way.clone();
            way.joins.extend(join.filter(|join| !way.joins.contains(join)));
            way.terms.push(format!("({})", any(columns, value)));
            way
        };
        let own = (!self.own.is_empty()).then(|| on(None, self.own));
        let referred = self.referred.iter().map(|Referred { table, alias, key, columns }| {
            on(Some(format!(" JOIN {table} AS {alias} ON {alias}.id = {key}")), columns)
        });
        own.into_iter().chain(referred).collect()
    }
}

fn any(columns: &[&str], value: &str) -> String {
    let terms: Vec<String> = columns.iter().map(|column| like(column, value)).collect();
    terms.join(" OR ")
}

fn like(column: &str, value: &str) -> String {
    format!("{column} ILIKE {value}")
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

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCHED: Searched = Searched {
        own: &["book.title", "book.isbn"],
        referred: &[Referred {
            table: "person",
            alias: "author",
            key: "book.author_id",
            columns: &["author.name"],
        }],
    };

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn signs_of_a_pattern_are_ordinary_characters_of_a_word() {
        assert_eq!(pattern(r"50%_a\b"), SortValue::Text(r"%50\%\_a\\b%".into()));
    }

    #[test]
    fn a_row_has_a_word_itself_or_in_what_it_refers_to() {
        let conditions = SEARCHED.row_by_row(Conditions::default(), &words(&["dune"]));
        assert_eq!(
            conditions.clause(&[]),
            " WHERE (book.title ILIKE $1 OR book.isbn ILIKE $1 \
             OR (SELECT author.name ILIKE $1 FROM person AS author WHERE author.id = book.author_id))"
        );
    }

    #[test]
    fn the_longest_words_are_looked_up() {
        let (looked_up, others) = longest(&words(&["of", "dune", "a", "frank"]));
        assert_eq!(looked_up, ["frank", "dune"]);
        assert_eq!(others, ["of", "a"]);
    }

    #[test]
    fn words_are_looked_up_in_each_combination_of_places() {
        let conditions = Conditions::default().flag("book.is_read", Some(true));
        let found = words(&["frank", "dune"]);
        let conditions = SEARCHED.gathered(conditions, &found, "book", "book.id");
        let own = |value| format!("(book.title ILIKE {value} OR book.isbn ILIKE {value})");
        let author = |value| format!("(author.name ILIKE {value})");
        let join = " JOIN person AS author ON author.id = book.author_id";
        let way = |join, first, second| {
            format!("SELECT book.id FROM book{join} WHERE book.is_read AND {first} AND {second}")
        };
        let ways = [
            way("", own("$1"), own("$2")),
            way(join, own("$1"), author("$2")),
            way(join, author("$1"), own("$2")),
            way(join, author("$1"), author("$2")),
        ];
        let expected = format!(" WHERE book.id IN ({})", ways.join(" UNION ALL "));
        assert_eq!(conditions.clause(&[]), expected);
    }

    #[test]
    fn a_word_that_no_text_can_hold_is_found_nowhere() {
        let conditions =
            SEARCHED.gathered(Conditions::default(), &words(&["a\0b"]), "book", "book.id");
        assert_eq!(conditions.clause(&[]), " WHERE FALSE");
    }
}
