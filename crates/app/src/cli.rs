//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Parser, Subcommand};
use wiwebb_domain::webhook::EventStatus;

const SETTINGS: &str = "\
Settings come from the environment, else from the configuration file (--config, or ./wiwebb.toml
if it exists), where they are named in lower case without WIWEBB_. `wiwebb config` shows what is
in force.

  DATABASE_URL                 PostgreSQL to use; without it an embedded one is run
  WIWEBB_BIND                  address to listen on [127.0.0.1:8000]
  WIWEBB_DATA_DIR              folder of the embedded PostgreSQL and the key file [./.wiwebb]
  WIWEBB_SUPERADMIN_USERNAME, WIWEBB_SUPERADMIN_EMAIL, WIWEBB_SUPERADMIN_PASSWORD
                               superadmin to create at start if the username is free
  WIWEBB_LOGIN_RATE            logins by client address [5/min]; units s, min, hour; or off
  WIWEBB_USER_RATE             requests by user [1000/min]
  WIWEBB_ANON_RATE             unauthenticated requests by client address [100/min]
  WIWEBB_LOCKOUT_AFTER         failed logins in a row that lock an account, or off [10]
  WIWEBB_TOKEN_TTL_DAYS        days after which a login expires [0: never]
  STRIPE_SECRET_KEY            key of the Stripe account
  STRIPE_WEBHOOK_SECRET        what Stripe signs its webhooks with; several separated by commas
  STRIPE_API_BASE              where Stripe is spoken to, for stand-ins [https://api.stripe.com]
  WIWEBB_DUMMY_GATEWAY         on or off: payments through gateways of the variant dummy
                               [on unless STRIPE_SECRET_KEY is set]
  WIWEBB_MAIL                  console, file:<folder>, smtp://user:password@host:587?tls=required
                               or smtps://user:password@host:465 [console]
  WIWEBB_MAIL_FROM             sender of mails [WiWebb <wiwebb@localhost>]
  WIWEBB_PUBLIC_URL            first part of links in mails and of checkout pages
                               [the address listened on]
  WIWEBB_CORS_ORIGINS          origins that may call from a browser, separated by commas
  WIWEBB_TIME_ZONE             IANA time zone in which a day of usage begins and ends [UTC]
  WIWEBB_GRACE_DAYS            days of access after a payment of a subscription fell due [7]
  WIWEBB_SECRET_KEY            what secrets of gateways are sealed with: 32 bytes as hexadecimal
                               digits or in base64 [made once: secret.key in WIWEBB_DATA_DIR]
  WIWEBB_PG_BIN                folder of initdb, postgres, pg_dump and pg_restore [looked for]
  WIWEBB_DB_POOL               most connections to the database [10]
  WIWEBB_LOG                   what is logged, such as warn,wiwebb=debug [info]
  WIWEBB_LOG_FORMAT            text or json [text]
  WIWEBB_METRICS               on or off: /metrics on the address listened on [off]
  WIWEBB_METRICS_BIND          address for /metrics, /healthz and /readyz alone
  WIWEBB_STOP_DELAY            seconds between /readyz saying that the server stops and its taking
                               no more connections [0]

Exit codes: 0 all went well; 1 the command failed; 2 arguments or settings are wrong; 3 an import has
left rows out that do not fit; 128 + signal after a second signal.";

/// WiWebb keeps tenants, users, plans and payments of a network operator and serves them over HTTP.
#[derive(Debug, Parser)]
#[command(name = "wiwebb", version, after_long_help = SETTINGS)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Read settings from this TOML file instead of ./wiwebb.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server until it is told to stop by Ctrl-C or SIGTERM
    ///
    /// On the first signal no more connections are accepted, requests in flight are answered and
    /// waiting mail is delivered. A second signal ends the server at once.
    Serve(ServeArgs),
    /// Move the database schema, or show where it stands
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Manage superadmins
    #[command(subcommand)]
    Superadmin(SuperadminCommand),
    /// Look at what payment gateways have reported, or apply it again
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Fill the database with demo data
    ///
    /// Creates four logins whose password is public, so never do this on a server that strangers
    /// can reach. The data is the same every time. If there is demo data, nothing is changed.
    Demo(DemoArgs),
    /// Write the database into a file, beside the server or without it
    ///
    /// The file is complete and was read back when it gets its name. A manifest beside it says what
    /// is in it.
    Backup(BackupArgs),
    /// Restore a backup into an empty database or a new one, and compare what comes of it
    ///
    /// What is in a database is never written over. Where the restore fails or is interrupted before
    /// its end, the database is as it was before.
    Restore(RestoreArgs),
    /// Take over what another program has stored
    #[command(subcommand)]
    Import(ImportCommand),
    /// Look for what is wrong with settings, database and machine
    ///
    /// Fails where something keeps the server from working; warnings do not count.
    Check,
    /// Ask the running server how it is, for supervisors and health checks
    ///
    /// Fails unless it answers 200 within a few seconds.
    Health(HealthArgs),
    /// Show the settings in force as TOML, with secrets hidden
    Config,
    /// Show the description of the API in OpenAPI 3.1, as the server serves it
    Openapi,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Create demo data if there are no users yet, and show the demo logins
    ///
    /// The password of these logins is public: not for a server that strangers can reach.
    #[arg(long)]
    pub demo: bool,
    /// Leave the database schema as it is, and refuse to start if it is not up to date
    #[arg(long)]
    pub no_migrate: bool,
}

