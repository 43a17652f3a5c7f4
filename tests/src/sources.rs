//! The pages and forms of the site, as the sources of its handlers have them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pages are.
const PLACES: [&str; 5] = ["console", "account", "site", "docs", "checkout.rs"];

/// What a source may take of `axum::routing`: no other method than these, and `any` for redirects alone.
const KNOWN: [&str; 4] = ["get", "post", "any", "MethodRouter"];

/// What may stand before the name of a method.
const MODULE: &str = "axum::routing::";

/// A source: its path, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

/// The texts that sources have names for.
type Constants = BTreeMap<(PathBuf, String), String>;

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/http/src");
    let mut found = Vec::new();
    for place in PLACES {
        collect(root.join(place), &mut found);
    }
    found
}

fn collect(path: PathBuf, found: &mut Vec<Source>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|kind| kind == "rs") {
        let text = fs::read_to_string(&path).unwrap();
        found.push(Source { path, text });
    }
}

/// A path whose parameters have lost their names.
pub fn normalised(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The paths of pages and files.
pub fn pages() -> BTreeSet<String> {
    paths("get")
}

/// The paths that forms are sent to.
pub fn forms() -> BTreeSet<String> {
    paths("post")
}

/// The paths of the routes that have a method.
fn paths(method: &str) -> BTreeSet<String> {
    let sources = sources();
    let constants = constants(&sources);
    let mut found = BTreeSet::new();
    for source in &sources {
        for (at, _) in source.text.match_indices(&format!("{method}(")) {
            let before = &source.text[..at];
            // Part of another word.
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            match path_of(before, source) {
                Some(path) => found.insert(normalised(&value_of(path, source, &constants))),
                // Maps and services are asked by a method of this name as well.
                None if before.ends_with('.') && method == "get" => continue,
                None => panic!("{}: a {method} without a path", source.path.display()),
            };
        }
    }
    found
}

/// What stands for the path in front of a handler's method: `(PATH, `, `(PATH, get(show).`, and
/// `let page = ` where `(PATH, page)` is in the same source.
fn path_of<'a>(before: &'a str, source: &'a Source) -> Option<&'a str> {
    let before = before.strip_suffix(MODULE).unwrap_or(before).trim_end();
    if let Some(route) = before.strip_suffix(',') {
        let (_, path) = route.rsplit_once(['(', ','])?;
        return Some(path.trim());
    }
    if let Some(bound) = before.strip_suffix('=') {
        let (_, name) = bound.trim_end().rsplit_once(' ')?;
        let (route, _) = source.text.split_once(&format!(", {name})"))?;
        let (_, path) = route.rsplit_once(['(', ','])?;
        return Some(path.trim());
    }
    let (route, handler) = before.strip_suffix(").")?.rsplit_once('(')?;
    let is_name = handler.chars().all(|c| c.is_alphanumeric() || "_:".contains(c));
    let route = route.strip_suffix("get").or_else(|| route.strip_suffix("post"))?;
    if is_name { path_of(route, source) } else { None }
}

/// Texts by the source and the name that it has for them.
fn constants(sources: &[Source]) -> Constants {
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

/// The path that a text or a name stands for.
fn value_of(path: &str, source: &Source, constants: &Constants) -> String {
    let place = source.path.display();
    if let Some(text) = path.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return text.to_owned();
    }
    let fitting: Vec<&String> = match path.rsplit_once("::") {
        None => {
            let of = |place: PathBuf| constants.get(&(place, path.to_owned()));
            // Else it is of the module around.
            let own = of(source.path.clone());
            own.or_else(|| of(source.path.with_file_name("mod.rs"))).into_iter().collect()
        }
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
pub fn other_methods() -> BTreeSet<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands for the path of the last `get(` of a source.
    fn path(text: &str) -> Option<String> {
        let source = Source { path: PathBuf::new(), text: text.to_owned() };
        let (before, _) = text.rsplit_once("get(").unwrap();
        path_of(before, &source).map(str::to_owned)
    }

    #[test]
    fn a_path_is_found_however_a_route_is_written() {
        for text in [
            "vec![(LIST, get(list))]",
            "vec![(LIST,\n    get(list).post(create))]",
            "vec![(LIST, post(create).get(list))]",
            "add(Router::new(), LIST, axum::routing::get(list))",
            "let page = axum::routing::get(|| async { x }); router.route(LIST, page)",
        ] {
            assert_eq!(path(text).as_deref(), Some("LIST"), "{text}");
        }
        assert_eq!(path("state.services.plans.get(id)"), None);
        assert_eq!(path("response.headers().get(name)"), None);
    }

    #[test]
    fn the_sources_have_pages_files_and_forms() {
        let pages = pages();
        for path in ["/", "/account/", "/admin/users/{}/anonymise/", "/api/docs/{}/"] {
            assert!(pages.contains(path), "{path} is not in {pages:?}");
        }
        for path in ["/account/sign-in/", "/checkout/{}/"] {
            assert!(forms().contains(path), "{path} is not in {:?}", forms());
        }
    }
}
