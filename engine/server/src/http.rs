//! The service as most teams deploy one: HTTP, and JSON in its bodies. It is here to be measured against.
//!
//! ```text
//! POST /sweep   {"close": [..], "params": [[half, full, sq, p3, p2, p], ..]}   -> {"pnl": [..], "trades": [..]}
//! POST /echo    {"close": [..]}                                                -> {"close": [..]}
//! ```
//!
//! Numbers survive both ways to the last bit; JSON has none that is not finite. What is wrong comes back as
//! `{"error": ".."}` with a status of 400 and above, and the connection lives.

use std::io::{self, Read};
use std::net::TcpListener;

use perfwatch_core::combination::{Combination, N_PARAMS};
use perfwatch_core::kernel::Compute;
use serde::{Deserialize, Serialize};
use tiny_http::{Header, Method, Request, Response, Server};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sweep {
    close: Vec<f64>,
    params: Vec<[i64; N_PARAMS]>,
}

#[derive(Serialize)]
struct Swept {
    pnl: Vec<f64>,
    trades: Vec<i64>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Echo {
    close: Vec<f64>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
}

/// A status and what is wrong.
type Refused = (u16, String);

/// Answers every request on `listener`, one after the other, for as long as the process lives.
///
/// # Errors
/// - The listener cannot be served.
pub fn serve(listener: TcpListener, compute: Compute, max_body: u32) -> io::Result<()> {
    let server = Server::from_listener(listener, None).map_err(io::Error::other)?;
    for mut request in server.incoming_requests() {
        let (status, body) = match answer(&mut request, compute, max_body) {
            Ok(body) => (200, body),
            Err((status, error)) => (status, json(&Refusal { error: &error }).unwrap_or_default()),
        };
        let mut response = Response::from_data(body).with_status_code(status);
        if let Ok(header) = Header::from_bytes("Content-Type", "application/json") {
            response.add_header(header);
        }
        // A client that has gone is its own affair.
        let _ = request.respond(response);
    }
    Ok(())
}

fn answer(request: &mut Request, compute: Compute, max_body: u32) -> Result<Vec<u8>, Refused> {
    if *request.method() != Method::Post {
        return Err((405, format!("method: expected POST, got {}", request.method())));
    }
    let path = request.url().to_owned();
    let mut body = Vec::new();
    let most = u64::from(max_body);
    request.as_reader().take(most + 1).read_to_end(&mut body).map_err(|error| (400, format!("body: {error}")))?;
    if body.len() as u64 > most {
        return Err((413, format!("body: expected at most {most} bytes")));
    }
    match path.as_str() {
        "/echo" => json(&parsed::<Echo>(&body)?),
        "/sweep" => {
            let Sweep { close, params } = parsed(&body)?;
            let combinations = Combination::all(&params).map_err(|error| (400, error.to_string()))?;
            let sweep = compute.sweep(&close, &combinations);
            json(&Swept { pnl: sweep.pnl, trades: sweep.trades })
        }
        other => Err((404, format!("path: expected /sweep or /echo, got {other}"))),
    }
}

fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| (400, format!("body: {error}")))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(value).map_err(|error| (500, error.to_string()))
}
