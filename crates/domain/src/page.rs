//! Lists: pages by number or by key, ordering, search and the arithmetic both stores share.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// Rows on a page: 1 to 100, 10 unless asked otherwise (contract §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    /// The most rows on a page.
    pub const MAX: u32 = 100;
    /// The size of a list that is told at once and not in pages (contract §15).
    pub const WHOLE: Self = Self(1000);

    /// Larger sizes count as [`Self::MAX`]; zero as the default.
    pub const fn clamped(size: u32) -> Self {
        if size == 0 {
            Self(10)
        } else if size > Self::MAX {
            Self(Self::MAX)
        } else {
            Self(size)
        }
    }

    /// Number of rows.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(10)
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// A page by its number, from 1.
    Number(u64),
    /// The last page.
    Last,
    /// A page by key; `None` is the first. Its cost does not grow with depth.
    Keyed(Option<Cursor>),
}

impl Default for Position {
    fn default() -> Self {
        Self::Number(1)
    }
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first; NULL counts as the greatest value, as in PostgreSQL.
    Ascending,
    /// Greatest first.
    Descending,
}

impl Direction {
    /// The other way.
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// One column of an ordering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<K> {
    /// By what.
    pub key: K,
    /// Which way.
    pub direction: Direction,
}

/// Smallest first by a key.
pub const fn ascending<K>(key: K) -> Order<K> {
    Order { key, direction: Direction::Ascending }
}

/// Greatest first by a key.
pub const fn descending<K>(key: K) -> Order<K> {
    Order { key, direction: Direction::Descending }
}

/// The names by which a kind of row can be ordered.
pub trait SortKey: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// All keys with the names clients use.
    const NAMES: &'static [(&'static str, Self)];
    /// The order where none is asked for.
    const DEFAULT: &'static [Order<Self>];

    /// The key of a name.
    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
    }
}

/// A value rows are ordered by. The order of the variants puts NULL last, as PostgreSQL does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// `false` before `true`.
    Bool(bool),
    /// By number.
    Int(i64),
    /// By exact decimal value.
    Decimal(Decimal),
    /// By instant.
    Time(DateTime<Utc>),
    /// By code point.
    Text(String),
    /// The greatest of all.
    Null,
}

impl<T: Into<SortValue>> From<Option<T>> for SortValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&str> for SortValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<bool> for SortValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for SortValue {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<DateTime<Utc>> for SortValue {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}

/// A row that lists can order, page and search.
pub trait Listed {
    /// What it can be ordered by.
    type Key: SortKey;

    /// The id that orders rows equal otherwise (contract §1.6).
    fn row_id(&self) -> i32;

    /// The value under a key.
    fn sort_value(&self, key: Self::Key) -> SortValue;
}

/// A place between two rows of an ordered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Which side of the place is wanted.
    pub toward: Toward,
    /// The ordering's values in the row beside the place.
    pub values: Vec<SortValue>,
    /// The id of that row.
    pub id: i32,
}

/// Which way to read from a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// The rows behind the place.
    Next,
    /// The rows before it.
    Previous,
}

/// What is wanted of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest<F, K> {
    /// Exact matches, joined by AND.
    pub filter: F,
    /// Words that must all occur, without regard to case, in at least one search field each.
    pub search: Vec<String>,
    /// The ordering; never empty, the id follows as the last key.
    pub order: Vec<Order<K>>,
    /// Which page.
    pub position: Position,
    /// How many rows.
    pub size: PageSize,
}

impl<F: Default, K: SortKey> Default for ListRequest<F, K> {
    fn default() -> Self {
        Self {
            filter: F::default(),
            search: Vec::new(),
            order: K::DEFAULT.to_vec(),
            position: Position::default(),
            size: PageSize::default(),
        }
    }
}