/// What `migrate` can do.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Apply all pending migrations
    Up,
    /// Undo the latest migrations, with the data in their tables
    Down {
        /// How many to undo
        #[arg(long, default_value_t = 1, value_name = "N")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List all migrations and whether they are applied
    Status,
}

/// What `import` can do.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Take over a database of the Django version of WiWebb
    ///
    /// Every row is checked. Those that break a rule are told, with the reason, and never lost: they
    /// go to the table `import_refused`. Everything is one transaction, so nothing is done by halves.
    /// Exit code 3 says that some rows do not fit.
    Django(DjangoArgs),
}

/// Arguments of `import django`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("where").required(true).args(["from", "in_place"])))]
pub struct DjangoArgs {
    /// Copy the rows of this PostgreSQL into the configured database, which must be empty
    ///
    /// Leave the password out and set PGPASSWORD: other users of this machine may see arguments in the
    /// list of processes.
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// Turn the configured database itself into one of this program
    ///
    /// Django's tables are kept in the schema django. Where a row does not fit nothing is changed.
    #[arg(long)]
    pub in_place: bool,
    /// With --in-place, go on where rows do not fit, and put them into the table `import_refused`
    #[arg(long, conflicts_with = "from")]
    pub set_aside: bool,
    /// Say what would come of it, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write everything that is found into this new file, a JSON object a line
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// What `superadmin` can do.
#[derive(Debug, Subcommand)]
pub enum SuperadminCommand {
    /// Create a superadmin; asks for the password unless it is given
    Create(SuperadminArgs),
}

/// Arguments of `superadmin create`.
#[derive(Debug, Args)]
pub struct SuperadminArgs {
    /// Login name: letters, digits and @ . + - _
    #[arg(long)]
    pub username: String,
    /// Email address
    #[arg(long)]
    pub email: String,
    /// Password; other users of this machine may see it in the list of processes
    #[arg(long, conflicts_with = "password_stdin")]
    pub password: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
}

/// What `webhooks` can do.
#[derive(Debug, Subcommand)]
pub enum WebhooksCommand {
    /// List events, the latest first; 100 at most
    List {
        /// Only those in this state
        #[arg(long, value_name = "STATUS", value_parser = event_status())]
        status: Option<EventStatus>,
    },
    /// Apply an event again that came to nothing
    ///
    /// An event whose effects are there already stays as it is. The command fails where nothing came
    /// of the event this time either.
    Replay {
        /// Number of the event, from `webhooks list`
        id: i32,
    },
}

fn event_status() -> impl TypedValueParser<Value = EventStatus> {
    PossibleValuesParser::new(EventStatus::ALL.map(EventStatus::as_str))
        .try_map(|word| EventStatus::parse(&word).ok_or("no state of an event"))
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Folder for backups [default: backups in the data directory]
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// Remove older backups of this database from the folder, but keep so many of the newest
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Remove older backups of this database from the folder, but keep those of so many days
    ///
    /// Together with --keep, a backup stays that either of them keeps.
    #[arg(long, value_name = "D")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_days: Option<u32>,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup: a file that ends in .dump, with its manifest beside it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Create this database on the same server, instead of filling the one of the settings
    #[arg(long, value_name = "NAME", value_parser = database_name)]
    pub database: Option<String>,
    /// Restore also where there is no manifest to compare with
    #[arg(long)]
    pub unverified: bool,
}

/// A name that needs no quotes anywhere, with room for what it ends in meanwhile.
fn database_name(text: &str) -> Result<String, &'static str> {
    let is_sound = (1..=50).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_');
    is_sound.then(|| text.to_owned()).ok_or("expected 1 to 50 of a-z, 0-9 and _, no digit first")
}

/// Arguments of `health`.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Ask this address [default: /healthz of the address listened on]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Size of the demo data.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Tenants
    #[arg(long, default_value_t = Self::default().tenants, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub tenants: u32,
    /// Users beside the four demo logins, spread over the tenants
    #[arg(long, default_value_t = Self::default().users, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub users: u32,
    /// Todos of every user
    #[arg(long, default_value_t = Self::default().todos_per_user, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub todos_per_user: u32,
    /// Payments of every subscriber, each with its history
    #[arg(long, default_value_t = Self::default().payments_per_user, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub payments_per_user: u32,
}

impl DemoArgs {
    /// About how many rows that is, for showing progress.
    pub(crate) fn rows(&self) -> u64 {
        let each = u64::from(self.todos_per_user) + u64::from(self.payments_per_user);
        let subscriptions = u64::from(self.users) * 2 / 3;
        u64::from(self.tenants) + u64::from(self.users) * (1 + each) + subscriptions
    }
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self { tenants: 8, users: 120, todos_per_user: 5, payments_per_user: 3 }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_command_and_argument_has_a_help_text() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(argument.get_help().is_some() || id == "help" || id == "version", "{id}");
            }
            command.get_subcommands().filter(|c| c.get_name() != "help").for_each(check);
        }
        Cli::command().debug_assert();
        let mut command = Cli::command();
        command.build();
        check(&command);
    }
}
