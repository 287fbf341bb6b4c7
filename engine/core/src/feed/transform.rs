//! What is handed on of a feed: trades that are not dust, the best prices where they changed, a ticker in ten.
//!
//! A record is 48 bytes, little-endian: `u32 kind, u32 symbol, u64 time, f64 price, f64 size, f64 spread, u64 sequence`.
//!
//! | kind | of | price | size | spread |
//! |---|---|---|---|---|
//! | 1 trade | each of at least the smallest size | as traded | as traded | best ask - best bid, NaN without both |
//! | 2 quote | each book message after which the best prices or what is there differ | (bid + ask) / 2 | the smaller | as above |
//! | 3 ticker | the first of a symbol, then every tenth | last | 0 | as above |
//!
//! `symbol` is the place in the list the feed was opened with; other symbols are passed over. `sequence` counts messages,
//! from 0, those that make no record and those that are malformed included, so that a gap in the feed shows.

use std::collections::BTreeMap;

use bytemuck::{Pod, Zeroable};

use super::message::{Decoder, Level, Message};

/// One ticker in so many is handed on.
pub const ONE_TICKER_IN: u64 = 10;

/// What is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Record {
    /// 1 trade, 2 quote, 3 ticker.
    pub kind: u32,
    /// Place of the symbol in the feed's list.
    pub symbol: u32,
    /// When the exchange says it was, nanoseconds since 1970.
    pub time: u64,
    /// Price.
    pub price: f64,
    /// Size.
    pub size: f64,
    /// Best ask less best bid; NaN where one is missing.
    pub spread: f64,
    /// The message's number.
    pub sequence: u64,
}

/// How many messages of each sort came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub messages: u64,
    /// Those that were none.
    pub malformed: u64,
    /// Those of symbols that were not asked for.
    pub foreign: u64,
    /// Those that were handed on.
    pub records: u64,
}

/// Both sides of a symbol's book.
#[derive(Debug, Default)]
struct Book {
    bids: Side,
    asks: Side,
    tickers: u64,
}

/// Sizes by price. Prices are above 0, whose bits stand in the order of the numbers.
#[derive(Debug, Default)]
struct Side(BTreeMap<u64, f64>);

impl Side {
    fn apply(&mut self, levels: &[Level], is_snapshot: bool) {
        if is_snapshot {
            self.0.clear();
        }
        for level in levels {
            if level.size > 0.0 {
                self.0.insert(level.price.to_bits(), level.size);
            } else {
                self.0.remove(&level.price.to_bits());
            }
        }
    }

    fn level((price, size): (&u64, &f64)) -> Level {
        Level { price: f64::from_bits(*price), size: *size }
    }
}

impl Book {
    /// Returns (best bid, best ask); None where one is missing.
    fn best(&self) -> Option<(Level, Level)> {
        Some((Side::level(self.bids.0.last_key_value()?), Side::level(self.asks.0.first_key_value()?)))
    }

    fn spread(&self) -> f64 {
        self.best().map_or(f64::NAN, |(bid, ask)| ask.price - bid.price)
    }
}

/// Makes records of messages.
#[derive(Debug)]
pub struct Transform {
    symbols: Vec<String>,
    books: Vec<Book>,
    smallest: f64,
    decoder: Decoder,
    /// What came so far.
    pub counts: Counts,
    /// The newest time that a message of the exchange named.
    pub newest: u64,
}

impl Transform {
    /// Returns a transform of the feed of `symbols` that passes over trades below `smallest`.
    pub fn new(symbols: Vec<String>, smallest: f64) -> Self {
        let books = symbols.iter().map(|_| Book::default()).collect();
        let (decoder, counts) = (Decoder::default(), Counts::default());
        Self { symbols, books, smallest, decoder, counts, newest: 0 }
    }

    /// Returns the record that `message` makes, if it makes one.
    pub fn record(&mut self, message: &[u8]) -> Option<Record> {
        let sequence = self.counts.messages;
        self.counts.messages += 1;
        let Ok(message) = self.decoder.decode(message) else {
            self.counts.malformed += 1;
            return None;
        };
        let (symbol, time) = match &message {
            Message::Ack => return None,
            Message::Heartbeat { time } => {
                self.newest = self.newest.max(*time);
                return None;
            }
            Message::Trade { symbol, time, .. }
            | Message::Book { symbol, time, .. }
            | Message::Ticker { symbol, time, .. } => (symbol, *time),
        };
        self.newest = self.newest.max(time);
        let Some(place) = self.symbols.iter().position(|known| known == symbol) else {
            self.counts.foreign += 1;
            return None;
        };
        let book = &mut self.books[place];
        let (kind, price, size) = match message {
            Message::Trade { price, size, .. } if size >= self.smallest => (1, price, size),
            Message::Book { is_snapshot, .. } => {
                let before = book.best();
                book.bids.apply(&self.decoder.bids, is_snapshot);
                book.asks.apply(&self.decoder.asks, is_snapshot);
                let (bid, ask) = book.best().filter(|now| before.as_ref() != Some(now))?;
                (2, (bid.price + ask.price) / 2.0, bid.size.min(ask.size))
            }
            Message::Ticker { last, .. } => {
                book.tickers += 1;
                if book.tickers % ONE_TICKER_IN != 1 {
                    return None;
                }
                (3, last, 0.0)
            }
            _ => return None,
        };
        self.counts.records += 1;
        // Places are few; a feed of four thousand million symbols is none.
        Some(Record { kind, symbol: place as u32, time, price, size, spread: book.spread(), sequence })
    }
}
