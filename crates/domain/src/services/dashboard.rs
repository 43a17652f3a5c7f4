//! Figures over everything the actor may see (contract §11).

use super::Ports;
use crate::access::{self, Action, Actor};
use crate::dashboard::{DashboardFigures, Month};
use crate::error::Error;

/// Use cases on figures.
#[derive(Clone)]
pub struct Dashboard {
    ports: Ports,
}

impl Dashboard {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The figures of the current month in UTC.
    pub async fn figures(&self, actor: &Actor) -> Result<DashboardFigures, Error> {
        let scope = access::scope(actor, Action::ViewDashboard)?;
        let month = Month::of(self.ports.clock.now());
        let mut read = self.ports.store.read_since("dashboard.figures", actor.written).await?;
        Ok(read.dashboard().figures(scope, month).await?)
    }
}
