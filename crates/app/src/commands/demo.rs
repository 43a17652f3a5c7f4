//! `wiwebb demo`

use crate::cli::DemoArgs;
use crate::config::Config;
use crate::database::Database;
use crate::demo::{self, Outcome};
use crate::error::AppError;
use crate::output;

/// Creates demo data unless there is some.
pub(super) async fn run(size: &DemoArgs, config: &Config) -> Result<(), AppError> {
    let database = Database::open(config).await?;
    let outcome = async {
        database.bring_up_to_date().await?;
        demo::create(&database, size, config).await
    };
    let outcome = outcome.await;
    database.close().await;
    match outcome? {
        Outcome::Created => output::line("demo data created; logins for the demo only:")?,
        Outcome::Existed => output::line("there is demo data already; nothing was changed")?,
    }
    output::line(demo::logins())
}
