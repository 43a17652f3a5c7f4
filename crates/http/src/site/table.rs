//! Lists as tables: search, filters, ordering and pages in the address, as in the API (contract §1.6).
//!
//! Pages are by key: what one costs does not grow with its depth, and nothing is counted.

use askama::Template;
use wiwebb_domain::page::{Place, SortKey};

use super::Shown;
use super::cell::Cell;
use super::format;
use super::page::{Notice, Shell, show};
use super::visit::Visit;
use crate::extract::cursor;
use crate::extract::list::{Browsed, Params};

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    label: &'static str,
    sort: Option<&'static str>,
    is_number: bool,
}

impl Column {
    /// One that the list cannot be ordered by.
    pub(crate) const fn new(label: &'static str) -> Self {
        Self { label, sort: None, is_number: false }
    }

    /// The list can be ordered by it, under the API's name.
    pub(crate) const fn by(self, name: &'static str) -> Self {
        Self { sort: Some(name), ..self }
    }

    /// It holds numbers, which stand below each other.
    pub(crate) const fn number(self) -> Self {
        Self { is_number: true, ..self }
    }
}

/// A filter that people can set.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The words that there are; none where it is a free text.
    pub(crate) options: Vec<(String, String)>,
    pub(crate) input_type: &'static str,
    pub(crate) value: String,
}

impl Filter {
    /// By text.
    pub(crate) const fn text(name: &'static str, label: &'static str) -> Self {
        Self { name, label, options: Vec::new(), input_type: "text", value: String::new() }
    }

    /// By a day.
    pub(crate) fn day(name: &'static str, label: &'static str) -> Self {
        Self { input_type: "date", ..Self::text(name, label) }
    }

    /// By one of some words.
    pub(crate) fn choice<V: Into<String>, L: Into<String>>(
        name: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (V, L)>,
    ) -> Self {
        let options = options.into_iter().map(|(value, label)| (value.into(), label.into()));
        Self { options: options.collect(), ..Self::text(name, label) }
    }

    /// By a truth value.
    pub(crate) fn truth(name: &'static str, label: &'static str) -> Self {
        Self::choice(name, label, [("true", "Yes"), ("false", "No")])
    }
}

/// The head of a column.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) label: &'static str,
    /// The list ordered by it.
    pub(crate) href: Option<String>,
    /// How it is ordered now (WAI-ARIA, `aria-sort`).
    pub(crate) sorted: Option<&'static str>,
    pub(crate) is_number: bool,
}

/// A link in the head of a page.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) class: &'static str,
}

impl Action {
    /// The main one of a page.
    pub(crate) fn new(href: impl Into<String>, label: &'static str) -> Self {
        Self { href: href.into(), label, class: "" }
    }

    /// To the form that changes what has a page of its own.
    pub(crate) fn edit(page: &str) -> Self {
        Self::new(format!("{page}edit/"), "Edit")
    }

    /// To the page that asks before it is deleted.
    pub(crate) fn delete(page: &str) -> Self {
        Self::new(format!("{page}delete/"), "Delete").danger()
    }

    /// Beside the main one.
    pub(crate) fn quiet(self) -> Self {
        Self { class: "quiet", ..self }
    }

    /// What it leads to cannot be undone.
    pub(crate) fn danger(self) -> Self {
        Self { class: "danger", ..self }
    }
}

/// The most rows of a table that is no list of its own: the page stays light.
const FIRST: usize = 20;

/// A table of a list.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) heads: Vec<Head>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Said where there are more rows than these, and no pages of them.
    pub(crate) more: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) filters: Vec<Filter>,
    /// The words that are searched for; `None` where the list has no search.
    pub(crate) search: Option<String>,
    pub(crate) ordering: String,
    /// Whether search or filters keep rows out.
    pub(crate) is_narrowed: bool,
}

impl Table {
    /// Of a page of a list, a row for each item. The first cell names the item.
    pub(crate) fn new<T, K: SortKey>(
        browsed: &Browsed<T, K>,
        columns: &[Column],
        row: impl Fn(&T) -> Vec<Cell>,
    ) -> Self {
        let Browsed { page, params, .. } = browsed;
        let (next, previous) = neighbours(browsed);
        Self {
            heads: columns.iter().map(|column| head(*column, params)).collect(),
            rows: page
                .items
                .iter()
                .map(|item| row(item).into_iter().map(Cell::shortened).collect())
                .collect(),
            more: None,
            next,
            previous,
            filters: Vec::new(),
            search: None,
            ordering: params.value("ordering").to_owned(),
            is_narrowed: false,
        }
    }

