//! Choices that look random and are the same every time.

/// A row of choices of its own for every topic and number.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// The choices about the `index`-th thing of a kind.
    pub(super) fn of(topic: u64, index: u64) -> Self {
        let mut dice = Self(topic << 48 ^ index);
        dice.next();
        dice
    }

    /// The generator `SplitMix64`: every state follows from the one before, and neighbours share nothing.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not zero.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // The remainder is smaller than a `u32`.
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// One of several things.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, things: [T; N]) -> T {
        let place = self.next() % (N as u64);
        things[usize::try_from(place).unwrap_or_default()]
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Sixteen bytes.
    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (self.next(), self.next());
        (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_topic_and_number_bring_the_same_choices_and_others_bring_others() {
        assert_eq!(Dice::of(1, 2).bytes(), Dice::of(1, 2).bytes());
        assert_ne!(Dice::of(1, 2).bytes(), Dice::of(2, 1).bytes());
        assert_ne!(Dice::of(1, 2).bytes(), Dice::of(1, 3).bytes());
    }

    #[test]
    fn a_chance_is_about_as_likely_as_it_says() {
        let hits = (0..10_000).filter(|n| Dice::of(9, *n).chance(30)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }
}
