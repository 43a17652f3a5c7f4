//! Instants as clients write them in addresses.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// An instant in RFC 3339, or without zone, or a day; without zone it is UTC. A `+` that was not
/// percent-encoded arrives as a space.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let plain = |form| NaiveDateTime::parse_from_str(text, form).ok().map(|time| time.and_utc());
    zoned(text)
        .or_else(|| text.rsplit_once(' ').and_then(|(left, zone)| zoned(&format!("{left}+{zone}"))))
        .or_else(|| plain("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| plain("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc())
        })
        .filter(|time| (1..=9999).contains(&chrono::Datelike::year(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_the_forms_clients_write() {
        let noon: DateTime<Utc> = "2025-03-15T12:00:00Z".parse().unwrap();
        for text in [
            "2025-03-15T12:00:00Z",
            "2025-03-15T13:00:00+01:00",
            "2025-03-15T13:00:00 01:00",
            "2025-03-15T12:00:00",
            "2025-03-15 12:00:00",
        ] {
            assert_eq!(instant(text), Some(noon), "{text}");
        }
        assert!(instant("2025-03-15").is_some());
        for text in ["", "yesterday", "2025-13-01", "99999-01-01T00:00:00Z"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
