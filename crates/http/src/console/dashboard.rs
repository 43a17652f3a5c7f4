//! The first page of the console: how things are, and how they have gone of late.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;
use wiwebb_domain::dashboard::{
    DailyUsage, DashboardFigures, MonthlyRevenue, MonthlyUsers, Overview, PlanSubscribers,
};
use wiwebb_domain::money::Currency;

use super::BASE;
use crate::site::chart::{Chart, Measure, Point, Subject};
use crate::site::page::{Shell, show as show_page};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format};
use crate::state::AppState;

/// Currencies with a chart of their own: the page stays light enough for a phone.
const CURRENCIES: usize = 3;

/// Plans with a bar of their own.
const PLANS: usize = 6;

/// A number with what it is of.
struct Stat {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "console/dashboard.html")]
struct DashboardPage {
    shell: Shell,
    /// The day of usage that it is.
    day: String,
    today: Vec<Stat>,
    totals: Vec<Stat>,
    /// The month that it is.
    month: String,
    revenue: Vec<String>,
    charts: Vec<Chart>,
    /// What came in over all months in currencies that have no chart.
    other_currencies: Vec<Stat>,
}

pub(super) fn routes() -> Routes {
    vec![(BASE, get(show))]
}

/// `GET /admin/`
async fn show(State(state): State<AppState>, visit: Visit) -> Shown {
    let dashboard = &state.services.dashboard;
    let figures = dashboard.figures(visit.actor()).await?;
    let overview = dashboard.overview(visit.actor()).await?;
    show_page(&page(visit.shell("Dashboard").live(), &figures, &overview))
}

fn page(shell: Shell, figures: &DashboardFigures, overview: &Overview) -> DashboardPage {
    let months = &overview.revenue;
    let currencies = currencies(months);
    let (plotted, others) = currencies.split_at(currencies.len().min(CURRENCIES));
    let mut charts: Vec<Chart> =
        plotted.iter().map(|(currency, _)| revenue_chart(months, *currency)).collect();
    if charts.is_empty() {
        charts.push(revenue_chart(months, Currency::USD));
    }
    charts.push(user_chart(overview));
    charts.push(plan_chart(&overview.subscriptions));
    charts.extend(usage_charts(&overview.usage));
    let sum = |(currency, sum): &(Currency, Decimal)| format::money(*sum, *currency);
    DashboardPage {
        shell,
        day: overview.usage.last().map(|usage| format::day(usage.day)).unwrap_or_default(),
        today: overview.usage.last().map(today).unwrap_or_default(),
        totals: totals(figures, &overview.subscriptions),
        month: months.last().map(|row| format::month(first_day(row))).unwrap_or_default(),
        revenue: figures.revenue.iter().map(sum).collect(),
        charts,
        other_currencies: others
            .iter()
            .map(|total| Stat { label: total.0.code(), value: sum(total) })
            .collect(),
    }
}

fn today(usage: &DailyUsage) -> Vec<Stat> {
    vec![
        Stat { label: "Active users", value: format::count(usage.users) },
        Stat { label: "Time", value: format::duration(usage.seconds) },
        Stat { label: "Data", value: format::bytes(usage.octets) },
    ]
}

fn totals(figures: &DashboardFigures, plans: &[PlanSubscribers]) -> Vec<Stat> {
    let subscriptions = plans.iter().map(|plan| plan.count).sum();
    vec![
        Stat { label: "Users", value: format::count(figures.users) },
        Stat { label: "Tenants", value: format::count(figures.tenants) },
        Stat { label: "Active subscriptions", value: format::count(subscriptions) },
    ]
}

