//! What the server does without being asked: it asks gateways about orders that a crash or a silent
//! gateway left behind (contract §10.5), applies reports of gateways again that came to nothing
//! (contract §10.3), renews and ends subscriptions (contract §8.5), and sweeps away what has expired.
//!
//! Any number of servers may do so on one database; what each takes is decided by the use cases.

use std::future::Future;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use wiwebb_domain::error::Error as DomainError;
use wiwebb_domain::services::Services;

use crate::figures;

/// How much one round takes on at most. It is done one after the other, so little of it keeps the end
/// of the server near.
const BATCH: u32 = 10;

/// When the next round begins.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Pause behind a round that left nothing waiting.
    idle: Duration,
    /// Longest pause; a failure doubles the pause up to here.
    longest: Duration,
}

const PACE: Pace = Pace { idle: Duration::from_secs(5), longest: Duration::from_mins(5) };

impl Pace {
    /// The pause behind a round, before jitter. `failures` counts those in a row, this one included.
    fn pause(self, taken: usize, failures: u32) -> Duration {
        match failures {
            0 if taken >= BATCH as usize => Duration::ZERO,
            0 => self.idle,
            _ => self.idle.saturating_mul(2_u32.saturating_pow(failures)).min(self.longest),
        }
    }
}

/// How often what means nothing any more is swept away. A failure is no reason to come sooner.
const SWEEPS: Pace = Pace { idle: Duration::from_hours(1), longest: Duration::from_hours(1) };

/// How many rows of a kind one sweep takes away, so that its statement stays short.
const SWEPT: u32 = 1_000;

/// Between four and six fifths, so that servers started together do not go on asking together.
fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.8..1.2))
}

/// Kinds of rounds, each of which goes on by itself until the worker is stopped. Dropping it ends
/// them as well, at once.
#[derive(Debug)]
pub struct Worker {
    stop: DropGuard,
    kinds: JoinSet<()>,
}

impl Worker {
    /// Begins all rounds. Needs a tokio runtime.
    pub fn start(services: &Services) -> Self {
        let accounts = services.accounts.clone();
        let payments = services.payments.clone();
        let webhooks = services.webhooks.clone();
        let subscriptions = services.subscriptions.clone();
        let mut worker = Self::idle();
        worker.repeat("payments", PACE, move || {
            let payments = payments.clone();
            async move { payments.reconcile_due(BATCH).await }
        });
        worker.repeat("webhooks", PACE, move || {
            let webhooks = webhooks.clone();
            async move { webhooks.retry_due(BATCH).await }
        });
        worker.repeat("subscriptions", PACE, move || {
            let subscriptions = subscriptions.clone();
            async move { subscriptions.advance_due(BATCH).await }
        });
        worker.repeat("sweep", SWEEPS, move || {
            let accounts = accounts.clone();
            async move { accounts.sweep(SWEPT).await }
        });
        worker
    }

    fn idle() -> Self {
        Self { stop: CancellationToken::new().drop_guard(), kinds: JoinSet::new() }
    }

    /// Runs rounds that say how much they took. The log knows them by their name.
    fn repeat<R>(
        &mut self,
        name: &'static str,
        pace: Pace,
        mut round: impl FnMut() -> R + Send + 'static,
    ) where
        R: Future<Output = Result<usize, DomainError>> + Send + 'static,
    {
        let stopped = self.stop.token().clone();
        self.kinds.spawn(async move {
            let mut failures = 0_u32;
            while !stopped.is_cancelled() {
                // In a task of its own, because a panic must not end all rounds to come.
                let begun = Instant::now();
                let span = tracing::error_span!("background", round = name);
                let round = tokio::spawn(round().instrument(span));
                let outcome = AbortOnDropHandle::new(round).await;
                let done = outcome.as_ref().ok().and_then(|outcome| outcome.as_ref().ok());
                figures::round_ended(name, begun.elapsed(), done.copied());
                let taken = count(name, outcome, &mut failures);
                let pause = with_jitter(pace.pause(taken, failures));
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stopped.cancelled() => {}
                }
            }
        });
    }

    /// Begins no more rounds and waits for the current ones, for at most `limit`. What they leave is
    /// still written down and gone on with by the next server. Returns whether they came to their
    /// end.
    pub async fn stop(self, limit: Duration) -> bool {
        let Self { stop, mut kinds } = self;
        drop(stop);
        let all = async { while kinds.join_next().await.is_some() {} };
        let ended = tokio::time::timeout(limit, all).await.is_ok();
        if !ended {
            tracing::warn!(?limit, "background work did not end in time");
        }
        ended
    }
}

