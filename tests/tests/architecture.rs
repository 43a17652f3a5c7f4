//! The rules of the house that a manifest can break: which crate may depend on which, what the
//! domain drags along, and which lints are on. Read `docs/adr/0001-hexagonal-crates.md`. And one that
//! a picture can break.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read the manifests has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{
    Dependency, DependencyKind, Metadata, MetadataCommand, Node, NodeDep, Package, PackageId,
};

const READ: &str = "read docs/adr/0001-hexagonal-crates.md";

const DOMAIN: &str = "wiwebb-domain";

/// Which crates of the workspace each crate may depend on. The binary wires the adapters, the
/// adapters know the domain, the domain knows nobody; whole-system tests look at everything.
const MAY_DEPEND_ON: [(&str, &[&str]); 6] = [
    (DOMAIN, &[]),
    ("wiwebb-persistence", &[DOMAIN]),
    ("wiwebb-payments", &[DOMAIN]),
    ("wiwebb-http", &[DOMAIN]),
    ("wiwebb", &[DOMAIN, "wiwebb-persistence", "wiwebb-payments", "wiwebb-http"]),
    ("wiwebb-tests", &[DOMAIN, "wiwebb-persistence", "wiwebb-payments", "wiwebb-http", "wiwebb"]),
];

/// Crates that have no business below the domain, a `*` at the end for a whole family, with why.
const NOT_BELOW_THE_DOMAIN: [(&str, &[&str]); 6] = [
    (
        "figures and logs: adapters measure what they do",
        &["metrics*", "opentelemetry*", "tracing*"],
    ),
    (
        "a runtime: the embedding service chooses its own, or none",
        &[
            "tokio*",
            "async-std",
            "async-executor",
            "async-global-executor",
            "smol",
            "mio",
            "async-io",
            "polling",
            "monoio",
            "glommio",
        ],
    ),
    (
        "SQL: the repository ports stand in its place",
        &[
            "sqlx*",
            "diesel*",
            "postgres*",
            "rusqlite",
            "libsqlite3-sys",
            "mysql*",
            "sea-orm*",
            "redis",
        ],
    ),
    (
        "HTTP, mail and sockets: adapters speak to the network",
        &[
            "axum*",
            "hyper*",
            "http",
            "http-body*",
            "h2",
            "tower*",
            "reqwest",
            "ureq",
            "lettre",
            "socket2",
            "rustls*",
            "ring",
            "openssl*",
            "native-tls",
        ],
    ),
    // A draw from the operating system is I/O as well, and one that no test can repeat: it comes
    // in through the port `Random`.
    (
        "randomness: it comes in through the port `Random`",
        &["getrandom", "rand", "rand_*", "fastrand"],
    ),
    // What `Utc::now` and `Local` read.
    (
        "the machine's clock and zone: time comes in through the port `Clock`",
        &["iana-time-zone", "time", "tzdb*"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn workspace() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

/// The names of the workspace's crates that a crate depends on, for building or for its tests.
fn within_workspace<'a>(
    metadata: &Metadata,
    package: &'a Package,
    for_tests: bool,
) -> BTreeSet<&'a str> {
    let members: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| (dependency.kind == DependencyKind::Development) == for_tests)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| members.contains(name))
        .collect()
}

/// A crate without a rule may depend on none; that it lacks one is told by a test of its own.
fn allowed(package: &Package) -> BTreeSet<&'static str> {
    let rules = MAY_DEPEND_ON.iter().filter(|(name, _)| *name == package.name.as_str());
    rules.flat_map(|(_, allowed)| allowed.iter().copied()).collect()
}

#[test]
fn every_crate_of_the_workspace_has_its_rule() {
    let metadata = workspace();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let ruled: BTreeSet<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, ruled, "crates and rules differ; {READ}");
}

#[test]
fn dependencies_point_inwards_only() {
    let metadata = workspace();
    for package in &metadata.packages {
        let allowed = allowed(package);
        let found = within_workspace(&metadata, package, false);
        let outward: Vec<&&str> = found.difference(&allowed).collect();
        assert!(outward.is_empty(), "{} must not depend on {outward:?}; {READ}", package.name);
    }
}

/// A test of an adapter may switch on more of the domain (its doubles), but an adapter that
/// borrows another one for its tests is coupled to it all the same.
#[test]
fn tests_of_a_crate_add_nothing_but_features_of_the_domain() {
    let metadata = workspace();
    for package in &metadata.packages {
        let mut allowed = allowed(package);
        allowed.insert(DOMAIN);
        let found = within_workspace(&metadata, package, true);
        let sideways: Vec<&&str> = found.difference(&allowed).collect();
        assert!(
            sideways.is_empty(),
            "tests of {} must not depend on {sideways:?}; {READ}",
            package.name
        );
    }
}

