//! How numbers, sums, sizes and times are written for people.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use wiwebb_domain::money::{Currency, Money};

/// Stands between groups of three digits: narrow, and lines do not break there.
const GROUP: char = '\u{202f}';

/// Stands between a number and its unit; lines do not break there.
const UNIT: char = '\u{a0}';

/// Sizes of data, each a thousand of the one before (1 MB is 1 000 000 bytes, contract §8.4).
const SIZES: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// A count: `12 345`.
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A sum in a currency: `1 234.50 USD`. It has the digits of the currency's minor unit, and more where
/// the value has more: nothing is rounded.
pub(crate) fn money(sum: Decimal, currency: Currency) -> String {
    let decimals = sum.normalize().scale().max(currency.exponent()) as usize;
    format!("{}{UNIT}{currency}", grouped(&format!("{sum:.decimals$}")))
}

/// A sum that has its currency with it.
pub(crate) fn price(price: &Money) -> String {
    money(price.amount().value(), price.currency())
}

/// An amount of data: `999 B`, `1.5 GB`, rounded to one decimal.
pub(crate) fn bytes(octets: u64) -> String {
    let thousand = Decimal::ONE_THOUSAND;
    let mut value = Decimal::from(octets);
    let mut size = 0;
    // What would be written as a thousand is one of the next.
    while rounded(value) >= thousand && size + 1 < SIZES.len() {
        value /= thousand;
        size += 1;
    }
    format!("{}{UNIT}{}", rounded(value), SIZES[size])
}

/// Bytes that a page spends on a JSON value at most.
const LONGEST_JSON: usize = 20_000;

/// Bytes that it spends on text of several lines at most.
const LONGEST_PROSE: usize = 10_000;

/// Bytes that it spends on a line at most: 500 characters fit, whatever they are, and no line that the
/// API takes is longer.
const LONGEST_LINE: usize = 2500;

/// A text as a page shows it: the whole, or its beginning, which ends in an ellipsis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    pub(crate) is_cut: bool,
}

/// Bytes that it spends on a text that is edited at most.
const LONGEST_IN_FORM: usize = 20_000;

/// Whether a text is short enough to be edited on a page.
pub(crate) fn fits_in_form(text: &str) -> bool {
    text.chars().map(weight).sum::<usize>() <= LONGEST_IN_FORM
}

/// A JSON value in several lines as a page shows it, which stays light whatever is in it.
pub(crate) fn json(value: &impl Serialize) -> Excerpt {
    json_within(value, LONGEST_JSON)
}

/// As [`json`], for which the page spends so many bytes at most.
pub(crate) fn json_within(value: &impl Serialize, most: usize) -> Excerpt {
    within(serde_json::to_string_pretty(value).unwrap_or_default(), most)
}

/// Text of several lines as a page shows it by itself.
pub(crate) fn prose(text: String) -> Excerpt {
    within(text, LONGEST_PROSE)
}

/// A line as a page shows it by itself.
pub(crate) fn line(text: String) -> Excerpt {
    within(text, LONGEST_LINE)
}

/// A text for which a page spends so many bytes at most.
pub(crate) fn within(mut text: String, most: usize) -> Excerpt {
    let mut spent = 0;
    let end = text.char_indices().find_map(|(at, character)| {
        spent += weight(character);
        (spent > most).then_some(at)
    });
    if let Some(end) = end {
        text.truncate(end);
        text.push_str("\n\u{2026}");
    }
    Excerpt { text, is_cut: end.is_some() }
}

/// What is said below the first of many; nothing where there are no others.
pub(crate) fn first_of(shown: usize, all: usize) -> Option<String> {
    let count = |number: usize| grouped(&number.to_string());
    (shown < all).then(|| {
        format!("These are the first {} of {}. The API has all of them.", count(shown), count(all))
    })
}

/// Bytes of a character on a page: what means something in HTML is written as a number (`&#60;`).
const fn weight(character: char) -> usize {
    match character {
        '<' | '>' | '&' | '"' | '\'' => 5,
        other => other.len_utf8(),
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    bytes.iter().map(digits).collect()
}

/// A length of time, from seconds: `45 s`, `12 min`, `3 h 5 min`. From a minute on seconds are left out.
pub(crate) fn duration(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{UNIT}s"),
        (0, minutes) => format!("{minutes}{UNIT}min"),
        (hours, 0) => format!("{}{UNIT}h", count(hours)),
        (hours, minutes) => format!("{}{UNIT}h {minutes}{UNIT}min", count(hours)),
    }
}

