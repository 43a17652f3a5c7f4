//! Secrets that must not be in a log.
//!
//! Whatever a server of these tests logs is looked through, line by line, at every level. Secrets are
//! known by their form - keys, signatures, what Stripe hands out - or because a test has sent them.

use std::collections::HashSet;
use std::io;
use std::sync::{LazyLock, Once, RwLock};

use serde_json::Value;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Shorter or simpler passwords could be words of the log as well.
const SHORTEST: usize = 12;

static SENT: LazyLock<RwLock<HashSet<String>>> = LazyLock::new(RwLock::default);

/// Notes the passwords of a body that a test sends.
pub(crate) fn note(body: &Value) {
    match body {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(text) if name.contains("password") && is_unmistakable(text) => {
                let known = SENT.read().unwrap().contains(text);
                if !known {
                    SENT.write().unwrap().insert(text.clone());
                }
            }
            inner => note(inner),
        }),
        Value::Array(items) => items.iter().for_each(note),
        _ => {}
    }
}

fn is_unmistakable(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.len() >= SHORTEST
        && text.chars().all(is_of_word)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

const fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// What kind of secret is in a text, and which.
pub fn secret_in(text: &str) -> Option<(&'static str, &str)> {
    if let Some(at) = ["$argon2", "pbkdf2_sha256$"].into_iter().find_map(|mark| text.find(mark)) {
        return Some(("the hash of a password", &text[at..]));
    }
    let words = text.split(|character| !is_of_word(character)).filter(|word| word.len() > 7);
    let sent = SENT.read().unwrap();
    words.into_iter().find_map(|word| Some((kind(word, &sent)?, word)))
}

fn kind(word: &str, sent: &HashSet<String>) -> Option<&'static str> {
    let is_hex = || word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match word.len() {
        40 if is_hex() => return Some("a key or the token of a reset link"),
        64 if is_hex() => return Some("a signature or a sealing key"),
        _ => {}
    }
    if ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_"]
        .iter()
        .any(|p| word.starts_with(p))
    {
        return Some("a secret of Stripe");
    }
    if word.contains("_secret_") {
        return Some("a client secret of Stripe");
    }
    sent.contains(word).then_some("a password")
}

/// Fails where there is a secret in a log.
#[track_caller]
pub fn check_log(log: &str) {
    for line in log.lines() {
        if let Some((kind, secret)) = secret_in(line) {
            panic!("the log has {kind}, {secret}: {line}");
        }
    }
}

/// Looks through whatever this process logs from now on. The first secret ends the process, because
/// a panic on a server would be an answer like any other. A log that somebody set up before stays.
pub(crate) fn watch() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // A browser is told what to type, which no server of ours does.
        let of_servers = filter_fn(|about| !about.target().starts_with("thirtyfour"));
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Watch);
        let lines = lines.with_filter(of_servers);
        let _ = tracing_subscriber::registry().with(lines).try_init();
    });
}

/// Takes a line at a time.
struct Watch;

impl io::Write for Watch {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if let Some((kind, secret)) = secret_in(&text) {
            eprintln!("the log has {kind}, {secret}: {text}");
            std::process::exit(101);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_known_by_their_form() {
        let (key, signature) = ("0a".repeat(20), "0a".repeat(32));
        for line in [
            format!("Authorization: Token {key}"),
            format!("/confirm/MQ/{key}/"),
            format!("v1={signature},t=1"),
            "Bearer sk_test_abc".to_owned(),
            "secret=\"whsec_of_the_tests\"".to_owned(),
            "pi_1_secret_2".to_owned(),
            "password: $argon2id$v=19$".to_owned(),
        ] {
            assert!(secret_in(&line).is_some(), "{line}");
        }
        for line in [
            "request{request_id=\"67e55044-10b1-426f-9247-bb680e5fe0c8\"}: request finished",
            "the settings of Stripe (STRIPE_SECRET_KEY) cannot be used",
            "SELECT client_secret FROM api_payment WHERE key_hash = $1",
        ] {
            assert_eq!(secret_in(line), None, "{line}");
        }
    }

    #[test]
    fn a_password_is_known_once_it_was_sent() {
        let line = "login failed for anna with Only-here-12";
        assert_eq!(secret_in(line), None);
        note(&json!([{ "username": "anna", "new_password1": "Only-here-12", "password": "anna" }]));
        assert_eq!(secret_in(line), Some(("a password", "Only-here-12")));
    }
}
