//! Flags → [`Command`].

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use perfwatch_core::frame::{DEFAULT_MAX_BODY, ERROR_BIT};
use perfwatch_core::kernel::level::Level;
use perfwatch_core::kernel::{Compute, Kernel};
use perfwatch_core::mailbox::Wait;

use crate::feed::Feed;

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub enum Command {
    Serve(Serve),
    Once { compute: Compute, max_body: u32 },
    Help,
    Version,
}

/// Where to listen, and to what end.
#[derive(Debug, PartialEq)]
pub struct Serve {
    pub unix: Option<PathBuf>,
    pub tcp: Option<String>,
    pub http: Option<String>,
    pub allow_remote: bool,
    pub keep: bool,
    pub study: bool,
    pub mailbox: Option<Wait>,
    pub ticks: bool,
    pub feed: Option<Feed>,
    pub compute: Compute,
    pub max_body: u32,
}

/// Returns the command that the arguments are.
///
/// # Errors
/// - One line that names the argument and what was expected.
pub fn parse(mut arguments: lexopt::Parser) -> Result<Command, String> {
    let word = match arguments.next().map_err(|error| error.to_string())? {
        Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Short('V') | Long("version")) => return Ok(Command::Version),
        Some(Value(word)) => word,
        Some(other) => return Err(other.unexpected().to_string()),
        None => return Err("expected serve or once".into()),
    };
    let serves = match word.to_str() {
        Some("serve") => true,
        Some("once") => false,
        _ => return Err(format!("expected serve or once, got {}", word.display())),
    };
    let level = Level::chosen().map_err(|error| error.to_string())?;
    let mut options = Serve {
        unix: None,
        tcp: None,
        http: None,
        allow_remote: false,
        keep: false,
        study: false,
        mailbox: None,
        ticks: false,
        feed: None,
        compute: Kernel::Checked.at(level),
        max_body: DEFAULT_MAX_BODY,
    };
    let mut feed = Feed { url: String::new(), symbols: Vec::new(), smallest: 0.0 };
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("kernel") => options.compute.kernel = kernel(value(&mut arguments)?)?,
            Long("max-body") => options.max_body = max_body(value(&mut arguments)?)?,
            Long("unix") if serves => options.unix = Some(value(&mut arguments)?.into()),
            Long("tcp") if serves => options.tcp = Some(value(&mut arguments)?.string().map_err(|e| e.to_string())?),
            Long("http") if serves => options.http = Some(value(&mut arguments)?.string().map_err(|e| e.to_string())?),
            Long("allow-remote") if serves => options.allow_remote = true,
            Long("keep") if serves => options.keep = true,
            Long("mailbox") if serves => options.mailbox = Some(wait(value(&mut arguments)?)?),
            Long("ticks") if serves => options.ticks = true,
            Long("feed") if serves => feed.url = url(value(&mut arguments)?)?,
            Long("symbols") if serves => feed.symbols = symbols(value(&mut arguments)?)?,
            Long("smallest") if serves => feed.smallest = smallest(value(&mut arguments)?)?,
            Long("study") if serves => options.study = true,
            other => return Err(other.unexpected().to_string()),
        }
    }
    if !feed.url.is_empty() {
        options.feed = Some(feed);
    }
    match (serves, &options) {
        (true, Serve { unix: None, tcp: None, http: None, .. }) => {
            Err("serve: expected --unix PATH, --tcp HOST:PORT or --http HOST:PORT".into())
        }
        (true, _) => Ok(Command::Serve(options)),
        (false, _) => Ok(Command::Once { compute: options.compute, max_body: options.max_body }),
    }
}

fn value(arguments: &mut lexopt::Parser) -> Result<OsString, String> {
    arguments.value().map_err(|error| error.to_string())
}

fn wait(name: OsString) -> Result<Wait, String> {
    let found = name.to_str().and_then(Wait::named);
    found.ok_or_else(|| format!("--mailbox: expected spin, futex or hybrid, got {}", name.display()))
}

fn url(given: OsString) -> Result<String, String> {
    let found = given.to_str().filter(|url| url.len() > 5 && url.starts_with("ws://"));
    found.map(String::from).ok_or_else(|| format!("--feed: expected ws://HOST:PORT/PATH, got {}", given.display()))
}

