//! `pg_dump` and `pg_restore` as processes. What they need to connect goes through their environment:
//! their command line can be seen by everybody on the machine.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Stdio;

use percent_encoding::percent_decode_str;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use wiwebb_persistence::embedded::{ClientPrograms, EmbeddedConfig};

use super::error::{At as _, BackupError};
use crate::config::Config;

/// What the programs inherit of our environment, beside how to connect: where to find libraries and
/// certificates, and how their sessions are to be.
const KEPT_ENVIRONMENT: [&str; 5] =
    ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "PGOPTIONS"];

/// From this version on libpq trusts the system's certificates if it is told to.
const SYSTEM_CERTIFICATES: u32 = 16;

/// How many of the last lines that a program wrote are told when it failed.
const TOLD_LINES: usize = 20;

/// The programs that go with a server.
pub(crate) async fn find(config: &Config, major: u32) -> Result<ClientPrograms, BackupError> {
    let mut settings = EmbeddedConfig::new(&config.data_dir);
    settings.program_dir.clone_from(&config.pg_bin);
    Ok(ClientPrograms::find(&settings, major).await?)
}

/// A program that needs no database. It is killed when it is dropped.
pub(super) fn offline(program: &Path) -> Command {
    let mut command = Command::new(program);
    let kept = KEPT_ENVIRONMENT.iter();
    command
        .env_clear()
        .envs(kept.filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A program that connects as `options` say, and never asks for a password.
pub(super) fn connected(program: &Path, options: &PgConnectOptions, major: u32) -> Command {
    let mut command = offline(program);
    command.envs(environment(options, major)).arg("--no-password");
    command
}

/// The variables of libpq that say the same as `options`.
fn environment(options: &PgConnectOptions, major: u32) -> Vec<(&'static str, OsString)> {
    let url = options.to_url_lossy();
    let host = match options.get_socket() {
        Some(folder) => folder.clone().into_os_string(),
        None => options.get_host().into(),
    };
    let mut variables = vec![
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string().into()),
        ("PGUSER", options.get_username().into()),
        ("PGDATABASE", database_of(options).into()),
        ("PGCONNECT_TIMEOUT", "10".into()),
    ];
    if let Some(name) = options.get_application_name() {
        variables.push(("PGAPPNAME", name.into()));
    }
    if let Some(password) = url.password() {
        let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
        variables.push(("PGPASSWORD", password.into()));
    }
    for (name, value) in url.query_pairs() {
        let variable = match &*name {
            "sslmode" => "PGSSLMODE",
            "sslrootcert" => "PGSSLROOTCERT",
            "sslcert" => "PGSSLCERT",
            "sslkey" => "PGSSLKEY",
            _ => continue,
        };
        // So it writes a certificate's file. libpq takes no certificate that stands in the URL itself.
        let value = value.strip_prefix("file: ").unwrap_or(&value);
        variables.push((variable, value.into()));
    }
    // As our own connections do where no certificate is named.
    let verifies = variables.iter().any(|(name, value)| {
        *name == "PGSSLMODE" && value.as_encoded_bytes().starts_with(b"verify-")
    });
    let has_root = variables.iter().any(|(name, _)| *name == "PGSSLROOTCERT");
    if verifies && !has_root && major >= SYSTEM_CERTIFICATES {
        variables.push(("PGSSLROOTCERT", "system".into()));
    }
    variables
}

/// The name of the database that is connected to.
pub(super) fn database_of(options: &PgConnectOptions) -> &str {
    options.get_database().unwrap_or(options.get_username())
}

/// The `--dbname` of this database: a connection string, in which nothing of the name means anything.
pub(super) fn dbname(database: &str) -> OsString {
    let quoted = database.replace('\\', "\\\\").replace('\'', "\\'");
    format!("--dbname=dbname='{quoted}'").into()
}

/// Reads what a program says to the end. Returns its last lines, without those that `is_progress`
/// has taken.
pub(super) async fn listen(
    said: impl AsyncRead + Unpin,
    mut is_progress: impl FnMut(&str) -> bool,
) -> String {
    let mut last = VecDeque::new();
    let mut lines = BufReader::new(said).split(b'\n');
    // A program that cannot be heard any more has ended, which its status tells.
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line).into_owned();
        if is_progress(&line) {
            continue;
        }
        if last.len() == TOLD_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    Vec::from(last).join("\n")
}

/// What a program writes that needs no database; an error where it fails.
pub(super) async fn output(
    program: &Path,
    name: &'static str,
    arguments: &[&OsStr],
) -> Result<String, BackupError> {
    let output = offline(program).args(arguments).output().await.at("run", program)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(BackupError::Failed { program: name, told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(url: &str, major: u32) -> Vec<(&'static str, String)> {
        let variables = environment(&url.parse().unwrap(), major).into_iter();
        variables.map(|(name, value)| (name, value.into_string().unwrap())).collect()
    }

    fn value(variables: &[(&str, String)], wanted: &str) -> Option<String> {
        variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
    }

    #[test]
    fn a_url_says_the_same_to_the_programs_as_to_us() {
        let found =
            variables("postgres://me:a%20p%2Bw%27%25@db.example:5433/my?sslmode=require", 17);
        for (name, expected) in [
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "a p+w'%"),
            ("PGDATABASE", "my"),
            ("PGSSLMODE", "require"),
        ] {
            assert_eq!(value(&found, name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn no_argument_holds_a_secret() {
        let options = "postgres://me:hunter2@db.example/my".parse().unwrap();
        let command = connected(Path::new("pg_dump"), &options, 17);
        let arguments: Vec<_> = command.as_std().get_args().collect();
        assert_eq!(arguments, ["--no-password"]);
    }

    #[test]
    fn the_systems_certificates_are_asked_for_where_libpq_knows_how() {
        let url = "postgres://me@db.example/my?sslmode=verify-full";
        assert_eq!(value(&variables(url, 16), "PGSSLROOTCERT").as_deref(), Some("system"));
        assert_eq!(value(&variables(url, 15), "PGSSLROOTCERT"), None);
        let own = format!("{url}&sslrootcert=/etc/own.pem");
        assert_eq!(value(&variables(&own, 16), "PGSSLROOTCERT").as_deref(), Some("/etc/own.pem"));
    }

    #[test]
    fn a_database_may_have_any_name() {
        assert_eq!(dbname("a b'c\\"), "--dbname=dbname='a b\\'c\\\\'");
    }

    #[tokio::test]
    async fn the_last_lines_of_a_failure_are_told_without_its_progress() {
        let lines = (0..30).flat_map(|line| [format!("line {line}"), "progress".to_owned()]);
        let said = lines.collect::<Vec<_>>().join("\n");
        let mut count = 0;
        let told = listen(said.as_bytes(), |line| {
            let is_progress = line == "progress";
            count += usize::from(is_progress);
            is_progress
        })
        .await;
        assert_eq!(count, 30);
        assert_eq!(told.lines().next(), Some("line 10"));
        assert_eq!(told.lines().count(), TOLD_LINES);
    }
}
