//! An exchange's feed for a client: connected to, decoded, and handed on as records in a ring.

use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use perfwatch_core::feed::ring::Writer;
use perfwatch_core::feed::transform::Transform;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket};

use crate::handover;

/// Records a ring holds: 400 kB, which stay in the second cache; at a thousand a second eight seconds' worth.
const CAPACITY: u64 = 1 << 13;
/// To connect, and to agree that it is a WebSocket.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for a message before it is asked whether the client still lives.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// Which feed, and what of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    pub url: String,
    pub symbols: Vec<String>,
    pub smallest: f64,
}

/// Sends the client of `stream` a ring, and writes there what the feed hands on until either has gone.
///
/// # Errors
/// - There is no memory, or the client has gone.
pub fn attend(stream: &UnixStream, feed: &Feed) -> io::Result<()> {
    let memory = handover::memory("perfwatch-feed", Writer::bytes(CAPACITY))?;
    let mut writer = Writer::new(&memory, CAPACITY)?;
    handover::send(stream, memory, CAPACITY)?;
    let ended = match subscribe(feed) {
        Ok(socket) => forward(socket, feed, &mut writer, stream),
        Err(error) => told(&error),
    };
    writer.end(&format!("{}: {ended}", feed.url));
    // The client has the rest of the ring to read, and hangs up when it has.
    while handover::is_alive(stream) {
        std::thread::sleep(LOOK_AFTER);
    }
    Ok(())
}

/// Connects, and asks for the symbols.
fn subscribe(feed: &Feed) -> Result<WebSocket<TcpStream>, Error> {
    let request = feed.url.as_str().into_client_request()?;
    let uri = request.uri();
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80));
    // An address of six parts stands in brackets there, and without them here.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut failed = io::Error::new(ErrorKind::NotFound, "no such host");
    let mut connected = None;
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
            Ok(tcp) => {
                connected = Some(tcp);
                break;
            }
            Err(error) => failed = error,
        }
    }
    let Some(tcp) = connected else { return Err(failed.into()) };
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(CONNECT_WITHIN))?;
    tcp.set_write_timeout(Some(CONNECT_WITHIN))?;
    let (mut socket, _) = tungstenite::client(request, tcp).map_err(|error| match error {
        tungstenite::HandshakeError::Failure(error) => error,
        tungstenite::HandshakeError::Interrupted(_) => {
            io::Error::new(ErrorKind::TimedOut, format!("no WebSocket after {} s", CONNECT_WITHIN.as_secs())).into()
        }
    })?;
    let asked = serde_json::json!({ "op": "subscribe", "symbols": feed.symbols });
    socket.send(Message::text(asked.to_string()))?;
    socket.get_ref().set_read_timeout(Some(LOOK_AFTER))?;
    Ok(socket)
}

/// Returns why it ended.
fn forward(mut socket: WebSocket<TcpStream>, feed: &Feed, writer: &mut Writer, client: &UnixStream) -> String {
    let mut transform = Transform::new(feed.symbols.clone(), feed.smallest);
    let mut alive = || handover::is_alive(client);
    writer.open();
    loop {
        let message = match socket.read() {
            Ok(message) => message,
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if alive() {
                    continue;
                }
                return "the client has gone".into();
            }
            Err(error) => return told(&error),
        };
        writer.hear();
        let record = match &message {
            Message::Text(text) => transform.record(text.as_bytes()),
            Message::Binary(bytes) => transform.record(bytes),
            // Pings are answered by the next read; a close is what that read fails with.
            _ => continue,
        };
        if let Some(record) = record
            && writer.push(&record, &mut alive).is_err()
        {
            return "the client has gone".into();
        }
        writer.count(&transform.counts, transform.newest);
    }
}

fn told(error: &Error) -> String {
    match error {
        Error::ConnectionClosed => "the exchange closed the feed".into(),
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => "the exchange closed the feed".into(),
        Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}