    /// Rows that are no list of their own: neither ordered nor paged. The first of them are shown.
    pub(crate) fn plain(
        columns: &[Column],
        rows: impl IntoIterator<Item = Vec<Cell>, IntoIter: ExactSizeIterator>,
    ) -> Self {
        let rows = rows.into_iter();
        let head = |column: &Column| Head {
            label: column.label,
            href: None,
            sorted: None,
            is_number: column.is_number,
        };
        Self {
            heads: columns.iter().map(head).collect(),
            more: format::first_of(FIRST, rows.len()),
            rows: rows
                .take(FIRST)
                .map(|row| row.into_iter().map(Cell::in_table).collect())
                .collect(),
            next: None,
            previous: None,
            filters: Vec::new(),
            search: None,
            ordering: String::new(),
            is_narrowed: false,
        }
    }

    /// The list can be searched.
    pub(crate) fn searchable<T, K>(mut self, browsed: &Browsed<T, K>) -> Self {
        let words = browsed.params.value("search");
        self.is_narrowed |= !words.is_empty();
        self.search = Some(words.to_owned());
        self
    }

    /// The list can be filtered.
    pub(crate) fn filtered<T, K>(
        mut self,
        browsed: &Browsed<T, K>,
        filters: impl IntoIterator<Item = Filter>,
    ) -> Self {
        for mut filter in filters {
            browsed.params.value(filter.name).clone_into(&mut filter.value);
            self.is_narrowed |= !filter.value.is_empty();
            self.filters.push(filter);
        }
        self
    }

    /// Whether there is anything to narrow the list by.
    pub(crate) fn has_filters(&self) -> bool {
        self.search.is_some() || !self.filters.is_empty()
    }
}

/// The pages behind and before one of a list.
pub(crate) fn neighbours<T, K: SortKey>(
    browsed: &Browsed<T, K>,
) -> (Option<String>, Option<String>) {
    let Browsed { page, order, params } = browsed;
    let link = |name, value: &str| another_slice(params, (name, value));
    match &page.place {
        Place::Keyed { next, previous } => {
            let beside =
                |place: &Option<_>| Some(link("cursor", &cursor::encode(place.as_ref()?, order)));
            (beside(next), beside(previous))
        }
        Place::Numbered { number, pages, .. } => {
            let beside = |number: u64| link("page", &number.to_string());
            let next = (number < pages).then(|| beside(number + 1));
            (next, (*number > 1).then(|| beside(number - 1)))
        }
    }
}

/// The address of the list from elsewhere on. What was done before it was opened is not told again.
fn another_slice(params: &Params, changed: (&str, &str)) -> String {
    params.query_with(&[("page", ""), ("cursor", ""), (Notice::PARAMETER, ""), changed])
}

fn head(column: Column, params: &Params) -> Head {
    let Column { label, sort, is_number } = column;
    let ordering = params.value("ordering");
    let sorted = sort.and_then(|name| match ordering.strip_prefix('-') {
        Some(turned) if turned == name => Some("descending"),
        None if ordering == name => Some("ascending"),
        _ => None,
    });
    let href = sort.map(|name| {
        let wanted = if sorted == Some("ascending") { format!("-{name}") } else { name.to_owned() };
        another_slice(params, ("ordering", &wanted))
    });
    Head { label, href, sorted, is_number }
}

/// A page that is a list.
#[derive(Template)]
#[template(path = "site/list.html")]
struct ListPage {
    shell: Shell,
    heading: String,
    /// What the list is for; may be empty.
    intro: &'static str,
    actions: Vec<Action>,
    table: Table,
    empty: &'static str,
    /// Where its rows are as they are now; `None` where it does not look for news by itself.
    news: Option<String>,
}

/// What stands around the table of a list.
pub(crate) struct ListHead {
    heading: String,
    intro: &'static str,
    empty: &'static str,
    actions: Vec<Action>,
    news: Option<String>,
}

impl ListHead {
    /// Of a list with this name. `empty` is said where there are no rows at all.
    pub(crate) fn new(heading: impl Into<String>, empty: &'static str) -> Self {
        Self { heading: heading.into(), intro: "", empty, actions: Vec::new(), news: None }
    }

    /// With what the list is for.
    pub(crate) fn intro(self, intro: &'static str) -> Self {
        Self { intro, ..self }
    }

    /// With a link, if it is offered.
    pub(crate) fn action(mut self, is_offered: bool, href: &str, label: &'static str) -> Self {
        if is_offered {
            self.actions.push(Action::new(href, label));
        }
        self
    }

    /// The list looks for news at its own address where the browser runs scripts.
    pub(crate) fn live(self, address: String) -> Self {
        Self { news: Some(address), ..self }
    }
}

/// Shows a list.
pub(crate) fn show_list(visit: &Visit, head: ListHead, table: Table) -> Shown {
    let ListHead { heading, intro, empty, actions, news } = head;
    let shell = visit.shell(heading.as_str());
    let shell = if news.is_some() { shell.live() } else { shell };
    show(&ListPage { shell, heading, intro, actions, table, empty, news })
}
