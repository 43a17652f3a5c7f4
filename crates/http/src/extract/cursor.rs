//! Cursors on the wire: opaque text, unreadable ones refused (contract §1.6).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use wiwebb_domain::page::{Cursor, Direction, Order, SortKey, SortValue, Toward};

#[derive(Serialize, Deserialize)]
struct Wire {
    /// The ordering the cursor belongs to.
    o: String,
    /// Toward the previous page?
    p: bool,
    /// The values of the row beside the place.
    v: Vec<WireValue>,
    /// Its id.
    i: i32,
}

#[derive(Serialize, Deserialize)]
enum WireValue {
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "d")]
    Decimal(rust_decimal::Decimal),
    /// Microseconds since 1970.
    #[serde(rename = "t")]
    Time(i64),
    #[serde(rename = "s")]
    Text(String),
    #[serde(rename = "n")]
    Null,
}

/// Writes a cursor of an ordering.
pub(crate) fn encode<K: SortKey>(cursor: &Cursor, order: &[Order<K>]) -> String {
    let wire = Wire {
        o: signature(order),
        p: cursor.toward == Toward::Previous,
        v: cursor.values.iter().map(to_wire).collect(),
        i: cursor.id,
    };
    // Plain data always serialises; should it not, the text is unreadable and refused later.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&wire).unwrap_or_default())
}

/// Reads a cursor; `None` where it is unreadable or of another ordering.
pub(crate) fn decode<K: SortKey>(text: &str, order: &[Order<K>]) -> Option<Cursor> {
    let wire: Wire = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    if wire.o != signature(order) || wire.v.len() != order.len() {
        return None;
    }
    let values = wire.v.into_iter().map(from_wire).collect::<Option<_>>()?;
    let toward = if wire.p { Toward::Previous } else { Toward::Next };
    Some(Cursor { toward, values, id: wire.i })
}

fn signature<K: SortKey>(order: &[Order<K>]) -> String {
    let names = order.iter().map(|by| {
        let sign = if by.direction == Direction::Descending { "-" } else { "" };
        let name = K::NAMES.iter().find(|(_, key)| *key == by.key).map_or("", |(name, _)| name);
        format!("{sign}{name}")
    });
    names.collect::<Vec<_>>().join(",")
}

fn to_wire(value: &SortValue) -> WireValue {
    match value {
        SortValue::Bool(truth) => WireValue::Bool(*truth),
        SortValue::Int(number) => WireValue::Int(*number),
        SortValue::Decimal(number) => WireValue::Decimal(*number),
        SortValue::Time(instant) => WireValue::Time(instant.timestamp_micros()),
        SortValue::Text(text) => WireValue::Text(text.clone()),
        SortValue::Null => WireValue::Null,
    }
}

/// A cursor can be forged; what no store could take is refused here.
fn from_wire(value: WireValue) -> Option<SortValue> {
    Some(match value {
        WireValue::Bool(truth) => SortValue::Bool(truth),
        WireValue::Int(number) => SortValue::Int(number),
        WireValue::Decimal(number) => SortValue::Decimal(number),
        WireValue::Time(micros) => SortValue::Time(
            DateTime::<Utc>::from_timestamp_micros(micros)
                .filter(|instant| (1..=9999).contains(&instant.year()))?,
        ),
        WireValue::Text(text) if text.contains('\0') => return None,
        WireValue::Text(text) => SortValue::Text(text),
        WireValue::Null => SortValue::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiwebb_domain::page::{ascending, descending};
    use wiwebb_domain::user::UserSort;

    #[test]
    fn a_cursor_round_trips_within_its_ordering_only() {
        let order = [descending(UserSort::LastLogin), ascending(UserSort::Username)];
        let cursor = Cursor {
            toward: Toward::Previous,
            values: vec![SortValue::Null, SortValue::Text("bob".into())],
            id: 7,
        };
        let text = encode(&cursor, &order);
        assert_eq!(decode(&text, &order), Some(cursor));
        assert_eq!(decode(&text, &[ascending(UserSort::Username)]), None);
        assert_eq!(decode::<UserSort>("%%%", &order), None);
        assert_eq!(decode::<UserSort>("", &order), None);
    }
}
