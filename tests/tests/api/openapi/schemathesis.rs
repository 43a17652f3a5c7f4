//! schemathesis, which makes up requests from the document and judges the answers by it.
//!
//! It needs the program: `WIWEBB_SCHEMATHESIS`, else that of `target/schemathesis`, which `.ci/run`
//! installs. Without one these tests are left out, and say so. `WIWEBB_SCHEMATHESIS_EXAMPLES` is how
//! many requests are made up for each operation.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use wiwebb_tests::{Client, TestApp};

use super::service_key;

/// What is judged. That wrong values are refused and right ones taken is not: names may be taken
/// and ids lead nowhere, which no schema can say.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method";

/// What would end the key that all requests carry.
const LEFT_OUT: &str = "^/auth/(logout|tokens/.*)/?$";

const EXAMPLES: &str = "8";

#[tokio::test]
async fn no_made_up_request_breaks_what_the_document_says_of_people() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    judge(&app, &root, &["--exclude-tag", "network", "--exclude-path-regex", LEFT_OUT]).await;
}

#[tokio::test]
async fn no_made_up_request_breaks_what_the_document_says_of_equipment() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    judge(&app, &service_key(&root).await.0, &["--include-tag", "network"]).await;
}

async fn judge(app: &TestApp, client: &Client, which: &[&str]) {
    let Some(program) = program() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let asked = std::env::var_os("WIWEBB_SCHEMATHESIS_EXAMPLES");
    let examples = asked.unwrap_or_else(|| EXAMPLES.into());
    let outcome = Command::new(program)
        .args(["run", &format!("{}/api/v1/openapi.json", app.base), "--checks", CHECKS])
        .args(["--header", &format!("Authorization: Token {}", client.key().unwrap())])
        .arg("--max-examples")
        .arg(examples)
        .args(["--seed", "1"])
        .args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-shrink"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .args(["--generation-database", "none"])
        .args(which)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success(), "{said}{}", String::from_utf8_lossy(&outcome.stderr));
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("WIWEBB_SCHEMATHESIS").map(PathBuf::from);
    let usual =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis/bin/schemathesis");
    let found = named.or_else(|| usual.exists().then_some(usual));
    if found.is_none() {
        eprintln!("left out: schemathesis is not installed");
    }
    found
}
