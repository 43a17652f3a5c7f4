//! `wiwebb check`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};
use secrecy::ExposeSecret as _;
use sqlx::PgPool;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_persistence::embedded;
use wiwebb_persistence::migrate::{self, MigrateError};

use crate::adapters::clock::SystemClock;
use crate::adapters::secrets;
use crate::backup::restore::NEW_SETTINGS;
use crate::backup::{contents, programs};
use crate::config::{Config, MailRoute, SealingKey};
use crate::database::Database;
use crate::error::AppError;
use crate::output;

/// The oldest major version of PostgreSQL that will do (contract §14).
const OLDEST_SERVER: u32 = 14;

/// Clocks that differ by more are worth a look, and by more than the second make times wrong that
/// people see: keys that expire, days of usage, signatures of webhooks.
const SKEW: (TimeDelta, TimeDelta) = (TimeDelta::seconds(2), TimeDelta::seconds(60));

/// Less free space than the first, in bytes, is worth a look; with less than the second the database
/// is about to stop.
const SPACE: (u64, u64) = (1024 * 1024 * 1024, 100 * 1024 * 1024);

/// How long the mail server may take to greet.
const GREETING: Duration = Duration::from_secs(5);

const SEALED: &str = r#"SELECT count(*) FROM payment_paymentgatewayconfig
    WHERE config::text LIKE '%"sealed"%'"#;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// What was found out about something.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    subject: &'static str,
    told: String,
}

fn ok(subject: &'static str, told: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Ok, subject, told: told.into() }
}

fn warn(subject: &'static str, told: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Warn, subject, told: told.into() }
}

fn fail(subject: &'static str, told: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Fail, subject, told: told.into() }
}

/// Looks at everything and tells it, a line each; changes nothing.
pub(super) async fn run(config: &Config) -> Result<(), AppError> {
    // Settings that are wrong have ended the program before.
    let mut findings = vec![ok("settings", "can be read"), space(&config.data_dir)];
    let sealed = database(config, &mut findings).await;
    findings.extend([secret_key(config, sealed), mail(&config.mail).await, proxies(config)]);
    output::line(report(&findings))?;
    match findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count() {
        0 => Ok(()),
        1 => Err(AppError::Refused("one check has failed".to_owned())),
        failed => Err(AppError::Refused(format!("{failed} checks have failed"))),
    }
}

fn report(findings: &[Finding]) -> String {
    let rows: Vec<[String; 3]> = findings
        .iter()
        .map(|Finding { verdict, subject, told }| {
            let verdict = match verdict {
                Verdict::Ok => "ok",
                Verdict::Warn => "warn",
                Verdict::Fail => "FAIL",
            };
            // A cause can have lines of its own.
            [verdict.to_owned(), (*subject).to_owned(), told.replace('\n', "; ")]
        })
        .collect();
    output::table(&rows)
}

/// Answers how many gateways have sealed secrets; 0 where nobody can say.
async fn database(config: &Config, findings: &mut Vec<Finding>) -> i64 {
    if config.database_url.is_none() && !embedded::has_cluster(&config.data_dir) {
        findings.push(first_start(&config.data_dir));
        return 0;
    }
    let database = match Database::open_beside(config).await {
        Ok(database) => database,
        Err(error) => {
            findings.push(fail("database", output::explain(&error).replacen("error: ", "", 1)));
            return 0;
        }
    };
    let pool = database.pool();
    findings.extend([server(config, pool).await, schema(pool).await, clock(pool).await]);
    findings.push(client_programs(config, pool).await);
    // Without the table there are none.
    let sealed = sqlx::query_scalar(SEALED).fetch_one(pool).await.unwrap_or(0);
    database.close().await;
    sealed
}

async fn server(config: &Config, pool: &PgPool) -> Finding {
    let kind = if config.database_url.is_some() { "DATABASE_URL" } else { "private" };
    match contents::server_version(&pool.connect_options()).await {
        Ok((major, text)) if major < OLDEST_SERVER => {
            fail("database", format!("PostgreSQL {text}; {OLDEST_SERVER} or newer is needed"))
        }
        Ok((_, text)) => ok("database", format!("PostgreSQL {text} ({kind})")),
        Err(error) => fail("database", error.to_string()),
    }
}

