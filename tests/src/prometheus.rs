//! Prometheus' text format, read as a collector reads it (Prometheus, "Exposition formats").

use std::collections::BTreeMap;

/// Figures at one moment.
#[derive(Debug, Default)]
pub struct Figures {
    /// The kind of each metric.
    pub kinds: BTreeMap<String, String>,
    /// Metrics that are explained.
    pub explained: Vec<String>,
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Figures {
    /// Reads a text; whatever is not of the format fails the test.
    pub fn read(text: &str) -> Self {
        let mut figures = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                let known = figures.kinds.insert(name.to_owned(), kind.to_owned());
                assert_eq!(known, None, "{line} comes twice");
            } else if let Some(rest) = line.strip_prefix("# HELP ") {
                figures.explained.push(rest.split_once(' ').unwrap().0.to_owned());
            } else {
                figures.samples.push(sample(line));
            }
        }
        for (name, ..) in &figures.samples {
            assert!(figures.kinds.contains_key(family(name, &figures.kinds)), "{name} has no kind");
        }
        figures
    }

    /// The sum of the samples of a name that have these labels; 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |found: &BTreeMap<String, String>, (label, value): &(&str, &str)| {
            found.get(*label).is_some_and(|found| found == value)
        };
        self.samples
            .iter()
            .filter(|(found, of, _)| found == name && labels.iter().all(|label| has(of, label)))
            .map(|(.., value)| value)
            .sum()
    }

    /// Every value that a label of a metric has.
    pub fn values(&self, name: &str, label: &str) -> Vec<&str> {
        let of_name = self.samples.iter().filter(|(found, ..)| found == name);
        of_name.filter_map(|(_, labels, _)| labels.get(label).map(String::as_str)).collect()
    }
}

/// A histogram's samples have names of their own.
fn family<'a>(name: &'a str, kinds: &BTreeMap<String, String>) -> &'a str {
    let stem = ["_bucket", "_sum", "_count"].into_iter().find_map(|end| name.strip_suffix(end));
    stem.filter(|stem| kinds.get(*stem).is_some_and(|kind| kind == "histogram")).unwrap_or(name)
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
    let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
    let (name, labels) = match head.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
        None => (head, ""),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    assert!(!name.is_empty() && name.chars().all(is_name), "no name: {line}");
    (name.to_owned(), labels_of(labels), value)
}

/// `a="x",b="y\"z"`
fn labels_of(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {text}"));
        let mut escaped = false;
        let end = value.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let (value, after) = value.split_at(end.unwrap_or_else(|| panic!("no end: {text}")));
        labels.insert(name.to_owned(), value.replace("\\\"", "\"").replace("\\\\", "\\"));
        rest = after[1..].trim_start_matches(',');
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# HELP a_total What it is.\n# TYPE a_total counter\n\
        a_total{route=\"/{id}/\",who=\"x\\\"y\"} 2\na_total{route=\"/\"} 3\n\n\
        # TYPE t histogram\nt_bucket{le=\"+Inf\"} 1\nt_sum 0.5\nt_count 1\n";

    #[test]
    fn samples_are_summed_up_by_labels() {
        let figures = Figures::read(TEXT);
        assert!((figures.sum("a_total", &[]) - 5.0).abs() < f64::EPSILON);
        let of_one = figures.sum("a_total", &[("route", "/{id}/"), ("who", "x\"y")]);
        assert!((of_one - 2.0).abs() < f64::EPSILON);
        assert_eq!(figures.values("t_bucket", "le"), ["+Inf"]);
        assert_eq!(figures.explained, ["a_total"]);
    }

    #[test]
    #[should_panic(expected = "has no kind")]
    fn a_sample_without_a_kind_is_none() {
        Figures::read("a_total 1\n");
    }

    #[test]
    #[should_panic(expected = "no number")]
    fn a_sample_without_a_number_is_none() {
        Figures::read("# TYPE a_total counter\na_total many\n");
    }
}
