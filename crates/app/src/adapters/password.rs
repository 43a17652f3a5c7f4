//! Password hashing: Argon2id in PHC form, and what Django has written before.
//!
//! Every check that fails costs the same, be it for a wrong password, an unusable hash or no user at
//! all (contract §3.1): a hash at the current cost, and the rounds of PBKDF2 that the dearest of
//! Django's hashes seen so far has asked for. So nobody pays for Django who never was with it, and
//! where accounts came from there, a name is not told by the time it takes - but for the first check
//! of such a hash after the start, which every check behind it resembles.

use std::hint::black_box;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use wiwebb_domain::error::Source;
use wiwebb_domain::password::{Password, PasswordHash};
use wiwebb_domain::ports::password::{PasswordHasher, Verdict};

/// Most rounds of PBKDF2 that a stored hash can ask for: ten times what Django 5 does.
const MOST_ROUNDS: u32 = 10_000_000;

/// Most rounds of PBKDF2 that a check does which has no need of them: twice what Django 5 does.
const MOST_FEIGNED_ROUNDS: u32 = 2_000_000;

/// Most memory, in KiB, that the passes of a stored Argon2 hash can fill together: 4 GiB.
const MOST_FILLED: u64 = 4 * 1024 * 1024;

/// Hashes on the blocking pool, as many passwords at a time as there are processors.
#[derive(Debug, Clone)]
pub struct SlowHasher {
    params: Params,
    places: Arc<Semaphore>,
    /// The most rounds of PBKDF2 that a stored hash has asked for so far.
    rounds: Arc<AtomicU32>,
}

/// What a check has computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Work {
    /// Hashes at the current cost.
    hashes: u32,
    /// Rounds of PBKDF2.
    rounds: u32,
}

/// Memory of one hash in KiB. Blocks of more than 32 MiB the C library maps from the system and
/// gives back at once; smaller ones it would keep for every thread that ever hashed.
const MEMORY: u32 = 46 * 1024;

impl Default for SlowHasher {
    /// With 46 MiB, one pass and one lane, OWASP's first recommendation for Argon2id.
    fn default() -> Self {
        Self::with_params(Params::new(MEMORY, 1, 1, None).unwrap_or(Params::DEFAULT))
    }
}

