//! What holds for every page, whatever it shows.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::browser::{Browser, PHONE, Screen};

/// No page may weigh more: bytes, everything that it loads included.
const MAX_WEIGHT: u64 = 100_000;

/// What the headers of an answer are taken to weigh; none of ours has as many.
const HEADERS: u64 = 1_024;

/// The severities of axe-core that no page may have.
const WEIGHTY: [&str; 2] = ["serious", "critical"];

/// Has axe-core look at the page.
const JUDGE: &str = "return axe.run(document, { resultTypes: ['violations'] })
    .then(found => found.violations.map(violation => ({
        rule: violation.id,
        impact: violation.impact,
        nodes: violation.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary),
    })))";

/// What the page has loaded.
const LOADED: &str = "return performance.getEntriesByType('navigation')
    .concat(performance.getEntriesByType('resource'))
    .map(entry => [entry.name, entry.encodedBodySize])";

#[derive(Deserialize)]
struct Violation {
    rule: String,
    impact: Option<String>,
    nodes: Vec<String>,
}

impl Browser {
    /// Fails where the open page breaks what holds for every page. Its scripts must be on.
    pub(crate) async fn check_page(&self) {
        let faults = self.faults(Screen::Desktop).await;
        assert!(faults.is_empty(), "{}: {}", self.path().await, faults.join("\n"));
    }

    /// All in which the open page breaks what holds for every page, be it light on a desktop or dark
    /// on a phone.
    pub(crate) async fn faults_anywhere(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (screen, scheme) in [(Screen::Phone, "dark"), (Screen::Desktop, "light")] {
            self.show_on(screen).await;
            self.prefer(scheme).await;
            let path = self.path().await;
            let found = self.faults(screen).await;
            faults.extend(found.into_iter().map(|fault| format!("{path}, {scheme}: {fault}")));
        }
        faults
    }

    /// Opens pages that are answered with a status, and fails with all that is wrong with them.
    pub(crate) async fn check_pages(&self, status: u16, pages: impl IntoIterator<Item = String>) {
        let mut wrong = Vec::new();
        for path in pages {
            self.visit(&path).await;
            assert_eq!(self.status().await, status, "{path}");
            wrong.extend(self.faults_anywhere().await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// All in which the open page breaks what holds for every page that is shown on such a screen.
    pub(crate) async fn faults(&self, screen: Screen) -> Vec<String> {
        let mut faults = self.complaints().await;
        let weight = self.weight().await;
        eprintln!("{} weighs {weight} bytes", self.path().await);
        if weight >= MAX_WEIGHT {
            faults.push(format!("it weighs {weight} bytes"));
        }
        if let Screen::Phone = screen {
            let wide = "return document.documentElement.scrollWidth";
            let width: u16 = self.driver.execute(wide, []).await.unwrap().convert().unwrap();
            if width > PHONE {
                faults.push(format!("it is {width} pixels wide"));
            }
        }
        faults.extend(self.barriers().await);
        faults
    }

    /// The status that the open page was answered with.
    pub(crate) async fn status(&self) -> u16 {
        let asked = "return performance.getEntriesByType('navigation')[0].responseStatus";
        self.driver.execute(asked, []).await.unwrap().convert().unwrap()
    }

    /// What the browser has complained about since it was last asked: scripts that failed, what the
    /// content security policy forbade, files that were missing. That a page was refused is none.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        entries
            .into_iter()
            .filter(|entry| entry.level == "SEVERE" || entry.source.as_deref() == Some("security"))
            .map(|entry| entry.message)
            .filter(|message| !is_refused_page(message))
            .collect()
    }

    /// What the open page and all that it loads weigh, in bytes, as if nothing were in the cache.
    /// What is loaded from elsewhere fails the test.
    pub(crate) async fn weight(&self) -> u64 {
        let loaded = self.driver.execute(LOADED, []).await.unwrap();
        let loaded: Vec<(String, u64)> = loaded.convert().unwrap();
        assert!(!loaded.is_empty());
        let weight = |(name, body): (String, u64)| {
            assert!(name.starts_with(&self.base), "{name} is loaded from elsewhere");
            body + HEADERS
        };
        loaded.into_iter().map(weight).sum()
    }

    /// What axe-core finds that keeps people from using the open page; nothing without axe-core.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        let Some(axe) = axe() else {
            return Vec::new();
        };
        self.driver.execute(std::fs::read_to_string(axe).unwrap(), []).await.unwrap();
        let found = self.driver.execute(JUDGE, []).await.unwrap();
        let found: Vec<Violation> = found.convert().unwrap();
        let weighty = |found: &Violation| {
            found.impact.as_deref().is_some_and(|impact| WEIGHTY.contains(&impact))
        };
        let told = |found: Violation| format!("{}: {}", found.rule, found.nodes.join("; "));
        found.into_iter().filter(weighty).map(told).collect()
    }

    /// Keeps a picture of the whole page as `docs/img/NAME.png`, where `WIWEBB_SCREENSHOTS` is `1`.
    pub(crate) async fn picture(&self, name: &str) {
        if std::env::var_os("WIWEBB_SCREENSHOTS").is_none_or(|wanted| wanted != "1") {
            return;
        }
        let folder = root().join("docs/img");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        std::fs::write(file, self.photograph().await).unwrap();
    }
}

/// Whether a message tells of a page that was answered with a status such as 404. Addresses of pages end
/// in a slash, those of files do not.
fn is_refused_page(message: &str) -> bool {
    let Some((address, told)) = message.split_once(" - ") else { return false };
    let path = address.split_once('?').map_or(address, |(path, _)| path);
    path.ends_with('/') && told.contains("responded with a status of 4")
}

/// axe-core: the file that `WIWEBB_AXE` names, else that of `target/axe`.
pub(crate) fn axe() -> Option<PathBuf> {
    let named = std::env::var_os("WIWEBB_AXE").map(PathBuf::from);
    let usual = root().join("target/axe/node_modules/axe-core/axe.min.js");
    let found = named.or_else(|| usual.exists().then_some(usual));
    if found.is_none() {
        eprintln!("left out: axe-core is not installed");
    }
    found
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