/// What came in over all months by currency, the greatest sum first.
fn currencies(months: &[MonthlyRevenue]) -> Vec<(Currency, Decimal)> {
    let mut totals = BTreeMap::<Currency, Decimal>::new();
    for (currency, sum) in months.iter().flat_map(|month| &month.by_currency) {
        *totals.entry(*currency).or_default() += *sum;
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    totals
}

fn revenue_chart(months: &[MonthlyRevenue], currency: Currency) -> Chart {
    let sum = |month: &MonthlyRevenue| {
        let mut sums = month.by_currency.iter();
        sums.find(|(found, _)| *found == currency).map(|(_, sum)| *sum).unwrap_or_default()
    };
    let subject = Subject {
        id: format!("revenue-{currency}"),
        title: format!("Revenue in {currency}"),
        each: "Month",
        measure: Measure::Money(currency),
        empty: "Nothing came in yet.",
    };
    let points = months.iter().map(|month| (first_day(month), sum(month)));
    Chart::columns(subject, &by_month(points))
}

fn user_chart(overview: &Overview) -> Chart {
    let subject = Subject {
        id: "new-users".to_owned(),
        title: "New users".to_owned(),
        each: "Month",
        measure: Measure::Count,
        empty: "Nobody joined yet.",
    };
    let count = |row: &MonthlyUsers| (row.month.start.date_naive(), Decimal::from(row.count));
    Chart::columns(subject, &by_month(overview.new_users.iter().map(count)))
}

fn plan_chart(plans: &[PlanSubscribers]) -> Chart {
    let subject = Subject {
        id: "subscriptions".to_owned(),
        title: "Active subscriptions by plan".to_owned(),
        each: "Plan",
        measure: Measure::Count,
        empty: "Nobody has a subscription yet.",
    };
    let (named, others) = plans.split_at(plans.len().min(PLANS));
    let mut points: Vec<Point> =
        named.iter().map(|plan| Point::named(plan.plan.to_string(), plan.count)).collect();
    if !others.is_empty() {
        let rest: u64 = others.iter().map(|plan| plan.count).sum();
        points.push(Point::named("Other plans".to_owned(), rest));
    }
    Chart::rows(subject, &points)
}

fn usage_charts(days: &[DailyUsage]) -> [Chart; 3] {
    let chart = |id: &str, title: &str, measure, value: fn(&DailyUsage) -> u64| {
        let subject = Subject {
            id: id.to_owned(),
            title: title.to_owned(),
            each: "Day",
            measure,
            empty: "The network was not used.",
        };
        let points = days.iter().map(|usage| (usage.day, Decimal::from(value(usage))));
        Chart::columns(subject, &by_day(points))
    };
    [
        chart("daily-users", "Active users by day", Measure::Count, |usage| usage.users),
        chart("daily-time", "Time online by day", Measure::Time, |usage| usage.seconds),
        chart("daily-data", "Data by day", Measure::Data, |usage| usage.octets),
    ]
}

fn first_day(row: &MonthlyRevenue) -> NaiveDate {
    row.month.start.date_naive()
}

fn by_month(months: impl Iterator<Item = (NaiveDate, Decimal)>) -> Vec<Point> {
    points(months, format::month, "%b", |day| day.year().to_string())
}

fn by_day(days: impl Iterator<Item = (NaiveDate, Decimal)>) -> Vec<Point> {
    points(days, format::day, "%-d", |day| day.format("%b").to_string())
}

/// Points of time. An era is told where it begins, and at the first point unless the next one begins
/// at once.
fn points(
    values: impl Iterator<Item = (NaiveDate, Decimal)>,
    name: fn(NaiveDate) -> String,
    label: &str,
    era: fn(NaiveDate) -> String,
) -> Vec<Point> {
    let values: Vec<_> = values.collect();
    let era_at = |index: usize| values.get(index).map(|(day, _)| era(*day));
    let told = |index: usize| match index.checked_sub(1) {
        Some(before) => era_at(before) != era_at(index),
        None => era_at(1).is_none_or(|next| Some(next) == era_at(0)),
    };
    let point = |(index, (day, value)): (usize, &(NaiveDate, Decimal))| Point {
        name: name(*day),
        label: day.format(label).to_string(),
        era: if told(index) { era(*day) } else { String::new() },
        value: *value,
    };
    values.iter().enumerate().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(points: &[Point]) -> Vec<(&str, &str)> {
        points.iter().map(|point| (point.label.as_str(), point.era.as_str())).collect()
    }

    fn days(texts: &[&str]) -> Vec<(NaiveDate, Decimal)> {
        texts.iter().map(|text| (text.parse().unwrap(), Decimal::ONE)).collect()
    }

    #[test]
    fn years_and_months_are_told_where_they_begin() {
        let months = by_month(days(&["2025-11-01", "2025-12-01", "2026-01-01"]).into_iter());
        assert_eq!(labels(&months), [("Nov", "2025"), ("Dec", ""), ("Jan", "2026")]);
        assert_eq!(months[0].name, "November 2025");
        let days = by_day(days(&["2026-11-30", "2026-12-01", "2026-12-02"]).into_iter());
        assert_eq!(labels(&days), [("30", ""), ("1", "Dec"), ("2", "")]);
        assert_eq!(days[0].name, "30 November 2026");
    }

    #[test]
    fn currencies_with_the_greatest_sums_come_first() {
        let eur = Currency::new("EUR").unwrap();
        let month = |sums: &[(Currency, i64)]| MonthlyRevenue {
            month: wiwebb_domain::dashboard::Month::of("2026-11-26T00:00:00Z".parse().unwrap()),
            by_currency: sums.iter().map(|(code, sum)| (*code, Decimal::from(*sum))).collect(),
        };
        let months = [month(&[(eur, 3), (Currency::USD, 4)]), month(&[(eur, 2)])];
        let expected = [(eur, Decimal::from(5)), (Currency::USD, Decimal::from(4))];
        assert_eq!(currencies(&months), expected);
    }
}
