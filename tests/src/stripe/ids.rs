//! Ids that look as Stripe's do.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Letters at the end of an id that carry the counter, which makes it unique.
const COUNTED: usize = 6;

/// Mints ids: the same for the same seed and order.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    minted: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, minted: 0 }
    }

    /// `pi_` and the like, with 24 letters and digits behind.
    pub(crate) fn mint(&mut self, prefix: &str) -> String {
        self.long(prefix, 24)
    }

    /// As [`Self::mint`], of another length behind the prefix.
    pub(crate) fn long(&mut self, prefix: &str, length: usize) -> String {
        self.minted += 1;
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        let mut state = self.seed ^ self.minted.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for _ in COUNTED..length {
            state = scrambled(state);
            id.push(letter(state));
        }
        let mut rest = self.minted;
        let counted = (0..COUNTED).map(|_| {
            let place = rest;
            rest /= 62;
            letter(place)
        });
        let counted: Vec<char> = counted.collect();
        id.extend(counted.into_iter().rev());
        id
    }
}

fn letter(number: u64) -> char {
    char::from(ALPHABET[usize::try_from(number % 62).unwrap()])
}

/// `SplitMix64`, which is good enough to look random. Also what shuffles deliveries.
pub(crate) fn scrambled(state: u64) -> u64 {
    let mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
