//! The study's kernel, line for line as it is defined, in two builds: bounds-checked and unchecked. It is frozen.
//!
//! ```text
//! WMA(x, n)[i] = sum_{k=1..n} k * x[i-n+k] / (n(n+1)/2)      summed oldest first, divided last; NaN before n-1
//! HMA          = WMA(2 WMA(c, half) - WMA(c, full), sq)
//! HMA3         = WMA(3 WMA(c, p3) - WMA(c, p2) - WMA(c, p), p)
//! ```
//!
//! At each bar where both lines are valid, the side is +1 if HMA3 > HMA, else -1. Where the side is not the position, the
//! open position is closed and one on that side is opened. The one open at the end is neither closed nor counted.
//!
//! It is naive on purpose: one pass a WMA, a fresh array a pass, a scalar sum. Loop counters are i64, as in the kernel it
//! is compared with, so that what is compared is code generation and not the width of an index. Both builds are one
//! source ([`Access`] is all that differs), so they cannot drift apart: they agree to the last bit.

use super::Sweep;
use super::access::Access;
use super::sides::FEE_PP;
use crate::combination::Combination;

/// Returns PnL and closed trades of every combination over `close`.
pub fn sweep<A: Access>(close: &[f64], combinations: &[Combination]) -> Sweep {
    let mut result = Sweep::default();
    for c in combinations {
        let slow = hma::<A>(close, c.half, c.full, c.sq);
        let fast = hma3::<A>(close, c.p3, c.p2, c.p);
        let (pnl, trades) = stop_and_reverse::<A>(close, &slow, &fast);
        result.pnl.push(pnl);
        result.trades.push(trades);
    }
    result
}

/// Returns the weighted moving average: linear weights, the newest of `n` bars heaviest. `n` is at least 1.
fn wma<A: Access>(x: &[f64], n: i64) -> Vec<f64> {
    let len = x.len() as i64;
    let weight_sum = (n * (n + 1) / 2) as f64;
    let mut out = vec![f64::NAN; x.len()];
    for i in n - 1..len {
        let mut total = 0.0;
        for k in 1..n + 1 {
            // SAFETY: 1 <= k <= n and n - 1 <= i < len, so 0 <= i - n + k <= i < len = x.len().
            total += k as f64 * unsafe { A::get(x, i - n + k) };
        }
        // SAFETY: 0 <= n - 1 <= i < len = out.len().
        unsafe { A::set(&mut out, i, total / weight_sum) };
    }
    out
}

fn hma<A: Access>(close: &[f64], half: i64, full: i64, sq: i64) -> Vec<f64> {
    let (a, b) = (wma::<A>(close, half), wma::<A>(close, full));
    let mut raw = vec![0.0; close.len()];
    for i in 0..close.len() as i64 {
        // SAFETY: 0 <= i < close.len(), and a, b and raw are as long as close.
        unsafe { A::set(&mut raw, i, 2.0 * A::get(&a, i) - A::get(&b, i)) };
    }
    wma::<A>(&raw, sq)
}

fn hma3<A: Access>(close: &[f64], p3: i64, p2: i64, p: i64) -> Vec<f64> {
    let (a, b, c) = (wma::<A>(close, p3), wma::<A>(close, p2), wma::<A>(close, p));
    let mut raw = vec![0.0; close.len()];
    for i in 0..close.len() as i64 {
        // SAFETY: 0 <= i < close.len(), and a, b, c and raw are as long as close.
        unsafe { A::set(&mut raw, i, 3.0 * A::get(&a, i) - A::get(&b, i) - A::get(&c, i)) };
    }
    wma::<A>(&raw, p)
}

/// Returns (PnL, closed trades) of being long where `fast` is above `slow` and short elsewhere; all three equally long.
fn stop_and_reverse<A: Access>(close: &[f64], slow: &[f64], fast: &[f64]) -> (f64, i64) {
    let (mut pnl, mut trades, mut position, mut entry) = (0.0, 0, 0, 0.0);
    for i in 0..close.len() as i64 {
        // SAFETY: 0 <= i < close.len(), and slow and fast are as long as close: both come from it, through wma.
        let (price, slow, fast) = unsafe { (A::get(close, i), A::get(slow, i), A::get(fast, i)) };
        if slow.is_nan() || fast.is_nan() {
            continue;
        }
        let side = if fast > slow { 1 } else { -1 };
        if side != position {
            if position != 0 {
                pnl += f64::from(position) * (price - entry) / entry * 100.0 - FEE_PP;
                trades += 1;
            }
            position = side;
            entry = price;
        }
    }
    (pnl, trades)
}

/// Returns (HMA, HMA3) of `close`.
pub fn lines<A: Access>(close: &[f64], c: &Combination) -> (Vec<f64>, Vec<f64>) {
    (hma::<A>(close, c.half, c.full, c.sq), hma3::<A>(close, c.p3, c.p2, c.p))
}
