//! Eight stretches of one series side by side: what a kernel does to one bar, it does to eight far apart.

/// How many lanes there are. Eight doubles are one register of AVX-512, two of AVX2 and four of the least; fewer lanes
/// measure slower on all of them, since the chains of dependent sums then leave the units idle.
pub const LANES: usize = 8;

/// A value a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// Zero in every lane.
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// A shift register of 64 bits a lane: after 64 pushes, bit k of a lane is the k-th push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Bits(pub [u64; LANES]);

impl Bits {
    /// No bit set.
    pub const ZERO: Self = Self([0; LANES]);
}

/// A series cut into [`LANES`] blocks of equal length, one a lane, each with what came before it.
///
/// Step `reach + t` of lane `l` is bar `l * block + t`. What would lie outside the series holds the lane's centre.
#[derive(Debug)]
pub struct Blocks {
    /// The bars, `reach + block` steps.
    pub steps: Vec<Lanes>,
    /// How many steps come before a block's own first bar.
    pub reach: usize,
    /// Bars a block, a multiple of 64, so that a word of bits belongs to one lane.
    pub block: usize,
}

impl Blocks {
    /// Returns `x` in blocks, each with `reach` bars before it; `centred` takes a centre off every lane's values.
    pub fn new(x: &[f64], reach: usize, centred: bool) -> Self {
        let block = x.len().div_ceil(LANES).next_multiple_of(64);
        let mut steps = vec![Lanes::ZERO; reach + block];
        for lane in 0..LANES {
            // Of bars begin..end of the series, the first is step `begin + reach - lane * block`.
            let begin = (lane * block).saturating_sub(reach);
            let own = x.get(begin..((lane + 1) * block).min(x.len())).unwrap_or_default();
            let mut centre = 0.0;
            if centred && !own.is_empty() {
                let low = own.iter().copied().fold(f64::INFINITY, f64::min);
                let high = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                centre = low / 2.0 + high / 2.0;
            }
            let first = begin + reach - lane * block;
            for (step, bar) in steps[first..].iter_mut().zip(own) {
                step.0[lane] = bar - centre;
            }
        }
        Self { steps, reach, block }
    }

    /// Returns how many words of 64 bars a block has.
    pub fn words(&self) -> usize {
        self.block / 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_where_it_should_be_with_what_came_before_it() {
        for (n, reach) in [(0, 5), (1, 0), (700, 3), (1024, 130), (5000, 2000)] {
            let x: Vec<f64> = (0..n).map(|i| i as f64 + 1.0).collect();
            let blocks = Blocks::new(&x, reach, false);
            assert_eq!(blocks.steps.len(), reach + blocks.block);
            for (step, values) in blocks.steps.iter().enumerate() {
                for (lane, &value) in values.0.iter().enumerate() {
                    let bar = (lane * blocks.block + step).checked_sub(reach).and_then(|bar| x.get(bar));
                    assert_eq!(value, bar.copied().unwrap_or(0.0), "n {n}, reach {reach}, step {step}, lane {lane}");
                }
            }
        }
    }

    #[test]
    fn a_centre_is_taken_off_every_lane() {
        let x: Vec<f64> = (0..640).map(|i| 100.0 + f64::from(i)).collect();
        let blocks = Blocks::new(&x, 10, true);
        for (lane, first) in x.iter().step_by(128).enumerate() {
            let centre = first - blocks.steps[10].0[lane];
            let last = (lane * 128 + 127).min(x.len() - 1);
            assert_eq!(blocks.steps[10 + last - lane * 128].0[lane] + centre, x[last]);
            assert!(blocks.steps.iter().all(|step| step.0[lane].abs() <= 69.0));
        }
    }
}
