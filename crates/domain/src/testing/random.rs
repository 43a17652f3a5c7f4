//! Bytes that look random and are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::random::Random;

/// The stream of the `SplitMix64` generator from a seed. Fit for tests alone: it is predictable.
#[derive(Debug, Default)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// Equal seeds give equal bytes.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        let state = self.0.fetch_add(Self::STEP, Ordering::Relaxed);
        let mut z = state.wrapping_add(Self::STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_stream_of_splitmix64() {
        let random = SeededRandom::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn buffers_of_any_length_are_filled_and_differ() {
        let random = SeededRandom::new(7);
        let (mut first, mut second) = ([0; 21], [0; 21]);
        random.fill(&mut first);
        random.fill(&mut second);
        assert_ne!(first, second);
        let mut again = [0; 21];
        SeededRandom::new(7).fill(&mut again);
        assert_eq!(first, again);
    }
}
