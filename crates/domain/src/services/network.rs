//! Access to the network, and what of a day's limits is left (contract §8.4, §16).

use chrono::{DateTime, SecondsFormat, Utc};

use super::accounts::Attempts;
use super::{Ports, Settings};
use crate::access::{self, Action, Actor, Denial, Scope};
use crate::error::{Error, Input};
use crate::ids::UserId;
use crate::lockout::AccountDigest;
use crate::password::{Password, PasswordHash};
use crate::ports::password::Verdict;
use crate::ports::usage::{Standing, Subscriber};
use crate::relations::EntityKind;
use crate::service_key::Equipment;
use crate::subscription::{self, Subscription};
use crate::usage::{
    AccountingStatus, Allowance, Exhausted, Limits, NetworkName, SessionKey, Usage, by_day, day_of,
};

const WRONG: &str = "Wrong username or password.";
const LOCKED: &str = "Too many failed attempts; try again later.";

/// Somebody who wants to get onto the network.
#[derive(Debug, Clone)]
pub struct AccessRequest {
    /// Who.
    pub username: String,
    /// The password, where the equipment asks for one.
    pub password: Option<Password>,
}

/// The answer to somebody who wants to get onto the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// Come in.
    Accept {
        /// For how many seconds; `None` is unlimited.
        session_timeout: Option<u64>,
        /// For how many bytes; `None` is unlimited.
        octets: Option<u64>,
    },
    /// Stay out, and why.
    Reject(String),
}

/// What equipment reports (contract §16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounting {
    /// Of a session.
    Session {
        /// What happened.
        status: AccountingStatus,
        /// Whose.
        username: String,
        /// On which equipment.
        nas: Option<NetworkName>,
        /// The equipment's name for it.
        session: NetworkName,
        /// Used since it began.
        totals: Usage,
    },
    /// Of itself: it begins or ends its work, and holds no session.
    Equipment {
        /// Which.
        nas: Option<NetworkName>,
    },
}

/// Use cases on the network.
#[derive(Clone)]
pub struct Network {
    ports: Ports,
    settings: Settings,
}