/// An instant: `2026-11-26 14:05 UTC`.
pub(crate) fn time(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// An instant by the second, where several fall into a minute: `2026-11-26 14:05:59 UTC`.
pub(crate) fn second(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A day: `26 November 2026`.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The month of a day: `November 2026`.
pub(crate) fn month(day: NaiveDate) -> String {
    day.format("%B %Y").to_string()
}

/// A number in little room: `950`, `12k`, `1.5M`.
pub(crate) fn brief(number: Decimal) -> String {
    let thousand = Decimal::ONE_THOUSAND;
    let mut value = number;
    let mut suffix = "";
    if number.abs() >= Decimal::from(10_000) {
        for next in ["k", "M", "bn"] {
            if value.abs() < thousand {
                break;
            }
            value /= thousand;
            suffix = next;
        }
    }
    let value = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    format!("{}{suffix}", grouped(&value.normalize().to_string()))
}

/// A number that counts, of what is no whole number or too large the nearest.
pub(crate) fn whole(number: Decimal) -> u64 {
    if number.is_sign_negative() { 0 } else { number.round().to_u64().unwrap_or(u64::MAX) }
}

fn rounded(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero).normalize()
}

/// Separates the thousands before the point.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(GROUP);
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace([GROUP, UNIT], " ")
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(plain(&count(number)), text);
        }
    }

    #[test]
    fn a_sum_has_the_decimals_of_its_currency_and_is_never_rounded() {
        for (sum, code, text) in [
            ("1234.5", "USD", "1 234.50 USD"),
            ("-1234.5", "EUR", "-1 234.50 EUR"),
            ("500.00", "JPY", "500 JPY"),
            ("500.50", "JPY", "500.5 JPY"),
            ("5.12", "KWD", "5.120 KWD"),
            ("0", "USD", "0.00 USD"),
        ] {
            assert_eq!(plain(&money(decimal(sum), Currency::new(code).unwrap())), text);
        }
    }

    #[test]
    fn data_is_written_in_units_of_a_thousand() {
        for (octets, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1_550_000, "1.6 MB"),
            (999_949, "999.9 kB"),
            (999_950, "1 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(plain(&bytes(octets)), text);
        }
    }

    #[test]
    fn json_is_cut_where_it_is_too_long_for_a_page() {
        let cut = |value: &str, most| json_within(&value, most);
        let whole = |text: &str| Excerpt { text: text.to_owned(), is_cut: false };
        let begun = |text: &str| Excerpt { text: format!("{text}\n\u{2026}"), is_cut: true };
        assert_eq!(json(&serde_json::json!({ "a": 1 })), whole("{\n  \"a\": 1\n}"));
        assert_eq!(cut("abc", 13), whole("\"abc\""));
        assert_eq!(cut("abc", 12), begun("\"abc"));
        assert_eq!(cut("\u{e9}\u{20000}", 10), begun("\"\u{e9}"));
        assert_eq!(cut("<", 9), begun("\""));
        assert_eq!(cut("", 0), begun(""));
    }

    #[test]
    fn nothing_takes_more_of_a_page_than_it_may() {
        for character in "<>&\"'/\\a\u{1}\u{e9}\u{20000}".chars() {
            let long = character.to_string().repeat(30_000);
            for (shown, most) in [
                (json(&long), LONGEST_JSON),
                (prose(long.clone()), LONGEST_PROSE),
                (line(long), LONGEST_LINE),
            ] {
                let Excerpt { mut text, is_cut } = shown;
                assert!(is_cut && text.ends_with("\n\u{2026}"), "{character:?}");
                text.truncate(text.len() - "\n\u{2026}".len());
                let written = askama::filters::escape(text, askama::filters::Html).unwrap();
                let written = written.to_string().len();
                // Less than one character more would have fitted.
                assert!((most - 5..=most).contains(&written), "{character:?}: {written}");
            }
        }
    }

    #[test]
    fn a_line_that_the_api_takes_is_shown_whole() {
        let longest = "<".repeat(500);
        assert_eq!(line(longest.clone()), Excerpt { text: longest, is_cut: false });
    }

    #[test]
    fn where_there_is_more_than_is_shown_the_page_says_of_how_many() {
        assert_eq!(first_of(20, 20), None);
        let told = first_of(20, 1234).unwrap();
        assert_eq!(plain(&told), "These are the first 20 of 1 234. The API has all of them.");
    }

    #[test]
    fn a_length_of_time_is_never_longer_than_it_was() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (119, "1 min"),
            (3600, "1 h"),
            (3600 * 3 + 359, "3 h 5 min"),
            (3600 * 1500, "1 500 h"),
        ] {
            assert_eq!(plain(&duration(seconds)), text);
        }
    }

    #[test]
    fn an_instant_is_told_to_the_minute_in_utc() {
        let instant: DateTime<Utc> = "2026-11-26T15:05:59+01:00".parse().unwrap();
        assert_eq!(time(instant), "2026-11-26 14:05 UTC");
        assert_eq!(second(instant), "2026-11-26 14:05:59 UTC");
        assert_eq!(day(instant.date_naive()), "26 November 2026");
        assert_eq!(month(instant.date_naive()), "November 2026");
    }

    #[test]
    fn a_brief_number_has_few_digits() {
        for (number, text) in [
            ("0.05", "0.05"),
            ("9500", "9 500"),
            ("12000", "12k"),
            ("1500000", "1.5M"),
            ("2000000000", "2bn"),
        ] {
            assert_eq!(plain(&brief(decimal(number))), text);
        }
    }
}
