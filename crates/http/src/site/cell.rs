//! Values as people read them.

use chrono::{DateTime, NaiveDate, Utc};
use wiwebb_domain::money::{Amount, Currency, Money};

use super::format::{self, Excerpt};

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
    Long(Excerpt),
    /// Characters that a machine reads: ids, keys, JSON.
    Code(String),
    /// Leads to another page of the site.
    Link { href: String, text: String },
    /// Leads away from the site.
    Away(String),
    /// A word of a small set.
    Badge { tone: Tone, text: String },
}

/// The most characters of a name in a list: a page stays light and can be seen whole.
const LONGEST: usize = 50;

/// Bytes that a page spends at most on a value in a table that is no list of its own.
const LONGEST_IN_TABLE: usize = 300;

#[expect(clippy::needless_pass_by_value, reason = "a value comes as it is at hand, owned or not")]
impl Cell {
    /// As a list shows it, where the whole stands on a page of its own.
    pub(super) fn shortened(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(shortened(text)),
            Self::Code(text) => Self::Code(shortened(text)),
            Self::Link { href, text } => Self::Link { href, text: shortened(text) },
            other => other,
        }
    }

    /// As a table shows it that is no list of its own.
    pub(super) fn in_table(self) -> Self {
        let within = |text| format::within(text, LONGEST_IN_TABLE);
        match self {
            Self::Text(text) => Self::Text(within(text).text),
            Self::Code(text) => Self::Code(within(text).text),
            Self::Long(Excerpt { text, .. }) => Self::Long(within(text)),
            other => other,
        }
    }

    /// As it stands beside its name. What is too long for a line is cut as prose is.
    fn beside_name(self) -> Self {
        let (text, whole): (_, fn(String) -> Self) = match self {
            Self::Text(text) => (text, Self::Text),
            Self::Code(text) => (text, Self::Code),
            other => return other,
        };
        let line = format::line(text);
        if line.is_cut { Self::Long(line) } else { whole(line.text) }
    }

    /// Text.
    pub(crate) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    /// Text that may be missing.
    pub(crate) fn maybe<T: ToString>(text: Option<T>) -> Self {
        Self::Text(text.map(|text| text.to_string()).unwrap_or_default())
    }

    /// Text of several lines that may be missing.
    pub(crate) fn maybe_long<T: ToString>(text: Option<T>) -> Self {
        Self::Long(format::prose(text.map(|text| text.to_string()).unwrap_or_default()))
    }

    /// Characters that a machine reads.
    pub(crate) fn code(text: impl ToString) -> Self {
        Self::Code(text.to_string())
    }

    /// Characters that a machine reads, if there are any.
    pub(crate) fn maybe_code<T: ToString>(text: Option<T>) -> Self {
        Self::Code(text.map(|text| text.to_string()).unwrap_or_default())
    }

    /// An address elsewhere that may be missing.
    pub(crate) fn maybe_away<T: ToString>(href: Option<T>) -> Self {
        href.map_or(Self::text(""), |href| Self::Away(href.to_string()))
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
        Self::Text(format::price(money))
    }

    /// An amount in a currency that stands elsewhere.
    pub(crate) fn sum(amount: Amount, currency: Currency) -> Self {
        Self::Text(format::money(amount.value(), currency))
    }
}

/// A name as a list shows it, where the whole stands on a page of its own or matters to nobody.
pub(crate) fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text,
    }
}

/// A value with its name.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: Cell,
}

impl Fact {
    /// One with this name. The page stays light whatever the value is.
    pub(crate) fn new(label: &'static str, value: Cell) -> Self {
        Self { label, value: value.beside_name() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_fifty_characters_of_a_name_and_that_there_are_more() {
        let shown = |text: &str| match Cell::text(text).shortened() {
            Cell::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(shown(&"\u{e9}".repeat(50)), "\u{e9}".repeat(50));
        assert_eq!(shown(&"\u{e9}".repeat(51)), format!("{}\u{2026}", "\u{e9}".repeat(50)));
    }

    #[test]
    fn beside_its_name_a_line_is_whole_and_of_a_longer_text_the_beginning_is_told_to_be_one() {
        let shown = |length| Fact::new("Keys", Cell::code("k".repeat(length))).value;
        assert!(matches!(shown(2500), Cell::Code(text) if text == "k".repeat(2500)));
        assert!(matches!(shown(2501), Cell::Long(Excerpt { is_cut: true, .. })));
    }
}
