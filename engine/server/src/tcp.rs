//! A TCP listener that stays on this machine unless told otherwise.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

/// Returns a listener at `address` (`HOST:PORT`, port 0 for a free one).
///
/// # Errors
/// - `address` is none, or is not the loopback and `allow_remote` is not set.
/// - The port is taken.
pub fn listen(address: &str, allow_remote: bool) -> io::Result<TcpListener> {
    let because = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"));
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(because)?.collect();
    if !allow_remote && !addresses.iter().all(|address| address.ip().is_loopback()) {
        let message =
            "not a loopback address, and nobody is asked for a password; give --allow-remote to open it anyway";
        return Err(because(io::Error::new(ErrorKind::InvalidInput, message)));
    }
    TcpListener::bind(&addresses[..]).map_err(because)
}
