//! Lists on the wire: query parameters in, pages with links out (contract §1.6).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{StatusCode, Uri, header};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use wiwebb_domain::error::{Error, Input, Violation, Violations};
use wiwebb_domain::page::{
    Cursor, Direction, ListRequest, Order, Page, PageSize, Place, Position, SortKey, search_words,
};

use super::cursor;
use super::instant::instant;
use crate::error::ApiError;
use crate::middleware::forwarded::{Origin, is_host};
use crate::profile::{ClientProfile, Form, Wire};

/// Rows on a page for people, unless they ask for another number.
const BROWSED: PageSize = PageSize::clamped(25);

/// The most rows that people can ask for: a page stays light.
const MOST_BROWSED: PageSize = PageSize::clamped(50);

/// The longest query of a list for people, in bytes: each link of the page repeats it.
const LONGEST_QUERY: usize = 1000;

/// Largest number of ordering columns heeded; more would only cost the database.
const MAX_ORDER: usize = 8;

/// The query parameters of a list. Of a name given twice the last counts.
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    last: BTreeMap<String, String>,
    violations: Violations,
    /// Scheme, host and path of the request, for links.
    base: String,
    profile: ClientProfile,
    /// The most rows that people can ask for.
    most: PageSize,
}

/// A page on the wire; one by key has no `count`.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageWire<W> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    count: Option<u64>,
    #[schema(required = true, example = json!(null))]
    next: Option<String>,
    #[schema(required = true, example = json!(null))]
    previous: Option<String>,
    results: Vec<W>,
}

/// A page of a list for people, with what it was asked for.
pub(crate) struct Browsed<T, K> {
    pub(crate) page: Page<T>,
    pub(crate) order: Vec<Order<K>>,
    pub(crate) params: Params,
}

/// A list of which one profile has pages, the other all rows.
pub(crate) type ListWire<W> = Form<PageWire<W>, Vec<W>>;

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        let profile = ClientProfile::from_request_parts(parts, state).await?;
        let query = uri.query().unwrap_or_default().as_bytes();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query).into_owned().collect();
        Ok(Self {
            last: pairs.iter().cloned().collect(),
            pairs,
            violations: Violations::default(),
            base: base_of(parts, &uri),
            profile,
            most: MOST_BROWSED,
        })
    }
}

fn base_of(parts: &Parts, uri: &Uri) -> String {
    let origin = parts.extensions.get::<Origin>();
    let host = origin
        .and_then(|origin| origin.host.as_deref())
        .or_else(|| parts.headers.get(header::HOST)?.to_str().ok().filter(|host| is_host(host)))
        .or_else(|| uri.authority().map(Authority::as_str))
        .unwrap_or("localhost");
    let scheme = if origin.is_some_and(|origin| origin.is_https) { "https" } else { "http" };
    format!("{scheme}://{host}{}", uri.path())
}

