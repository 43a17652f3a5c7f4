//! Refusals as pages. Whatever a page's handler or a layer before it refuses is the API's error; here it
//! gets the site's frame.

use askama::Template;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use wiwebb_domain::token::Session;

use super::csrf::FormToken;
use super::page::{Shell, show_as};
use super::sign_in;
use super::visit::Visit;
use crate::error::ApiError;
use crate::{account, console};

/// Where pages are, by the beginnings of their paths.
const SITE: [&str; 5] = [console::BASE, account::BASE, "/password/", "/assets/", "/api/docs/"];

#[derive(Template)]
#[template(path = "site/refusal.html")]
struct RefusalPage {
    shell: Shell,
    heading: &'static str,
    messages: Vec<String>,
}

/// Makes a page of an answer that is the API's error.
pub(crate) async fn dress(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_page = SITE.iter().any(|base| path.starts_with(base));
    let response = next.run(request).await;
    match response.extensions().get::<ApiError>().filter(|_| is_page) {
        Some(error) => page(error, &response, path),
        None => response,
    }
}

fn page(error: &ApiError, answer: &Response, path: String) -> Response {
    let status = error.parts().0;
    // The session ended while the request ran.
    if status == StatusCode::UNAUTHORIZED {
        return Redirect::to(&sign_in::address(&path)).into_response();
    }
    let heading = heading(status);
    let extensions = answer.extensions();
    let shell = match (extensions.get::<Session>(), extensions.get::<FormToken>()) {
        (Some(session), Some(token)) => Visit::new(*session, token.clone(), path).shell(heading),
        _ => Shell::bare(heading.to_owned()),
    };
    let page = RefusalPage { shell, heading, messages: error.messages() };
    let Ok(mut shown) = show_as(status, &page) else {
        return status.into_response();
    };
    for name in [header::RETRY_AFTER, header::SET_COOKIE, header::ALLOW] {
        for value in answer.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown
}

const fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::METHOD_NOT_ALLOWED => "Not possible here",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "Please try again soon",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
        _ => "That did not work",
    }
}