/// The dependencies of a service that embeds the domain with its in-memory store and nothing else.
///
/// They are resolved for a manifest of their own, with the versions of the workspace's lock file:
/// within the workspace the features that the adapters switch on would count as the domain's.
fn embedding_service() -> Metadata {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedding-service");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let domain = root().join("crates/domain").canonicalize().unwrap();
    let domain = toml::Value::String(domain.to_str().unwrap().to_owned());
    let manifest = format!(
        "[package]\nname = \"embedding-service\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [workspace]\n\
         [dependencies]\n{DOMAIN} = {{ path = {domain}, features = [\"memory\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    MetadataCommand::new()
        .manifest_path(folder.join("Cargo.toml"))
        .other_options(["--offline", "--filter-platform", "host-tuple"].map(String::from))
        .exec()
        .unwrap()
}

/// Walks what is really built. The resolve graph also lists optional dependencies that a weak
/// feature (`rand?/std`) merely mentions; they count only where a feature switches them on.
struct Tree<'a> {
    packages: BTreeMap<&'a PackageId, &'a Package>,
    nodes: BTreeMap<&'a PackageId, &'a Node>,
}

impl<'a> Tree<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        let resolve = metadata.resolve.as_ref().unwrap();
        Self {
            packages: metadata.packages.iter().map(|p| (&p.id, p)).collect(),
            nodes: resolve.nodes.iter().map(|node| (&node.id, node)).collect(),
        }
    }

    /// Every crate below one, with the way that leads to it.
    fn below(&self, name: &str) -> BTreeMap<&'a str, String> {
        let start = self.packages.values().find(|p| p.name.as_str() == name);
        let start = *start.expect("the crate is in the tree");
        let mut found = BTreeMap::new();
        let mut open = vec![(start, name.to_owned())];
        while let Some((package, way)) = open.pop() {
            let node = self.nodes[&package.id];
            for dependency in &node.deps {
                let below = self.packages[&dependency.pkg];
                let way = format!("{way} > {}", below.name);
                if Self::is_built(package, node, dependency, below)
                    && found.insert(below.name.as_str(), way.clone()).is_none()
                {
                    open.push((below, way));
                }
            }
        }
        found
    }

    fn is_built(package: &Package, node: &Node, dependency: &NodeDep, below: &Package) -> bool {
        let kinds = &dependency.dep_kinds;
        let mut declared = package.dependencies.iter().filter(|declared| {
            declared.name == below.name.as_str()
                && declared.req.matches(&below.version)
                && kinds.iter().any(|found| found.kind == declared.kind)
                && declared.kind != DependencyKind::Development
        });
        declared.any(|it| !it.optional || Self::is_switched_on(package, node, it))
    }

    fn is_switched_on(package: &Package, node: &Node, declared: &Dependency) -> bool {
        let name = declared.rename.as_ref().unwrap_or(&declared.name);
        let features = node.features.iter();
        features.filter_map(|feature| package.features.get(feature.as_str())).flatten().any(
            |enables| {
                enables.strip_prefix("dep:").unwrap_or(enables) == name
                    || enables.split_once('/').is_some_and(|(crate_, _)| crate_ == name)
            },
        )
    }
}

fn is_meant(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => name == pattern,
    }
}

#[test]
fn the_domain_drags_along_no_runtime_no_io_and_no_sql() {
    let metadata = embedding_service();
    let below = Tree::new(&metadata).below(DOMAIN);
    for used in ["async-lock", "serde", "sha2", "digest"] {
        assert!(below.contains_key(used), "{used} is missing: the tree was not walked");
    }
    for (why, patterns) in NOT_BELOW_THE_DOMAIN {
        for (name, way) in &below {
            let refused = patterns.iter().any(|pattern| is_meant(pattern, name));
            assert!(!refused, "{way}: the domain does without {why}; {READ}");
        }
    }
}

fn manifest(path: impl AsRef<Path>) -> toml::Table {
    let text = fs::read_to_string(path).unwrap();
    text.parse().unwrap()
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for package in workspace().packages {
        let manifest = manifest(&package.manifest_path);
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(
            lints.and_then(toml::Value::as_bool),
            Some(true),
            "{} lacks `[lints] workspace = true`; {READ}",
            package.manifest_path
        );
    }
}

#[test]
fn the_workspace_forbids_unsafe_code() {
    let manifest = manifest(root().join("Cargo.toml"));
    let lint = ["workspace", "lints", "rust", "unsafe_code"]
        .iter()
        .try_fold(&toml::Value::Table(manifest), |value, key| value.get(key))
        .cloned();
    assert_eq!(
        lint,
        Some(toml::Value::String("forbid".to_owned())),
        "the workspace lint `unsafe_code = \"forbid\"` is missing; {READ}"
    );
}

#[test]
fn the_readme_shows_every_picture_that_there_is_and_no_other() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown: BTreeSet<String> = readme
        .split("](docs/img/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap_or_default().to_owned())
        .collect();
    let kept: BTreeSet<String> = fs::read_dir(root().join("docs/img"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(shown, kept, "the pictures in docs/img and those in README.md differ");
}
