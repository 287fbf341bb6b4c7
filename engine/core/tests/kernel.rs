//! The kernel against its definition, and its two builds against each other.

use perfwatch_core::combination::{Combination, N_PARAMS};
use perfwatch_core::kernel::level::Level;
use perfwatch_core::kernel::{Kernel, Sweep};
use proptest::collection::vec;
use proptest::prelude::*;

/// The definition, one output at a time and from its own words; only the order of summation is a promise it shares.
mod oracle {
    pub fn wma(x: &[f64], n: usize, i: usize) -> f64 {
        if i + 1 < n {
            return f64::NAN;
        }
        let window = &x[i + 1 - n..=i];
        let weighted = window.iter().zip(1..).fold(0.0, |sum, (value, weight)| sum + f64::from(weight) * value);
        weighted / (n * (n + 1) / 2) as f64
    }

    fn line(x: &[f64], value: impl Fn(usize) -> f64, n: usize) -> Vec<f64> {
        let raw: Vec<f64> = (0..x.len()).map(value).collect();
        (0..x.len()).map(|i| wma(&raw, n, i)).collect()
    }

    pub fn run(c: &[f64], [half, full, sq, p3, p2, p]: [usize; 6]) -> (f64, i64) {
        let hma = line(c, |i| 2.0 * wma(c, half, i) - wma(c, full, i), sq);
        let hma3 = line(c, |i| 3.0 * wma(c, p3, i) - wma(c, p2, i) - wma(c, p, i), p);
        let valid = (0..c.len()).filter(|&i| !hma[i].is_nan() && !hma3[i].is_nan());
        let mut sides: Vec<(f64, f64)> = valid.map(|i| (if hma3[i] > hma[i] { 1.0 } else { -1.0 }, c[i])).collect();
        sides.dedup_by_key(|(side, _)| *side);
        let closed = sides.windows(2).map(|pair| pair[0].0 * (pair[1].1 - pair[0].1) / pair[0].1 * 100.0 - 0.09);
        closed.fold((0.0, 0), |(pnl, trades), booked| (pnl + booked, trades + 1))
    }
}

fn sweep(kernel: Kernel, close: &[f64], params: &[[i64; N_PARAMS]]) -> Sweep {
    kernel.at(Level::Portable).sweep(close, &Combination::all(params).unwrap())
}

fn bits(sweep: &Sweep) -> (Vec<u64>, &[i64]) {
    (sweep.pnl.iter().map(|pnl| pnl.to_bits()).collect(), &sweep.trades)
}

fn all() -> impl Iterator<Item = (Kernel, Level)> {
    Kernel::ALL.into_iter().flat_map(|kernel| Level::available().map(move |level| (kernel, level)))
}

/// NaN is where it is, whatever its bits.
fn line_bits((slow, fast): &(Vec<f64>, Vec<f64>)) -> Vec<u64> {
    slow.iter().chain(fast).map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

/// Prices as they come: random walks, stretches without a change, ticks, bars without a price, and long enough for every
/// kernel to do what it does to long series.
fn close() -> impl Strategy<Value = Vec<f64>> {
    let step = || prop_oneof![30 => -0.01..0.01, 10 => Just(0.0)];
    let holed = prop_oneof![40 => step(), 1 => Just(f64::NAN)];
    let steps = prop_oneof![3 => vec(holed, 0..400), 1 => vec(step(), 3000..9000)];
    let tick = prop_oneof![4 => Just(None), 2 => Just(Some(0.25)), 1 => Just(Some(1.0))];
    // Now and then a price that overflows a sum, or is none: those, too, have one answer.
    let odd = prop_oneof![Just(f64::INFINITY), Just(1e306), Just(1e-200), Just(0.0), Just(f64::NAN)];
    let odd = prop_oneof![4 => Just(None), 1 => (odd, 0.0..1.0_f64).prop_map(Some)];
    (steps, tick, odd).prop_map(|(steps, tick, odd)| {
        let mut log_price = 0.0;
        let mut price = |step: f64| {
            if step.is_nan() {
                return step;
            }
            log_price += step;
            let exact: f64 = 100.0 * f64::exp(log_price);
            tick.map_or(exact, |tick: f64| (exact / tick).round() * tick)
        };
        let mut close: Vec<f64> = steps.into_iter().map(&mut price).collect();
        if let (Some((odd, at)), false) = (odd, close.is_empty()) {
            let bar = (at * close.len() as f64) as usize;
            close[bar] = odd;
        }
        close
    })
}

fn params() -> impl Strategy<Value = Vec<[i64; N_PARAMS]>> {
    // Beyond the longest series as well: such a window never fills.
    vec(
        prop_oneof![9 => [1..40_i64, 1..40, 1..40, 1..40, 1..40, 1..40], 1 => [1..400_i64, 1..400, 1..400, 1..400, 1..400, 1..400]],
        0..4,
    )
}

proptest! {
    #[test]
    fn a_sweep_is_what_its_definition_says(close in close(), params in params()) {
        let result = sweep(Kernel::Checked, &close, &params);
        for (m, windows) in params.iter().enumerate() {
            let (pnl, trades) = oracle::run(&close, windows.map(|n| n as usize));
            prop_assert_eq!(result.trades[m], trades);
            prop_assert_eq!(result.pnl[m].to_bits(), pnl.to_bits());
        }
    }

    #[test]
    fn every_kernel_agrees_to_the_last_bit_on_all_instructions(close in close(), params in params()) {
        let checked = sweep(Kernel::Checked, &close, &params);
        for (kernel, level) in all() {
            let result = kernel.at(level).sweep(&close, &Combination::all(&params).unwrap());
            prop_assert_eq!(bits(&checked), bits(&result), "{} on {}", kernel.name(), level.name());
        }
    }

    #[test]
    fn every_line_agrees_to_the_last_bit_on_all_instructions(close in close(), params in params()) {
        for combination in Combination::all(&params).unwrap() {
            // Infinite and enormous prices are for the kernels that keep no order but the reference's.
            let checked = Kernel::Checked.at(Level::Portable).lines(&close, &combination).unwrap();
            for (kernel, level) in all() {
                if let Some(found) = kernel.at(level).lines(&close, &combination) {
                    prop_assert_eq!(line_bits(&checked), line_bits(&found), "{} on {}", kernel.name(), level.name());
                }
            }
        }
    }
}

#[test]
fn the_position_open_at_the_end_is_neither_closed_nor_counted() {
    // Windows of one bar make HMA = HMA3 = close, so the side is -1 for good: one position, never closed.
    let result = sweep(Kernel::Checked, &[1.0, 2.0, 3.0], &[[1; N_PARAMS]]);
    assert_eq!(result, Sweep { pnl: vec![0.0], trades: vec![0] });
}

#[test]
fn no_bars_make_no_trades_and_no_combinations_make_no_results() {
    assert_eq!(sweep(Kernel::Unchecked, &[], &[[3, 6, 2, 1, 2, 3]]), Sweep { pnl: vec![0.0], trades: vec![0] });
    assert_eq!(sweep(Kernel::Unchecked, &[1.0], &[]), Sweep::default());
}

#[test]
fn a_window_longer_than_the_series_makes_no_trades() {
    let longest = perfwatch_core::combination::MAX_WINDOW;
    assert_eq!(
        sweep(Kernel::Unchecked, &[1.0, 2.0], &[[longest; N_PARAMS]]),
        Sweep { pnl: vec![0.0], trades: vec![0] }
    );
}
