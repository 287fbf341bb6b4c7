//! Running sums of every window, about an anchor, and what keeps them from drifting.
//!
//! Sums are of d = p - anchor, not of p, so that little cancels where their differences are taken: with prices within a
//! factor of two of the anchor d is exact (Sterbenz, 1974). Each window is summed afresh at least every 1,024 ticks, in
//! turn, with the newest price as the new anchor.
//!
//! **Bound.** Let u = 2^-53, and `peak` the largest sum of squares s2 = sum d² since the window was summed afresh. An
//! update adds d² and takes e² away, each at most `peak`, and rounds four times: at most 4 u peak a tick, 4,096 u peak in
//! 1,024 ticks. By |s1| <= sqrt(w s2), that of s1 = sum d is at most 3,072 u sqrt(w peak), and of s1² / w twice 3,072 u
//! peak. So the sum of squares about the mean, c = s2 - s1² / w, is off by less than 10,300 u peak = 1.2e-12 peak. Where c
//! falls below peak / 1,024 the window is summed afresh at once; what is left is 1.2e-9 of c, half of that of the deviation.
//! A window summed afresh has c >= s2 / w at least, for the newest price is the anchor and one of the window's.
//! Correlation, of two such sums and the one of products, is within four times as much.

use super::history::History;
use super::{N, Row, WINDOWS};

/// Ticks after which every window has been summed afresh.
const AFRESH: u64 = 1024;
/// Ticks between one window's turn and the next one's.
const TURN: u64 = AFRESH / N as u64;
/// A sum of squares about the mean below so much of what went through the sum is computed afresh.
const WORN: f64 = 1.0 / 1024.0;

/// Sums a window: d = price - anchor, f = volume - its anchor.
#[derive(Debug)]
pub struct Sums {
    price_anchor: Row,
    volume_anchor: Row,
    d: Row,
    dd: Row,
    /// 1 d_1 + 2 d_2 + … + w d_w, oldest first.
    kd: Row,
    /// Of (1 - a)^(w - k) d_k.
    decayed: Row,
    f: Row,
    ff: Row,
    df: Row,
    peak_dd: Row,
    peak_ff: Row,
}

const TICKS: Row = {
    let mut ticks = [0.0; N];
    let mut k = 0;
    while k < N {
        ticks[k] = WINDOWS[k] as f64;
        k += 1;
    }
    Row(ticks)
};

/// 1 - a of a window, a = 2 / (w + 1).
const DECAY: Row = {
    let mut decay = [0.0; N];
    let mut k = 0;
    while k < N {
        decay[k] = 1.0 - 2.0 / (TICKS.0[k] + 1.0);
        k += 1;
    }
    Row(decay)
};

/// (1 - a)^w: what a tick that leaves still weighs.
const DECAYED: Row = {
    let mut decayed = [1.0; N];
    let mut k = 0;
    while k < N {
        let mut i = 0;
        while i < WINDOWS[k] {
            decayed[k] *= DECAY.0[k];
            i += 1;
        }
        k += 1;
    }
    Row(decayed)
};

/// What the sums say of a window.
#[derive(Debug)]
pub struct Moments {
    pub mean: Row,
    pub deviation: Row,
    pub weighted: Row,
    pub exponential: Row,
    pub correlation: Row,
    pub turnover: Row,
    pub volume: Row,
}

impl Sums {
    pub fn new() -> Self {
        let zero = Row::ZERO;
        Self {
            price_anchor: zero,
            volume_anchor: zero,
            d: zero,
            dd: zero,
            kd: zero,
            decayed: zero,
            f: zero,
            ff: zero,
            df: zero,
            peak_dd: zero,
            peak_ff: zero,
        }
    }

