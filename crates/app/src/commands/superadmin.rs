//! `wiwebb superadmin`

use std::io::{self, BufRead as _};

use console::Term;
use wiwebb_domain::error::{Error as DomainError, UniqueKey, Violation, Violations};
use wiwebb_domain::password::Password;
use wiwebb_domain::services::Services;
use wiwebb_domain::text::{EmailAddress, Username};

use super::services;
use crate::cli::SuperadminArgs;
use crate::config::{Config, SuperadminConfig};
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// Creates a superadmin. A username that is taken is an error.
pub(super) async fn create(args: SuperadminArgs, config: &Config) -> Result<(), AppError> {
    let username = Username::new(&args.username).map_err(|why| refuse("--username", &why))?;
    let email = EmailAddress::new(&args.email).map_err(|why| refuse("--email", &why))?;
    let password = match args.password {
        Some(password) => password,
        None => tokio::task::spawn_blocking(move || ask(args.password_stdin))
            .await
            .map_err(|error| AppError::Input(io::Error::other(error)))??,
    };
    let database = Database::open(config).await?;
    let outcome = store(&database, config, username.clone(), email, password).await;
    database.close().await;
    if outcome? {
        output::line(format!("superadmin {username} created"))
    } else {
        Err(AppError::Refused(format!("{}", Violation::Taken(UniqueKey::Username))))
    }
}

async fn store(
    database: &Database,
    config: &Config,
    username: Username,
    email: EmailAddress,
    password: String,
) -> Result<bool, AppError> {
    database.bring_up_to_date().await?;
    let services = services(database, config)?;
    ensure(&services, username, email, password).await.map_err(in_words)
}

/// Creates the superadmin of the settings if the username is free.
pub(super) async fn ensure_configured(
    services: &Services,
    SuperadminConfig { username, email, password }: &SuperadminConfig,
) -> Result<bool, AppError> {
    let value = |setting: &str, why: Violation| AppError::Refused(format!("{setting}: {why}"));
    let name = Username::new(username).map_err(|why| value("WIWEBB_SUPERADMIN_USERNAME", why))?;
    let email = EmailAddress::new(email).map_err(|why| value("WIWEBB_SUPERADMIN_EMAIL", why))?;
    let password = secrecy::ExposeSecret::expose_secret(password).to_owned();
    ensure(services, name, email, password).await.map_err(|error| match in_words(error) {
        AppError::Refused(why) => {
            AppError::Refused(format!("the superadmin of WIWEBB_SUPERADMIN_* is refused: {why}"))
        }
        other => other,
    })
}

/// `false` where the username is taken, also where another process takes it at this moment.
async fn ensure(
    services: &Services,
    username: Username,
    email: EmailAddress,
    password: String,
) -> Result<bool, DomainError> {
    let created =
        services.accounts.ensure_superadmin(username, email, Password::new(password)).await;
    match created {
        Err(DomainError::Invalid(violations)) if is_username_taken(&violations) => Ok(false),
        other => other,
    }
}

fn is_username_taken(violations: &Violations) -> bool {
    violations.iter().any(|(_, why)| why.contains(&Violation::Taken(UniqueKey::Username)))
}

fn in_words(error: DomainError) -> AppError {
    match error {
        DomainError::Invalid(violations) => AppError::Refused(violations.to_string()),
        other => other.into(),
    }
}

fn refuse(argument: &str, why: &Violation) -> AppError {
    AppError::Usage(format!("{argument}: {why}"))
}

/// Reads the password without showing it: from standard input, or twice from the terminal.
fn ask(from_stdin: bool) -> Result<String, AppError> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(AppError::Input)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return Err(AppError::Usage(
            "there is no terminal to ask for the password; give it with --password-stdin".into(),
        ));
    }
    let ask = |question: &str| {
        terminal.write_str(question)?;
        terminal.read_secure_line()
    };
    let first = ask("Password: ").map_err(AppError::Input)?;
    let second = ask("Password (again): ").map_err(AppError::Input)?;
    if first == second {
        Ok(first)
    } else {
        Err(AppError::Refused(Violation::PasswordsDiffer.to_string()))
    }
}
