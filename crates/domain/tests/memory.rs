//! The in-memory store under the rules that every store is under.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;

use futures_executor::block_on;
use wiwebb_domain::error::{RepositoryError, UniqueKey};
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::conformance::CASES;
use wiwebb_domain::testing::samples;

#[test]
fn the_store_in_memory_does_what_every_store_must_do() {
    let mut broken = Vec::new();
    for (name, case) in CASES {
        let run = thread::Builder::new().name((*name).to_owned());
        let run = run.spawn(move || block_on(case(Arc::new(MemoryStore::new()))));
        if run.expect("a thread").join().is_err() {
            broken.push(*name);
        }
    }
    assert_eq!(broken, [""; 0], "the messages above say why");
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<_> = CASES.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CASES.len());
}

async fn found(store: &MemoryStore, slug: &str) -> Stored<()> {
    let mut new = samples::new_tenant(slug);
    new.slug = samples::slug("wanted-by-all");
    let number = slug.bytes().map(u64::from).sum();
    let mut unit = store.begin("race").await?;
    let tenants = unit.tenants();
    tenants.insert(new, samples::uuid(number), samples::now()).await?;
    unit.commit().await
}

#[test]
fn of_simultaneous_inserts_of_one_value_from_many_threads_exactly_one_succeeds() {
    let store = MemoryStore::new();
    let threads = ["a", "b", "c", "d"].map(|name| {
        let store = store.clone();
        thread::spawn(move || block_on(found(&store, name)))
    });
    let results = threads.map(|thread| thread.join().expect("no panic"));
    let stored = results.iter().filter(|result| result.is_ok()).count();
    let taken = results
        .iter()
        .filter(|result| matches!(result, Err(RepositoryError::Taken(UniqueKey::TenantSlug))));
    assert_eq!((stored, taken.count()), (1, 3));
}

#[test]
fn a_unit_of_work_waits_until_the_one_before_has_ended() {
    let store = MemoryStore::new();
    let first = block_on(store.begin("first")).expect("a unit of work");
    let mut second = store.begin("second");
    let mut context = Context::from_waker(Waker::noop());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(first);
    assert!(second.as_mut().poll(&mut context).is_ready());
}

#[test]
fn a_single_write_waits_until_the_open_unit_of_work_has_ended() {
    let store = MemoryStore::new();
    let mut unit = block_on(store.begin("unit")).expect("a unit of work");
    let mut single = block_on(store.read("single")).expect("repositories");
    let tenants = single.tenants();
    let new = samples::new_tenant("Single");
    let mut write = tenants.insert(new, samples::uuid(1), samples::now());
    let mut context = Context::from_waker(Waker::noop());
    assert!(write.as_mut().poll(&mut context).is_pending());

    let new = samples::new_tenant("Unit");
    let tenants = unit.tenants();
    let stored = block_on(tenants.insert(new, samples::uuid(2), samples::now())).expect("stored");
    block_on(unit.commit()).expect("committed");
    block_on(write).expect("stored");
    let kept = block_on(single.tenants().pin(stored.id)).expect("an answer");
    assert!(kept, "neither write overwrote the other");
}
