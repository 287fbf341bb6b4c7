//! Features against their definition, on streams that are kind and on streams that are not.

use perfwatch_core::features::{COUNT, Features, KINDS, N, NoTick, WINDOWS};
use perfwatch_core::kernel::level::Level;

/// SplitMix64 (Steele, Lea & Flood 2014), as numbers from 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Returns prices and volumes: a walk, and what is done to it.
fn stream(name: &str, n: usize) -> Vec<(f64, f64)> {
    let mut random = Random(n as u64);
    let mut price = 100.0_f64;
    (0..n)
        .map(|i| {
            price *= (0.002 * (random.next() + random.next() + random.next() - 1.5)).exp();
            let volume = -random.next().ln();
            match name {
                "walk" => (price, volume),
                "rounded" => ((price * 10.0).round() / 10.0, volume.round()),
                "whole" => (price.round(), (volume * 3.0).floor()),
                "flat stretches" => {
                    (if i / 700 % 2 == 0 { price } else { 100.0 }, if i / 500 % 2 == 0 { volume } else { 0.0 })
                }
                "all the same" => (123.456, 7.0),
                "jumps" => (
                    if i % 1500 == 700 { price * 1e6 } else { price },
                    if i % 900 == 5 { volume * 1e9 } else { volume },
                ),
                "steps" => (price * 10_f64.powi((i / 800 % 3) as i32 * 4), volume),
                "tiny" => (price * 1e-9, volume * 1e-9),
                "next to a large number" => (1e9 + (price * 8.0).round() / 8.0, volume),
                _ => unreachable!(),
            }
        })
        .collect()
}

const STREAMS: [&str; 9] =
    ["walk", "rounded", "whole", "flat stretches", "all the same", "jumps", "steps", "tiny", "next to a large number"];

/// Returns the sum, with what each addition lost carried along (Neumaier 1974): the oracle is to be better than what it
/// judges.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// Returns every kind of the window, from the definition, and what each may be off by.
fn definition(window: &[(f64, f64)]) -> ([f64; 13], [f64; 13]) {
    let w = window.len() as f64;
    let prices = || window.iter().map(|tick| tick.0);
    let volumes = || window.iter().map(|tick| tick.1);
    let last = window[window.len() - 1].0;
    let mut sorted: Vec<f64> = prices().collect();
    sorted.sort_by(f64::total_cmp);
    let (smallest, largest) = (sorted[0], sorted[sorted.len() - 1]);
    // About a price of the window, whose differences to the others are exact or as good as.
    let mean = last + sum(prices().map(|p| p - last)) / w;
    let volume_mean = sum(volumes()) / w;
    let squares = sum(prices().map(|p| (p - mean).powi(2)));
    let volume_squares = sum(volumes().map(|v| (v - volume_mean).powi(2)));
    let deviation = if smallest == largest { 0.0 } else { (squares / (w - 1.0)).sqrt() };
    let z = if deviation > 0.0 { (last - mean) / deviation } else { f64::NAN };
    let weighted = sum(prices().enumerate().map(|(k, p)| (k + 1) as f64 * p)) / (w * (w + 1.0) / 2.0);
    let decay: f64 = 1.0 - 2.0 / (w + 1.0);
    let weights = || (0..window.len()).rev().map(|age| decay.powi(age as i32));
    let exponential = sum(prices().zip(weights()).map(|(p, weight)| p * weight)) / sum(weights());
    let are_same = volumes().all(|v| v == window[0].1);
    let both = sum(window.iter().map(|(p, v)| (p - mean) * (v - volume_mean)));
    let correlation = if smallest == largest || are_same { f64::NAN } else { both / (squares * volume_squares).sqrt() };
    let turnover = sum(window.iter().map(|(p, v)| p * v));
    let average = turnover / sum(volumes());
    let found = [
        mean,
        deviation,
        z,
        weighted,
        exponential,
        smallest,
        largest,
        (last - smallest) / (largest - smallest),
        last / window[0].0 - 1.0,
        correlation,
        sorted[(window.len() - 1) / 4],
        turnover,
        average,
    ];
    let of_price = 1e-12 * largest;
    let off = [
        of_price,
        1e-8 * deviation,
        1e-8 * (1.0 + z.abs()),
        of_price,
        of_price,
        0.0,
        0.0,
        0.0,
        0.0,
        1e-7,
        0.0,
        1e-9 * turnover,
        1e-9 * largest,
    ];
    (found, off)
}

#[test]
fn every_feature_agrees_with_its_definition_within_its_bound() {
    for name in STREAMS {
        let ticks = stream(name, 6_000);
        let mut features = Features::new(Level::Portable);
        for (i, (price, volume)) in ticks.iter().enumerate() {
            let found = features.push(*price, *volume).unwrap();
            // Each tick of a stretch, and one in eleven of the others: the oracle is slow.
            if i % 11 != 0 && !(690..730).contains(&(i % 1_400)) {
                continue;
            }
            for (w, window) in WINDOWS.into_iter().enumerate() {
                let Some(begin) = (i + 1).checked_sub(window) else {
                    assert!(
                        (0..KINDS.len()).all(|kind| found[kind * N + w].is_nan()),
                        "{name}, tick {i}, window {window}"
                    );
                    continue;
                };
                let (expected, off) = definition(&ticks[begin..=i]);
                for (kind, what) in KINDS.into_iter().enumerate() {
                    let (ours, theirs) = (found[kind * N + w], expected[kind]);
                    let agrees = (ours - theirs).abs() <= off[kind] || ours.is_nan() && theirs.is_nan();
                    assert!(agrees, "{name}, tick {i}, {what} over {window}: {ours} for {theirs}");
                }
            }
        }
    }
}

#[test]
fn every_level_has_the_same_bits() {
    for name in STREAMS {
        let ticks = stream(name, 3_000);
        let mut levels: Vec<_> = Level::available().map(Features::new).collect();
        for (price, volume) in ticks {
            let found: Vec<Vec<u64>> = levels
                .iter_mut()
                .map(|features| features.push(price, volume).unwrap().iter().map(|x| x.to_bits()).collect())
                .collect();
            assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{name}");
        }
    }
}

#[test]
fn what_is_no_tick_is_refused_and_changes_nothing() {
    let (mut features, mut untouched) = (Features::new(Level::Portable), Features::new(Level::Portable));
    for (price, volume) in stream("walk", 100) {
        for (p, v) in
            [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0), (1.0, -1.0), (1.0, f64::NAN), (1e101, 1.0)]
        {
            let refused = features.push(p, v).unwrap_err();
            assert_eq!((refused.price.to_bits(), refused.volume.to_bits()), (p.to_bits(), v.to_bits()));
        }
        features.push(price, volume).unwrap();
        untouched.push(price, volume).unwrap();
    }
    let bits = |features: &Features| features.latest().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&features), bits(&untouched));
    assert_eq!(features.latest().len(), COUNT);
    let told = NoTick { price: f64::NAN, volume: 1.0 }.to_string();
    assert!(told.ends_with("got NaN and 1"), "{told}");
}