impl<F, K> ListRequest<F, K> {
    /// The same without its words, for clients of a list whose contract names no search.
    #[must_use]
    pub fn without_search(self) -> Self {
        Self { search: Vec::new(), ..self }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the page stands.
    pub place: Place,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A page by number.
    Numbered {
        /// The number, from 1.
        number: u64,
        /// How many pages there are, at least 1.
        pages: u64,
        /// Rows over all pages.
        count: u64,
    },
    /// A page by key.
    Keyed {
        /// Where the page behind begins.
        next: Option<Cursor>,
        /// Where the page before ends.
        previous: Option<Cursor>,
    },
}

/// A numbered page resolved against the number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The page's number.
    pub number: u64,
    /// How many pages there are.
    pub pages: u64,
    /// Rows over all pages.
    pub count: u64,
    /// Rows before the page.
    pub offset: u64,
}

impl Window {
    /// `None` where there is no such page. Page 1 of an empty list exists (contract §1.6).
    /// `number` is `None` for the last page.
    pub fn resolve(number: Option<u64>, size: PageSize, count: u64) -> Option<Self> {
        let size = u64::from(size.get());
        let pages = count.div_ceil(size).max(1);
        let number = number.unwrap_or(pages);
        if number == 0 || number > pages {
            return None;
        }
        Some(Self { number, pages, count, offset: (number - 1) * size })
    }

    /// The page with these rows.
    pub fn page<T>(self, items: Vec<T>) -> Page<T> {
        let Self { number, pages, count, .. } = self;
        Page { items, place: Place::Numbered { number, pages, count } }
    }
}

/// The direction in which a store must read for a keyed page: reversed toward the previous page.
pub fn reading_direction(direction: Direction, cursor: Option<&Cursor>) -> Direction {
    match cursor {
        Some(Cursor { toward: Toward::Previous, .. }) => direction.reversed(),
        _ => direction,
    }
}

/// Makes a keyed page of rows in reading direction, of which the store fetched up to one more
/// than the page holds.
pub fn keyed_page<T: Listed>(
    mut rows: Vec<T>,
    order: &[Order<T::Key>],
    cursor: Option<&Cursor>,
    size: PageSize,
) -> Page<T> {
    let size = size.get() as usize;
    let more = rows.len() > size;
    rows.truncate(size);
    let backward = cursor.is_some_and(|cursor| cursor.toward == Toward::Previous);
    if backward {
        rows.reverse();
    }
    let beside = |row: Option<&T>, toward| {
        row.map(|row| Cursor {
            toward,
            values: order.iter().map(|by| row.sort_value(by.key)).collect(),
            id: row.row_id(),
        })
    };
    let has_next = if backward { true } else { more };
    let has_previous = if backward { more } else { cursor.is_some() };
    let next = beside(rows.last().filter(|_| has_next), Toward::Next);
    let previous = beside(rows.first().filter(|_| has_previous), Toward::Previous);
    Page { items: rows, place: Place::Keyed { next, previous } }
}

/// Splits a search at white space and commas (contract §1.6).
pub fn search_words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_exists_for_every_page_and_for_the_first_of_an_empty_list() {
        let size = PageSize::clamped(10);
        assert_eq!(Window::resolve(Some(1), size, 0).unwrap().pages, 1);
        assert_eq!(Window::resolve(Some(3), size, 21).unwrap().offset, 20);
        assert_eq!(Window::resolve(None, size, 21).unwrap().number, 3);
        for (number, count) in [(0, 5), (2, 10), (4, 21), (2, 0)] {
            assert_eq!(Window::resolve(Some(number), size, count), None);
        }
    }

    #[test]
    fn page_sizes_are_one_to_a_hundred() {
        assert_eq!(PageSize::clamped(0).get(), 10);
        assert_eq!(PageSize::clamped(1).get(), 1);
        assert_eq!(PageSize::clamped(5000).get(), 100);
    }

    #[test]
    fn a_search_splits_at_white_space_and_commas() {
        assert_eq!(search_words(" ab, c\u{2003}d,,"), ["ab", "c", "d"]);
    }
}
