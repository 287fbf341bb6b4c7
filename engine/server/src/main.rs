//! `perfwatch-engine`: the kernels as a service.

mod args;
mod feed;
mod handover;
mod help;
mod http;
mod mailbox;
mod serve;
mod stop;
mod stream;
mod tcp;
mod ticks;
mod unix;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use args::Command;
use perfwatch_core::session;

/// A flag or an address that cannot be right.
const EXIT_USAGE: u8 = 4;

/// Anything else: no answer was given, or nothing could be served.
const EXIT_FAILED: u8 = 9;

fn main() -> ExitCode {
    match args::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help) => print(help::HELP),
        Ok(Command::Version) => print(concat!("perfwatch-engine ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Serve(options)) => end(serve::serve(&options)),
        Ok(Command::Once { compute, max_body }) => {
            let done = session::once(io::stdin().lock(), io::stdout().lock(), compute, max_body);
            end(done.and_then(|answered| answered.map_err(io::Error::other)))
        }
        Err(message) => fail(EXIT_USAGE, &format!("{message}; see perfwatch-engine --help")),
    }
}

fn end(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // What the system, too, calls an address that none can be.
        Err(error) if error.kind() == ErrorKind::InvalidInput => fail(EXIT_USAGE, &error.to_string()),
        Err(error) => fail(EXIT_FAILED, &error.to_string()),
    }
}

fn print(text: &str) -> ExitCode {
    // Not println!, which panics where a pager has closed the pipe.
    end(io::stdout().write_all(text.as_bytes()))
}

fn fail(code: u8, message: &str) -> ExitCode {
    // Where stderr is closed too, the code is all that can be said.
    let _ = writeln!(io::stderr(), "perfwatch-engine: {message}");
    ExitCode::from(code)
}
