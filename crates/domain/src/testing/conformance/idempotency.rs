//! Answers under idempotency keys.

use chrono::{DateTime, Duration, Utc};

use super::store::{Store, assert_missing};
use super::transactions::both;
use crate::error::RepositoryError;
use crate::idempotency::{
    BodyDigest, Claim, IdempotencyKey, KEPT_FOR, RUNS_AT_MOST, RequestMark, StoredAnswer,
};
use crate::ids::{IdempotencyId, PaymentId, UserId};
use crate::ports::Stored;
use crate::relations::EntityKind;
use crate::testing::samples::{now, request_mark};

const INSTANT: Duration = Duration::microseconds(1);

impl Store {
    async fn try_claim(&self, mark: &RequestMark, at: DateTime<Utc>) -> Stored<Claim> {
        let mut statement = self.read().await;
        let keys = statement.idempotency();
        keys.claim(mark.clone(), at, at - KEPT_FOR, at - RUNS_AT_MOST).await
    }

    async fn claim_at(&self, mark: &RequestMark, at: DateTime<Utc>) -> Claim {
        self.try_claim(mark, at).await.unwrap()
    }

    async fn fresh_at(&self, mark: &RequestMark, at: DateTime<Utc>) -> IdempotencyId {
        fresh(self.claim_at(mark, at).await)
    }

    async fn fresh(&self, mark: &RequestMark) -> IdempotencyId {
        self.fresh_at(mark, now()).await
    }

    async fn keep_answer(&self, id: IdempotencyId, body: &str) -> Claim {
        let answer = StoredAnswer { status: 201, body: body.to_owned() };
        let mut statement = self.read().await;
        statement.idempotency().answer(id, answer.clone()).await.unwrap();
        Claim::Answered(answer)
    }

    async fn attach(&self, id: IdempotencyId, payment: PaymentId) -> Stored<()> {
        self.read().await.idempotency().attach(id, payment).await
    }

    async fn release(&self, id: IdempotencyId) {
        self.read().await.idempotency().release(id).await.unwrap();
    }
}

fn fresh(claim: Claim) -> IdempotencyId {
    match claim {
        Claim::Fresh(id) => id,
        other => panic!("the key is free, not {other:?}"),
    }
}

fn with_body(mark: &RequestMark, body: &str) -> RequestMark {
    RequestMark { body: BodyDigest::of(body.as_bytes()), ..mark.clone() }
}

pub(super) async fn a_repeated_request_runs_until_it_is_answered(store: Store) {
    let bob = store.user("bob").await.id;
    let longest = "~".repeat(IdempotencyKey::MAX);
    for (number, key) in (0..).zip(["a", " ", longest.as_str()]) {
        let mark = request_mark(bob, key);
        let id = store.fresh(&mark).await;
        assert_eq!(store.claim_at(&mark, now()).await, Claim::Running);
        let answer = StoredAnswer {
            status: 200 + number,
            body: "{\"名\": \"Grüße \\\"q\\\" 😀\"}".repeat(usize::from(number) * 1000),
        };
        let mut statement = store.read().await;
        statement.idempotency().answer(id, answer.clone()).await.unwrap();
        for _ in 0..2 {
            let claim = store.claim_at(&mark, now()).await;
            assert_eq!(claim, Claim::Answered(answer.clone()));
        }
    }
}

