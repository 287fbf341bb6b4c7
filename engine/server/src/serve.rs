//! Listen, say so, answer each client in a thread of its own, and leave nothing behind.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use perfwatch_core::kernel::Compute;
use perfwatch_core::session::{self, Ending};
use perfwatch_core::study;

use crate::args::Serve;
use crate::stream::{Stream, close_after_reply};
use crate::{feed, http, mailbox, stop, tcp, ticks, unix};

/// Wait before accepting again when accepting failed: the usual cause is too many open files, which takes a while.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// How clients are answered.
#[derive(Clone, Copy)]
struct How {
    compute: Compute,
    max_body: u32,
    study: bool,
}

/// Serves until stdin ends or a signal comes.
///
/// # Errors
/// - An address cannot be listened on.
pub fn serve(options: &Serve) -> io::Result<()> {
    // Before the socket exists, so that no signal can leave its file behind.
    let stopped = stop::watch(options.keep)?;
    let unix = options.unix.as_deref().map(unix::listen).transpose()?;
    let tcp = options.tcp.as_deref().map(|address| tcp::listen(address, options.allow_remote)).transpose()?;

    let http = options.http.as_deref().map(|address| tcp::listen(address, options.allow_remote)).transpose()?;

    let mut ready = String::new();
    let how = How { compute: options.compute, max_body: options.max_body, study: options.study };
    // Kept to the end of this function: dropping it removes the socket's file.
    let mut _socket_file = None;
    if let (Some((listener, file)), Some(path)) = (unix, &options.unix) {
        ready += &format!("listening unix:{}\n", path.display());
        let next = move || listener.accept().map(|(stream, _)| stream);
        match (options.feed.clone(), options.mailbox) {
            (Some(asked), _) => {
                thread::spawn(move || accept(next, move |stream: &UnixStream| feed::attend(stream, &asked)))
            }
            (None, _) if options.ticks => thread::spawn(move || accept(next, ticks::attend)),
            (None, Some(wait)) => thread::spawn(move || {
                accept(next, move |stream: &UnixStream| mailbox::attend(stream, how.compute, wait))
            }),
            (None, None) => thread::spawn(move || accept(next, move |stream: &UnixStream| attend(stream, how))),
        };
        _socket_file = Some(file);
    }
    if let Some(listener) = tcp {
        ready += &format!("listening tcp:{}\n", listener.local_addr()?);
        let next = move || {
            let (stream, _) = listener.accept()?;
            // A small frame must not wait for the acknowledgement of the one before it.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        thread::spawn(move || accept(next, move |stream| attend(stream, how)));
    }
    if let Some(listener) = http {
        ready += &format!("listening http:{}\n", listener.local_addr()?);
        // It ends with the process; what it could not serve, its clients notice.
        thread::spawn(move || http::serve(listener, how.compute, how.max_body));
    }
    // Whoever started this server and does not listen to it may still have clients for it.
    let _ = io::stdout().write_all(ready.as_bytes());

    // An error would mean that both watchers have gone: the end as well.
    let _ = stopped.recv();
    Ok(())
}

/// Gives every connection a thread, so that a client that stalls stalls nobody else.
fn accept<S: Stream>(
    next: impl Fn() -> io::Result<S>,
    attend: impl Fn(&S) -> io::Result<()> + Clone + Send + 'static,
) -> ! {
    loop {
        let attend = attend.clone();
        let attended = next().and_then(|stream| {
            thread::Builder::new().spawn(move || {
                // A client that has gone is its own affair: nobody is left to be told.
                let _ = attend(&stream);
            })
        });
        if attended.is_err() {
            thread::sleep(ACCEPT_AGAIN);
        }
    }
}

fn attend<S: Stream>(stream: &S, how: How) -> io::Result<()>
where
    for<'a> &'a S: Read + Write,
{
    let How { compute, max_body, study } = how;
    if study {
        return study::serve(stream, stream, compute, max_body);
    }
    match session::serve(stream, stream, compute, max_body)? {
        Ending::Finished => Ok(()),
        Ending::Lost(_) => close_after_reply(stream),
    }
}
