//! An HTTP client that speaks the contract.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::secrets;

/// A client, perhaps with a key.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

/// An answer with its body read: null where there is none.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status; any other fails the test.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Fails the test where status or body differ.
    #[track_caller]
    pub fn expect_body(self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.body), (status, body));
    }
}

/// The body of a `403` that has no text of its own (contract §1.4).
pub fn forbidden() -> Value {
    json!({ "detail": "You do not have permission to perform this action." })
}

/// The body of a `404` that has no text of its own (contract §1.4).
pub fn not_found() -> Value {
    json!({ "detail": "Not found." })
}

impl Client {
    /// Of the server at `http://HOST:PORT`.
    pub fn new(base: &str, key: Option<String>) -> Self {
        // The workspace builds reqwest with TLS of no provider of its own. A second call finds
        // the provider there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { http: http.build().unwrap(), base: base.to_owned(), key }
    }

    /// The key.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The same client with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// A client with a fresh key.
    pub async fn login(&self, username: &str, password: &str) -> Self {
        let body = json!({ "username": username, "password": password });
        let answer = self.post("/auth/login/", body).await.expect(200);
        self.with_key(answer["key"].as_str().unwrap())
    }

    /// A request to a path under `/api/v1`, or to a whole address such as a page's link.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/api/v1{path}", self.base)
        };
        let request = self.http.request(method, address);
        match &self.key {
            Some(key) => request.header("Authorization", format!("Token {key}")),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"))
        };
        Answer { status, headers, body }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        secrets::note(&body);
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        secrets::note(&body);
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        secrets::note(&body);
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}
