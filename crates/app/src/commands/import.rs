//! `wiwebb import`

mod report;

use sqlx::postgres::PgConnectOptions;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::secrets::{SecretUnreadable, Secrets};
use wiwebb_persistence::import::{self, ImportSettings, REFUSED, Summary};

use crate::adapters::clock::SystemClock;
use crate::cli::DjangoArgs;
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::{output, wiring};
use report::Report;

/// Takes over what the Django version has stored.
pub(super) async fn django(args: &DjangoArgs, config: &Config) -> Result<(), AppError> {
    if args.in_place && config.database_url.is_none() {
        return Err(AppError::Usage(
            "--in-place needs DATABASE_URL: the embedded database was never Django's".to_owned(),
        ));
    }
    let source = args.from.as_deref().map(source).transpose()?;
    let report = Report::new(args.report.as_deref())?;
    let database = Database::open(config).await?;
    let outcome = take_over(args, config, source, report, &database).await;
    database.close().await;
    outcome
}

/// The text could hold a password, so an error does not repeat it.
fn source(url: &str) -> Result<PgConnectOptions, AppError> {
    url.parse().map_err(|_| AppError::Usage("--from is no URL of a PostgreSQL".to_owned()))
}

async fn take_over(
    args: &DjangoArgs,
    config: &Config,
    source: Option<PgConnectOptions>,
    mut report: Report,
    database: &Database,
) -> Result<(), AppError> {
    let secrets = wiring::secrets(config);
    let settings = ImportSettings {
        dry_run: args.dry_run,
        set_aside: args.set_aside || source.is_some(),
        secrets: if args.dry_run { &NothingSealed } else { secrets.as_ref() },
        keys_expire_at: config.token_life().map(|life| SystemClock.now() + life),
    };
    let pool = database.direct()?;
    let summary = match source {
        Some(source) => {
            database.bring_up_to_date().await?;
            import::copy(pool, &source, settings, &mut report).await?
        }
        None => import::adopt(pool, settings, &mut report).await?,
    };
    report.conclude(&summary)?;
    conclude(args, &summary)
}

/// Says where everything is; what is left to do is an error of its own.
fn conclude(args: &DjangoArgs, summary: &Summary) -> Result<(), AppError> {
    let whereabouts = match (args.dry_run, args.in_place) {
        (true, _) => "nothing was changed",
        (false, true) => "Django's tables are kept in the schema django",
        (false, false) => "the other database was only read",
    };
    match summary.refused() {
        0 => output::line(format!("every row fits; {whereabouts}")),
        rows if args.dry_run => {
            Err(AppError::Incomplete(format!("{rows} rows do not fit; {whereabouts}")))
        }
        rows => Err(AppError::Incomplete(format!(
            "{rows} rows do not fit and are in the table {REFUSED}; {whereabouts}"
        ))),
    }
}

/// Seals nothing, for a run that keeps nothing: the key file is made by what needs it.
struct NothingSealed;

impl Secrets for NothingSealed {
    fn seal(&self, _secret: &str) -> Result<String, SecretUnreadable> {
        Ok(String::new())
    }

    fn open(&self, _sealed: &str) -> Result<String, SecretUnreadable> {
        Err(SecretUnreadable)
    }

    fn of_environment(&self, _name: &str) -> Option<String> {
        None
    }
}
