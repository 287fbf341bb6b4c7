//! Ten million inputs against each parser.
//!
//! Ignored in a usual run, for it takes a while: `make fuzz`. Inputs are made of a counter, so that a failure names the
//! number that gives it back.

mod feed;
mod frames;

/// How many each parser gets.
const INPUTS: u64 = 10_000_000;

/// Numbers, the same ones for the same seed: SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    /// Returns a number below `below`, which is above 0.
    fn next(&mut self, below: u64) -> u64 {
        let mut z = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = z ^ (z >> 31);
        self.0 % below
    }
}
