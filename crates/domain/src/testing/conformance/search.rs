//! What a search finds.

use super::store::Store;
use crate::access::{Role, Scope};
use crate::audit::AuditAction;
use crate::gateway::GatewayFilter;
use crate::ids::{AuditLogId, PaymentId};
use crate::page::{ListRequest, PageSize, Place, Position, SortKey};
use crate::payment::{NewPayment, PaymentFilter};
use crate::tenant::TenantFilter;
use crate::testing::samples::{self, email, slug, text};

fn searching<F: Default, K: SortKey>(words: &[&str]) -> ListRequest<F, K> {
    ListRequest {
        search: words.iter().map(|&word| word.to_owned()).collect(),
        ..ListRequest::default()
    }
}

async fn tenants(store: &Store, words: &[&str]) -> Vec<String> {
    let request = searching(words);
    let page = store.read().await.tenants().list(Scope::Everything, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|row| row.tenant.name.into_string()).collect()
}

async fn users(store: &Store, words: &[&str]) -> Vec<String> {
    let request = searching(words);
    let page = store.read().await.users().list(Scope::Everything, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|row| row.user.username.into_string()).collect()
}

async fn todos(store: &Store, words: &[&str]) -> Vec<String> {
    let request = searching(words);
    let page = store.read().await.todos().list(Scope::Everything, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|row| row.task.into_string()).collect()
}

async fn gateways(store: &Store, words: &[&str]) -> Vec<String> {
    let page = store.read().await.gateways().list(searching(words)).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|row| row.name.into_string()).collect()
}

async fn plans(store: &Store, words: &[&str]) -> Vec<String> {
    let page = store.read().await.plans().page(searching(words)).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|view| view.plan.name.into_string()).collect()
}

pub(super) async fn every_word_must_occur_in_some_field(store: Store) {
    for (name, first, last) in
        [("ab", Some("Anna"), Some("Berg")), ("ac", Some("Anna"), None), ("cb", None, Some("Berg"))]
    {
        let mut new = samples::new_user(name);
        new.profile.first_name = first.map(text);
        new.profile.last_name = last.map(text);
        store.add_user(new).await;
    }
    assert_eq!(users(&store, &["anna", "berg"]).await, ["ab"]);
    assert_eq!(users(&store, &["berg", "anna", "ab@ex"]).await, ["ab"]);
    assert_eq!(users(&store, &["berg"]).await, ["ab", "cb"]);
    assert_eq!(users(&store, &[]).await, ["ab", "ac", "cb"]);
    assert_eq!(users(&store, &["anna berg"]).await, [""; 0]);
}

pub(super) async fn each_search_field_is_searched(store: Store) {
    let mut tenant = samples::new_tenant("Nordwind");
    (tenant.slug, tenant.email) = (slug("north"), Some(email("post@mail.example")));
    store.add_tenant(tenant).await;
    store.tenant("Other").await;
    for word in ["dwin", "nort", "st@ma"] {
        assert_eq!(tenants(&store, &[word]).await, ["Nordwind"], "{word}");
    }

    let mut user = samples::new_user("marguerite");
    user.email = email("m.d@mail.example");
    user.profile.first_name = Some(text("Anneliese"));
    user.profile.last_name = Some(text("Dupont"));
    user.profile.company = Some(text("Nordwind"));
    let owner = store.add_user(user).await.id;
    store.user("other").await;
    for word in ["guer", "m.d@", "liese", "upon"] {
        assert_eq!(users(&store, &[word]).await, ["marguerite"], "{word}");
    }
    assert_eq!(users(&store, &["nordwind"]).await, [""; 0]);

    store.todo(owner, "buy bread").await;
    store.todo(owner, "sleep").await;
    assert_eq!(todos(&store, &["brea"]).await, ["buy bread"]);

    let mut gateway = samples::new_gateway("Card");
    gateway.variant = text("stripe");
    store.add_gateway(gateway).await;
    store.gateway("Cash").await;
    assert_eq!(gateways(&store, &["ard"]).await, ["Card"]);
    assert_eq!(gateways(&store, &["tri"]).await, ["Card"]);

    store.plan("Basic").await;
    store.plan("Pro").await;
    assert_eq!(plans(&store, &["asi"]).await, ["Basic"]);
}

/// The payments of a search on one page, which are those of pages of one row, each by key.
async fn payments(store: &Store, scope: Scope, words: &[&str]) -> Vec<PaymentId> {
    let mut statement = store.read().await;
    let page = statement.payments().list(scope, searching(words)).await.unwrap().unwrap();
    let whole: Vec<_> = page.items.iter().map(|view| view.payment.id).collect();
    let (mut walked, mut position) = (Vec::new(), Some(Position::Keyed(None)));
    while let Some(place) = position {
        let request =
            ListRequest { position: place, size: PageSize::clamped(1), ..searching(words) };
        let page = statement.payments().list(scope, request).await.unwrap().unwrap();
        walked.extend(page.items.iter().map(|view| view.payment.id));
        position = match page.place {
            Place::Keyed { next: Some(next), .. } => Some(Position::Keyed(Some(next))),
            _ => None,
        };
    }
    assert_eq!(walked, whole, "{words:?}");
    whole
}