impl Network {
    /// Over these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings }
    }

    /// One's own limits.
    pub async fn own_limits(&self, actor: &Actor) -> Result<Limits, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        self.limits_within(Scope::Oneself(actor.user), actor.user).await
    }

    /// The limits of a user the actor may see.
    pub async fn limits_of_user(&self, actor: &Actor, id: UserId) -> Result<Limits, Error> {
        self.limits_within(access::scope(actor, Action::ReadUser)?, id).await
    }

    async fn limits_within(&self, scope: Scope, id: UserId) -> Result<Limits, Error> {
        let now = self.ports.clock.now();
        if let Some(standing) = self.standing(scope, Subscriber::Id(id), now).await? {
            return self.limits(&standing, now).ok_or(Error::NoSubscription);
        }
        let mut read = self.ports.store.read("network.find_user").await?;
        read.users().find(scope, id).await?.or_refuse(EntityKind::User)?;
        // The user came to be within reach between the two statements.
        Err(Error::NotFound(EntityKind::User))
    }

    /// The limits of a user that the equipment reaches.
    pub async fn limits_of(&self, equipment: &Equipment, username: &str) -> Result<Limits, Error> {
        let now = self.ports.clock.now();
        let who = Subscriber::Username(username.to_owned());
        match self.standing(reach(equipment), who, now).await? {
            Some(standing) => self.limits(&standing, now).ok_or(Error::NoSubscription),
            None => Err(self.out_of_reach(username).await?),
        }
    }

    /// Why a user cannot be seen (contract §1.5).
    async fn out_of_reach(&self, username: &str) -> Result<Error, Error> {
        let mut read = self.ports.store.read("network.find_user").await?;
        Ok(match read.usage().find_user(Scope::Everything, username).await? {
            Some(_) => Denial::OutOfReach.into(),
            None => Error::NotFound(EntityKind::User),
        })
    }

    /// Whether somebody gets onto the network, and how far. The rows are read in one statement; a
    /// password costs those of the lock besides.
    pub async fn authorize(
        &self,
        equipment: &Equipment,
        input: Input<AccessRequest>,
    ) -> Result<Authorization, Error> {
        let AccessRequest { username, password } = input?;
        let now = self.ports.clock.now();
        let who = Subscriber::Username(username.clone());
        let standing = self.standing(reach(equipment), who, now).await?;
        if let Some(password) = password {
            let account = match &standing {
                Some(_) => AccountDigest::exactly(&username),
                None => AccountDigest::of_nobody(&username),
            };
            let hash = standing.as_ref().map(|standing| standing.password.clone());
            if let Some(refused) = self.refuse_guess(account, password, hash).await? {
                return Ok(refused);
            }
        }
        let Some(standing) = standing else {
            return Ok(reject(WRONG));
        };
        if !standing.is_active {
            return Ok(reject("This account is not active."));
        }
        let Some(limits) = self.limits(&standing, now) else {
            return Ok(reject("There is no plan for this account."));
        };
        Ok(match limits.exhausted() {
            Some(exhausted) => reject(&exhaustion(exhausted, &limits)),
            None => Authorization::Accept {
                session_timeout: limits.session_timeout(now),
                octets: limits.octets_left(),
            },
        })
    }

    /// The refusal of a wrong password and of an account that is locked; `None` for the right one.
    async fn refuse_guess(
        &self,
        account: AccountDigest,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Option<Authorization>, Error> {
        let attempts = Attempts::new(&self.ports, &self.settings);
        match attempts.verify("network.authorize", account, password, hash).await {
            Ok(Verdict::Differs) => Ok(Some(reject(WRONG))),
            Ok(Verdict::Matches | Verdict::MatchesOutdated) => Ok(None),
            Err(Error::LockedOut { .. }) => Ok(Some(reject(LOCKED))),
            Err(other) => Err(other),
        }
    }

    /// Counts what equipment reports. Reports are totals: one that comes twice or late adds nothing.
    pub async fn account(
        &self,
        equipment: &Equipment,
        input: Input<Accounting>,
    ) -> Result<(), Error> {
        let scope = reach(equipment);
        let now = self.ports.clock.now();
        match input? {
            Accounting::Equipment { nas } => {
                let mut read = self.ports.store.read("network.end_sessions").await?;
                read.usage().end_sessions(scope, nas, now).await?;
                Ok(())
            }
            Accounting::Session { status, username, nas, session, totals } => {
                let mut work = self.ports.store.begin("network.account").await?;
                let Some(user_id) = work.usage().find_user(scope, &username).await? else {
                    return Ok(());
                };
                let key = SessionKey { user_id, nas, session };
                let mut session = work.usage().open_session(key, now).await?;
                let added = session.report(status, totals, now);
                work.usage().update_session(&session).await?;
                for (day, used) in by_day(added, now, self.settings.time_zone) {
                    work.usage().add(user_id, day, used).await?;
                }
                Ok(work.commit().await?)
            }
        }
    }

    async fn standing(
        &self,
        scope: Scope,
        who: Subscriber,
        now: DateTime<Utc>,
    ) -> Result<Option<Standing>, Error> {
        let mut read = self.ports.store.read("network.standing").await?;
        let day = day_of(now, self.settings.time_zone);
        Ok(read.usage().standing(scope, who, day, now).await?)
    }

    /// The limits of whatever plan holds now; `None` without any.
    fn limits(&self, standing: &Standing, now: DateTime<Utc>) -> Option<Limits> {
        let all: Vec<Subscription> =
            standing.subscriptions.iter().map(|(subscription, _)| subscription.clone()).collect();
        let effective = subscription::effective(&all, now, self.settings.grace);
        let plan = effective
            .and_then(|found| {
                let of_id = |(own, _): &&(Subscription, _)| own.id == found.id;
                standing.subscriptions.iter().find(of_id).map(|(_, plan)| plan)
            })
            .or(standing.default_plan.as_ref())?;
        Some(Limits::new(Allowance::from(plan), standing.used, now, self.settings.time_zone))
    }
}

/// Whose users a key reaches.
const fn reach(equipment: &Equipment) -> Scope {
    match equipment.tenant {
        Some(tenant) => Scope::Tenant(tenant),
        None => Scope::Everything,
    }
}

fn reject(message: &str) -> Authorization {
    Authorization::Reject(message.to_owned())
}

fn exhaustion(exhausted: Exhausted, limits: &Limits) -> String {
    let what = match exhausted {
        Exhausted::Time => "time",
        Exhausted::Data => "data",
    };
    let reset = limits.reset_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("The daily {what} limit is used up. It is reset at {reset}.")
}
