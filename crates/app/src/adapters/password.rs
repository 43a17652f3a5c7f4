//! Password hashing: Argon2id in PHC form, and what Django has written before.
//!
//! Every check that fails costs the same, be it for a wrong password, an unusable hash or no user at
//! all (contract §3.1): a hash at the current cost, and what the dearest of the other hashes seen so
//! far have asked for, be it rounds of PBKDF2 or Argon2 at another cost, as Django writes them. So
//! nobody pays for Django who never was with it, and where accounts came from there, a name is not
//! told by the time it takes - but for the first check of such a hash after the start, which every
//! check behind it resembles.

use std::hint::black_box;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Most memory, in KiB, that a check fills which has no need of it: twice what Django 5 does.
const MOST_FEIGNED_FILLED: u64 = 400 * 1024;

/// Hashes on the blocking pool, as many passwords at a time as there are processors.
#[derive(Debug, Clone)]
pub struct SlowHasher {
    params: Params,
    places: Arc<Semaphore>,
    /// The most of each kind that a stored hash has asked for so far.
    dearest: Arc<Mutex<Work>>,
}

/// What a check has computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Work {
    /// Hashes at the current cost.
    hashes: u32,
    /// A hash at another cost of Argon2.
    other: Option<Cost>,
    /// Rounds of PBKDF2.
    rounds: u32,
}

impl Work {
    /// How much of it others are made to cost as well.
    fn feigned(self) -> Self {
        Self {
            hashes: 0,
            other: self.other.filter(|cost| cost.filled() <= MOST_FEIGNED_FILLED),
            rounds: self.rounds.min(MOST_FEIGNED_ROUNDS),
        }
    }

    /// The more of both, kind by kind.
    fn max(self, more: Self) -> Self {
        let filled = |cost: &Cost| cost.filled();
        Self {
            hashes: self.hashes.max(more.hashes),
            other: [self.other, more.other].into_iter().flatten().max_by_key(filled),
            rounds: self.rounds.max(more.rounds),
        }
    }
}

/// What a hash of Argon2 costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    fn of(params: &Params) -> Self {
        Self { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    /// Memory that its passes fill together, in KiB.
    fn filled(self) -> u64 {
        u64::from(self.memory) * u64::from(self.passes)
    }
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
        Self { params, places: Arc::new(Semaphore::new(processors)), dearest: Arc::default() }
    }

    /// Checks a password, and says what that has cost.
    async fn check(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<(Verdict, Work), Source> {
        let dearest = Arc::clone(&self.dearest);
        self.run(move |argon2| {
            let password = password.as_str().as_bytes();
            let checked = hash.as_ref().and_then(|hash| {
                check_argon2(argon2, password, hash.as_str())
                    .or_else(|| check_django(password, hash.as_str()))
            });
            let (verdict, done) = checked.unwrap_or((Verdict::Differs, Work::default()));
            let wanted = {
                let mut dearest = dearest.lock().unwrap_or_else(PoisonError::into_inner);
                *dearest = dearest.max(done.feigned());
                *dearest
            };
            if verdict != Verdict::Differs {
                return Ok((verdict, done));
            }
            Ok((verdict, make_up_for(argon2, password, done, wanted)?))
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
    wanted: Work,
) -> Result<Work, Source> {
    const NO_SALT: [u8; argon2::RECOMMENDED_SALT_LEN] = [0; argon2::RECOMMENDED_SALT_LEN];
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let mut work = done;
    if done.hashes == 0 {
        argon2.hash_password_into(password, &NO_SALT, &mut output)?;
        work.hashes = 1;
    }
    let is_dearer = |cost: &Cost| done.other.is_none_or(|own| own.filled() < cost.filled());
    if let Some(Cost { memory, passes, lanes }) = wanted.other.filter(is_dearer) {
        let params = Params::new(memory, passes, lanes, None)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            password,
            &NO_SALT,
            &mut output,
        )?;
        work.other = wanted.other;
    }
    let missing = wanted.rounds.saturating_sub(done.rounds);
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
    if Cost::of(&params).filled() > MOST_FILLED {
        return None;
    }
    let is_current = is_current(argon2.params(), &params, &hash);
    let verdict = match argon2.verify_password(password, &hash) {
        Ok(()) if is_current => Verdict::Matches,
        Ok(()) => Verdict::MatchesOutdated,
        Err(argon2::password_hash::Error::PasswordInvalid) => Verdict::Differs,
        Err(_) => return None,
    };
    let work = if is_current {
        Work { hashes: 1, ..Work::default() }
    } else {
        Work { other: Some(Cost::of(&params)), ..Work::default() }
    };
    Some((verdict, work))
}

fn is_current(wanted: &Params, found: &Params, hash: &phc::PasswordHash) -> bool {
    hash.algorithm == argon2::ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && Cost::of(wanted) == Cost::of(found)
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
    Some((verdict, Work { rounds, ..Work::default() }))
}

#[cfg(test)]
mod tests;
