//! Forms: their fields, what stands in them, and what was wrong with it.
//!
//! A form that comes back becomes the JSON object that the API takes, and is read by the same code.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::csrf::Submission;
use super::format;
use crate::error::{ApiError, messages};
use crate::extract::body::JsonObject;

/// What a field takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A line.
    Text,
    /// An email address.
    Email,
    /// A password; it is never shown again.
    Password,
    /// An address of the web.
    Url,
    /// A telephone number.
    Tel,
    /// A whole number; empty is none.
    Number,
    /// An amount with two decimals; empty is none.
    Amount,
    /// A day; empty is none.
    Date,
    /// Lines.
    Area,
    /// Yes or no.
    Flag,
    /// One of some words, each with what it says to people. An empty word is none.
    Choice(Vec<(String, String)>),
    /// A JSON value.
    Json,
    /// The form brings it along.
    Hidden,
}

/// What a field that is left empty tells the API, where it is not what its kind usually does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// Nothing.
    Missing,
    /// That it is empty: the API has a default, which nobody asked for.
    Blank,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// As the API calls it.
    pub(crate) name: &'static str,
    /// As people call it.
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
    pub(crate) is_required: bool,
    /// For browsers that fill forms in (HTML, "Autofill").
    pub(crate) autocomplete: &'static str,
    pub(crate) value: String,
    pub(crate) errors: Vec<String>,
    /// Its text is too long for a page, so it is not in the form and stays as it is (contract §1.7).
    pub(crate) is_left_out: bool,
    empty: Option<Empty>,
    /// What is said where its value has to be entered again, because it is never shown.
    secret: Option<&'static str>,
}

impl Field {
    /// One that may stay empty.
    pub(crate) const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            kind,
            help: "",
            is_required: false,
            autocomplete: "off",
            value: String::new(),
            errors: Vec::new(),
            is_left_out: false,
            empty: None,
            secret: None,
        }
    }

    /// A choice.
    pub(crate) fn choice<V: Into<String>, L: Into<String>>(
        name: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (V, L)>,
    ) -> Self {
        let options = options.into_iter().map(|(value, label)| (value.into(), label.into()));
        Self::new(name, label, Kind::Choice(options.collect()))
    }

    /// A password that is chosen, and so none that the browser knows.
    pub(crate) const fn password(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Password).required().autocomplete("new-password")
    }

    /// It must be filled in.
    pub(crate) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Left empty it is not sent.
    pub(crate) const fn missing_if_empty(mut self) -> Self {
        self.empty = Some(Empty::Missing);
        self
    }

    /// Left empty it is refused, and does not get the API's default.
    pub(crate) const fn blank_if_empty(mut self) -> Self {
        self.empty = Some(Empty::Blank);
        self
    }

    /// What was entered is never shown; after a refusal this is said instead.
    pub(crate) const fn secret(mut self, again: &'static str) -> Self {
        self.secret = Some(again);
        self
    }

    /// A hint for people.
    pub(crate) const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// What browsers may fill it in with.
    pub(crate) const fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }

    /// What stands in it.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The `type` of the `input` element.
    pub(crate) const fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Email => "email",
            Kind::Password => "password",
            Kind::Url => "url",
            Kind::Tel => "tel",
            Kind::Date => "date",
            Kind::Hidden => "hidden",
            _ => "text",
        }
    }

    /// Whether it takes text of any length.
    const fn has_lines(&self) -> bool {
        matches!(self.kind, Kind::Area | Kind::Json)
    }

    /// The keyboard that a phone shows.
    pub(crate) const fn input_mode(&self) -> &'static str {
        match self.kind {
            Kind::Number => "numeric",
            Kind::Amount => "decimal",
            _ => "",
        }
    }

    /// What describes the field to a screen reader.
    pub(crate) fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.errors.is_empty() {
            ids.push(format!("{}-errors", self.name));
        }
        if !self.help.is_empty() {
            ids.push(format!("{}-help", self.name));
        }
        ids.join(" ")
    }

    /// The value for the API. `None` leaves the field out: what is required and empty is missing.
    fn json(&self, given: Option<&str>) -> Option<Value> {
        // A box that is not ticked is not sent.
        if self.kind == Kind::Flag {
            return Some(Value::Bool(given.is_some()));
        }
        let text = given?;
        let is_empty = match self.kind {
            Kind::Password => text.is_empty(),
            _ => text.trim().is_empty(),
        };
        match &self.kind {
            _ if is_empty && self.empty == Some(Empty::Blank) => Some("".into()),
            _ if is_empty && (self.is_required || self.empty == Some(Empty::Missing)) => None,
            Kind::Number | Kind::Amount | Kind::Date | Kind::Choice(_) if is_empty => {
                Some(Value::Null)
            }
            Kind::Password if is_empty => None,
            Kind::Json if is_empty => Some(Value::Object(Map::new())),
            // What is no JSON is judged as the text that it is.
            Kind::Json => serde_json::from_str(text).ok().or_else(|| Some(text.into())),
            // Browsers send lines as CR LF (HTML, "Constructing the entry list").
            Kind::Area => Some(text.replace("\r\n", "\n").into()),
            _ => Some(text.into()),
        }
    }
}