impl Params {
    /// A filter; absent and empty ones are none.
    fn filter<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let text = self.last.get(name).filter(|text| !text.is_empty())?;
        let outcome = if text.contains('\0') { Err(Violation::NulCharacter) } else { read(text) };
        outcome.map_err(|violation| self.violations.add(name, violation)).ok()
    }

    /// A filter by text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.filter(name, |text| Ok(text.to_owned()))
    }

    /// A filter by truth value.
    pub(crate) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.filter(name, |text| match text {
            "true" | "True" | "1" => Ok(true),
            "false" | "False" | "0" => Ok(false),
            _ => Err(Violation::FilterNotBoolean),
        })
    }

    /// A filter by id. One out of range is readable and matches nothing.
    pub(crate) fn id(&mut self, name: &'static str) -> Option<i64> {
        self.filter(name, |text| {
            let text = text.trim();
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Violation::FilterNotNumber);
            }
            Ok(text.parse().unwrap_or(i64::MAX))
        })
    }

    /// A filter by a word that a domain enumeration knows.
    pub(crate) fn choice<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.filter(name, |text| {
            parse(text).ok_or_else(|| Violation::FilterNotAChoice { value: text.to_owned() })
        })
    }

    /// A filter by UUID.
    pub(crate) fn uuid(&mut self, name: &'static str) -> Option<Uuid> {
        self.filter(name, |text| Uuid::try_parse(text).map_err(|_| Violation::FilterNotUuid))
    }

    /// A bound in time.
    pub(crate) fn time(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.filter(name, |text| instant(text).ok_or(Violation::FilterNotTime))
    }

    /// Answers a list: reads the request, has the use case run and renders its page. What could
    /// not be read is the use case's to report, behind the actor's right.
    pub(crate) async fn answer<W, F, K, T, R>(
        mut self,
        read_filter: impl FnOnce(&mut Self) -> F,
        list: impl FnOnce(Input<ListRequest<F, K>>) -> R,
    ) -> Result<Json<PageWire<W>>, ApiError>
    where
        K: SortKey,
        W: Wire<T>,
        R: Future<Output = Result<Page<T>, Error>>,
    {
        let (page, order) = self.slice(Self::size, read_filter, list).await?;
        Ok(Json(self.render::<W, T, K>(&page, &order)))
    }

    /// As [`Self::answer`]; in `compat` all rows at once, as many as such a list has at most
    /// (contract §15, row 2).
    pub(crate) async fn answer_page_or_array<W, F, K, T, R>(
        mut self,
        read_filter: impl FnOnce(&mut Self) -> F,
        list: impl FnOnce(Input<ListRequest<F, K>>) -> R,
    ) -> Result<Json<ListWire<W>>, ApiError>
    where
        K: SortKey,
        W: Wire<T>,
        R: Future<Output = Result<Page<T>, Error>>,
    {
        if self.profile == ClientProfile::Default {
            let Json(page) = self.answer(read_filter, list).await?;
            return Ok(Json(Form::Default(page)));
        }
        let filter = read_filter(&mut self);
        let order = self.order();
        let all = |_: &Self, _: &[Order<K>]| Ok((Position::Keyed(None), PageSize::WHOLE));
        let page = list(self.request(filter, order, all)).await?;
        Ok(Json(Form::Compat(page.items.iter().map(|item| W::of(item, self.profile)).collect())))
    }

    /// For a page of which each row takes up much: people are shown so many at most.
    pub(crate) fn at_most(self, most: PageSize) -> Self {
        Self { most, ..self }
    }

    /// A page for people: by key unless a number is asked for, so that nothing is counted. A query that
    /// would make the page heavy is refused.
    pub(crate) async fn browse<F, K, T, R>(
        mut self,
        read_filter: impl FnOnce(&mut Self) -> F,
        list: impl FnOnce(Input<ListRequest<F, K>>) -> R,
    ) -> Result<Browsed<T, K>, ApiError>
    where
        K: SortKey,
        R: Future<Output = Result<Page<T>, Error>>,
    {
        if self.query_with(&[("page", ""), ("cursor", "")]).len() > LONGEST_QUERY {
            return Err(ApiError::detail(StatusCode::URI_TOO_LONG, "Please ask for less at once."));
        }
        if self.last.contains_key("page") {
            self.last.remove("cursor");
        } else {
            self.last.entry("cursor".to_owned()).or_default();
        }
        let (page, order) = self.slice(Self::browsed_size, read_filter, list).await?;
        Ok(Browsed { page, order, params: self })
    }

    /// The page that is asked for, and how it is ordered.
    async fn slice<F, K, T, R>(
        &mut self,
        size: fn(&Self) -> PageSize,
        read_filter: impl FnOnce(&mut Self) -> F,
        list: impl FnOnce(Input<ListRequest<F, K>>) -> R,
    ) -> Result<(Page<T>, Vec<Order<K>>), ApiError>
    where
        K: SortKey,
        R: Future<Output = Result<Page<T>, Error>>,
    {
        let filter = read_filter(self);
        let order = self.order();
        let place = |params: &Self, order: &[Order<K>]| Ok((params.position(order)?, size(params)));
        match list(self.request(filter, order.clone(), place)).await {
            Ok(page) => Ok((page, order)),
            // A use case knows no cursors on the wire: there, no such page means a cursor that
            // fits nothing.
            Err(Error::NoSuchPage) if self.last.contains_key("cursor") => {
                Err(ApiError::invalid_cursor())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The value of a parameter; empty where it is not there.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.last.get(name).map_or("", String::as_str)
    }

    /// The query of the request with other values of some parameters. Those without any are left out.
    pub(crate) fn query_with(&self, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        let is_kept = |name: &str, value: &str| {
            !value.is_empty() && !changes.iter().any(|(changed, _)| *changed == name)
        };
        query.extend_pairs(self.pairs.iter().filter(|(name, value)| is_kept(name, value)));
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }

    /// The filter of a list that is neither paged nor ordered.
    pub(crate) fn filter_alone<F>(mut self, read: impl FnOnce(&mut Self) -> F) -> Input<F> {
        let filter = read(&mut self);
        self.violations.into_result()?;
        Ok(filter)
    }

    fn request<F, K: SortKey>(
        &mut self,
        filter: F,
        order: Vec<Order<K>>,
        slice: impl FnOnce(&Self, &[Order<K>]) -> Result<(Position, PageSize), ApiError>,
    ) -> Input<ListRequest<F, K>> {
        let search = self.filter("search", |text| Ok(search_words(text))).unwrap_or_default();
        std::mem::take(&mut self.violations).into_result()?;
        let (position, size) = slice(self, &order)?;
        Ok(ListRequest { filter, search, order, position, size })
    }

    fn order<K: SortKey>(&self) -> Vec<Order<K>> {
        let wanted = self.last.get("ordering").map(String::as_str).unwrap_or_default();
        let mut order: Vec<Order<K>> = Vec::new();
        for name in wanted.split(',').map(str::trim) {
            let (name, direction) = match name.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (name, Direction::Ascending),
            };
            if let Some(key) = K::parse(name)
                && !order.iter().any(|by| by.key == key)
                && order.len() < MAX_ORDER
            {
                order.push(Order { key, direction });
            }
        }
        if order.is_empty() { K::DEFAULT.to_vec() } else { order }
    }

    fn position<K: SortKey>(&self, order: &[Order<K>]) -> Result<Position, ApiError> {
        if let Some(text) = self.last.get("cursor") {
            return match text.as_str() {
                "" => Ok(Position::Keyed(None)),
                text => cursor::decode(text, order)
                    .map(|cursor| Position::Keyed(Some(cursor)))
                    .ok_or_else(ApiError::invalid_cursor),
            };
        }
        match self.last.get("page").map(|text| text.trim()) {
            None | Some("") => Ok(Position::Number(1)),
            Some("last") => Ok(Position::Last),
            Some(text) => text
                .parse::<u64>()
                .ok()
                .filter(|number| *number > 0)
                .map(Position::Number)
                .ok_or_else(ApiError::invalid_page),
        }
    }

    fn size(&self) -> PageSize {
        let Some(text) = self.last.get("page_size").map(|text| text.trim()) else {
            return PageSize::default();
        };
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(size) => PageSize::clamped(size),
            // Digits beyond the machine's range are a large number all the same.
            Err(_) if is_number => PageSize::clamped(u32::MAX),
            Err(_) => PageSize::default(),
        }
    }

    fn browsed_size(&self) -> PageSize {
        let wanted = if self.last.contains_key("page_size") { self.size() } else { BROWSED };
        if wanted.get() > self.most.get() { self.most } else { wanted }
    }

    /// The page on the wire, with links that keep all other parameters.
    fn render<W, T, K>(&self, page: &Page<T>, order: &[Order<K>]) -> PageWire<W>
    where
        W: Wire<T>,
        K: SortKey,
    {
        let results = page.items.iter().map(|item| W::of(item, self.profile)).collect();
        match page.place {
            Place::Numbered { number, pages, count } => {
                let next = (number < pages).then(|| self.link("page", Some(number + 1)));
                let previous = (number > 1)
                    .then(|| self.link("page", Some(number - 1).filter(|number| *number > 1)));
                PageWire { count: Some(count), next, previous, results }
            }
            Place::Keyed { ref next, ref previous } => {
                let link = |place: &Option<Cursor>| {
                    let place = place.as_ref()?;
                    Some(self.link("cursor", Some(cursor::encode(place, order))))
                };
                PageWire { count: None, next: link(next), previous: link(previous), results }
            }
        }
    }

    /// The request's address with another value of one parameter, or without it.
    fn link(&self, name: &str, value: Option<impl ToString>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(|(given, _)| given != name));
        if let Some(value) = value {
            query.append_pair(name, &value.to_string());
        }
        match query.finish() {
            query if query.is_empty() => self.base.clone(),
            query => format!("{}?{query}", self.base),
        }
    }
}
