//! Charts as SVG within the page: across in per cent, down in pixels, so that one drawing fits every
//! screen and its text keeps its size. The same numbers stand below as a table.

mod scale;

use askama::Template;
use rust_decimal::Decimal;
use wiwebb_domain::money::Currency;

use super::format;
use scale::Scale;

/// Height of a chart of columns; the bottom is for labels.
const HEIGHT: u32 = 168;
/// The highest place of a column, with room for half a line of text above.
const TOP: u32 = 8;
/// Where columns stand.
const BASE: u32 = 128;
/// The share of its slot that a column takes, in per cent.
const COLUMN: u32 = 64;
/// A digit of labels is at most this wide, in pixels.
const DIGIT: usize = 7;
/// Height of a row of a chart of rows.
const ROW: u32 = 40;
/// Names of rows are cut to this width, in letters.
const NAME: usize = 30;

/// What is measured, and so how it is written and in which steps its axis goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// A number of things.
    Count,
    /// Sums.
    Money(Currency),
    /// Bytes.
    Data,
    /// Seconds.
    Time,
}

impl Measure {
    fn exact(self, value: Decimal) -> String {
        match self {
            Self::Count => format::count(format::whole(value)),
            Self::Money(currency) => format::money(value, currency),
            Self::Data => format::bytes(format::whole(value)),
            Self::Time => format::duration(format::whole(value)),
        }
    }

    fn brief(self, value: Decimal) -> String {
        match self {
            _ if value.is_zero() => "0".to_owned(),
            Self::Count | Self::Money(_) => format::brief(value),
            Self::Data | Self::Time => self.exact(value),
        }
    }
}

/// A value of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// What it belongs to, in full.
    pub(crate) name: String,
    /// The same in two or three letters, below a column.
    pub(crate) label: String,
    /// What begins here, in a second line: a month, a year. Mostly empty.
    pub(crate) era: String,
    /// Not below zero.
    pub(crate) value: Decimal,
}

impl Point {
    /// One of a chart of rows.
    pub(crate) fn named(name: String, value: u64) -> Self {
        Self { name, label: String::new(), era: String::new(), value: value.into() }
    }
}

/// What a chart is of.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Names the chart's elements; no other chart of the page has it.
    pub(crate) id: String,
    /// Above the chart.
    pub(crate) title: String,
    /// What the points are: "Month".
    pub(crate) each: &'static str,
    pub(crate) measure: Measure,
    /// Said where there is nothing to draw.
    pub(crate) empty: &'static str,
}

/// A chart, which shows itself.
#[derive(Debug, Template)]
#[template(path = "site/chart.html")]
pub(crate) struct Chart {
    subject: Subject,
    /// What a screen reader says instead of the drawing.
    summary: String,
    drawing: Drawing,
    numbers: Vec<(String, String)>,
}

impl askama::filters::HtmlSafe for Chart {}

#[derive(Debug)]
enum Drawing {
    Nothing,
    Columns(Columns),
    Rows(Rows),
}

#[derive(Debug)]
struct Columns {
    height: u32,
    base: u32,
    /// Room for the labels of the axis, in pixels.
    gutter: usize,
    ticks: Vec<Tick>,
    bars: Vec<Column>,
}

#[derive(Debug)]
struct Tick {
    y: Decimal,
    label: String,
}

#[derive(Debug)]
struct Column {
    /// Left edge, width and middle in per cent of the whole.
    x: Decimal,
    width: Decimal,
    middle: Decimal,
    y: Decimal,
    height: Decimal,
    label: String,
    era: String,
    /// Whether its label goes where there is little room; that of the last one stays.
    is_spare: bool,
    told: String,
}

#[derive(Debug)]
struct Rows {
    height: u32,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    text_y: u32,
    bar_y: u32,
    /// In per cent of the greatest.
    width: Decimal,
    name: String,
    value: String,
    told: String,
}

impl Chart {
    /// Columns side by side, for what changes over time. The last one, which still grows, stands out.
    pub(crate) fn columns(subject: Subject, points: &[Point]) -> Self {
        let drawing = Drawing::Columns(columns(subject.measure, points));
        Self::new(subject, points, drawing)
    }

