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
        let nothing_asked_for = Work { hashes: 1, ..Work::default() };
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
        let one = Work { hashes: 1, ..Work::default() };
        assert_eq!(cost(&hasher, hash).await, one, "{hash:?}");
    }
}

#[tokio::test]
async fn once_a_hash_of_django_was_seen_whoever_is_refused_costs_as_much_as_the_dearest() {
    let hasher = cheap();
    let stored = hasher.hash(password(PASSWORD)).await.unwrap();
    let dearest = of_django(5_000);
    let work = Work { hashes: 1, rounds: 5_000, ..Work::default() };
    assert_eq!(cost(&hasher, Some(&dearest)).await, work);
    let cheaper = of_django(1_000);
    for hash in [Some(stored.as_str()), Some(&cheaper), Some(&dearest), Some(UNUSABLE), None] {
        assert_eq!(cost(&hasher, hash).await, work, "{hash:?}");
    }
}

#[tokio::test]
async fn once_argon2_of_another_cost_was_seen_whoever_is_refused_costs_as_much_as_the_dearest() {
    let hasher = cheap();
    let stored = hasher.hash(password(PASSWORD)).await.unwrap();
    let of_cost = async |memory, passes| {
        let params = Params::new(memory, passes, 1, None).unwrap();
        SlowHasher::with_params(params).hash(password(PASSWORD)).await.unwrap()
    };
    let (cheaper, dearest) = (of_cost(64, 2).await, of_cost(128, 3).await);
    let cost_of = |memory, passes| Some(Cost { memory, passes, lanes: 1 });
    let work = Work { hashes: 1, other: cost_of(64, 2), rounds: 0 };
    assert_eq!(cost(&hasher, Some(cheaper.as_str())).await, work);
    let work = Work { other: cost_of(128, 3), ..work };
    assert_eq!(cost(&hasher, Some(dearest.as_str())).await, work);
    for hash in [Some(stored.as_str()), Some(UNUSABLE), None] {
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
        (current, (Verdict::Matches, Work { hashes: 1, ..Work::default() })),
        (outdated, (Verdict::MatchesOutdated, Work { rounds: 1_000, ..Work::default() })),
    ] {
        let checked = hasher.check(password(PASSWORD), Some(hash)).await.unwrap();
        assert_eq!(checked, expected);
    }
}

#[tokio::test]
async fn no_stored_hash_makes_the_checks_of_others_cost_without_end() {
    let hasher = cheap();
    hasher.dearest.lock().unwrap().rounds = MOST_FEIGNED_ROUNDS - 1;
    let key = OF_DJANGO.rsplit('$').next().unwrap();
    let dear = format!("pbkdf2_sha256${}$salt${key}", MOST_FEIGNED_ROUNDS + 1);
    cost(&hasher, Some(&dear)).await;
    assert_eq!(hasher.dearest.lock().unwrap().rounds, MOST_FEIGNED_ROUNDS);
    let dear = Cost { memory: 2 * 1024 * 1024, passes: 1, lanes: 1 };
    assert_eq!(Work { other: Some(dear), ..Work::default() }.feigned(), Work::default());
}