/// A form.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    /// What was wrong with the whole.
    pub(crate) errors: Vec<String>,
    /// What the button says.
    pub(crate) submit: &'static str,
    /// Where it is sent; empty is the page's own path.
    pub(crate) action: String,
    /// Whether what it does cannot be undone.
    pub(crate) is_danger: bool,
}

impl Form {
    /// One with these fields.
    pub(crate) fn new(submit: &'static str, fields: impl Into<Vec<Field>>) -> Self {
        let fields = fields.into();
        Self { fields, errors: Vec::new(), submit, action: String::new(), is_danger: false }
    }

    /// Sent to another path than the page's own.
    pub(crate) fn to(self, action: impl Into<String>) -> Self {
        Self { action: action.into(), ..self }
    }

    /// What it does cannot be undone.
    pub(crate) fn danger(self) -> Self {
        Self { is_danger: true, ..self }
    }

    /// The object that the API takes.
    pub(crate) fn body(&self, submission: &Submission) -> JsonObject {
        let value = |field: &Field| field.json(submission.value(field.name));
        let pairs =
            self.fields.iter().filter_map(|field| Some((field.name.to_owned(), value(field)?)));
        JsonObject::of(pairs.collect())
    }

    /// With what an entity's wire form holds.
    pub(crate) fn filled(mut self, entity: &impl serde::Serialize) -> Result<Self, ApiError> {
        // An empty form would have its sender empty the entity.
        let entity = serde_json::to_value(entity).map_err(|error| {
            tracing::error!(%error, "a form could not be filled");
            ApiError::internal()
        })?;
        for field in &mut self.fields {
            field.value = match entity.get(field.name) {
                None => continue,
                Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) if field.kind == Kind::Json => {
                    serde_json::to_string_pretty(other).unwrap_or_default()
                }
                Some(other) => other.to_string(),
            };
            field.is_left_out = field.has_lines() && !format::fits_in_form(&field.value);
        }
        Ok(self)
    }

    /// The same form with what was sent and what was wrong with it, and the status of the answer. An
    /// error that the form's sender can do nothing about is handed back.
    pub(crate) fn refused(
        mut self,
        submission: &Submission,
        error: impl Into<ApiError>,
    ) -> Result<(StatusCode, Self), ApiError> {
        let error = error.into();
        let (status, body) = error.parts();
        let is_own = matches!(
            status,
            StatusCode::BAD_REQUEST
                | StatusCode::FORBIDDEN
                | StatusCode::CONFLICT
                | StatusCode::UNPROCESSABLE_ENTITY
        );
        if !is_own {
            return Err(error);
        }
        for field in &mut self.fields {
            field.value = match (&field.kind, submission.value(field.name)) {
                (Kind::Password, _) => String::new(),
                (Kind::Flag, given) => given.is_some().to_string(),
                (_, given) => given.unwrap_or_default().to_owned(),
            };
            field.errors = body.get(field.name).map(messages).unwrap_or_default();
            // A browser sends every text that its form has.
            field.is_left_out = field.has_lines() && submission.value(field.name).is_none();
            if let Some(again) = field.secret {
                let value = std::mem::take(&mut field.value);
                field.errors.extend((!value.trim().is_empty()).then(|| again.to_owned()));
            }
        }
        // Nobody sees what is wrong beside a hidden field.
        let shown = self.fields.iter().filter(|field| field.kind != Kind::Hidden);
        let names: Vec<&str> = shown.map(|field| field.name).collect();
        self.errors = body
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .flat_map(|(_, value)| messages(value))
            .collect();
        Ok((status, self))
    }
}
