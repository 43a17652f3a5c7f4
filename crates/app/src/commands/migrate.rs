//! `wiwebb migrate`

use wiwebb_persistence::migrate::{self, MigrationStatus};

use crate::cli::MigrateCommand;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// Moves the schema, or shows where it stands.
pub(super) async fn run(command: MigrateCommand, config: &Config) -> Result<(), AppError> {
    let database = Database::open(config).await?;
    let outcome = execute(command, &database).await;
    database.close().await;
    outcome
}

async fn execute(command: MigrateCommand, database: &Database) -> Result<(), AppError> {
    let pool = database.pool();
    match command {
        MigrateCommand::Status => output::line(report(&migrate::status(pool).await?)),
        MigrateCommand::Up => {
            let before = migrate::status(pool).await?;
            migrate::up(database.direct()?).await?;
            tell("applied", &before, &migrate::status(pool).await?)
        }
        MigrateCommand::Down { steps } => {
            let before = migrate::status(pool).await?;
            migrate::down(database.direct()?, usize::try_from(steps).unwrap_or(usize::MAX)).await?;
            tell("undone", &before, &migrate::status(pool).await?)
        }
    }
}

fn report(steps: &[MigrationStatus]) -> String {
    let mut rows = vec![["migration", "state", "description"].map(str::to_owned)];
    rows.extend(steps.iter().map(|step| {
        let state = match (step.applied, step.known) {
            (true, true) => "applied",
            (true, false) => "applied, unknown to this version",
            (false, _) => "pending",
        };
        [format!("{:04}", step.version), state.to_owned(), step.description.clone()]
    }));
    output::table(&rows)
}

fn tell(verb: &str, before: &[MigrationStatus], after: &[MigrationStatus]) -> Result<(), AppError> {
    let moved: Vec<&MigrationStatus> = after
        .iter()
        .filter(|step| {
            before.iter().any(|old| old.version == step.version && old.applied != step.applied)
        })
        .collect();
    if moved.is_empty() {
        return output::line(format!("nothing to do: no migration was {verb}"));
    }
    for step in moved {
        output::line(format!("{verb}: {:04} {}", step.version, step.description))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_of_every_step_where_it_stands() {
        let step = |version, applied, known| MigrationStatus {
            version,
            description: format!("step {version}"),
            applied,
            known,
        };
        let report = report(&[step(1, true, true), step(2, false, true), step(3, true, false)]);
        let states: Vec<&str> = report.lines().skip(1).map(|line| line[11..].trim()).collect();
        assert_eq!(states[0].split("  ").next(), Some("applied"));
        assert_eq!(states[1].split("  ").next(), Some("pending"));
        assert!(states[2].starts_with("applied, unknown to this version"));
    }
}
