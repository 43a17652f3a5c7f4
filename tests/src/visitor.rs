//! A browser without scripts: it keeps cookies and sends the forms of pages.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION, SET_COOKIE};
use reqwest::{Method, redirect};
use serde_json::json;

use crate::{PASSWORD, secrets};

/// Somebody who looks at the pages of a server.
#[derive(Debug)]
pub struct Visitor {
    http: reqwest::Client,
    base: String,
    says: HeaderMap,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The text of the page.
    pub html: String,
    /// How many bytes came, without headers.
    pub size: usize,
    /// Where the page leads without showing anything; empty where it shows something.
    pub location: String,
}

impl Page {
    /// The page, where it has this status; any other fails the test.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}{}", self.location, self.html);
        self
    }

    /// Fails the test where a text is not on the page.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.html.contains(text), "{text} is not in {}", self.html);
        self
    }

    /// Fails the test where a text is on the page.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.html.contains(text), "{text} is in {}", self.html);
        self
    }

    /// What stands between two texts, the first time.
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.html.split_once(before)?;
        Some(rest.split_once(after)?.0)
    }

    /// The text that the page's forms are sent with.
    pub fn token(&self) -> Option<&str> {
        self.between("name=\"csrf_token\" value=\"", "\"")
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> Option<&str> {
        self.between(&format!("type=\"hidden\" name=\"{name}\" value=\""), "\"")
    }
}

impl Visitor {
    /// Somebody who is not signed in, at the server at `http://HOST:PORT`.
    pub fn new(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(redirect::Policy::none());
        let http = http.build().unwrap();
        let (base, says) = (base.to_owned(), HeaderMap::new());
        Self { http, base, says, cookies: Mutex::default() }
    }

    /// The same visitor, who sends this header along with everything from now on.
    #[must_use]
    pub fn saying(mut self, name: HeaderName, value: &str) -> Self {
        self.says.insert(name, value.parse().unwrap());
        self
    }

    /// Somebody who has signed in with the password of the harness.
    pub async fn signed_in(base: &str, username: &str) -> Self {
        Self::signed_in_with(base, username, PASSWORD).await
    }

    /// Somebody who has signed in.
    pub async fn signed_in_with(base: &str, username: &str, password: &str) -> Self {
        let visitor = Self::new(base);
        let fields = [("username", username), ("password", password)];
        visitor.fill("/account/sign-in/", &fields).await.expect(303);
        visitor
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Keeps a cookie that no page has set.
    pub fn keep_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    /// Opens a page and sends its form, with what the page has put into it for forgery's sake. A field
    /// that the page does not have fails the test: nobody could fill it.
    pub async fn fill(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.open(path).await.expect(200);
        for (name, _) in fields {
            let is_there = page.html.contains(&format!(" name=\"{name}\""));
            assert!(is_there, "{path} has no field {name}: {}", page.html);
        }
        self.submit(path, page.token().unwrap_or_default(), fields).await
    }

    /// Opens a page and sends, to any path, what it may have no field for.
    pub async fn fill_to(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.open(page).await.expect(200);
        self.submit(path, page.token().unwrap_or_default(), fields).await
    }

    /// Sends a form with this text in its hidden field.
    pub async fn submit(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Page {
        for (name, value) in fields {
            secrets::note(&json!({ *name: value }));
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf_token", token).extend_pairs(fields);
        self.send(Method::POST, path, Some(form.finish())).await
    }

    /// Sends a form as it is.
    pub async fn send(&self, method: Method, path: &str, form: Option<String>) -> Page {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.headers(self.says.clone());
        let cookies: Vec<String> = {
            let cookies = self.cookies.lock().unwrap();
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.heed(&headers);
        let location = headers.get(LOCATION).map_or("", |value| value.to_str().unwrap());
        let location = location.to_owned();
        let body = response.bytes().await.unwrap();
        let html = String::from_utf8_lossy(&body).into_owned();
        Page { status, location, html, size: body.len(), headers }
    }

    fn heed(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for value in headers.get_all(SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
