//! The forms of the site, as the sources of its pages have them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pages are.
const FOLDERS: [&str; 3] = ["console", "account", "site"];

/// What a source may take of `axum::routing`: no other method than these, and `any` for redirects alone.
const KNOWN: [&str; 4] = ["get", "post", "any", "MethodRouter"];

/// A source: its path, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/http/src");
    let mut found = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { path, text });
        }
    }
}

/// A path whose parameters have lost their names.
pub(super) fn normalised(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The paths that forms are sent to.
pub(super) fn forms() -> BTreeSet<String> {
    let sources = sources();
    let constants = constants(&sources);
    let mut found = BTreeSet::new();
    for source in &sources {
        for (at, _) in source.text.match_indices("post(") {
            let before = &source.text[..at];
            let is_whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_whole {
                found.insert(normalised(&path_of(before, source, &constants)));
            }
        }
    }
    found
}

/// Texts by the source and the name that it has for them.
fn constants(sources: &[Source]) -> BTreeMap<(PathBuf, String), String> {
    let mut found = BTreeMap::new();
    for source in sources {
        for part in source.text.split("const ").skip(1) {
            let Some((name, rest)) = part.split_once(": &str = \"") else { continue };
            let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            if is_name && let Some((value, _)) = rest.split_once('"') {
                found.insert((source.path.clone(), name.to_owned()), value.to_owned());
            }
        }
    }
    found
}

/// The path in front of the handlers of a route: `(PATH, get(show).post(`.
fn path_of(
    before: &str,
    source: &Source,
    constants: &BTreeMap<(PathBuf, String), String>,
) -> String {
    let place = source.path.display();
    let (route, _) = before.rsplit_once(',').unwrap_or_else(|| panic!("{place}: no route"));
    let (_, path) = route.rsplit_once('(').unwrap_or_else(|| panic!("{place}: {route}"));
    let path = path.trim();
    if let Some(text) = path.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return text.to_owned();
    }
    let fitting: Vec<&String> = match path.rsplit_once("::") {
        None => constants.get(&(source.path.clone(), path.to_owned())).into_iter().collect(),
        Some((module, name)) => {
            let module = module.rsplit("::").next().unwrap();
            let fits = |(path, found): &(PathBuf, String)| {
                found == name && path.file_stem().is_some_and(|stem| stem == module)
            };
            constants.iter().filter(|(key, _)| fits(key)).map(|(_, value)| value).collect()
        }
    };
    match fitting.as_slice() {
        [value] => (*value).clone(),
        _ => panic!("{place}: the path {path} is in {} sources", fitting.len()),
    }
}

/// What sources have of other methods that may change something.
pub(super) fn other_methods() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for Source { path, text } in sources() {
        let packed: String = text.split_whitespace().collect();
        let own = path.display();
        for name in packed.split("routing::").skip(1).flat_map(names) {
            if !KNOWN.contains(&name) {
                found.insert(format!("{own}: {name}"));
            }
        }
        // Services are called with `delete` as well, but by their field.
        for method in [").put(", ").patch(", ").delete(", ").on("] {
            if packed.contains(method) {
                found.insert(format!("{own}: {method}"));
            }
        }
    }
    found
}

/// The names that an import or a path begins with: `{get,post};`, `get(`.
fn names(text: &str) -> Vec<&str> {
    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
    match text.strip_prefix('{').and_then(|list| list.split_once('}')) {
        Some((list, _)) => list.split(',').filter(|name| !name.is_empty()).collect(),
        None => vec![text.split(is_end).next().unwrap_or_default()],
    }
}
