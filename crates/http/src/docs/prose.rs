//! Texts of the description, which has marks for code and paragraphs in them.

use serde_json::Value;

/// A text in paragraphs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Prose(Vec<Vec<Piece>>);

/// A stretch of a paragraph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_code: bool,
}

impl Prose {
    /// Reads backticks and empty lines; all else stands for itself.
    pub(super) fn of(text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
        Self(paragraphs.map(pieces).collect())
    }

    /// The paragraphs in their order.
    pub(super) fn paragraphs(&self) -> &[Vec<Piece>] {
        &self.0
    }
}

/// The text of a member of the document; empty where it has none.
pub(super) fn prose(value: &Value) -> Prose {
    Prose::of(value.as_str().unwrap_or_default())
}

fn pieces(paragraph: &str) -> Vec<Piece> {
    paragraph
        .split('`')
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(index, text)| Piece { text: text.replace('\n', " "), is_code: index % 2 == 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_enclose_code_and_empty_lines_part_paragraphs() {
        let read = Prose::of("Ordered by `name`,\n`id`.\n\nMore.\n");
        let piece = |text: &str, is_code| Piece { text: text.to_owned(), is_code };
        let first = [
            piece("Ordered by ", false),
            piece("name", true),
            piece(", ", false),
            piece("id", true),
            piece(".", false),
        ];
        assert_eq!(read.paragraphs(), [first.to_vec(), vec![piece("More.", false)]]);
        assert_eq!(Prose::of(" \n\n "), Prose::default());
    }
}
