//! A sweep on several cores: combinations in a queue, a thread a core, results in the order of the combinations.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Pieces a thread, so that one which is held up leaves its rest to the others.
const PIECES: usize = 4;

/// Returns `piece` of each run of `items`, concatenated; runs are taken from a queue by a thread for every core.
pub fn spread<T: Sync, R: Send>(items: &[T], piece: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads < 2 {
        return piece(items);
    }
    let size = items.len().div_ceil(threads * PIECES);
    let pieces: Vec<&[T]> = items.chunks(size).collect();
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        let work = || {
            let done = done.clone();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(items) = pieces.get(index) else { break };
                // The receiver outlives the threads.
                let _sent = done.send((index, piece(items)));
            }
        };
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    drop(done);
    let mut found: Vec<_> = results.into_iter().collect();
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().flat_map(|(_, results)| results).collect()
}
