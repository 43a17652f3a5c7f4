//! Time, and what it does by itself.

use std::time::Instant;

use super::checkout;
use super::intents;
use super::invoices;
use super::state::State;
use super::subscriptions::{NOTICE, PATIENCE, Status, Subscription};

/// Something that happens when its time comes.
#[derive(Debug)]
enum Due {
    AnnounceTrialEnd(String),
    EndPeriod(String),
    CancelAt(String),
    ExpireIncomplete(String),
    ExpireUpdate(String),
    AdvanceDraft(String),
    Retry(String),
    ExpireAuthorisation(String),
    ExpireSession(String),
}

impl State {
    /// Lets time pass until then, with all that happens on the way in its order.
    pub(crate) fn advance_to(&mut self, until: i64) {
        assert!(until >= self.now, "time does not go back");
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.happen(due);
        }
        self.now = until;
        self.set = Instant::now();
        self.keys.prune(until);
    }

    fn next_due(&self) -> Option<(i64, Due)> {
        let subscriptions = self.subscriptions.iter().flat_map(of_subscription);
        let invoices = self.invoices.iter().filter_map(|invoice| {
            let id = || invoice.id.clone();
            match invoice.stage {
                invoices::Stage::Draft => {
                    invoice.finalize_at.map(|at| (at, Due::AdvanceDraft(id())))
                }
                invoices::Stage::Open => invoice.next_attempt.map(|at| (at, Due::Retry(id()))),
                _ => None,
            }
        });
        let held = |intent: &&intents::Intent| intent.stage == intents::Stage::RequiresCapture;
        let intents = self.intents.iter().filter(held).map(|intent| {
            let charge = intent.latest_charge.as_deref().expect("an authorised charge");
            (self.charges.at(charge).held_until, Due::ExpireAuthorisation(intent.id.clone()))
        });
        let open = |session: &&checkout::Session| session.stage == checkout::Stage::Open;
        let sessions = self.sessions.iter().filter(open);
        let sessions =
            sessions.map(|session| (session.expires, Due::ExpireSession(session.id.clone())));
        let all = subscriptions.chain(invoices).chain(intents).chain(sessions);
        all.min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::AnnounceTrialEnd(id) => self.announce_trial_end(&id),
            Due::EndPeriod(id) => self.end_period(&id),
            Due::CancelAt(id) => self.end(&id, None),
            Due::ExpireIncomplete(id) => self.expire_incomplete(&id),
            Due::ExpireUpdate(id) => self.expire_update(&id),
            Due::AdvanceDraft(id) => self.advance_draft(&id),
            Due::Retry(id) => {
                self.invoices.at_mut(&id).next_attempt = None;
                // What a decline does is done by what hears of it.
                let _ = self.collect(&id);
            }
            Due::ExpireAuthorisation(id) => self.expire_authorisation(&id),
            Due::ExpireSession(id) => self.expire_session_now(&id),
        }
    }
}

fn of_subscription(of: &Subscription) -> impl Iterator<Item = (i64, Due)> {
    let id = || of.id.clone();
    let trial = of.trial_end.filter(|_| of.status == Status::Trialing && !of.warned);
    let warning = trial.map(|end| (end - NOTICE, Due::AnnounceTrialEnd(id())));
    let expiry = (of.status == Status::Incomplete)
        .then(|| (of.created + PATIENCE, Due::ExpireIncomplete(id())));
    let update = of.pending.as_ref().map(|wait| (wait.expires, Due::ExpireUpdate(id())));
    let at = of.cancel_at.filter(|_| !of.cancel_at_period_end && !of.status.over());
    let cancel = at.map(|at| (at, Due::CancelAt(id())));
    let period = of.status.renews().then(|| (of.item.end, Due::EndPeriod(id())));
    [warning, expiry, update, cancel, period].into_iter().flatten()
}
