//! From nothing to a little more than the greatest value, in steps that people count in.

use rust_decimal::Decimal;

use super::Measure;

/// An axis has about this many steps.
const STEPS: u32 = 4;

/// Far above whatever is measured, and far below what a decimal holds.
const CEILING: Decimal = Decimal::from_parts(0, 0, 0x100, false, 0);

/// From values to shares of the room of a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    step: Decimal,
    top: Decimal,
}

impl Scale {
    /// For values up to the greatest.
    pub(super) fn of(measure: Measure, greatest: Decimal) -> Self {
        let greatest = greatest.clamp(Decimal::ZERO, CEILING);
        let (unit, finest) = match measure {
            Measure::Count | Measure::Data => (Decimal::ONE, Decimal::ONE),
            Measure::Money(_) => (Decimal::ONE, Decimal::new(1, 2)),
            Measure::Time => (unit_of_time(greatest), Decimal::ONE),
        };
        let step = round_up(greatest / unit / Decimal::from(STEPS), finest) * unit;
        let steps = (greatest / step).ceil().max(Decimal::ONE);
        Self { step, top: step * steps }
    }

    /// The greatest value takes all the room.
    pub(super) fn exactly(greatest: Decimal) -> Self {
        let top = if greatest > Decimal::ZERO { greatest.min(CEILING) } else { Decimal::ONE };
        Self { step: top, top }
    }

    /// Where a value is, from 0 to 1.
    pub(super) fn share(self, value: Decimal) -> Decimal {
        value.clamp(Decimal::ZERO, self.top) / self.top
    }

    /// The values at which the axis is marked, from zero to the top.
    pub(super) fn ticks(self) -> impl Iterator<Item = Decimal> {
        let next = move |last: &Decimal| Some(last + self.step).filter(|next| *next <= self.top);
        std::iter::successors(Some(Decimal::ZERO), next)
    }
}

/// Seconds of the unit in which a length of time is counted.
fn unit_of_time(greatest: Decimal) -> Decimal {
    let hour = Decimal::from(3600);
    let minute = Decimal::from(60);
    if greatest >= Decimal::TWO * hour {
        hour
    } else if greatest >= Decimal::TWO * minute {
        minute
    } else {
        Decimal::ONE
    }
}

/// The least of 1, 2, 5, 10, 20, ... times the finest step that is no less than a value.
fn round_up(value: Decimal, finest: Decimal) -> Decimal {
    let mut power = finest;
    while power * Decimal::TEN < value {
        power *= Decimal::TEN;
    }
    let nice = [1, 2, 5, 10].map(|factor| power * Decimal::from(factor));
    nice.into_iter().find(|nice| *nice >= value).unwrap_or(nice[3])
}