async fn schema(pool: &PgPool) -> Finding {
    match migrate::check(pool).await {
        Ok(()) => ok("migrations", "up to date"),
        Err(MigrateError::Pending(steps)) => {
            let count = steps.len();
            warn(
                "migrations",
                format!(
                    "{count} pending; a start of the server or `wiwebb migrate up` applies them"
                ),
            )
        }
        Err(error) => fail("migrations", error.to_string()),
    }
}

async fn clock(pool: &PgPool) -> Finding {
    let before = SystemClock.now();
    let answer = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pool).await;
    let after = SystemClock.now();
    match answer {
        Ok(there) => judge_clock(before, there, after),
        Err(error) => fail("clock", error.to_string()),
    }
}

/// The database has told its time somewhere between these two instants.
fn judge_clock(before: DateTime<Utc>, there: DateTime<Utc>, after: DateTime<Utc>) -> Finding {
    let skew = (before - there).max(there - after).max(TimeDelta::zero());
    let told = format!("{:.1} s apart from the database's", seconds(skew));
    match skew {
        skew if skew > SKEW.1 => fail("clock", told),
        skew if skew > SKEW.0 => warn("clock", told),
        _ => ok("clock", "agrees with the database's"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1_000.0
}

async fn client_programs(config: &Config, pool: &PgPool) -> Finding {
    let Ok((server, _)) = contents::server_version(&pool.connect_options()).await else {
        return warn("pg_dump", "the server does not say what version is needed");
    };
    match programs::find(config, server).await {
        Ok(found) if found.major() >= NEW_SETTINGS && server < NEW_SETTINGS => warn(
            "pg_dump",
            format!(
                "version {}: its backups can be restored into PostgreSQL {NEW_SETTINGS} or newer \
                 only, and the server has {server}",
                found.major()
            ),
        ),
        Ok(found) => ok("pg_dump", format!("version {}", found.major())),
        Err(error) => warn("pg_dump", format!("no backups can be made: {error}")),
    }
}

/// Whether the private database can be made.
fn first_start(data_dir: &Path) -> Finding {
    const SUBJECT: &str = "database";
    match access(nearest(data_dir), AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) => ok(SUBJECT, "none yet; the first start makes a private one"),
        Err(error) => fail(SUBJECT, format!("cannot be made in {}: {error}", data_dir.display())),
    }
}

/// The folder that is there, if the data directory is not made yet.
fn nearest(data_dir: &Path) -> &Path {
    let there = data_dir.ancestors().find(|path| path.exists());
    there.filter(|path| *path != Path::new("")).unwrap_or(Path::new("."))
}

fn space(data_dir: &Path) -> Finding {
    space_of(nearest(data_dir))
}

fn space_of(folder: &Path) -> Finding {
    match statvfs(folder) {
        #[expect(clippy::unnecessary_cast, reason = "narrower on other systems")]
        Ok(found) => {
            let free =
                (found.blocks_available() as u64).saturating_mul(found.fragment_size() as u64);
            judge_space(free, folder)
        }
        Err(error) => fail("disk space", format!("{}: {error}", folder.display())),
    }
}

fn judge_space(free: u64, folder: &Path) -> Finding {
    let told = format!("{} MB free at {}", free / (1024 * 1024), folder.display());
    match free {
        free if free < SPACE.1 => fail("disk space", told),
        free if free < SPACE.0 => warn("disk space", told),
        _ => ok("disk space", told),
    }
}

fn secret_key(config: &Config, sealed: i64) -> Finding {
    const SUBJECT: &str = "secret key";
    if config.secret_key.is_some() {
        return ok(SUBJECT, "WIWEBB_SECRET_KEY");
    }
    let file = config.data_dir.join(secrets::FILE);
    let shown = file.display();
    match fs::read_to_string(&file) {
        Ok(text) if SealingKey::parse(text.trim()).is_none() => {
            fail(SUBJECT, format!("{shown} holds no key"))
        }
        Ok(_) if is_open_to_others(&file) => {
            warn(SUBJECT, format!("{shown} can be read by other accounts; chmod 600"))
        }
        Ok(_) => ok(SUBJECT, format!("{shown}; is it in a backup of its own?")),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            fail(SUBJECT, format!("{shown}: {error}"))
        }
        Err(_) if sealed > 0 => {
            fail(SUBJECT, format!("{shown} is missing, and {sealed} gateways have sealed secrets"))
        }
        Err(_) => ok(SUBJECT, "none yet; made with the first secret of a gateway"),
    }
}

