//! Everything that the fake knows.

use std::collections::VecDeque;
use std::time::Instant;

use super::calls::Call;
use super::charges::Charge;
use super::checkout::Session;
use super::customers::Customer;
use super::disputes::Dispute;
use super::events::Event;
use super::faults::Planned;
use super::ids::Ids;
use super::intents::Intent;
use super::invoices::Invoice;
use super::keys::Keys;
use super::payment_methods::PaymentMethod;
use super::prices::Price;
use super::products::Product;
use super::refunds::Refund;
use super::setup_intents::SetupIntent;
use super::shape::Shape;
use super::subscriptions::{AfterRetries, Subscription};
use super::table::Table;
use super::webhooks::Webhook;

/// Behind the lock.
#[derive(Debug)]
pub(crate) struct State {
    /// The fake's time. It stands still but for the controls.
    pub(crate) now: i64,
    /// When the time was set, by the machine's own clock.
    pub(crate) set: Instant,
    pub(crate) secret_key: String,
    pub(crate) shape: Shape,
    pub(crate) ids: Ids,
    pub(crate) cause: Cause,
    pub(crate) keys: Keys,
    pub(crate) calls: Vec<Call>,
    pub(crate) faults: Vec<Planned>,
    pub(crate) webhook: Option<Webhook>,
    /// Events that were not yet given to automatic delivery.
    pub(crate) queue: VecDeque<String>,
    /// Automatic deliveries under way.
    pub(crate) delivering: usize,
    pub(crate) refunds_wait: bool,
    /// For how long the invoice of a renewal is a draft.
    pub(crate) draft_time: i64,
    pub(crate) after_retries: AfterRetries,
    pub(crate) events: Table<Event>,
    pub(crate) customers: Table<Customer>,
    pub(crate) methods: Table<PaymentMethod>,
    pub(crate) products: Table<Product>,
    pub(crate) prices: Table<Price>,
    pub(crate) intents: Table<Intent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) disputes: Table<Dispute>,
    pub(crate) subscriptions: Table<Subscription>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) sessions: Table<Session>,
    pub(crate) setup_intents: Table<SetupIntent>,
}

/// The request behind a change; empty for what happens by itself.
#[derive(Debug, Default)]
pub(crate) struct Cause {
    pub(crate) request: Option<String>,
    pub(crate) key: Option<String>,
}

impl State {
    /// Nothing yet, at this time. The seed makes the ids.
    pub(crate) fn new(now: i64, seed: u64) -> Self {
        let mut ids = Ids::new(seed);
        Self {
            now,
            set: Instant::now(),
            secret_key: ids.mint("sk_test_"),
            shape: Shape::Latest,
            ids,
            cause: Cause::default(),
            keys: Keys::default(),
            calls: Vec::new(),
            faults: Vec::new(),
            webhook: None,
            queue: VecDeque::new(),
            delivering: 0,
            refunds_wait: false,
            draft_time: 3600,
            after_retries: AfterRetries::Cancel,
            events: Table::default(),
            customers: Table::default(),
            methods: Table::default(),
            products: Table::default(),
            prices: Table::default(),
            intents: Table::default(),
            charges: Table::default(),
            refunds: Table::default(),
            disputes: Table::default(),
            subscriptions: Table::default(),
            invoices: Table::default(),
            sessions: Table::default(),
            setup_intents: Table::default(),
        }
    }

    /// The time on signatures: the fake's, going on since it was set, so that they do not grow old
    /// while a test runs.
    pub(crate) fn stamp(&self) -> i64 {
        self.now + i64::try_from(self.set.elapsed().as_secs()).unwrap()
    }
}