impl SlowHasher {
    /// With another cost.
    pub fn with_params(params: Params) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { params, places: Arc::new(Semaphore::new(processors)), rounds: Arc::default() }
    }

    /// Checks a password, and says what that has cost beside hashes that are neither of the current
    /// cost nor Django's.
    async fn check(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<(Verdict, Work), Source> {
        let seen = Arc::clone(&self.rounds);
        self.run(move |argon2| {
            let password = password.as_str().as_bytes();
            let checked = hash.as_ref().and_then(|hash| {
                check_argon2(argon2, password, hash.as_str())
                    .or_else(|| check_django(password, hash.as_str()))
            });
            let (verdict, done) = checked.unwrap_or((Verdict::Differs, Work::default()));
            let feigned = done.rounds.min(MOST_FEIGNED_ROUNDS);
            let rounds = seen.fetch_max(feigned, Ordering::Relaxed).max(feigned);
            if verdict != Verdict::Differs {
                return Ok((verdict, done));
            }
            Ok((verdict, make_up_for(argon2, password, done, rounds)?))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'_>) -> Result<T, Source> + Send + 'static,
    ) -> Result<T, Source> {
        let place = Arc::clone(&self.places).acquire_owned().await?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let work = move || {
            // Held by the work, not by the caller, who may go away while it lasts.
            let _place = place;
            work(&argon2)
        };
        tokio::task::spawn_blocking(work).await?
    }
}

#[async_trait]
impl PasswordHasher for SlowHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Source> {
        self.run(move |argon2| {
            let hash = argon2.hash_password(password.as_str().as_bytes())?;
            Ok(PasswordHash::new(hash.to_string()))
        })
        .await
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Source> {
        self.check(password, hash).await.map(|(verdict, _)| verdict)
    }
}

/// Does what a check that failed has not done of what others do.
fn make_up_for(
    argon2: &Argon2<'_>,
    password: &[u8],
    done: Work,
    rounds: u32,
) -> Result<Work, Source> {
    const NO_SALT: [u8; argon2::RECOMMENDED_SALT_LEN] = [0; argon2::RECOMMENDED_SALT_LEN];
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let mut work = done;
    if done.hashes == 0 {
        argon2.hash_password_into(password, &NO_SALT, &mut output)?;
        work.hashes = 1;
    }
    let missing = rounds.saturating_sub(done.rounds);
    if missing > 0 {
        pbkdf2::pbkdf2_hmac::<pbkdf2::sha2::Sha256>(password, &NO_SALT, missing, &mut output);
        work.rounds += missing;
    }
    black_box(output);
    Ok(work)
}

/// Checks a hash in PHC form; `None` where it is not one that can be checked.
fn check_argon2(argon2: &Argon2<'_>, password: &[u8], encoded: &str) -> Option<(Verdict, Work)> {
    let hash = phc::PasswordHash::new(encoded).ok()?;
    let params = Params::try_from(&hash).ok()?;
    if u64::from(params.m_cost()) * u64::from(params.t_cost()) > MOST_FILLED {
        return None;
    }
    let is_current = is_current(argon2.params(), &params, &hash);
    let verdict = match argon2.verify_password(password, &hash) {
        Ok(()) if is_current => Verdict::Matches,
        Ok(()) => Verdict::MatchesOutdated,
        Err(argon2::password_hash::Error::PasswordInvalid) => Verdict::Differs,
        Err(_) => return None,
    };
    Some((verdict, Work { hashes: u32::from(is_current), rounds: 0 }))
}

fn is_current(wanted: &Params, found: &Params, hash: &phc::PasswordHash) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    hash.algorithm == argon2::ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && cost(wanted) == cost(found)
        && found.output_len() == Some(Params::DEFAULT_OUTPUT_LEN)
}

/// Checks `pbkdf2_sha256$<rounds>$<salt>$<base64>`; `None` where it is not of that form, or of
/// fewer than a thousand rounds.
fn check_django(password: &[u8], encoded: &str) -> Option<(Verdict, Work)> {
    let mut parts = encoded.split('$');
    if parts.next() != Some("pbkdf2_sha256") {
        return None;
    }
    let rounds = parts.next()?.parse().ok().filter(|rounds| *rounds <= MOST_ROUNDS)?;
    let params = pbkdf2::Params::new(rounds).ok()?;
    let salt = parts.next()?;
    let wanted = BASE64_STANDARD.decode(parts.next()?).ok()?;
    if wanted.len() != 32 || parts.next().is_some() {
        return None;
    }
    let mut found = [0; 32];
    let sha256 = pbkdf2::Algorithm::Pbkdf2Sha256;
    pbkdf2::pbkdf2_hmac_with_params(password, salt.as_bytes(), sha256, params, &mut found);
    let same: bool = found.as_slice().ct_eq(&wanted).into();
    let verdict = if same { Verdict::MatchesOutdated } else { Verdict::Differs };
    Some((verdict, Work { hashes: 0, rounds }))
}

#[cfg(test)]
mod tests {
    use pbkdf2::sha2::Sha256;

    use super::*;

    const PASSWORD: &str = "Übergabe-2026 (çok gizli)";

    /// Made by Django 5.2 from [`PASSWORD`].
    const OF_DJANGO: &str = "pbkdf2_sha256$1000000$X5UkL5FqtcbEP6eirXMF2P$\
                             oUdqm8yoJzreC5Me0cUvXT3XkCZh3jZyXrJ5g7aje0M=";

    /// Made by Django 5.2 for an account without a password.
    const UNUSABLE: &str = "!TOsfeHCdjjwJxn0RS8gqvF49eFAuWTUirGzA2PH4";

    fn cheap() -> SlowHasher {
        SlowHasher::with_params(Params::new(64, 1, 1, None).unwrap())
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    async fn verify(hasher: &SlowHasher, text: &str, hash: &str) -> Verdict {
        hasher.verify(password(text), Some(PasswordHash::new(hash))).await.unwrap()
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_at_the_recommended_cost_and_fits_its_column() {
        let hash = SlowHasher::default().hash(password(PASSWORD)).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{}", hash.as_str());
        assert!(hash.as_str().len() <= 128);
        assert_eq!(verify(&SlowHasher::default(), PASSWORD, hash.as_str()).await, Verdict::Matches);
    }

    #[tokio::test]
    async fn only_the_password_matches_and_no_two_hashes_are_the_same() {
        let hasher = cheap();
        let first = hasher.hash(password(PASSWORD)).await.unwrap();
        let second = hasher.hash(password(PASSWORD)).await.unwrap();
        assert!(first != second, "each has a salt of its own");
        assert_eq!(verify(&hasher, PASSWORD, first.as_str()).await, Verdict::Matches);
        assert_eq!(verify(&hasher, "another one", first.as_str()).await, Verdict::Differs);
        assert_eq!(verify(&hasher, "", first.as_str()).await, Verdict::Differs);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_or_kind_matches_as_outdated() {
        let hash = cheap().hash(password(PASSWORD)).await.unwrap();
        let now = SlowHasher::default();
        assert_eq!(verify(&now, PASSWORD, hash.as_str()).await, Verdict::MatchesOutdated);
        assert_eq!(verify(&now, "another one", hash.as_str()).await, Verdict::Differs);

        let params = Params::new(64, 1, 1, None).unwrap();
        let argon2i = Argon2::new(Algorithm::Argon2i, Version::V0x13, params);
        let hash = argon2i.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
        assert_eq!(verify(&cheap(), PASSWORD, &hash).await, Verdict::MatchesOutdated);
    }

    #[tokio::test]
    async fn a_hash_of_django_matches_as_outdated() {
        let hasher = cheap();
        assert_eq!(verify(&hasher, PASSWORD, OF_DJANGO).await, Verdict::MatchesOutdated);
        assert_eq!(verify(&hasher, "another one", OF_DJANGO).await, Verdict::Differs);
    }

    #[tokio::test]
    async fn the_rounds_of_djangos_form_are_those_that_are_done() {
        let key = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(b"secret", b"salt", 1_000);
        let key = BASE64_STANDARD.encode(key);
        let hasher = cheap();
        let hash = format!("pbkdf2_sha256$1000$salt${key}");
        assert_eq!(verify(&hasher, "secret", &hash).await, Verdict::MatchesOutdated);
        let hash = format!("pbkdf2_sha256$1001$salt${key}");
        assert_eq!(verify(&hasher, "secret", &hash).await, Verdict::Differs);
    }

    #[tokio::test]
    async fn what_is_no_usable_hash_never_matches() {
        let hasher = cheap();
        let key = OF_DJANGO.rsplit('$').next().unwrap();
        for hash in [
            "",
            "!",
            UNUSABLE,
            PASSWORD,
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$scrypt$ln=1,r=8,p=1$c29tZXNhbHQ$c29tZWhhc2g",
            "bcrypt$2b$12$abc",
            "pbkdf2_sha256$0$salt$AAAA",
            &format!("pbkdf2_sha256$1000$salt${key}$more"),
            "pbkdf2_sha256$1000$salt$",
        ] {
            assert_eq!(verify(&hasher, PASSWORD, hash).await, Verdict::Differs, "{hash}");
        }
    }

    /// What a check that fails costs.
    async fn cost(hasher: &SlowHasher, hash: Option<&str>) -> Work {
        let hash = hash.map(PasswordHash::new);
        let (verdict, work) = hasher.check(password("another one"), hash).await.unwrap();
        assert_eq!(verdict, Verdict::Differs);
        work
    }

    #[tokio::test]
    async fn a_stored_hash_cannot_ask_for_endless_work() {
        let key = OF_DJANGO.rsplit('$').next().unwrap();
        for hash in [
            format!("pbkdf2_sha256$4294967295$salt${key}"),
            "$argon2id$v=19$m=4194304,t=64,p=1$c29tZXNhbHRzb21lc2FsdA$\
             c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g"
                .to_owned(),
        ] {
            let nothing_asked_for = Work { hashes: 1, rounds: 0 };
            assert_eq!(cost(&cheap(), Some(&hash)).await, nothing_asked_for, "{hash}");
        }
    }

    /// A hash of Django's with few rounds, which nothing matches.
    fn of_django(rounds: u32) -> String {
        format!("pbkdf2_sha256${rounds}$salt${}", BASE64_STANDARD.encode([0; 32]))
    }

    #[tokio::test]
    async fn whoever_is_refused_has_cost_one_hash() {
        let hasher = cheap();
        let stored = hasher.hash(password(PASSWORD)).await.unwrap();
        for hash in [Some(stored.as_str()), Some(UNUSABLE), Some(""), None] {
            assert_eq!(cost(&hasher, hash).await, Work { hashes: 1, rounds: 0 }, "{hash:?}");
        }
    }

    #[tokio::test]
    async fn once_a_hash_of_django_was_seen_whoever_is_refused_costs_as_much_as_the_dearest() {
        let hasher = cheap();
        let stored = hasher.hash(password(PASSWORD)).await.unwrap();
        let dearest = of_django(5_000);
        let work = Work { hashes: 1, rounds: 5_000 };
        assert_eq!(cost(&hasher, Some(&dearest)).await, work);
        let cheaper = of_django(1_000);
        for hash in [Some(stored.as_str()), Some(&cheaper), Some(&dearest), Some(UNUSABLE), None] {
            assert_eq!(cost(&hasher, hash).await, work, "{hash:?}");
        }
    }

    /// The hash that its owner's login makes anew stands in for the one that a refusal costs.
    #[tokio::test]
    async fn the_right_password_costs_what_its_hash_asks_for() {
        let hasher = cheap();
        cost(&hasher, Some(&of_django(5_000))).await;
        let current = hasher.hash(password(PASSWORD)).await.unwrap();
        let key = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(PASSWORD.as_bytes(), b"salt", 1_000);
        let outdated =
            PasswordHash::new(format!("pbkdf2_sha256$1000$salt${}", BASE64_STANDARD.encode(key)));
        for (hash, expected) in [
            (current, (Verdict::Matches, Work { hashes: 1, rounds: 0 })),
            (outdated, (Verdict::MatchesOutdated, Work { hashes: 0, rounds: 1_000 })),
        ] {
            let checked = hasher.check(password(PASSWORD), Some(hash)).await.unwrap();
            assert_eq!(checked, expected);
        }
    }

    #[tokio::test]
    async fn no_stored_hash_makes_the_checks_of_others_cost_without_end() {
        let hasher = cheap();
        hasher.rounds.store(MOST_FEIGNED_ROUNDS - 1, Ordering::Relaxed);
        let key = OF_DJANGO.rsplit('$').next().unwrap();
        let dear = format!("pbkdf2_sha256${}$salt${key}", MOST_FEIGNED_ROUNDS + 1);
        cost(&hasher, Some(&dear)).await;
        assert_eq!(hasher.rounds.load(Ordering::Relaxed), MOST_FEIGNED_ROUNDS);
    }
}
