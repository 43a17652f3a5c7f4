//! Slugs derived from names (contract §15, row 3): examples, and laws that hold for every name.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its data has failed")]

use std::collections::HashSet;

use proptest::prelude::*;
use wiwebb_domain::tenant::TenantRef;
use wiwebb_domain::text::{Slug, TenantName};

fn candidates(name: &str, number: usize) -> Vec<String> {
    let name = TenantName::new(name).unwrap();
    Slug::derived_from(&name).take(number).map(Slug::into_string).collect()
}

fn first(name: &str) -> String {
    candidates(name, 1).remove(0)
}

#[test]
fn it_is_the_name_in_small_letters_with_hyphens_for_everything_else() {
    for (name, slug) in [
        ("Hill Net", "hill-net"),
        ("acme", "acme"),
        ("ACME_2 GmbH & Co. KG", "acme_2-gmbh-co-kg"),
        ("  Wi-Fi -- Nord / Süd  ", "wi-fi-nord-s-d"),
        ("Ärzte", "rzte"),
        ("(Test)!", "test"),
        ("7 Hills", "7-hills"),
    ] {
        assert_eq!(first(name), slug, "{name}");
    }
}

#[test]
fn numbers_from_two_on_follow() {
    assert_eq!(candidates("Hill Net", 4), ["hill-net", "hill-net-2", "hill-net-3", "hill-net-4"]);
}

#[test]
fn a_name_of_foreign_letters_or_signs_alone_is_a_tenant() {
    for name in ["東京", "!!!", "-", "Ω"] {
        assert_eq!(candidates(name, 2), ["tenant", "tenant-2"], "{name}");
    }
}

#[test]
fn what_a_path_reads_as_something_else_gets_a_number_at_once() {
    let uuid = "0195e9a0-5d2c-4f1e-8b52-7f1f3c9d2a11";
    for (name, slug) in [
        ("Me", "me-2".to_owned()),
        ("2024", "2024-2".to_owned()),
        ("0", "0-2".to_owned()),
        (uuid, format!("{uuid}-2")),
    ] {
        assert_eq!(first(name), slug, "{name}");
    }
}

#[test]
fn a_long_name_is_cut_to_150_and_never_at_a_hyphen() {
    assert_eq!(first(&"a".repeat(150)), "a".repeat(150));
    assert_eq!(candidates(&"a".repeat(150), 2)[1], format!("{}-2", "a".repeat(150)));
    // `İ` is two characters in small letters, of which the second is none of a slug's.
    let longer_in_small = "İ".repeat(150);
    let cut = first(&longer_in_small);
    assert!(cut.len() < 150 && cut.ends_with('i'), "{cut}");
}

proptest! {
    #[test]
    fn every_candidate_is_a_slug_that_a_path_reads_as_one(name in ".{1,150}") {
        prop_assume!(TenantName::new(&name).is_ok());
        for text in candidates(&name, 5) {
            let read = TenantRef::parse(&text);
            prop_assert!(matches!(read, Some(TenantRef::Slug(ref slug)) if slug.as_str() == text));
            prop_assert!(text.len() <= Slug::MAX);
        }
    }

    #[test]
    fn candidates_differ_and_begin_alike(name in "[a-zA-Z0-9 _äß.-]{1,150}") {
        prop_assume!(TenantName::new(&name).is_ok());
        let found = candidates(&name, 20);
        prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), 20);
        let stem = found[0].rsplit_once('-').map_or(found[0].as_str(), |(stem, _)| stem);
        prop_assert!(found.iter().all(|slug| slug.starts_with(stem)));
    }

    #[test]
    fn a_name_that_is_a_slug_in_small_letters_is_its_own(name in "[a-z][a-z0-9_]{2,149}") {
        prop_assert_eq!(first(&name), name);
    }
}
