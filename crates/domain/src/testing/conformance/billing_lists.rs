//! Orders and pages of what is sold and paid, and of keys of equipment.

use super::lists::{List, list};
use super::store::Store;
use crate::access::Scope;
use crate::gateway::PaymentGatewayConfig;
use crate::page::Page;
use crate::payment::{PaymentStatus, PaymentView};
use crate::payment_log::PaymentLog;
use crate::plan::Plan;
use crate::pricing::PlanPricingView;
use crate::service_key::ServiceKey;
use crate::testing::samples::{self, after, money};
use crate::webhook::WebhookEvent;

pub(super) async fn gateways_come_in_every_order_page_by_page(store: Store) {
    for (name, priority, second) in [
        ("b", 1, 2),
        ("a", 1, 1),
        ("Z", -5, 2),
        ("é", i32::MAX, 1),
        ("c", i32::MIN, 2),
        ("d", 1, 3),
    ] {
        let mut new = samples::new_gateway(name);
        new.priority = priority;
        let mut statement = store.read().await;
        let gateway = statement.gateways().insert(new, after(second)).await;
        gateway.unwrap();
    }
    let list: List<PaymentGatewayConfig, _> = list!(store, gateways,);
    list.check_every_order().await;
}

pub(super) async fn payments_come_in_every_order_page_by_page(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let mut statement = store.read().await;
    for (total, status, second) in [
        ("9.50", PaymentStatus::Waiting, 2),
        ("10.00", PaymentStatus::Confirmed, 1),
        ("9.50", PaymentStatus::Error, 2),
        ("0.00", PaymentStatus::Waiting, 3),
        ("99999999.99", PaymentStatus::Confirmed, 2),
        ("10.00", PaymentStatus::Preauth, 1),
    ] {
        let mut new = samples::new_payment(bob, gateway);
        (new.total, new.status) = (money(total, "USD"), status);
        let payment = statement.payments().insert(new, after(second)).await;
        payment.unwrap();
    }
    let list: List<PaymentView, _> = list!(store, payments, Scope::Everything);
    list.check_every_order().await;
}

pub(super) async fn entries_of_payments_come_in_order_page_by_page(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let payments = [store.payment(bob, gateway).await.id, store.payment(bob, gateway).await.id];
    for (payment, second) in [(0, 2), (1, 1), (0, 1), (1, 3), (1, 2), (0, 2)] {
        let new = samples::new_payment_log(payments[payment]);
        let mut statement = store.read().await;
        statement.payment_logs().insert(new, after(second)).await.unwrap();
    }
    let list: List<PaymentLog, _> = list!(store, payment_logs.page, Scope::Everything);
    list.check_every_order().await;
}

pub(super) async fn plans_come_in_every_order_page_by_page(store: Store) {
    for (name, second) in [("b", 2), ("a", 1), ("Z", 2), ("é", 1), ("10", 2), ("9", 3)] {
        let mut statement = store.read().await;
        statement.plans().insert(samples::new_plan(name), after(second)).await.unwrap();
    }
    let list: List<Plan, _> = List {
        store,
        fetch: |store, request| {
            Box::pin(async move {
                let page = store.read().await.plans().page(request).await.unwrap();
                page.map(|Page { items, place }| {
                    let plans = items.into_iter().map(|view| view.plan);
                    Page { items: plans.collect(), place }
                })
            })
        },
    };
    list.check_every_order().await;
}

pub(super) async fn prices_come_in_every_order_page_by_page(store: Store) {
    let plans = [store.plan("Zebra").await.id, store.plan("Apple").await.id];
    for (plan, amount, currency, second) in [
        (0, "9.50", "USD", 2),
        (1, "10.00", "EUR", 1),
        (0, "10.00", "USD", 2),
        (1, "0.00", "EUR", 3),
        (1, "500", "JPY", 2),
        (0, "99999999.99", "USD", 1),
    ] {
        let mut new = samples::new_pricing("1.00");
        new.price = money(amount, currency);
        let mut statement = store.read().await;
        statement.pricing().insert(plans[plan], new, after(second)).await.unwrap();
    }
    let list: List<PlanPricingView, _> = list!(store, pricing.page, false);
    list.check_every_order().await;
}

pub(super) async fn webhook_events_come_in_order_page_by_page(store: Store) {
    for (event_id, second) in [("a", 2), ("b", 1), ("c", 2), ("d", 3), ("e", 1)] {
        let new = samples::new_webhook_event(event_id);
        let mut statement = store.read().await;
        statement.webhook_events().store(new, after(second), after(60)).await.unwrap();
    }
    let list: List<WebhookEvent, _> = list!(store, webhook_events,);
    list.check_every_order().await;
}

pub(super) async fn keys_of_equipment_come_in_every_order_page_by_page(store: Store) {
    for (number, (name, second)) in
        (1..).zip([("b", 2), ("a", 1), ("b", 1), ("Z", 2), ("é", 3), ("a", 2)])
    {
        let new = samples::new_service_key(name, number);
        let mut statement = store.read().await;
        statement.service_keys().insert(new, after(second)).await.unwrap();
    }
    let list: List<ServiceKey, _> = list!(store, service_keys,);
    list.check_every_order().await;
}
