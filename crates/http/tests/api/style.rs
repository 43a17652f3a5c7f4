//! The looks of the pages: text that everybody can read, and files that are what they say.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

const CSS: &str = include_str!("../../assets/site.css");
const HTMX: &[u8] = include_bytes!("../../assets/vendor/htmx.min.js");
const VENDORED: &str = include_str!("../../assets/vendor/README.md");

/// What text needs to be told from its ground (WCAG 2.2, 1.4.3).
const TEXT: f64 = 4.5;

/// What the edge of a control and a mark of a chart need (WCAG 2.2, 1.4.11).
const SHAPE: f64 = 3.0;

/// Colours that text is written in, each with its grounds.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "ink",
        &[
            "paper",
            "panel",
            "hover",
            "accent-tint",
            "good-tint",
            "bad-tint",
            "warn-tint",
            "quiet-tint",
        ],
    ),
    ("muted", &["paper", "panel", "hover", "quiet-tint", "accent-tint", "good-tint", "bad-tint"]),
    ("accent", &["paper", "panel", "hover", "accent-tint", "good-tint", "bad-tint"]),
    ("good", &["panel", "hover", "good-tint"]),
    ("bad", &["paper", "panel", "hover", "bad-tint"]),
    ("warn", &["panel", "hover", "warn-tint"]),
    ("accent-ink", &["accent"]),
    ("bad-ink", &["bad"]),
];

/// Colours of what is no text.
const SHAPES: &[(&str, &[&str])] = &[
    ("edge", &["paper", "panel"]),
    ("focus", &["paper", "panel"]),
    ("plot", &["panel", "quiet-tint"]),
    ("plot-soft", &["panel"]),
    ("bad", &["quiet-tint"]),
    ("warn-plot", &["quiet-tint"]),
];

type Scheme = BTreeMap<&'static str, &'static str>;

/// The colours that a part of the style sheet gives names to.
fn colours(css: &'static str) -> Scheme {
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "))
        .filter(|(_, value)| value.starts_with('#'))
        .collect()
}

/// The light scheme, and the dark one, which keeps what it does not change.
fn schemes() -> [(&'static str, Scheme); 2] {
    let (light, rest) = CSS.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("\n}\n").unwrap();
    let light = colours(light);
    let mut both = light.clone();
    both.extend(colours(dark));
    [("light", light), ("dark", both)]
}

/// The relative luminance of `#rrggbb` (WCAG 2.2, "Terms").
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn check(pairs: &[(&str, &[&str])], least: f64) {
    for (name, scheme) in schemes() {
        for (front, grounds) in pairs {
            for ground in *grounds {
                let found = contrast(scheme[front], scheme[ground]);
                assert!(found >= least, "{front} on {ground} has {found:.2} in {name}");
            }
        }
    }
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.001);
    assert!((contrast("#777777", "#ffffff") - 4.478).abs() < 0.001);
}

#[test]
fn text_can_be_read_in_the_light_and_in_the_dark() {
    check(TEXTS, TEXT);
}

#[test]
fn edges_and_marks_can_be_seen_in_the_light_and_in_the_dark() {
    check(SHAPES, SHAPE);
}

#[test]
fn every_colour_stands_in_one_of_the_schemes() {
    let scheme: String = CSS.lines().filter(|line| line.trim().starts_with("--")).collect();
    let rules = CSS.lines().filter(|line| !line.trim().starts_with("--")).collect::<String>();
    assert!(scheme.contains('#'));
    for colour in ["#", "rgb", "hsl"].map(|start| format!(": {start}")) {
        assert!(!rules.contains(&colour), "a rule has a colour of its own: {colour}");
    }
}

#[test]
fn the_style_sheet_loads_nothing() {
    for loading in ["@import", "url(", "http:", "https:"] {
        assert!(!CSS.contains(loading), "{loading}");
    }
}

/// Bytes that leave room for a page within the 100 kB that it may take with everything it loads.
const LOADED: usize = 69_000;

#[test]
fn what_pages_load_leaves_room_for_the_page() {
    let size = CSS.len() + HTMX.len();
    assert!(size <= LOADED, "{size}");
}

#[test]
fn vendored_scripts_are_those_that_were_looked_at() {
    let sum = Sha256::digest(HTMX);
    let noted = VENDORED.lines().find_map(|line| line.strip_prefix("| SHA-256 | `"));
    let noted = noted.unwrap().strip_suffix("` |").unwrap();
    let noted: Vec<u8> = (0..noted.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&noted[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(sum.as_slice(), noted);
}
