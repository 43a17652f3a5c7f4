//! Secrets of gateways, sealed with a key that the database does not have.
//!
//! Sealed is `v1:` and, in base64, a random nonce, what ChaCha20-Poly1305 (RFC 8439) makes of the
//! secret, and its tag.

mod key_file;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use wiwebb_domain::ports::random::Random as _;
use wiwebb_domain::ports::secrets::{SecretUnreadable, Secrets};

use super::random::SystemRandom;
use crate::config::{Environment, SealingKey};

/// The form of what is sealed. Authenticated with it, so that no form is taken for another.
const FORM: &str = "v1";

/// The key file in the data directory.
pub(crate) const FILE: &str = "secret.key";

/// Seals with the key of the settings, else with that of the key file, which is made when the first
/// secret is sealed.
#[derive(Debug)]
pub struct SealedSecrets {
    given: Option<SealingKey>,
    file: PathBuf,
    cipher: OnceLock<LessSafeKey>,
    environment: Environment,
}

impl SealedSecrets {
    /// Touches no file yet. `environment` is where references to variables lead.
    pub fn new(given: Option<SealingKey>, data_dir: &Path, environment: Environment) -> Self {
        Self { given, file: data_dir.join(FILE), cipher: OnceLock::new(), environment }
    }

    fn cipher(&self, may_create: bool) -> Result<&LessSafeKey, SecretUnreadable> {
        if let Some(cipher) = self.cipher.get() {
            return Ok(cipher);
        }
        let key = match &self.given {
            Some(key) => key.clone(),
            None => self.of_file(may_create)?,
        };
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, key.expose()).map_err(|_| SecretUnreadable)?;
        // Whoever comes first: two threads have found the same key.
        Ok(self.cipher.get_or_init(|| LessSafeKey::new(key)))
    }

    fn of_file(&self, may_create: bool) -> Result<SealingKey, SecretUnreadable> {
        let found = match key_file::read(&self.file) {
            Ok(None) if may_create => key_file::create(&self.file).map(Some),
            found => found,
        };
        let file = self.file.display();
        match found {
            Ok(Some(key)) => Ok(key),
            Ok(None) => {
                tracing::error!(%file, "there is no key to open sealed secrets with");
                Err(SecretUnreadable)
            }
            Err(error) => {
                tracing::error!(%file, %error, "the key file cannot be used");
                Err(SecretUnreadable)
            }
        }
    }
}

impl Secrets for SealedSecrets {
    fn seal(&self, secret: &str) -> Result<String, SecretUnreadable> {
        let cipher = self.cipher(true)?;
        // Of 96 random bits none comes twice in the four thousand million seals that a key may make.
        let mut nonce = [0; NONCE_LEN];
        SystemRandom.fill(&mut nonce);
        let mut text = secret.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        cipher
            .seal_in_place_append_tag(unique, Aad::from(FORM), &mut text)
            .map_err(|_| SecretUnreadable)?;
        Ok(format!("{FORM}:{}", STANDARD.encode([&nonce[..], &text].concat())))
    }

    fn open(&self, sealed: &str) -> Result<String, SecretUnreadable> {
        let opened = unpack(sealed).and_then(|(nonce, mut text)| {
            let cipher = self.cipher(false).ok()?;
            let nonce = Nonce::assume_unique_for_key(nonce);
            let secret = cipher.open_in_place(nonce, Aad::from(FORM), &mut text).ok()?;
            String::from_utf8(secret.to_vec()).ok()
        });
        if opened.is_none() {
            tracing::warn!("a sealed secret does not open: it is damaged, or of another key");
        }
        opened.ok_or(SecretUnreadable)
    }

    fn of_environment(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }
}

/// The nonce, and what was made of the secret.
fn unpack(sealed: &str) -> Option<([u8; NONCE_LEN], Vec<u8>)> {
    let (form, encoded) = sealed.split_once(':')?;
    let bytes = STANDARD.decode(encoded).ok().filter(|_| form == FORM)?;
    let (nonce, text) = bytes.split_first_chunk()?;
    Some((*nonce, text.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sk_live_ünver";

    fn with_key(byte: u8) -> SealedSecrets {
        let key = SealingKey::new(&[byte; SealingKey::LENGTH]);
        SealedSecrets::new(Some(key), Path::new("/nonexistent"), Environment::default())
    }

    fn in_folder(folder: &Path) -> SealedSecrets {
        SealedSecrets::new(None, folder, Environment::default())
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_with_no_other() {
        let sealed = with_key(1).seal(SECRET).unwrap();
        assert!(sealed.starts_with("v1:") && !sealed.contains("sk_live"), "{sealed}");
        assert_eq!(with_key(1).open(&sealed).as_deref(), Ok(SECRET));
        assert_eq!(with_key(2).open(&sealed), Err(SecretUnreadable));
    }

    #[test]
    fn what_was_sealed_stays_readable_by_later_versions() {
        let sealed = "v1:AAECAwQFBgcICQoL79g7HI424zFcAXmz+SqN/k11Kwe5olk0Ww==";
        assert_eq!(with_key(1).open(sealed).as_deref(), Ok("sk_test_1"));
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let secrets = with_key(1);
        assert_ne!(secrets.seal(SECRET), secrets.seal(SECRET));
    }

    #[test]
    fn damaged_text_does_not_open() {
        let secrets = with_key(1);
        let sealed = secrets.seal(SECRET).unwrap();
        let bytes = STANDARD.decode(&sealed[3..]).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            let damaged = format!("v1:{}", STANDARD.encode(damaged));
            assert_eq!(secrets.open(&damaged), Err(SecretUnreadable), "byte {place}");
        }
        let other_form = sealed.replace("v1:", "v2:");
        for bad in ["", "v1", "v1:", "v1:AAAA", "v1:?", SECRET, &sealed[3..], &other_form] {
            assert_eq!(secrets.open(bad), Err(SecretUnreadable), "{bad}");
        }
    }

    #[test]
    fn without_a_key_in_the_settings_the_first_seal_makes_one_that_the_next_start_finds() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = in_folder(folder.path()).seal(SECRET).unwrap();
        assert_eq!(in_folder(folder.path()).open(&sealed).as_deref(), Ok(SECRET));
    }

    #[test]
    fn nothing_is_made_to_open_a_secret_with() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = with_key(1).seal(SECRET).unwrap();
        assert_eq!(in_folder(folder.path()).open(&sealed), Err(SecretUnreadable));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_key_in_the_settings_needs_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SealedSecrets { file: folder.path().join(FILE), ..with_key(1) };
        secrets.seal(SECRET).unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn the_debug_form_shows_neither_the_key_nor_the_environment() {
        let variables = [("STRIPE_SECRET_KEY".into(), "hunter2".into())];
        let config = crate::config::Config::load(None, variables).unwrap();
        let key = SealingKey::new(&[b'k'; SealingKey::LENGTH]);
        let secrets = SealedSecrets::new(Some(key), Path::new("/data"), config.environment);
        secrets.seal(SECRET).unwrap();
        assert_eq!(secrets.of_environment("STRIPE_SECRET_KEY").as_deref(), Some("hunter2"));
        let shown = format!("{secrets:?}");
        for hidden in ["hunter2", "kkk", "107, 107", "6b6b"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
