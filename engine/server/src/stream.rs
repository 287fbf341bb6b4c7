//! What a connection needs beyond reading and writing, over both transports.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How long a client that is still sending is listened to after it was told that its bytes are no frame.
const LINGER: Duration = Duration::from_secs(1);

/// A connected client.
pub trait Stream: Send + 'static {
    fn shutdown_write(&self) -> io::Result<()>;
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()>;
}

impl Stream for UnixStream {
    fn shutdown_write(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))
    }
}

impl Stream for TcpStream {
    fn shutdown_write(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))
    }
}

/// Ends a connection so that the reply just written arrives.
///
/// Closing a socket that holds unread bytes resets the connection, and a reset can overtake the reply; so what the
/// client still sends is read and forgotten, for a bounded time.
///
/// # Errors
/// - The connection failed before its end: the client has gone.
pub fn close_after_reply<S: Stream>(stream: &S) -> io::Result<()>
where
    for<'a> &'a S: Read,
{
    let deadline = Instant::now() + LINGER;
    stream.shutdown_write()?;
    stream.set_read_timeout(LINGER)?;
    let mut ignored = [0; 64 << 10];
    let mut unread: &S = stream;
    while Instant::now() < deadline && unread.read(&mut ignored)? > 0 {}
    Ok(())
}
