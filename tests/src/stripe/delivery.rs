//! Sending events to the product.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::events::Event;
use super::ids::scrambled;
use super::webhooks::{Order, Webhook, signature_header};
use super::{FakeStripe, Shared};

/// How often automatic delivery tries one event.
const TRIES: u32 = 6;
/// The wait after the first failed try. It doubles with each.
const PAUSE: Duration = Duration::from_millis(50);

impl FakeStripe {
    /// Where events are sent, and the secrets that sign them: one, or two during a rotation.
    pub fn set_webhook<S: Into<String>>(&self, url: &str, secrets: impl IntoIterator<Item = S>) {
        let secrets = secrets.into_iter().map(Into::into).collect();
        self.change(|state| {
            let automatic = state.webhook.as_ref().is_some_and(|webhook| webhook.automatic);
            state.webhook = Some(Webhook { url: url.to_owned(), secrets, automatic });
        });
    }

    /// Whether each event is delivered as it happens, and up to five times more when that fails,
    /// after 50 ms and then twice as long each time. Off until it is switched on, which concerns
    /// events from then on.
    pub fn auto_deliver(&self, on: bool) {
        self.change(|state| {
            state.queue.clear();
            state.webhook.as_mut().expect("a webhook to deliver to").automatic = on;
        });
    }

    /// Waits until automatic delivery has nothing left to do.
    pub async fn deliveries_done(&self) {
        let busy = || self.look(|state| state.delivering > 0 || !state.queue.is_empty());
        while busy() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Delivers one event. Answers the status, or 0 where nobody answered.
    pub async fn deliver(&self, event: &Event) -> u16 {
        deliver(&self.shared, event).await
    }

    /// Delivers each event that was not answered with 2xx yet. Answers ids and statuses, in the
    /// order of delivery.
    pub async fn deliver_all(&self, order: Order) -> Vec<(String, u16)> {
        let waiting = self.events().into_iter().filter(|event| !event.delivered);
        let mut done = Vec::new();
        for event in ordered(waiting.collect(), order) {
            let status = self.deliver(&event).await;
            done.push((event.id, status));
        }
        done
    }

    /// Sends any body with any signature header. Answers status and body.
    pub async fn deliver_raw(&self, payload: &str, header: Option<&str>) -> (u16, String) {
        let url = self.look(|state| webhook(state.webhook.as_ref()).url.clone());
        post(&self.shared.http, &url, payload, header).await
    }
}

/// Delivers events as they happen, for as long as the fake lives.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        shared.news.notified().await;
        while let Some(event) = next(&shared) {
            tokio::spawn(keep_trying(shared.clone(), event));
        }
    }
}

fn next(shared: &Shared) -> Option<Event> {
    let mut state = shared.state.lock().unwrap();
    let id = state.queue.pop_front()?;
    state.delivering += 1;
    Some(state.events.at(&id).clone())
}

async fn keep_trying(shared: Arc<Shared>, event: Event) {
    for number in 0..TRIES {
        if number > 0 {
            tokio::time::sleep(PAUSE * 2_u32.pow(number - 1)).await;
        }
        if (200..300).contains(&deliver(&shared, &event).await) {
            break;
        }
    }
    shared.state.lock().unwrap().delivering -= 1;
}

async fn deliver(shared: &Shared, event: &Event) -> u16 {
    let payload = event.payload();
    let (url, header) = {
        let state = shared.state.lock().unwrap();
        let webhook = webhook(state.webhook.as_ref());
        (webhook.url.clone(), signature_header(&payload, &webhook.secrets, state.stamp()))
    };
    let (status, _) = post(&shared.http, &url, &payload, Some(&header)).await;
    if (200..300).contains(&status) {
        shared.state.lock().unwrap().events.at_mut(&event.id).delivered = true;
    }
    status
}

async fn post(
    http: &reqwest::Client,
    url: &str,
    payload: &str,
    header: Option<&str>,
) -> (u16, String) {
    let mut request = http
        .post(url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .body(payload.to_owned());
    if let Some(header) = header {
        request = request.header("Stripe-Signature", header);
    }
    match request.send().await {
        Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(_) => (0, String::new()),
    }
}

fn webhook(set: Option<&Webhook>) -> &Webhook {
    set.expect("set_webhook comes before deliveries")
}

fn ordered(events: Vec<Event>, order: Order) -> Vec<Event> {
    match order {
        Order::InOrder => events,
        Order::Duplicated => events.into_iter().flat_map(|event| [event.clone(), event]).collect(),
        Order::Shuffled(seed) => {
            let mut left: VecDeque<Event> = events.into();
            let mut state = seed;
            let mut drawn = Vec::with_capacity(left.len());
            while !left.is_empty() {
                state = scrambled(state);
                let place = state % u64::try_from(left.len()).unwrap();
                drawn.extend(left.remove(usize::try_from(place).unwrap()));
            }
            drawn
        }
    }
}