pub(super) async fn another_body_under_the_key_is_a_mismatch(store: Store) {
    let bob = store.user("bob").await.id;
    let payment = store.payment_of("eve").await.id;
    let mark = request_mark(bob, "a");
    let other = with_body(&mark, r#"{"amount": 1}"#);
    let id = store.fresh(&mark).await;
    assert_eq!(store.claim_at(&other, now()).await, Claim::Mismatch, "while it runs");
    store.attach(id, payment).await.unwrap();
    let later = now() + RUNS_AT_MOST + INSTANT;
    assert_eq!(store.claim_at(&other, later).await, Claim::Mismatch, "when it has died");
    let answered = store.keep_answer(id, "{}").await;
    assert_eq!(store.claim_at(&other, now()).await, Claim::Mismatch, "when it is answered");
    assert_eq!(store.claim_at(&mark, now()).await, answered);
}

pub(super) async fn user_method_and_path_belong_to_the_key(store: Store) {
    let bob = store.user("bob").await.id;
    let eve = store.user("eve").await.id;
    let mark = request_mark(bob, "a");
    let mut ids = vec![store.fresh(&mark).await];
    for other in [
        RequestMark { user: eve, ..mark.clone() },
        RequestMark { method: "PUT".to_owned(), ..mark.clone() },
        RequestMark { path: "/payments/7/refund_payment/".to_owned(), ..mark.clone() },
        request_mark(bob, "A"),
        request_mark(bob, "a "),
    ] {
        ids.push(store.fresh(&other).await);
        assert_eq!(store.claim_at(&other, now()).await, Claim::Running);
    }
    let answered = store.keep_answer(ids[0], "{}").await;
    assert_eq!(store.claim_at(&mark, now()).await, answered);
    let other = RequestMark { user: eve, ..mark };
    assert_eq!(store.claim_at(&other, now()).await, Claim::Running, "answered for bob alone");
}

pub(super) async fn a_released_key_is_as_good_as_new(store: Store) {
    let bob = store.user("bob").await.id;
    let mark = request_mark(bob, "a");
    let neighbour = request_mark(bob, "b");
    store.fresh(&neighbour).await;
    let payment = store.payment_of("eve").await.id;
    let id = store.fresh(&mark).await;
    store.attach(id, payment).await.unwrap();
    store.release(id).await;
    let other = with_body(&mark, "[]");
    let again = store.fresh(&other).await;
    assert_ne!(again, id);
    assert_eq!(store.claim_at(&mark, now()).await, Claim::Mismatch);
    store.release(id).await;
    assert_eq!(store.claim_at(&other, now()).await, Claim::Running, "released once");
    assert_eq!(store.claim_at(&neighbour, now()).await, Claim::Running);

    store.keep_answer(again, "{}").await;
    store.release(again).await;
    store.fresh(&mark).await;
}

pub(super) async fn an_answer_is_kept_for_its_time(store: Store) {
    let bob = store.user("bob").await.id;
    let mark = request_mark(bob, "a");
    let id = store.fresh(&mark).await;
    let answered = store.keep_answer(id, "{}").await;
    let end = now() + KEPT_FOR;
    assert_eq!(store.claim_at(&mark, now() + RUNS_AT_MOST + INSTANT).await, answered);
    assert_eq!(store.claim_at(&mark, end).await, answered);
    let other = with_body(&mark, "[]");
    store.fresh_at(&other, end + INSTANT).await;
    assert_eq!(store.claim_at(&mark, end + INSTANT).await, Claim::Mismatch);
    assert_eq!(store.claim_at(&other, end + INSTANT).await, Claim::Running, "without an answer");
}

pub(super) async fn a_request_that_died_before_it_began_gives_its_key_free(store: Store) {
    let bob = store.user("bob").await.id;
    let mark = request_mark(bob, "a");
    let dead = store.fresh(&mark).await;
    let end = now() + RUNS_AT_MOST;
    assert_eq!(store.claim_at(&mark, end).await, Claim::Running);
    let later = end + INSTANT;
    let again = store.fresh_at(&mark, later).await;
    assert_eq!(store.claim_at(&mark, later + RUNS_AT_MOST).await, Claim::Running);

    store.keep_answer(dead, "late").await;
    store.release(dead).await;
    let payment = store.payment_of("eve").await.id;
    let attached = store.attach(dead, payment).await;
    assert!(matches!(attached, Err(RepositoryError::Retryable(_))), "{attached:?}");
    let claim = store.claim_at(&mark, later).await;
    assert_eq!(claim, Claim::Running, "who was given up has no more say");
    let answered = store.keep_answer(again, "{}").await;
    assert_eq!(store.claim_at(&mark, later).await, answered);
}

pub(super) async fn a_request_that_died_after_it_began_is_not_begun_again(store: Store) {
    let bob = store.user("bob").await.id;
    let payment = store.payment_of("eve").await.id;
    let mark = request_mark(bob, "a");
    let id = store.fresh(&mark).await;
    store.attach(id, payment).await.unwrap();
    let end = now() + RUNS_AT_MOST;
    assert_eq!(store.claim_at(&mark, end).await, Claim::Running);
    for at in [end + INSTANT, now() + KEPT_FOR] {
        assert_eq!(store.claim_at(&mark, at).await, Claim::Begun(payment), "{at}");
    }
    let other = request_mark(bob, "b");
    let running = store.fresh(&other).await;
    store.attach(running, payment).await.unwrap();
    let answered = store.keep_answer(running, "{}").await;
    assert_eq!(store.claim_at(&other, end + INSTANT).await, answered);
    store.fresh_at(&mark, now() + KEPT_FOR + INSTANT).await;
}

pub(super) async fn a_step_that_is_rolled_back_was_not_begun(store: Store) {
    let bob = store.user("bob").await.id;
    let payment = store.payment_of("eve").await.id;
    let mark = request_mark(bob, "a");
    let id = store.fresh(&mark).await;
    let mut unit = store.begin().await;
    unit.idempotency().attach(id, payment).await.unwrap();
    drop(unit);
    store.fresh_at(&mark, now() + RUNS_AT_MOST + INSTANT).await;
}

pub(super) async fn of_simultaneous_requests_exactly_one_gets_the_key(store: Store) {
    let bob = store.user("bob").await.id;
    for round in 0..5 {
        let mark = request_mark(bob, &format!("k{round}"));
        // The second time the key is that of a request that died.
        for at in [now(), now() + RUNS_AT_MOST + INSTANT] {
            let claims = both(store.claim_at(&mark, at), store.claim_at(&mark, at)).await;
            match claims {
                (Claim::Fresh(_), Claim::Running) | (Claim::Running, Claim::Fresh(_)) => {}
                other => panic!("exactly one gets it, not {other:?}"),
            }
        }
    }
}

pub(super) async fn user_and_payment_must_exist(store: Store) {
    let nobody = request_mark(UserId::new(i32::MAX), "a");
    let result = store.try_claim(&nobody, now()).await;
    assert_missing(result, EntityKind::IdempotencyRecord, "user_id");
    let bob = store.user("bob").await.id;
    let mark = request_mark(bob, "a");
    let id = store.fresh(&mark).await;
    let result = store.attach(id, PaymentId::new(i32::MAX)).await;
    assert_missing(result, EntityKind::IdempotencyRecord, "payment_id");
    assert_eq!(store.claim_at(&mark, now()).await, Claim::Running);
}
