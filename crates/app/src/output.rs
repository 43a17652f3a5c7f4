//! What commands say.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};

use crate::error::AppError;

/// Writes a result of the command to standard output, at once. A reader that has gone away, as in
/// `wiwebb config | head -1`, is no failure.
pub(crate) fn line(text: impl Display) -> Result<(), AppError> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(AppError::Output(error)),
        _ => Ok(()),
    }
}

/// Rows in columns as wide as their longest cell; the first row is the head.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

/// The error in one line, and a line for each cause that says something new.
pub(crate) fn explain(error: &AppError) -> String {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        let told = next.to_string();
        if !text.contains(&told) {
            text.push_str("\n  caused by: ");
            text.push_str(&told);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [["a", "role"], ["longer", "x"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "a       role\nlonger  x");
    }

    #[test]
    fn causes_follow_line_by_line_and_none_is_told_twice() {
        let source = io::Error::other("the disk is full");
        let told = explain(&AppError::Output(source));
        assert_eq!(told, "error: cannot write the output\n  caused by: the disk is full");
        let source = io::Error::from(io::ErrorKind::AddrInUse);
        let address = "127.0.0.1:1".parse().unwrap();
        let told = explain(&AppError::Bind { address, source });
        assert!(told.lines().count() == 2 && told.contains("WIWEBB_BIND"), "{told}");
    }
}
