//! The suite that every store of the domain has to pass.

use std::sync::Arc;

use wiwebb_domain::testing::conformance::CASES;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_obeys_every_rule_of_the_domains_suite() {
    let mut broken = Vec::new();
    for (name, case) in CASES {
        let pool = database::pool().await;
        let factory = Arc::new(PgUnitOfWorkFactory::new(pool.clone()));
        // A task of its own, so that one broken rule does not hide the others.
        if tokio::spawn(case(factory)).await.is_err() {
            broken.push(*name);
        }
        pool.close().await;
    }
    assert!(!CASES.is_empty());
    assert!(broken.is_empty(), "broken rules: {broken:#?}");
}
