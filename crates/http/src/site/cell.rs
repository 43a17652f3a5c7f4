//! Values as people read them.

use chrono::{DateTime, NaiveDate, Utc};
use wiwebb_domain::money::Money;

use super::format;

/// What a badge says about its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// All is well.
    Good,
    /// Somebody should look.
    Warn,
    /// It failed.
    Bad,
    /// Nothing to note.
    Quiet,
}

impl Tone {
    /// The class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A value in a table or beside its name.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// As it is. Empty text shows as a dash.
    Text(String),
    /// Of several lines.
    Long(String),
    /// Characters that a machine reads: ids, keys, JSON.
    Code(String),
    /// Leads to another page of the site.
    Link { href: String, text: String },
    /// Leads away from the site.
    Away(String),
    /// A word of a small set.
    Badge { tone: Tone, text: String },
}

impl Cell {
    /// Text.
    pub(crate) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    /// Text that may be missing.
    pub(crate) fn maybe<T: ToString>(text: Option<T>) -> Self {
        Self::Text(text.map(|text| text.to_string()).unwrap_or_default())
    }

    /// A link within the site.
    pub(crate) fn link(href: impl Into<String>, text: impl ToString) -> Self {
        Self::Link { href: href.into(), text: text.to_string() }
    }

    /// A word of a small set.
    pub(crate) fn badge(tone: Tone, text: impl ToString) -> Self {
        Self::Badge { tone, text: text.to_string() }
    }

    /// Whether something holds.
    pub(crate) fn truth(truth: bool) -> Self {
        if truth { Self::badge(Tone::Good, "Yes") } else { Self::badge(Tone::Quiet, "No") }
    }

    /// An instant.
    pub(crate) fn time(instant: DateTime<Utc>) -> Self {
        Self::Text(format::time(instant))
    }

    /// An instant that may not have come.
    pub(crate) fn maybe_time(instant: Option<DateTime<Utc>>) -> Self {
        Self::Text(instant.map(format::time).unwrap_or_default())
    }

    /// A day.
    pub(crate) fn maybe_day(day: Option<NaiveDate>) -> Self {
        Self::maybe(day)
    }

    /// An amount with its currency.
    pub(crate) fn money(money: &Money) -> Self {
        Self::Text(format::money(money.amount().value(), money.currency()))
    }
}

/// A value with its name.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: Cell,
}

impl Fact {
    pub(crate) const fn new(label: &'static str, value: Cell) -> Self {
        Self { label, value }
    }
}