fn symbols(given: OsString) -> Result<Vec<String>, String> {
    let names: Vec<_> = given.to_str().unwrap_or_default().split(',').map(String::from).collect();
    if names.iter().any(String::is_empty) {
        return Err(format!("--symbols: expected names with commas between them, got {}", given.display()));
    }
    Ok(names)
}

fn smallest(given: OsString) -> Result<f64, String> {
    let found = given.to_str().and_then(|text| text.parse().ok()).filter(|size: &f64| size.is_finite() && *size >= 0.0);
    found.ok_or_else(|| format!("--smallest: expected a size of at least 0, got {}", given.display()))
}

fn kernel(name: OsString) -> Result<Kernel, String> {
    name.to_str().and_then(Kernel::named).ok_or_else(|| {
        let known: Vec<_> = Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
        format!("--kernel: expected one of {}, got {}", known.join(", "), name.display())
    })
}

fn max_body(bytes: OsString) -> Result<u32, String> {
    // Above it, the length of a reply could not be told from the mark of an error.
    let longest = ERROR_BIT - 1;
    let given = bytes.to_str().and_then(|text| text.parse().ok()).filter(|given| (1..=longest).contains(given));
    given.ok_or_else(|| format!("--max-body: expected 1 to {longest} bytes, got {}", bytes.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::HELP;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn every_flag_is_in_the_help() {
        for flag in [
            "--unix",
            "--tcp",
            "--http",
            "--allow-remote",
            "--keep",
            "--study",
            "--mailbox",
            "--ticks",
            "--feed",
            "--symbols",
            "--smallest",
            "--kernel",
            "--max-body",
        ] {
            assert!(HELP.contains(&format!("\n  {flag} ")), "{flag}");
        }
        assert!(HELP.contains(&DEFAULT_MAX_BODY.to_string()));
        for kernel in Kernel::ALL {
            assert!(HELP.contains(&format!(" {} ", kernel.name())), "{}", kernel.name());
        }
    }

    #[test]
    fn serve_needs_an_address() {
        assert_eq!(parsed("serve").unwrap_err(), "serve: expected --unix PATH, --tcp HOST:PORT or --http HOST:PORT");
    }

    #[test]
    fn both_transports_may_be_served_at_once() {
        let expected = Serve {
            unix: Some("a.sock".into()),
            tcp: Some("127.0.0.1:0".into()),
            http: Some("[::1]:0".into()),
            allow_remote: false,
            keep: true,
            study: true,
            mailbox: Some(Wait::Hybrid),
            ticks: true,
            feed: Some(Feed { url: "ws://[::1]:9/x".into(), symbols: vec!["A".into(), "B".into()], smallest: 0.5 }),
            compute: Kernel::Unchecked.at(Level::chosen().unwrap()),
            max_body: 1000,
        };
        let line = "serve --unix a.sock --tcp=127.0.0.1:0 --http [::1]:0 --keep --study --mailbox hybrid --ticks --feed ws://[::1]:9/x --symbols A,B --smallest 0.5 --kernel unchecked --max-body 1000";
        assert_eq!(parsed(line), Ok(Command::Serve(expected)));
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        assert_eq!(parsed("").unwrap_err(), "expected serve or once");
        assert_eq!(parsed("sreve").unwrap_err(), "expected serve or once, got sreve");
        assert_eq!(
            parsed("once --kernel fast").unwrap_err(),
            "--kernel: expected one of checked, unchecked, plain, across, prefix, prefix-cores, certified, certified-cores, got fast"
        );
        assert_eq!(parsed("once --unix a.sock").unwrap_err(), "invalid option '--unix'");
        for (flag, wrong) in [
            ("--feed", "wss://a"),
            ("--feed", "ws://"),
            ("--symbols", "A,,B"),
            ("--smallest", "-1"),
            ("--smallest", "NaN"),
            ("--smallest", "inf"),
        ] {
            let line = format!("serve {flag} {wrong}");
            assert!(parsed(&line).unwrap_err().starts_with(&format!("{flag}: expected ")), "{line}");
        }
        for bytes in ["0", "2147483648", "-1", "x"] {
            assert!(parsed(&format!("once --max-body {bytes}")).unwrap_err().starts_with("--max-body: expected 1 to"));
        }
    }
}
