//! The frame of every page, and how pages are sent.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use wiwebb_domain::access::Role;

use super::Shown;
use super::csrf::FormToken;
use super::visit::Visit;
use super::words;
use crate::error::ApiError;
use crate::{account, console};

/// Pages run and load nothing but files of the site, send forms nowhere else and show in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What htmx must leave alone: it may neither add styles nor evaluate text.
pub(crate) const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0}"#;

/// A place that the navigation leads to.
#[derive(Debug, Clone)]
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) is_current: bool,
}

impl NavItem {
    /// One for whoever looks at `path`. The first page of an area is current by itself alone.
    pub(crate) fn new(href: &'static str, label: &'static str, path: &str) -> Self {
        let is_area = href.matches('/').count() == 2;
        let is_current = if is_area { path == href } else { path.starts_with(href) };
        Self { href, label, is_current }
    }
}

/// That what was asked for is done, told on the page that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Notice(&'static str, &'static str);

impl Notice {
    /// The query parameter that names one.
    pub(crate) const PARAMETER: &str = "done";

    const ALL: [Self; 16] = [
        Self("created", "Created."),
        Self("saved", "Saved."),
        Self("deleted", "Deleted."),
        Self("role", "The role was assigned."),
        Self("password", "The password was set."),
        Self("activity", "The account was switched."),
        Self("keys", "The keys were revoked."),
        Self("anonymised", "Nothing tells any more who the person was."),
        Self("payment", "The payment was updated."),
        Self("waiting", "The gateway has not answered yet. This page shows what becomes of it."),
        Self("replayed", "The event was replayed."),
        Self("subscription", "The subscription was updated."),
        Self("signed-out", "You are signed out."),
        Self("registered", "Welcome. Your account is ready."),
        Self("mailed", "If the address belongs to an account, a mail with a link is on its way."),
        Self("new-password", "Your password was changed. Sign in with the new one."),
    ];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|Self(known, _)| *known == word)
    }

    /// The one that an address names.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let done = query.filter(|(name, _)| name == Self::PARAMETER).last();
        done.and_then(|(_, word)| Self::parse(&word))
    }

    /// What it says.
    pub(crate) const fn text(self) -> &'static str {
        self.1
    }
}

/// What stands around the content of a page.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) nav: Vec<NavItem>,
    /// The text of the page's forms.
    pub(crate) token: String,
    /// The role of whoever is signed in.
    pub(crate) role: Option<Role>,
    pub(crate) notice: Option<Notice>,
    /// Where the brand leads.
    pub(crate) home: &'static str,
    /// Whether the page looks for news by itself.
    pub(crate) is_live: bool,
}

impl Shell {
    /// For somebody who is signed in.
    pub(super) fn of(title: String, visit: &Visit) -> Self {
        let is_console = visit.path().starts_with(console::BASE);
        let nav = if is_console { console::nav(visit) } else { account::nav(visit) };
        Self {
            nav,
            role: Some(visit.actor().role),
            home: if is_console { console::BASE } else { account::BASE },
            ..Self::open(title, visit.token())
        }
    }

    /// For everybody.
    pub(crate) fn open(title: String, token: &FormToken) -> Self {
        Self { token: token.as_str().to_owned(), ..Self::bare(title) }
    }

    /// For pages without forms.
    pub(crate) fn bare(title: String) -> Self {
        Self {
            title,
            nav: Vec::new(),
            token: String::new(),
            role: None,
            notice: None,
            home: account::BASE,
            is_live: false,
        }
    }

    /// The page looks for news by itself where the browser runs scripts.
    pub(crate) fn live(self) -> Self {
        Self { is_live: true, ..self }
    }

    /// The role in words.
    pub(crate) fn role_name(&self) -> &'static str {
        self.role.map_or("", words::role)
    }
}

/// A page.
pub(crate) fn show(page: &impl Template) -> Shown {
    show_as(StatusCode::OK, page)
}

/// A page with a status of its own.
pub(crate) fn show_as(status: StatusCode, page: &impl Template) -> Shown {
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        ApiError::internal()
    })?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, Html(html)).into_response())
}

/// Leads on after a form was carried out; `done` is the word of a [`Notice`].
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(crate) fn done(path: &str, done: &str) -> Shown {
    debug_assert!(Notice::parse(done).is_some(), "no notice is called {done}");
    Ok(Redirect::to(&format!("{path}?{}={done}", Notice::PARAMETER)).into_response())
}

/// Keeps the page's address, which holds a secret, from whatever the page leads to.
pub(crate) fn unnamed(mut response: Response) -> Response {
    let silent = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, silent);
    response
}