pub(super) async fn payments_are_found_by_their_names_and_their_payers(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let card = store.gateway("Card").await.id;
    let anna = store.user_of("anna", Role::Subscriber, acme).await.id;
    let mut bob = samples::new_user("bob");
    bob.email = email("post@mail.example");
    let bob = store.add_user(bob).await.id;
    let new = samples::new_payment(anna, card);
    let ordered = NewPayment { order_id: Some(text("A-1001")), ..new.clone() };
    let ordered = store.add_payment(ordered).await.id;
    let booked = NewPayment { transaction_id: Some(text("dummy_5F2c")), ..new };
    let booked = store.add_payment(booked).await.id;
    let bobs = store.payment(bob, card).await.id;
    let all = Scope::Everything;
    for (scope, words, expected) in [
        (all, &["a-10"][..], vec![ordered]),
        (all, &["5f2C"], vec![booked]),
        (all, &["ANN"], vec![ordered, booked]),
        (all, &["post@mail"], vec![bobs]),
        (all, &["1001", "anna"], vec![ordered]),
        (all, &["anna", "bob"], vec![]),
        (all, &["card"], vec![]),
        (all, &["example"], vec![ordered, booked, bobs]),
        (all, &[], vec![ordered, booked, bobs]),
        (Scope::Tenant(acme), &["example"], vec![ordered, booked]),
        (Scope::Tenant(acme), &["bob"], vec![]),
        (Scope::Oneself(bob), &["example"], vec![bobs]),
    ] {
        assert_eq!(payments(&store, scope, words).await, expected, "{scope:?} {words:?}");
    }
}

async fn audit_entries(store: &Store, words: &[&str]) -> Vec<AuditLogId> {
    let request = searching(words);
    let page = store.read().await.audit_logs().list(Scope::Everything, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.into_iter().map(|view| view.entry.id).collect()
}

pub(super) async fn audit_entries_are_found_by_their_action_and_their_people(store: Store) {
    let (anna, bob) = (store.user("anna").await.id, store.user("bob").await.id);
    let cleo = store.user("cleo").await.id;
    let mut statement = store.read().await;
    let reset = statement.audit_logs().insert(samples::new_audit_log(anna, bob)).await.unwrap();
    let mut new = samples::new_audit_log(bob, cleo);
    new.action = AuditAction::RoleChanged;
    let changed = statement.audit_logs().insert(new).await.unwrap();
    drop(statement);
    for (words, expected) in [
        (&["NNA"][..], vec![reset]),
        (&["cleo"], vec![changed]),
        (&["bob"], vec![reset, changed]),
        (&["role_"], vec![changed]),
        (&["Reset", "anna"], vec![reset]),
        (&["anna", "cleo"], vec![]),
        (&["example"], vec![]),
        (&[], vec![reset, changed]),
    ] {
        assert_eq!(audit_entries(&store, words).await, expected, "{words:?}");
    }
}

pub(super) async fn case_is_ignored_in_every_alphabet(store: Store) {
    let owner = store.user("bob").await.id;
    for task in ["Émile ANRUFEN", "ÜBERSICHT", "привет"] {
        store.todo(owner, task).await;
    }
    for (word, task) in [
        ("anrufen", "Émile ANRUFEN"),
        ("émile", "Émile ANRUFEN"),
        ("übersicht", "ÜBERSICHT"),
        ("ПРИВЕТ", "привет"),
    ] {
        assert_eq!(todos(&store, &[word]).await, [task], "{word}");
    }
}

pub(super) async fn wildcards_are_ordinary_characters(store: Store) {
    let owner = store.user("bob").await.id;
    for task in ["100%", "a_b", "a\\b", "axb", "it's"] {
        store.todo(owner, task).await;
    }
    for (word, found) in [
        ("%", &["100%"][..]),
        ("_", &["a_b"]),
        ("a_b", &["a_b"]),
        ("\\", &["a\\b"]),
        ("'", &["it's"]),
        ("a%b", &[]),
        ("\\%", &[]),
    ] {
        assert_eq!(todos(&store, &[word]).await, found, "{word}");
    }
}

/// A client can send U+0000 in a query, and no answer to it may be a failure of the store.
pub(super) async fn filters_by_text_no_column_can_hold_match_nothing(store: Store) {
    store.tenant("Acme").await;
    let bob = store.user("bob").await.id;
    let gateway = store.gateway("dummy").await.id;
    store.payment(bob, gateway).await;
    let mut statement = store.read().await;

    let found = statement.users().find_by_login("bob\0").await.unwrap();
    assert_eq!(found, None);
    let filter = TenantFilter { slug: Some("acme\0".to_owned()), ..TenantFilter::default() };
    let request = ListRequest { filter, ..ListRequest::default() };
    let page = statement.tenants().list(Scope::Everything, request).await;
    assert_eq!(page.unwrap().unwrap().items, []);

    let variant = Some("dummy\0".to_owned());
    let filter = GatewayFilter { variant: variant.clone(), is_active: None };
    let request = ListRequest { filter, ..ListRequest::default() };
    let page = statement.gateways().list(request).await;
    assert_eq!(page.unwrap().unwrap().items, []);

    for (variant, order_id) in [(variant, None), (None, Some("\0".to_owned()))] {
        let filter = PaymentFilter { variant, order_id, ..PaymentFilter::default() };
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = statement.payments().list(Scope::Everything, request).await;
        assert_eq!(page.unwrap().unwrap().items, []);
    }
}