fn is_open_to_others(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

async fn mail(route: &MailRoute) -> Finding {
    match route {
        MailRoute::Console => warn("mail", "is only shown by the server (WIWEBB_MAIL)"),
        MailRoute::Folder(folder) if !folder.exists() => {
            ok("mail", format!("to {}, made at the start", folder.display()))
        }
        MailRoute::Folder(folder) => match tempfile::tempfile_in(folder) {
            Ok(_) => ok("mail", format!("to {}", folder.display())),
            Err(error) => fail("mail", format!("{}: {error}", folder.display())),
        },
        MailRoute::Smtp(url) => greet(url.expose_secret()).await,
    }
}

async fn greet(url: &str) -> Finding {
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        match AsyncSmtpTransport::<Tokio1Executor>::from_url(url) {
            Ok(builder) => builder.timeout(Some(GREETING)).build(),
            Err(error) => return fail("mail", error.to_string()),
        };
    match tokio::time::timeout(GREETING, transport.test_connection()).await {
        Ok(Ok(true)) => ok("mail", "the mail server answers"),
        Ok(Ok(false)) => warn("mail", "the mail server hangs up"),
        Ok(Err(error)) => warn("mail", format!("the mail server: {error}")),
        Err(_) => warn("mail", "the mail server does not answer"),
    }
}

fn proxies(config: &Config) -> Finding {
    let trusted: Vec<String> = config.edge.trusted_proxies.ranges().collect();
    let is_https = config.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    if !trusted.is_empty() {
        return ok("proxies", format!("{} trusted", trusted.join(", ")));
    }
    if is_https {
        return warn(
            "proxies",
            "none trusted (WIWEBB_TRUSTED_PROXIES): all that come through one count as one client",
        );
    }
    ok("proxies", "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Config {
        let settings = settings.iter().map(|(name, value)| (name.into(), value.into()));
        Config::load(None, settings).unwrap()
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn clocks_are_apart_by_what_the_way_to_the_database_does_not_explain() {
        for (there, verdict) in [
            (100, Verdict::Ok),
            (110, Verdict::Ok),
            (112, Verdict::Ok),
            (113, Verdict::Warn),
            (97, Verdict::Warn),
            (171, Verdict::Fail),
            (39, Verdict::Fail),
        ] {
            let found = judge_clock(at(100), at(there), at(110));
            assert_eq!(found.verdict, verdict, "{there}: {}", found.told);
        }
    }

    #[test]
    fn a_disk_that_fills_up_is_told_before_it_is_full() {
        let verdict = |megabytes: u64| judge_space(megabytes << 20, Path::new("/")).verdict;
        assert_eq!(verdict(99), Verdict::Fail);
        assert_eq!(verdict(100), Verdict::Warn);
        assert_eq!(verdict(1024), Verdict::Ok);
    }

    #[test]
    fn a_key_has_to_be_one_and_to_be_private() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().to_str().unwrap();
        let config = config(&[("WIWEBB_DATA_DIR", data_dir)]);
        let verdict = |sealed| secret_key(&config, sealed).verdict;
        assert_eq!(verdict(0), Verdict::Ok);
        assert_eq!(verdict(1), Verdict::Fail);
        let file = folder.path().join("secret.key");
        fs::write(&file, "half a key").unwrap();
        assert_eq!(verdict(0), Verdict::Fail);
        fs::write(&file, "00".repeat(32)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(verdict(1), Verdict::Warn);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(verdict(1), Verdict::Ok);
    }

    #[test]
    fn behind_https_a_proxy_should_be_trusted() {
        let https = ("WIWEBB_PUBLIC_URL", "https://wiwebb.example.org");
        assert_eq!(proxies(&config(&[])).verdict, Verdict::Ok);
        assert_eq!(proxies(&config(&[https])).verdict, Verdict::Warn);
        let trusted = ("WIWEBB_TRUSTED_PROXIES", "10.0.0.1");
        assert_eq!(proxies(&config(&[https, trusted])).verdict, Verdict::Ok);
    }

    #[test]
    fn every_finding_is_one_line() {
        let findings = [ok("settings", "can be read"), fail("database", "down\n  caused by: x")];
        assert_eq!(report(&findings).lines().count(), 2);
    }
}
