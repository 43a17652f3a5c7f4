//! `wiwebb restore`

use std::fs::File;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::cancel_on_signal;
use crate::backup::restore::{self, Request, Restored};
use crate::cli::RestoreArgs;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// Restores a backup and tells what came of it.
pub(super) async fn run(args: &RestoreArgs, config: &Config) -> Result<(), AppError> {
    let stop = cancel_on_signal()?;
    require_file(&args.file)?;
    let database = Database::open_beside(config).await?;
    let request = Request {
        file: &args.file,
        database: args.database.as_deref(),
        unverified: args.unverified,
    };
    let outcome = execute(&database, config, &request, &stop).await;
    database.close().await;
    output::line(report(&outcome?))
}

/// Before a database is opened, or even made, for it.
fn require_file(file: &Path) -> Result<(), AppError> {
    match File::open(file).and_then(|open| open.metadata()) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(AppError::Refused(format!("{} is no file", file.display()))),
        Err(error) => Err(AppError::Refused(format!("cannot read {}: {error}", file.display()))),
    }
}

async fn execute(
    database: &Database,
    config: &Config,
    request: &Request<'_>,
    stop: &CancellationToken,
) -> Result<Restored, AppError> {
    Ok(restore::run(database.direct()?, config, request, stop).await?)
}

fn report(restored: &Restored) -> String {
    let Restored { database, contents, is_verified, schema_version, is_outdated } = restored;
    let mut rows = vec![["table", "rows", ""].map(str::to_owned)];
    let state = if *is_verified { "as in the backup" } else { "not compared" };
    rows.extend(
        contents
            .iter()
            .map(|(table, found)| [table.clone(), found.rows.to_string(), state.to_owned()]),
    );
    let sum: u64 = contents.values().map(|table| table.rows).sum();
    let mut report = format!(
        "{}\nrestored into {database}: {sum} rows in {} tables, migration {schema_version:04}",
        output::table(&rows),
        contents.len()
    );
    if !is_verified {
        report.push_str("\nthere was no manifest to compare it with");
    }
    if *is_outdated {
        report.push_str("\nthis version needs more migrations: run `wiwebb migrate up` on it");
    }
    report
}

#[cfg(test)]
mod tests {
    use crate::backup::contents::TableContents;

    use super::*;

    fn restored(is_verified: bool, is_outdated: bool) -> Restored {
        let table = |rows| TableContents { rows, checksum: "1".to_owned() };
        Restored {
            database: "again".to_owned(),
            contents: [("public.a".to_owned(), table(2)), ("public.b".to_owned(), table(40))]
                .into(),
            is_verified,
            schema_version: 11,
            is_outdated,
        }
    }

    #[test]
    fn a_restore_is_reported_table_by_table_and_in_all() {
        let report = report(&restored(true, false));
        assert!(report.contains("public.b  40    as in the backup"), "{report}");
        assert!(report.ends_with("restored into again: 42 rows in 2 tables, migration 0011"));
    }

    #[test]
    fn what_was_not_compared_or_is_not_enough_is_told() {
        let report = report(&restored(false, true));
        assert!(report.contains("no manifest") && report.contains("wiwebb migrate up"), "{report}");
        assert!(!report.contains("as in the backup"), "{report}");
    }
}
