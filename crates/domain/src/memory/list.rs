//! Search, filters and pages, for every kind alike.

use std::cmp::Ordering;

use crate::access::Lookup;
use crate::page::{
    Cursor, Direction, ListRequest, Listed, Order, Page, PageSize, Position, SortValue, Window,
    keyed_page, reading_direction,
};

/// Whether every word occurs in at least one field, without regard to case.
pub(super) fn finds(words: &[String], fields: &[Option<&str>]) -> bool {
    let fields: Vec<String> = fields.iter().flatten().map(|field| field.to_lowercase()).collect();
    words.iter().all(|word| {
        let word = word.to_lowercase();
        fields.iter().any(|field| field.contains(&word))
    })
}

/// Whether a value is the one wanted; everything is where none is.
pub(super) fn is<T: PartialEq>(wanted: Option<&T>, value: &T) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

/// As [`is`], for ids of any range.
pub(super) fn is_id(wanted: Option<i64>, id: Option<i32>) -> bool {
    wanted.is_none_or(|wanted| id.is_some_and(|id| i64::from(id) == wanted))
}

/// As [`is`], for texts.
pub(super) fn is_text(wanted: Option<&String>, text: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| text == Some(wanted.as_str()))
}

/// A row that may be out of reach.
pub(super) fn lookup<T>(row: Option<T>, covered: impl FnOnce(&T) -> bool) -> Lookup<T> {
    match row {
        Some(row) if covered(&row) => Lookup::Within(row),
        Some(_) => Lookup::Outside,
        None => Lookup::Nowhere,
    }
}

/// Orders rows and cuts the wanted page out; `None` where there is no such page.
pub(super) fn page<T: Listed, F>(
    mut rows: Vec<T>,
    request: &ListRequest<F, T::Key>,
) -> Option<Page<T>> {
    let ListRequest { order, size, .. } = request;
    rows.sort_by(|a, b| compare(order, a, &values(order, b), b.row_id()));
    match &request.position {
        Position::Number(number) => numbered(rows, Some(*number), *size),
        Position::Last => numbered(rows, None, *size),
        Position::Keyed(cursor) => Some(keyed(rows, order, cursor.as_ref(), *size)),
    }
}

fn numbered<T>(rows: Vec<T>, number: Option<u64>, size: PageSize) -> Option<Page<T>> {
    let window = Window::resolve(number, size, rows.len() as u64)?;
    // Within the number of rows, and so within memory.
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let rows = rows.into_iter().skip(offset).take(size.get() as usize);
    Some(window.page(rows.collect()))
}

fn keyed<T: Listed>(
    mut rows: Vec<T>,
    order: &[Order<T::Key>],
    cursor: Option<&Cursor>,
    size: PageSize,
) -> Page<T> {
    if let Some(cursor) = cursor {
        let wanted = match reading_direction(Direction::Ascending, Some(cursor)) {
            Direction::Ascending => Ordering::Greater,
            Direction::Descending => Ordering::Less,
        };
        rows.retain(|row| compare(order, row, &cursor.values, cursor.id) == wanted);
        if wanted == Ordering::Less {
            rows.reverse();
        }
    }
    rows.truncate(size.get() as usize + 1);
    keyed_page(rows, order, cursor, size)
}

fn values<T: Listed>(order: &[Order<T::Key>], row: &T) -> Vec<SortValue> {
    order.iter().map(|by| row.sort_value(by.key)).collect()
}

/// Where a row stands towards a place in the ordered list; the id decides between equals.
fn compare<T: Listed>(order: &[Order<T::Key>], row: &T, place: &[SortValue], id: i32) -> Ordering {
    let by_keys = order.iter().zip(place).map(|(by, value)| {
        let ascending = row.sort_value(by.key).cmp(value);
        match by.direction {
            Direction::Ascending => ascending,
            Direction::Descending => ascending.reverse(),
        }
    });
    by_keys.into_iter().find(|ordering| ordering.is_ne()).unwrap_or_else(|| row.row_id().cmp(&id))
}
