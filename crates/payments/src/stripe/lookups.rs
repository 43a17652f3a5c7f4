//! What Stripe may have or not: objects by id, and lists page after page.

use serde::de::DeserializeOwned;
use serde_json::Value;
use stripe_client_core::StripeRequest;

use super::client::Stripe;
use super::errors::StripeFailure;
use super::objects::billing::Price;
use super::objects::{List, PaymentIntent, Refund};

/// The most that Stripe puts on a page.
pub(crate) const LARGEST_PAGE: i64 = 100;

/// Pages that are read at most.
const MOST_PAGES: usize = 100;

/// Something in a list.
pub(crate) trait Row: DeserializeOwned {
    /// What the next page begins behind.
    fn id(&self) -> &str;
}

impl Row for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Refund {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Price {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Value {
    fn id(&self) -> &str {
        self.get("id").and_then(Self::as_str).unwrap_or_default()
    }
}

impl Stripe {
    /// An object; `None` where Stripe does not have it.
    pub(crate) async fn look_up<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
    ) -> Result<Option<T>, StripeFailure> {
        match self.read(request).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The first row that is wanted; the newest comes first. `request` asks for what comes behind a
    /// row, or for the beginning. Errors: also [`StripeFailure::Unknown`] where the list does not
    /// end.
    pub(crate) async fn find<T: Row, R: StripeRequest>(
        &self,
        request: impl Fn(Option<&str>) -> R,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, StripeFailure> {
        let rows = self.rows(request, &wanted).await?;
        Ok(rows.into_iter().find(wanted))
    }

    /// Every row. Arguments and errors as of [`Self::find`].
    pub(crate) async fn all<T: Row, R: StripeRequest>(
        &self,
        request: impl Fn(Option<&str>) -> R,
    ) -> Result<Vec<T>, StripeFailure> {
        self.rows(request, |_| false).await
    }

    /// The rows up to the page on which one is enough.
    async fn rows<T: Row, R: StripeRequest>(
        &self,
        request: impl Fn(Option<&str>) -> R,
        enough: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, StripeFailure> {
        let mut rows: Vec<T> = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = request(rows.last().map(Row::id)).build();
            let List { data, has_more } = self.send::<List<T>>(page, None).await?;
            let is_last = !has_more || data.is_empty() || data.iter().any(&enough);
            rows.extend(data);
            if is_last {
                return Ok(rows);
            }
        }
        Err(StripeFailure::Unknown("a list that does not end".into()))
    }
}
