//! `Idempotency-Key`: what was answered to whom.

use std::collections::HashMap;

use super::calendar::DAY;
use super::form::Params;
use super::refusal::{Refusal, Reply};

/// An answer as it is kept and sent again.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// What a key was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) params: Params,
}

/// Every key of the last 24 hours.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    used: Use,
    since: i64,
    /// None while the first request is under way.
    answer: Option<Kept>,
}

impl Keys {
    /// What the first request with the key was answered. Without one the key is taken, until
    /// [`Self::keep`] or [`Self::release`].
    pub(crate) fn claim(&mut self, key: &str, used: Use, now: i64) -> Reply<Option<Kept>> {
        if key.len() > 255 {
            return Err(Refusal::invalid("Idempotency keys have at most 255 characters."));
        }
        let Some(entry) = self.0.get(key) else {
            self.0.insert(key.to_owned(), Entry { used, since: now, answer: None });
            return Ok(None);
        };
        if entry.used != used {
            let message = format!("The key {key} was used with other parameters or elsewhere.");
            return Err(Refusal::new(400, "idempotency_error", message));
        }
        let busy = || {
            let message = format!("A request with the key {key} is under way.");
            Refusal::new(409, "idempotency_error", message).code("idempotency_key_in_use")
        };
        entry.answer.clone().map(Some).ok_or_else(busy)
    }

    pub(crate) fn keep(&mut self, key: &str, answer: Kept) {
        self.0.get_mut(key).unwrap().answer = Some(answer);
    }

    pub(crate) fn release(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Forgets what is older than 24 hours.
    pub(crate) fn prune(&mut self, now: i64) {
        self.0.retain(|_, entry| entry.answer.is_none() || entry.since + DAY > now);
    }
}
