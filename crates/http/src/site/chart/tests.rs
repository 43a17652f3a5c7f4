use proptest::prelude::*;

use super::*;

fn subject(measure: Measure) -> Subject {
    Subject {
        id: "revenue".to_owned(),
        title: "Revenue".to_owned(),
        each: "Month",
        measure,
        empty: "Nothing was earned.",
    }
}

fn point(name: &str, value: impl Into<Decimal>) -> Point {
    let label = name.chars().take(3).collect();
    Point { name: name.to_owned(), label, era: String::new(), value: value.into() }
}

fn points(values: &[u64]) -> Vec<Point> {
    let name = |index| format!("{index} November");
    values.iter().enumerate().map(|(index, value)| point(&name(index + 1), *value)).collect()
}

fn labels(measure: Measure, greatest: impl Into<Decimal>) -> Vec<String> {
    let drawn = columns(measure, &[point("now", greatest)]);
    let plain = |tick: &Tick| tick.label.replace(['\u{a0}', '\u{202f}'], " ");
    drawn.ticks.iter().map(plain).collect()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn axes_are_marked_in_steps_that_people_count_in() {
    assert_eq!(labels(Measure::Count, 1), ["0", "1"]);
    assert_eq!(labels(Measure::Count, 7), ["0", "2", "4", "6", "8"]);
    assert_eq!(labels(Measure::Count, 45_000), ["0", "20k", "40k", "60k"]);
    let usd = Measure::Money(Currency::USD);
    assert_eq!(labels(usd, decimal("0.05")), ["0", "0.02", "0.04", "0.06"]);
    assert_eq!(labels(usd, decimal("1234.50")), ["0", "500", "1 000", "1 500"]);
    assert_eq!(labels(Measure::Data, 1_700_000_000), ["0", "500 MB", "1 GB", "1.5 GB", "2 GB"]);
    assert_eq!(labels(Measure::Time, 90), ["0", "50 s", "1 min"]);
    assert_eq!(labels(Measure::Time, 2400), ["0", "10 min", "20 min", "30 min", "40 min"]);
    assert_eq!(labels(Measure::Time, 5 * 3600 + 1), ["0", "2 h", "4 h", "6 h"]);
}

#[test]
fn a_chart_of_nothing_says_so_and_draws_nothing() {
    for chart in [
        Chart::columns(subject(Measure::Count), &points(&[0, 0, 0])),
        Chart::rows(subject(Measure::Count), &[]),
    ] {
        let html = chart.to_string();
        assert!(html.contains("Nothing was earned."), "{html}");
        assert!(!html.contains("<svg"), "{html}");
    }
}

#[test]
fn what_is_drawn_is_told_too() {
    let html = Chart::columns(subject(Measure::Count), &points(&[3, 1200, 7])).to_string();
    let html = html.replace('\u{202f}', " ");
    assert!(html.contains("1 November to 3 November. The most: 1 200, 2 November."), "{html}");
    for (name, value) in [("1 November", "3"), ("2 November", "1 200"), ("3 November", "7")] {
        let row = format!("<th>{name}</th><td>{value}</td>");
        assert!(html.contains(&row), "{row} is missing in {html}");
    }
}

#[test]
fn names_are_text() {
    let html = Chart::rows(subject(Measure::Count), &[point("<b>Gold</b>", 1)]).to_string();
    assert!(!html.contains("<b>"), "{html}");
    assert!(html.contains("Gold"), "{html}");
}

#[test]
fn a_chart_has_neither_styles_nor_scripts_of_its_own() {
    let columns = Chart::columns(subject(Measure::Count), &points(&[3, 4]));
    let rows = Chart::rows(subject(Measure::Count), &points(&[3, 4]));
    for html in [columns.to_string(), rows.to_string()] {
        assert!(html.contains("<svg"), "{html}");
        assert!(!html.contains("style") && !html.contains("<script"), "{html}");
    }
}

#[test]
fn long_names_are_cut_where_they_would_reach_their_number() {
    assert_eq!(cut("Silver month"), "Silver month");
    assert_eq!(cut(&"m".repeat(31)), format!("{}…", "m".repeat(30)));
    assert_eq!(cut(&"計".repeat(20)), format!("{}…", "計".repeat(15)));
}

/// Pixels that are left for columns where a phone of 320 pixels shows a chart.
const NARROW: usize = 320 - 2 * 16 - 2 * 21;

#[test]
fn every_other_label_goes_so_that_the_rest_have_room_on_a_phone() {
    for count in [12, 14] {
        let drawn = columns(Measure::Count, &points(&vec![1_234_567; count]));
        let kept = drawn.bars.iter().filter(|column| !column.is_spare).count();
        let room = (NARROW - drawn.gutter) / kept;
        assert!(room >= 3 * DIGIT, "{room} pixels a label");
        assert!(drawn.bars.last().is_some_and(|column| !column.is_spare));
    }
}

proptest! {
    #[test]
    fn columns_are_as_high_as_their_values_and_stay_on_the_plot(
        values in prop::collection::vec(any::<u64>().prop_map(|value| value >> (value % 64)), 1..40),
        measure in prop::sample::select(vec![
            Measure::Count, Measure::Money(Currency::USD), Measure::Data, Measure::Time,
        ]),
    ) {
        let drawn = columns(measure, &points(&values));
        let scale = Scale::of(measure, values.iter().copied().max().unwrap_or(0).into());
        let room = Decimal::from(BASE - TOP);
        for (column, value) in drawn.bars.iter().zip(&values) {
            prop_assert_eq!(column.y + column.height, Decimal::from(BASE));
            prop_assert!(column.y >= Decimal::from(TOP) && column.height >= Decimal::ZERO);
            prop_assert!(column.x >= Decimal::ZERO);
            prop_assert!(column.x + column.width <= Decimal::ONE_HUNDRED);
            let exact = scale.share(Decimal::from(*value)) * room;
            prop_assert!((column.height - exact).abs() <= Decimal::new(5, 2));
        }
        for (left, right) in drawn.bars.iter().zip(drawn.bars.iter().skip(1)) {
            prop_assert!(left.x + left.width < right.x);
        }
    }

    #[test]
    fn marks_reach_from_zero_to_the_greatest_value_and_not_far_beyond(
        greatest in any::<u64>().prop_map(|value| value >> (value % 64)),
        measure in prop::sample::select(vec![
            Measure::Count, Measure::Money(Currency::USD), Measure::Data, Measure::Time,
        ]),
    ) {
        let greatest = Decimal::from(greatest);
        let ticks: Vec<Decimal> = Scale::of(measure, greatest).ticks().collect();
        prop_assert_eq!(ticks[0], Decimal::ZERO);
        prop_assert!((2..=6).contains(&ticks.len()), "{ticks:?}");
        prop_assert!(ticks[ticks.len() - 1] >= greatest);
        prop_assert!(greatest.is_zero() || ticks[ticks.len() - 2] < greatest);
    }
}