    /// Bars below each other, for things with names.
    pub(crate) fn rows(subject: Subject, points: &[Point]) -> Self {
        let drawing = Drawing::Rows(rows(subject.measure, points));
        Self::new(subject, points, drawing)
    }

    fn new(subject: Subject, points: &[Point], drawing: Drawing) -> Self {
        let value = |point: &Point| subject.measure.exact(point.value);
        let greatest = points.iter().filter(|point| point.value > Decimal::ZERO);
        let greatest = greatest.max_by_key(|point| point.value);
        let summary = match (greatest, points) {
            (Some(most), [first, .., last]) => {
                let (first, last, most_of) = (&first.name, &last.name, &most.name);
                format!("{first} to {last}. The most: {}, {most_of}.", value(most))
            }
            (Some(only), _) => format!("{}: {}.", only.name, value(only)),
            (None, _) => String::new(),
        };
        let Some(_) = greatest else {
            return Self { subject, summary, drawing: Drawing::Nothing, numbers: Vec::new() };
        };
        let numbers = points.iter().map(|point| (point.name.clone(), value(point))).collect();
        Self { subject, summary, drawing, numbers }
    }
}

fn columns(measure: Measure, points: &[Point]) -> Columns {
    let greatest = points.iter().map(|point| point.value).max().unwrap_or_default();
    let scale = Scale::of(measure, greatest);
    let room = Decimal::from(BASE - TOP);
    let y = |value: Decimal| Decimal::from(BASE) - (scale.share(value) * room).round_dp(1);
    let tick = |value| Tick { y: y(value), label: measure.brief(value) };
    let ticks: Vec<Tick> = scale.ticks().map(tick).collect();
    let widest = ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or_default();
    let slot = Decimal::ONE_HUNDRED / Decimal::from(points.len().max(1));
    let width = slot * Decimal::from(COLUMN) / Decimal::ONE_HUNDRED;
    let column = |(index, point): (usize, &Point)| {
        let middle = slot * (Decimal::from(index) + Decimal::new(5, 1));
        let top = y(point.value);
        Column {
            x: percent(middle - width / Decimal::TWO),
            width: percent(width),
            middle: percent(middle),
            y: top.normalize(),
            height: (Decimal::from(BASE) - top).normalize(),
            label: point.label.clone(),
            era: point.era.clone(),
            is_spare: (points.len() - 1 - index) % 2 == 1,
            told: told(measure, point),
        }
    };
    Columns {
        height: HEIGHT,
        base: BASE,
        gutter: widest * DIGIT + DIGIT,
        ticks,
        bars: points.iter().enumerate().map(column).collect(),
    }
}

fn rows(measure: Measure, points: &[Point]) -> Rows {
    let greatest = points.iter().map(|point| point.value).max().unwrap_or_default();
    let scale = Scale::exactly(greatest);
    let row = |(point, top): (&Point, u32)| Row {
        text_y: top + 14,
        bar_y: top + 21,
        width: percent(scale.share(point.value) * Decimal::ONE_HUNDRED),
        name: cut(&point.name),
        value: measure.exact(point.value),
        told: told(measure, point),
    };
    let rows: Vec<Row> = points.iter().zip((0..).step_by(ROW as usize)).map(row).collect();
    Rows { height: rows.last().map_or(0, |row| row.bar_y + 12), rows }
}

fn told(measure: Measure, point: &Point) -> String {
    format!("{}: {}", point.name, measure.exact(point.value))
}

fn percent(value: Decimal) -> Decimal {
    value.round_dp(2).normalize()
}

/// A name that is too long for its row, with an ellipsis. Letters of East Asian scripts and symbols are
/// twice as wide as others.
fn cut(name: &str) -> String {
    let mut width = 0;
    let end = name.char_indices().find_map(|(index, letter)| {
        width += if letter >= '\u{1100}' { 2 } else { 1 };
        (width > NAME).then_some(index)
    });
    end.map_or_else(|| name.to_owned(), |end| format!("{}…", name[..end].trim_end()))
}

#[cfg(test)]
mod tests;
