//! No path of the API is beside the document: the router is made of the list that the document is made
//! of, and the sources have no other way below its base.

use std::fs;
use std::path::{Path, PathBuf};

const ROUTER: &str = "router.rs";

/// The sources below `crates/http/src`, each by its path from there.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/http/src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

fn router() -> String {
    sources().into_iter().find(|(name, _)| name == ROUTER).unwrap().1
}

/// The text of a function of the router, with its signature.
fn function<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\nfn {name}(")).unwrap();
    rest.split_once("\n}\n").unwrap().0
}

/// The first arguments of all calls of a method.
fn arguments<'a>(text: &'a str, method: &str) -> Vec<&'a str> {
    let calls = text.split(method).skip(1);
    calls.map(|rest| rest.split_once(',').unwrap().0.trim()).collect()
}

#[test]
fn the_api_is_made_of_the_documented_endpoints_and_the_document() {
    let text = router();
    let api = function(&text, "api");
    let paths = ["path.trim_end_matches('/')", "&path", "\"/openapi.json\""];
    assert_eq!(arguments(api, ".route("), paths);
    assert!(api.contains("endpoints()\n"), "{api}");
    for way in [".nest(", ".merge(", "_service(", ".route_with"] {
        assert!(!api.contains(way), "{way}: {api}");
    }
    assert!(!function(&text, "endpoints").contains(".route("));
}

#[test]
fn only_that_is_nested_below_the_bases_of_the_api() {
    let text = router();
    assert_eq!(arguments(&text, ".nest("), ["BASE", "COMPAT_BASE"]);
    for base in ["BASE", "COMPAT_BASE"] {
        let nested = text.split_once(&format!(".nest({base}, api.")).is_some();
        assert!(nested, "something else is below {base}");
    }
    for (name, text) in sources() {
        let is_other = name != ROUTER && text.contains(".nest(");
        assert!(!is_other, "{name} nests paths");
    }
}

#[test]
fn no_other_source_spells_a_path_of_the_api() {
    let mut found: Vec<String> = Vec::new();
    for (name, text) in sources() {
        let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let spelt = code.flat_map(|line| line.split('"')).filter(|part| part.starts_with("/api/"));
        let spelt = spelt.filter(|part| !part.starts_with("/api/docs/"));
        found.extend(spelt.map(|part| format!("{name} {part}")));
    }
    found.sort();
    assert_eq!(found, ["router.rs /api/compat/v1", "router.rs /api/v1"]);
}
