//! A stand-in for Stripe that remembers, for tests.
//!
//! [`FakeStripe::start`] serves the part of Stripe's API that the product uses, from memory, on a
//! port of loopback. A test drives the other side: the payer, the bank, the clock, the network.
//!
//! # What it imitates
//!
//! - Customers, test cards (`pm_card_…`, see [`Card`]), products, prices, payment intents, charges,
//!   refunds, disputes, subscriptions of one item, their invoices, checkout sessions, setup intents,
//!   events. Lists have cursors, `expand[]` works, objects have the fields of real ones and are
//!   written in a [`Shape`].
//! - `Idempotency-Key`: an answer is kept for 24 hours of the fake's time, `402` included, once the
//!   work had begun; a key in use is `409`.
//! - What surprises at Stripe, too: what was authorised and let go counts in `amount_refunded` of
//!   the charge and is told as `charge.refunded`; a renewed subscription is `active` for an hour
//!   before its invoice is charged; an invoice's own period is the one before that of its lines; a
//!   canceled subscription is not found by a second cancellation; a confirmed intent needs a
//!   `return_url` unless redirects are off; an event can tell what is no longer so.
//! - Webhooks, signed by each secret, in any order, twice, or by themselves with retries.
//!
//! # Where it is stricter
//!
//! - An unknown parameter is refused, and so are one sent twice, an empty one that clears nothing,
//!   parameters in the query of a `POST` and a body that is no form.
//! - Currencies are lower-case; amounts keep to the least and the largest, to whole tens in
//!   currencies of three decimals and to whole hundreds of ISK and UGX.
//! - What moves money needs an `Idempotency-Key`: making, confirming, capturing and cancelling an
//!   intent, refunding, making a checkout session, making a subscription, changing what it costs,
//!   paying an invoice.
//! - A refund is refused where nothing was captured, and an item of a subscription is changed only
//!   under its id.
//!
//! Time stands still but for [`FakeStripe::advance_to`]; only signatures carry a time that goes on,
//! so that they do not grow old during a test.

mod calendar;
mod calls;
mod charges;
mod checkout;
mod clock;
mod controls;
mod customers;
mod delivery;
mod disputes;
mod events;
mod expand;
mod faults;
mod form;
mod ids;
mod intents;
mod invoices;
mod keys;
mod line;
mod list;
mod money;
mod payment_methods;
mod prices;
mod products;
mod refunds;
mod refusal;
mod routes;
mod server;
mod setup_intents;
mod shape;
mod state;
mod subscriptions;
mod table;
#[cfg(test)]
mod tests;
mod webhooks;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinHandle};

pub use calls::Call;
pub use charges::Charged;
pub use disputes::Verdict;
pub use events::Event;
pub use faults::Fault;
pub use intents::Outcome;
pub use payment_methods::Card;
pub use shape::Shape;
pub use subscriptions::AfterRetries;
pub use webhooks::{Order, signature, signature_header};

use line::{Exchange, Line, Lines};
use state::State;

/// A running fake. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeStripe {
    shared: Arc<Shared>,
    address: SocketAddr,
    lines: Lines,
    server: Mutex<Option<JoinHandle<()>>>,
    courier: AbortHandle,
}

/// What requests, deliveries and controls share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// An event waits for automatic delivery.
    news: Notify,
    http: reqwest::Client,
}

impl Shared {
    /// Does something to the state, and sends out the events that come of it.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        let done = change(&mut state);
        if !state.webhook.as_ref().is_some_and(|webhook| webhook.automatic) {
            state.queue.clear();
        } else if !state.queue.is_empty() {
            self.news.notify_one();
        }
        done
    }
}

impl FakeStripe {
    /// On a free port. Its clock stands at this machine's time.
    pub async fn start() -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap()).await
    }

    /// As [`Self::start`], on an address that is known beforehand.
    pub async fn start_on(address: SocketAddr) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self::start_at(address, i64::try_from(now.as_secs()).unwrap()).await
    }

    /// As [`Self::start_on`], with its clock at a time in seconds since 1970.
    pub async fn start_at(address: SocketAddr, now: i64) -> Self {
        // The workspace builds reqwest with TLS of no provider of its own. A second call finds
        // the provider there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(now, u64::from(address.port()))),
            news: Notify::new(),
            http: http.build().unwrap(),
        });
        let lines = Lines::default();
        let server = Mutex::new(Some(serve(listener, lines.clone(), shared.clone())));
        let courier = tokio::spawn(delivery::run(shared.clone())).abort_handle();
        Self { shared, address, lines, server, courier }
    }

    /// `http://127.0.0.1:PORT`
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The only key that is let in: `sk_test_…`
    pub fn secret_key(&self) -> String {
        self.look(|state| state.secret_key.clone())
    }

    /// Closes port and connections: whoever calls is refused. What is known stays.
    pub async fn go_away(&self) {
        let server = self.server.lock().unwrap().take().expect("a fake that listens");
        server.abort();
        // It ends with an error because it was stopped.
        let _ = server.await;
        self.lines.cut_all();
        while self.lines.open() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Listens again at the same address.
    pub async fn come_back(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let server = serve(listener, self.lines.clone(), self.shared.clone());
        *self.server.lock().unwrap() = Some(server);
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.shared.change(change)
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.state.lock().unwrap())
    }
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        if let Some(server) = self.server.lock().unwrap().take() {
            server.abort();
        }
        self.lines.cut_all();
        self.courier.abort();
    }
}

fn serve(listener: TcpListener, lines: Lines, shared: Arc<Shared>) -> JoinHandle<()> {
    let service = Router::new()
        .fallback(server::serve)
        .with_state(shared)
        .into_make_service_with_connect_info::<Line>();
    let server = axum::serve(Exchange { listener, lines }, service);
    tokio::spawn(async move { server.await.unwrap() })
}
