//! Pages of a list: newest first, with cursors.

use serde_json::{Value, json};

use super::form::Params;
use super::refusal::{Refusal, Reply};
use super::table::Row;

/// What every list takes.
pub(crate) const PAGING: &[&str] =
    &["limit", "starting_after", "ending_before", "created", "created[*]"];

/// Rows of a table that are asked for.
pub(crate) fn page<'t, T: Row + 't>(
    params: &Params,
    url: &str,
    oldest_first: impl DoubleEndedIterator<Item = &'t T>,
    render: impl Fn(&T) -> Value,
) -> Reply {
    let limit = params.int("limit")?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        return Err(Refusal::invalid("A limit is between 1 and 100.").param("limit"));
    }
    let limit = usize::try_from(limit).unwrap();
    let made = Made::read(params)?;
    let rows: Vec<&T> = oldest_first.rev().filter(|row| made.holds(row.created())).collect();
    let (rows, has_more) = match (params.text("starting_after"), params.text("ending_before")) {
        (Some(_), Some(_)) => return Err(Refusal::invalid("One cursor at a time.")),
        (None, Some(id)) => {
            let end = place(&rows, id, "ending_before")?;
            let start = end.saturating_sub(limit);
            (&rows[start..end], start > 0)
        }
        (after, None) => {
            let found = after.map(|id| place(&rows, id, "starting_after")).transpose()?;
            let start = found.map_or(0, |place| place + 1);
            let end = rows.len().min(start + limit);
            (&rows[start..end], end < rows.len())
        }
    };
    let data: Vec<Value> = rows.iter().map(|row| render(row)).collect();
    Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
}

fn place<T: Row>(rows: &[&T], id: &str, param: &str) -> Reply<usize> {
    let found = rows.iter().position(|row| row.id() == id);
    found.ok_or_else(|| Refusal::names_no("object", id, param))
}

/// `created` and its bounds.
struct Made(Vec<(&'static str, i64)>);

impl Made {
    fn read(params: &Params) -> Reply<Self> {
        let names = ["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];
        let mut bounds = Vec::new();
        for name in names {
            if let Some(bound) = params.int(name)? {
                bounds.push((name, bound));
            }
        }
        let sent = params.pairs().iter().filter(|(name, _)| name.starts_with("created")).count();
        if sent == bounds.len() {
            Ok(Self(bounds))
        } else {
            Err(Refusal::invalid("Received unknown parameter below created").param("created"))
        }
    }

    fn holds(&self, at: i64) -> bool {
        self.0.iter().all(|(name, bound)| match *name {
            "created[gt]" => at > *bound,
            "created[gte]" => at >= *bound,
            "created[lt]" => at < *bound,
            "created[lte]" => at <= *bound,
            _ => at == *bound,
        })
    }
}
