//! Figures over everything the actor may see (contract §11).

use super::{Ports, Settings};
use crate::access::{self, Action, Actor};
use crate::dashboard::{
    DAYS_SHOWN, DailyUsage, DashboardFigures, MONTHS_SHOWN, Month, MonthlyRevenue, MonthlyUsers,
    Overview, complete, last_days,
};
use crate::error::Error;
use crate::usage::day_of;

/// Use cases on figures.
#[derive(Clone)]
pub struct Dashboard {
    ports: Ports,
    settings: Settings,
}

impl Dashboard {
    /// Over these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings }
    }

    /// The figures of the current month in UTC.
    pub async fn figures(&self, actor: &Actor) -> Result<DashboardFigures, Error> {
        let scope = access::scope(actor, Action::ViewDashboard)?;
        let month = Month::of(self.ports.clock.now());
        let mut read = self.ports.store.read_since("dashboard.figures", actor.written).await?;
        Ok(read.dashboard().figures(scope, month).await?)
    }

    /// How things have gone of late. Months are those of UTC, as for the figures; days those of the
    /// zone in which a day of usage begins and ends.
    pub async fn overview(&self, actor: &Actor) -> Result<Overview, Error> {
        let scope = access::scope(actor, Action::ViewDashboard)?;
        let now = self.ports.clock.now();
        let (month, day) = (Month::of(now), day_of(now, self.settings.time_zone));
        let (months, days) = (Month::last(MONTHS_SHOWN, now), last_days(DAYS_SHOWN, day));
        let from = months.first().map_or(month.start, |first| first.start);
        let first_day = days.first().copied().unwrap_or(day);
        let mut read = self.ports.store.read_since("dashboard.overview", actor.written).await?;
        let figures = read.dashboard();
        let revenue = figures.revenue_by_month(scope, from, month.end).await?;
        let new_users = figures.new_users_by_month(scope, from, month.end).await?;
        let subscriptions = figures.subscribers_by_plan(scope, now, self.settings.grace).await?;
        let usage = figures.usage_by_day(scope, first_day, day).await?;
        Ok(Overview {
            revenue: complete(&months, revenue, |row| row.month, MonthlyRevenue::none),
            new_users: complete(&months, new_users, |row| row.month, MonthlyUsers::none),
            subscriptions,
            usage: complete(&days, usage, |row| row.day, DailyUsage::none),
        })
    }
}
