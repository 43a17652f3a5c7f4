//! Checkout sessions: the payer pays on a page of Stripe's.

mod complete;
mod create;
mod json;

use super::form::{Metadata, Params};
use super::list::{PAGING, page};
use super::refusal::{Refusal, Reply};
use super::state::State;
use super::table::Row;

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Complete,
    Expired,
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Payment,
    Subscription,
    Setup,
}

/// Something on the page.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
}

/// A page for one payer.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) mode: Mode,
    pub(crate) stage: Stage,
    pub(crate) payment_status: &'static str,
    pub(crate) items: Vec<Item>,
    pub(crate) customer: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) metadata: Metadata,
    /// Of the intent or the subscription that comes of it.
    pub(crate) inner_metadata: Metadata,
    pub(crate) inner_description: Option<String>,
    pub(crate) manual: bool,
    pub(crate) future_usage: Option<&'static str>,
    pub(crate) trial_days: Option<i64>,
    pub(crate) intent: Option<String>,
    pub(crate) setup_intent: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) invoice: Option<String>,
    pub(crate) expires: i64,
    pub(crate) created: i64,
}

impl Row for Session {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    pub(crate) fn retrieve_session(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        Ok(self.session_json(self.known_session(id)?))
    }

    pub(crate) fn list_sessions(&self, params: &Params) -> Reply {
        let known = ["customer", "payment_intent", "subscription", "status"];
        params.only(&[PAGING, &known].concat())?;
        let same = |name: &str, held: Option<&str>| {
            params.text(name).is_none_or(|wanted| held == Some(wanted))
        };
        let wanted = |session: &&Session| {
            same("customer", session.customer.as_deref())
                && same("payment_intent", session.intent.as_deref())
                && same("subscription", session.subscription.as_deref())
                && same("status", Some(session.stage.as_str()))
        };
        let rows = self.sessions.iter().filter(wanted);
        page(params, "/v1/checkout/sessions", rows, |row| self.session_json(row))
    }

    pub(crate) fn list_session_items(&self, id: &str, params: &Params) -> Reply {
        params.only(&["limit"])?;
        Ok(self.items_json(self.known_session(id)?))
    }

    pub(crate) fn expire_session(&mut self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        if self.known_session(id)?.stage != Stage::Open {
            return Err(Refusal::began("Only an open session expires."));
        }
        self.expire_session_now(id);
        Ok(self.session_json(self.sessions.at(id)))
    }

    /// Nobody can pay on it any more.
    pub(crate) fn expire_session_now(&mut self, id: &str) {
        let session = self.sessions.at_mut(id);
        assert_eq!(session.stage, Stage::Open, "only an open session expires");
        session.stage = Stage::Expired;
        if let Some(intent) = session.intent.clone() {
            self.call_off(&intent, None);
        }
        self.tell("checkout.session.expired", id);
    }

    fn known_session(&self, id: &str) -> Reply<&Session> {
        self.sessions.get(id).ok_or_else(|| Refusal::no_such("checkout.session", id))
    }
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}
