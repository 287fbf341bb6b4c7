//! What ends a server: its stdin, or a signal.

use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Returns a channel that gives one message when the server is to end.
///
/// # Errors
/// - The signals could not be taken over.
pub fn watch(keep: bool) -> io::Result<Receiver<()>> {
    let (stop, stopped) = mpsc::channel();
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let by_signal = stop.clone();
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            // It fails only when the server is ending already; here and below.
            let _ = by_signal.send(());
        }
    });
    if keep {
        return Ok(stopped);
    }
    thread::spawn(move || {
        read_to_end(io::stdin().lock());
        let _ = stop.send(());
    });
    Ok(stopped)
}

/// Reads and forgets: whoever started the server holds the other end of this pipe, and the server ends with them.
fn read_to_end(mut stdin: impl Read) {
    let mut ignored = [0; 1024];
    loop {
        match stdin.read(&mut ignored) {
            Ok(0) => return,
            Ok(_) => (),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(_) => return,
        }
    }
}
