//! How far the fast difference can be from the reference's: a bound that is derived, not observed.
//!
//! The certified kernel compares `D = HMA3 - HMA` with 0. Call `D°` its value in real numbers. The reference computes
//! HMA3 and HMA with roundings and compares them, the fast filter computes `D` with others. If `|reference - D°| ≤ r`
//! and `|fast - D°| ≤ f`, then `|fast| > r + f` implies that the reference has the same sign, and is not 0. Both bounds
//! follow from one fact: a sum, difference or product rounded to nearest is off by at most `u = 2⁻⁵³` times its result
//! (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, §2.2), a fused one likewise, once.
//!
//! First order in `u` is written out; what is of second order is below `n u` of it, with `n < 10⁹` steps below 10⁻⁶, and
//! [`SLACK`] covers it together with the roundings of the bound's own arithmetic. Underflow is covered by [`TINY`].
//!
//! **The reference.** `M` bounds the prices. A WMA of `w` bars has `w` products and `w - 1` sums (`w u` of the sum of
//! sizes) and a division: off by `(w + 1) u M`, for weights that sum to 1. `2 A - B` is off by twice A's, B's, and `3 M u`
//! for its rounding (2 A is exact); `3 A - B - C` by thrice A's, B's, C's, and `(3 + 4 + 5) M u`. Averaged again over `v`
//! bars, an error stays what it was, and `(v + 1) u` times the size (3 M or 5 M) is added.
//!
//! **The filter**, on values `y` less a centre, of which `m` is the largest. Real shifts change nothing: the weights of
//! `D` sum to 0. Rounding `y` itself costs `8 u m`. A window sum enters with the weight `c = a · 2/(w(w+1))`; `S` is a
//! sum of `w` values, `N` one weighted 1 … w. From a restart, where they are summed anew, on, each step makes
//!
//! ```text
//! d ← d - q + k y      d = Σ c N, |d| ≤ A m;     q = Σ c S, |q| ≤ Q m with Q = Σ |c| w;     k = Σ c w
//! q ← q + Σ c (y - y of w steps ago)             C = Σ |c|
//! ```
//!
//! and rounds at most: in q, values of at most 2 C m seven times with coefficients off by 4 u (14 C) and the sum (Q); in
//! d, `d - q` (A + Q), the product and its coefficient (5 Q) and the sum (A). So after `T` steps, q is off by
//! `q₀ + T u m (14 C + Q)`, and d, which takes up q's error at each step, by
//! `d₀ + T q₀ + T²/2 u m (14 C + Q) + T u m (2 A + 6 Q)`. At the restart: `q₀ = u m Σ |c| w (w + 6)`,
//! `d₀ = u m Σ |a| (w + 7)`.
//!
//! The second averaging is the same filter over the differences `d`, two of them at once, of sizes `A₁ m = 3 m` and
//! `A₃ m = 5 m`; errors of the differences themselves pass through an average unchanged.

use super::lines::Windows;

/// Half the distance from 1 to the next double: the largest relative error of one rounding.
const U: f64 = f64::EPSILON / 2.0;
/// For what is of second order, and for the roundings made here.
const SLACK: f64 = 1.01;
/// More than all underflows of a filter together, each at most 5e-324.
const TINY: f64 = 1e-300;

/// What a difference must exceed for its sign to be the reference's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Per unit of the largest value after centring.
    fast: f64,
    /// Per unit of the largest price.
    reference: f64,
}

/// A window of a filter: the factor of its average, its bars, and the size of what it averages.
type Term = (f64, usize, f64);

/// What a filter can be off by, in units of `u m`.
struct Drift {
    /// At the restart.
    start: f64,
    /// Of the running sums at the restart.
    sums: f64,
    /// Of the running sums, a step more.
    sums_a_step: f64,
    /// Of the result, a step more.
    step: f64,
}

impl Drift {
    fn new(terms: &[Term]) -> Self {
        let total = |f: fn(f64, f64) -> f64| terms.iter().map(|&(a, w, size)| a * size * f(w as f64, 2.0)).sum::<f64>();
        let size = total(|_, _| 1.0);
        let q = total(|w, two| two / (w + 1.0));
        let c = total(|w, two| two / (w * (w + 1.0)));
        Self {
            start: total(|w, _| w + 7.0),
            sums: total(|w, two| two / (w + 1.0) * (w + 6.0)),
            sums_a_step: 14.0 * c + q,
            step: 2.0 * size + 6.0 * q,
        }
    }

    fn after(&self, steps: f64) -> f64 {
        self.start + steps * (self.sums + self.step) + steps * steps / 2.0 * self.sums_a_step
    }
}

impl Bound {
    /// Returns the bound for filters that run at most `steps` steps from a restart.
    pub fn new(windows: &Windows, steps: usize) -> Self {
        let Windows { half, full, sq, p3, p2, p } = *windows;
        let steps = steps as f64;
        let slow = Drift::new(&[(2.0, half, 1.0), (1.0, full, 1.0)]).after(steps);
        let fast = Drift::new(&[(3.0, p3, 1.0), (1.0, p2, 1.0), (1.0, p, 1.0)]).after(steps);
        let second = Drift::new(&[(1.0, sq, 3.0), (1.0, p, 5.0)]).after(steps);
        let wma = |w: usize| w as f64 + 1.0;
        let hma = 2.0 * wma(half) + wma(full) + 3.0 + 3.0 * wma(sq);
        let hma3 = 3.0 * wma(p3) + wma(p2) + wma(p) + 12.0 + 5.0 * wma(p);
        Self { fast: U * (8.0 + slow + fast + second), reference: U * (hma + hma3) }
    }

    /// Returns what `|D|` must exceed where centred values are at most `centred` in size, and prices `price`.
    pub fn at(&self, centred: f64, price: f64) -> f64 {
        SLACK * (self.fast * centred + self.reference * price) + TINY
    }
}