fn count(
    name: &str,
    outcome: Result<Result<usize, DomainError>, JoinError>,
    failures: &mut u32,
) -> usize {
    let error: Box<dyn std::error::Error> = match outcome {
        Ok(Ok(taken)) => {
            if *failures > 0 {
                tracing::info!(round = name, failures, "background work goes on");
            }
            *failures = 0;
            return taken;
        }
        Ok(Err(error)) => error.into(),
        Err(panic) => panic.into(),
    };
    *failures = failures.saturating_add(1);
    let cause = error.source().map(ToString::to_string);
    tracing::error!(round = name, %error, cause, failures, "background work failed");
    0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::{Notify, mpsc};
    use wiwebb_domain::error::RepositoryError;

    use super::*;

    const HURRIED: Pace = Pace { idle: Duration::ZERO, longest: Duration::ZERO };
    const PATIENCE: Duration = Duration::from_mins(1);

    fn failure() -> DomainError {
        RepositoryError::Backend("the database is away".into()).into()
    }

    /// A worker whose rounds tell their number before they do what `outcome` says.
    fn telling<F>(
        pace: Pace,
        outcome: impl Fn(u32) -> F + Clone + Send + Sync + 'static,
    ) -> (Worker, mpsc::UnboundedReceiver<u32>)
    where
        F: Future<Output = Result<usize, DomainError>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut number = 0;
        let mut worker = Worker::idle();
        worker.repeat("test", pace, move || {
            number += 1;
            let (number, outcome, sender) = (number, outcome.clone(), sender.clone());
            async move {
                sender.send(number).ok();
                outcome(number).await
            }
        });
        (worker, receiver)
    }

    async fn rounds(receiver: &mut mpsc::UnboundedReceiver<u32>, wanted: u32) {
        for number in 1..=wanted {
            let told = tokio::time::timeout(PATIENCE, receiver.recv()).await;
            assert_eq!(told, Ok(Some(number)));
        }
    }

    #[test]
    fn a_full_batch_is_followed_at_once_and_anything_less_after_a_pause() {
        assert_eq!(PACE.pause(BATCH as usize, 0), Duration::ZERO);
        assert_eq!(PACE.pause(BATCH as usize - 1, 0), Duration::from_secs(5));
        assert_eq!(PACE.pause(0, 0), Duration::from_secs(5));
    }

    #[test]
    fn failures_double_the_pause_up_to_five_minutes() {
        let pauses = [1, 2, 3, 6, u32::MAX].map(|failures| PACE.pause(0, failures).as_secs());
        assert_eq!(pauses, [10, 20, 40, 300, 300]);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let pause = Duration::from_secs(5);
        for _ in 0..1_000 {
            let jittered = with_jitter(pause);
            assert!((Duration::from_secs(4)..=Duration::from_secs(6)).contains(&jittered));
        }
        assert_eq!(with_jitter(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn failures_are_counted_in_a_row_and_forgotten_with_a_success() {
        let mut failures = 0;
        for expected in 1..=3 {
            assert_eq!(count("test", Ok(Err(failure())), &mut failures), 0);
            assert_eq!(failures, expected);
        }
        assert_eq!(count("test", Ok(Ok(7)), &mut failures), 7);
        assert_eq!(failures, 0);
    }

    #[tokio::test]
    async fn neither_an_error_nor_a_panic_ends_the_rounds() {
        let (worker, mut told) = telling(HURRIED, async |number| match number {
            1 => Err(failure()),
            2 => panic!("a bug"),
            _ => Ok(0),
        });
        rounds(&mut told, 4).await;
        assert!(worker.stop(PATIENCE).await);
    }

    #[tokio::test]
    async fn a_full_batch_does_not_wait_for_the_pause() {
        let forever = Pace { idle: Duration::from_hours(1), longest: Duration::from_hours(1) };
        let (worker, mut told) =
            telling(forever, async |number| Ok(if number < 3 { BATCH as usize } else { 0 }));
        rounds(&mut told, 3).await;
        assert!(worker.stop(PATIENCE).await, "a pause does not keep the server from its end");
        assert_eq!(told.recv().await, None, "the pause behind the third was not over");
    }

    #[tokio::test]
    async fn stopping_waits_for_the_round_that_is_under_way_and_begins_no_other() {
        let release = Arc::new(Notify::new());
        let held = Arc::clone(&release);
        let (worker, mut told) = telling(HURRIED, move |_| {
            let held = Arc::clone(&held);
            async move {
                held.notified().await;
                Ok(BATCH as usize)
            }
        });
        rounds(&mut told, 1).await;
        let stopping = tokio::spawn(worker.stop(PATIENCE));
        tokio::task::yield_now().await;
        assert!(!stopping.is_finished());
        release.notify_one();
        assert!(stopping.await.unwrap());
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn kinds_of_rounds_go_on_beside_each_other_and_are_all_waited_for() {
        let (mut worker, mut quick) = telling(HURRIED, async |_| Ok(0));
        let release = Arc::new(Notify::new());
        let held = Arc::clone(&release);
        worker.repeat("held", HURRIED, move || {
            let held = Arc::clone(&held);
            async move {
                held.notified().await;
                Ok(0)
            }
        });
        rounds(&mut quick, 5).await;
        let stopping = tokio::spawn(worker.stop(PATIENCE));
        while quick.recv().await.is_some() {}
        assert!(!stopping.is_finished(), "the other kind is still at work");
        release.notify_one();
        assert!(stopping.await.unwrap());
    }

    #[tokio::test]
    async fn dropping_the_worker_ends_its_rounds() {
        let (worker, mut told) = telling(HURRIED, async |_| std::future::pending().await);
        rounds(&mut told, 1).await;
        drop(worker);
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn a_round_without_end_is_given_up() {
        let (worker, mut told) = telling(HURRIED, async |_| std::future::pending().await);
        rounds(&mut told, 1).await;
        assert!(!worker.stop(Duration::ZERO).await);
        assert_eq!(told.recv().await, None, "the round is dropped");
    }
}