    /// Takes in the newest tick of `history`, which drives `leaving` out of the windows; the first `full` are kept.
    #[inline(always)]
    pub fn push(&mut self, price: f64, volume: f64, leaving: &(Row, Row), full: usize, history: &History) {
        let mut worn = 0_u32;
        for k in 0..N {
            let (d, e) = (price - self.price_anchor.0[k], leaving.0.0[k] - self.price_anchor.0[k]);
            let (f, g) = (volume - self.volume_anchor.0[k], leaving.1.0[k] - self.volume_anchor.0[k]);
            self.kd.0[k] += TICKS.0[k] * d - self.d.0[k];
            self.d.0[k] += d - e;
            self.dd.0[k] += d * d - e * e;
            self.decayed.0[k] = self.decayed.0[k] * DECAY.0[k] + (d - DECAYED.0[k] * e);
            self.f.0[k] += f - g;
            self.ff.0[k] += f * f - g * g;
            self.df.0[k] += d * f - e * g;
            self.peak_dd.0[k] = larger(self.peak_dd.0[k], self.dd.0[k]);
            self.peak_ff.0[k] = larger(self.peak_ff.0[k], self.ff.0[k]);
        }
        for k in 0..N {
            let of_prices = self.dd.0[k] - self.d.0[k] * self.d.0[k] / TICKS.0[k];
            let of_volumes = self.ff.0[k] - self.f.0[k] * self.f.0[k] / TICKS.0[k];
            let is_worn = of_prices < WORN * self.peak_dd.0[k] || of_volumes < WORN * self.peak_ff.0[k];
            worn |= u32::from(is_worn) << k;
        }
        worn &= ((1_u64 << full) - 1) as u32;
        if history.ticks.is_multiple_of(TURN) {
            let turn = history.ticks % AFRESH / TURN;
            worn |= u32::from(turn < full as u64) << turn;
        }
        while worn != 0 {
            let k = worn.trailing_zeros() as usize;
            self.begin(k, history);
            worn &= worn - 1;
        }
    }

    /// Sums window number `k` afresh.
    pub fn begin(&mut self, k: usize, history: &History) {
        let (prices, volumes) = history.window(WINDOWS[k]);
        let newest = prices.len() - 1;
        let price_anchor = prices[newest];
        // A mean that is rounded would leave something of volumes that are all the same.
        let are_same = volumes.iter().all(|volume| *volume == volumes[newest]);
        let volume_anchor = if are_same { volumes[newest] } else { volumes.iter().sum::<f64>() / TICKS.0[k] };
        let (mut d1, mut dd, mut kd, mut decayed) = (0.0, 0.0, 0.0, 0.0);
        let (mut f1, mut ff, mut df) = (0.0, 0.0, 0.0);
        let mut weight = 0.0;
        for (price, volume) in prices.iter().zip(volumes) {
            let (d, f) = (price - price_anchor, volume - volume_anchor);
            weight += 1.0;
            d1 += d;
            dd += d * d;
            kd += weight * d;
            decayed = decayed * DECAY.0[k] + d;
            f1 += f;
            ff += f * f;
            df += d * f;
        }
        let sums = [
            (&mut self.price_anchor, price_anchor),
            (&mut self.volume_anchor, volume_anchor),
            (&mut self.d, d1),
            (&mut self.dd, dd),
            (&mut self.kd, kd),
            (&mut self.decayed, decayed),
            (&mut self.f, f1),
            (&mut self.ff, ff),
            (&mut self.df, df),
            (&mut self.peak_dd, dd),
            (&mut self.peak_ff, ff),
        ];
        for (row, sum) in sums {
            row.0[k] = sum;
        }
    }

    /// Returns what the sums say.
    #[inline(always)]
    pub fn moments(&self) -> Moments {
        let zero = Row::ZERO;
        let mut moments = Moments {
            mean: zero,
            deviation: zero,
            weighted: zero,
            exponential: zero,
            correlation: zero,
            turnover: zero,
            volume: zero,
        };
        for k in 0..N {
            let (w, a, b) = (TICKS.0[k], self.price_anchor.0[k], self.volume_anchor.0[k]);
            let of_prices = larger(self.dd.0[k] - self.d.0[k] * self.d.0[k] / w, 0.0);
            let of_volumes = larger(self.ff.0[k] - self.f.0[k] * self.f.0[k] / w, 0.0);
            let of_both = self.df.0[k] - self.d.0[k] * self.f.0[k] / w;
            moments.mean.0[k] = a + self.d.0[k] / w;
            moments.deviation.0[k] = (of_prices / (w - 1.0)).sqrt();
            moments.weighted.0[k] = a + self.kd.0[k] / (w * (w + 1.0) / 2.0);
            moments.exponential.0[k] = a + self.decayed.0[k] * ((1.0 - DECAY.0[k]) / (1.0 - DECAYED.0[k]));
            // Two roots, for the product may be too small for a number where neither is.
            moments.correlation.0[k] = of_both / (of_prices.sqrt() * of_volumes.sqrt());
            moments.turnover.0[k] = w * a * b + a * self.f.0[k] + b * self.d.0[k] + self.df.0[k];
            moments.volume.0[k] = w * b + self.f.0[k];
        }
        moments
    }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
