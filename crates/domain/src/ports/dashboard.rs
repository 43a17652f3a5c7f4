//! Figures over everything within a scope.

use async_trait::async_trait;

use super::Stored;
use crate::access::Scope;
use crate::dashboard::{DashboardFigures, Month};

/// Counts and sums.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait DashboardRepository: Send {
    /// The figures of contract §11. A payment counts for the month in which its log first says
    /// `to: confirmed`, with what was captured of it (`metadata.captured_amount`, or its total
    /// where there is none) less what went back (`metadata.refunded_amount`). Both are decimal
    /// strings: one to eight digits and, where there is a point, one or two behind it. Anything
    /// else under these keys counts as nothing being there. Currencies come by code.
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures>;
}
