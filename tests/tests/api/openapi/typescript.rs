//! A client in TypeScript whose types are made of the document, as somebody would write one.
//!
//! It needs Node.js and the packages of `tests/fixtures/typescript`, which `.ci/run` installs in
//! `target/typescript`. Without them these tests are left out, and say so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::process::Command;
use wiwebb_tests::TestApp;

use super::document;

const CLIENT: &str = include_str!("../../../fixtures/typescript/client.ts");
const SETTINGS: &str = include_str!("../../../fixtures/typescript/tsconfig.json");

/// Mistakes: what the client says, what it says in the wrong one, and what the compiler names.
const MISTAKES: [(&str, &str, &str); 7] = [
    ("{ name, slug, email: null", "{ name, slgu: slug, email: null", "slgu"),
    ("body: { username, password }", "body: { username }", "password"),
    ("role: \"tenant_owner\"", "role: \"owner\"", "owner"),
    ("POST(\"/tenants/\"", "POST(\"/tenant/\"", "/tenant/"),
    ("path: { id: user.id }", "path: { id: user.username }", "string"),
    ("=> user.tenant)", "=> user.tenants)", "tenants"),
    ("=== \"confirmed\"", "=== \"paid\"", "paid"),
];

#[tokio::test]
async fn a_typed_client_compiles() {
    let Some(folder) = prepared().await else {
        return;
    };
    fs::write(folder.path().join("client.ts"), CLIENT).unwrap();
    let outcome = run("tsc", &["--pretty", "false"], folder.path()).await;
    assert!(outcome.status.success(), "{}", text(&outcome));
}

#[tokio::test]
async fn a_typed_client_with_a_mistake_does_not_compile() {
    let Some(folder) = prepared().await else {
        return;
    };
    for (index, (right, wrong, _)) in MISTAKES.iter().enumerate() {
        assert_eq!(CLIENT.matches(right).count(), 1, "{right}");
        let client = CLIENT.replace(right, wrong);
        fs::write(folder.path().join(format!("wrong{index}.ts")), client).unwrap();
    }
    let outcome = run("tsc", &["--pretty", "false"], folder.path()).await;
    let said = text(&outcome);
    for (index, (_, wrong, name)) in MISTAKES.iter().enumerate() {
        let start = format!("wrong{index}.ts(");
        let mut complaints = said.lines().filter(|line| line.starts_with(&start));
        assert!(complaints.any(|line| line.contains(name)), "{wrong}: {said}");
    }
}

/// A folder with the types of the document and the packages within reach.
async fn prepared() -> Option<TempDir> {
    let packages = packages()?;
    let app = TestApp::start().await;
    let folder = TempDir::new_in(packages).unwrap();
    let described = document(&app.anonymous()).await.to_string();
    fs::write(folder.path().join("openapi.json"), described).unwrap();
    fs::write(folder.path().join("tsconfig.json"), SETTINGS).unwrap();
    let arguments = ["openapi.json", "--output", "schema.d.ts"];
    let outcome = run("openapi-typescript", &arguments, folder.path()).await;
    assert!(outcome.status.success(), "{}", text(&outcome));
    Some(folder)
}

async fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let programs = folder.parent().unwrap().join("node_modules/.bin");
    Command::new(programs.join(program))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

fn text(outcome: &Output) -> String {
    let parts = [&outcome.stdout, &outcome.stderr].map(|part| String::from_utf8_lossy(part));
    parts.concat()
}

fn packages() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/typescript");
    let programs = folder.join("node_modules/.bin");
    let has_node = std::process::Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let is_there = |program: &str| programs.join(program).exists();
    if has_node && is_there("tsc") && is_there("openapi-typescript") {
        return folder.canonicalize().ok();
    }
    eprintln!("left out: Node.js or the packages of tests/fixtures/typescript are not installed");
    None
}
