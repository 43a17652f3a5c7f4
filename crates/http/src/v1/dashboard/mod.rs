//! Figures (contract §11).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wiwebb_domain::dashboard::DashboardFigures;

use super::Answer;
use crate::extract::auth::Caller;
use crate::state::AppState;

/// Tenants, users and revenue of the month.
#[utoipa::path(get, path = "/dashboard/stats/", tag = "dashboard",
    responses((status = 200, body = StatsWire)))]
pub(crate) async fn stats(State(state): State<AppState>, Caller(actor): Caller) -> Answer<Value> {
    let figures = state.services.dashboard.figures(&actor).await?;
    Ok(Json(wire(&figures)))
}

/// The figures of contract §11.
#[derive(ToSchema)]
#[schema(as = Stats)]
#[expect(dead_code, reason = "only described: `wire` writes the fields")]
struct StatsWire {
    #[schema(example = 3)]
    total_tenants: u64,
    #[schema(example = 0)]
    active_hotspots: u64,
    #[schema(example = 120)]
    total_users: u64,
    #[schema(example = 1234.5)]
    monthly_revenue: f64,
    #[schema(example = json!({ "USD": "1234.50" }))]
    revenue_by_currency: BTreeMap<String, String>,
}

fn wire(figures: &DashboardFigures) -> Value {
    let by_currency: BTreeMap<&str, String> = figures
        .revenue
        .iter()
        .map(|(currency, sum)| (currency.code(), format!("{sum:.2}")))
        .collect();
    json!({
        "total_tenants": figures.tenants,
        // Hotspots are not kept here; the contract fixes the figure.
        "active_hotspots": 0,
        "total_users": figures.users,
        // The contract's one exception to money as text (§11).
        "monthly_revenue": figures.leading_revenue().to_f64().unwrap_or_default(),
        "revenue_by_currency": by_currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiwebb_domain::money::Currency;

    #[test]
    fn revenue_is_a_number_in_the_leading_currency_and_text_by_currency() {
        let figures = DashboardFigures {
            tenants: 2,
            users: 3,
            revenue: vec![
                (Currency::new("EUR").unwrap(), "20.5".parse().unwrap()),
                (Currency::USD, "19.99".parse().unwrap()),
            ],
        };
        let expected = json!({
            "total_tenants": 2,
            "active_hotspots": 0,
            "total_users": 3,
            "monthly_revenue": 20.5,
            "revenue_by_currency": { "EUR": "20.50", "USD": "19.99" },
        });
        assert_eq!(wire(&figures), expected);
        assert!(wire(&figures).to_string().contains(r#""monthly_revenue":20.5,"#));
    }
}
