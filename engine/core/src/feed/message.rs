//! What a message of the feed says.
//!
//! | type | fields beside `type` |
//! |---|---|
//! | trade | symbol, price, size, ts |
//! | snapshot, update | symbol, bids, asks, ts: levels are `[price, size]` |
//! | ticker | symbol, last, ts |
//! | heartbeat | ts |
//! | ack | anything |
//!
//! Fields come in any order, unknown ones are passed over, and of one that comes twice the last holds. Prices and sizes are
//! numbers or strings that hold one, above 0 (a level's size may be 0: the level is gone); `ts` is whole nanoseconds.

use std::borrow::Cow;

use super::json::{Cursor, Malformed, Value};

/// A price and how much there is at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Price, above 0.
    pub price: f64,
    /// Size; 0 where the level is gone.
    pub size: f64,
}

/// A message, decoded. Levels are in the [`Decoder`]'s memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Message<'a> {
    /// Somebody traded.
    Trade {
        /// Instrument.
        symbol: Cow<'a, str>,
        /// Price.
        price: f64,
        /// Size.
        size: f64,
        /// When, nanoseconds since 1970.
        time: u64,
    },
    /// Levels of the book: all there are, or those that changed.
    Book {
        /// Instrument.
        symbol: Cow<'a, str>,
        /// Whether these are all there are.
        is_snapshot: bool,
        /// When, nanoseconds since 1970.
        time: u64,
    },
    /// The last price.
    Ticker {
        /// Instrument.
        symbol: Cow<'a, str>,
        /// Last price.
        last: f64,
        /// When, nanoseconds since 1970.
        time: u64,
    },
    /// The exchange lives.
    Heartbeat {
        /// When, nanoseconds since 1970.
        time: u64,
    },
    /// Something that was asked for was heard.
    Ack,
}

/// Decodes messages, one after the other, into memory of its own.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Of the last book message.
    pub bids: Vec<Level>,
    /// Of the last book message.
    pub asks: Vec<Level>,
}

#[derive(Default)]
struct Fields<'a> {
    kind: Option<Value<'a>>,
    symbol: Option<Value<'a>>,
    price: Option<Value<'a>>,
    size: Option<Value<'a>>,
    last: Option<Value<'a>>,
    time: Option<Value<'a>>,
    bids: Option<Value<'a>>,
    asks: Option<Value<'a>>,
}

impl Decoder {
    /// Returns what `message` says.
    ///
    /// # Errors
    /// - It is no UTF-8, no JSON object, of no known type, or a field is missing or is not what it must be.
    pub fn decode<'a>(&mut self, message: &'a [u8]) -> Result<Message<'a>, Malformed> {
        let fields = Fields::of(std::str::from_utf8(message).map_err(|_| Malformed)?)?;
        let kind = fields.kind.and_then(Value::text).ok_or(Malformed)?;
        match &*kind {
            "trade" => Ok(Message::Trade {
                symbol: fields.symbol()?,
                price: above_zero(fields.price)?,
                size: above_zero(fields.size)?,
                time: fields.time()?,
            }),
            "snapshot" | "update" => {
                let (symbol, time) = (fields.symbol()?, fields.time()?);
                levels(fields.bids, &mut self.bids)?;
                levels(fields.asks, &mut self.asks)?;
                Ok(Message::Book { symbol, is_snapshot: kind == "snapshot", time })
            }
            "ticker" => {
                Ok(Message::Ticker { symbol: fields.symbol()?, last: above_zero(fields.last)?, time: fields.time()? })
            }
            "heartbeat" => Ok(Message::Heartbeat { time: fields.time()? }),
            "ack" => Ok(Message::Ack),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(text);
        let mut fields = Self::default();
        cursor.expect(b'{')?;
        if !cursor.takes(b'}') {
            loop {
                let key = Value::Text(cursor.key()?).text();
                let value = Some(cursor.value()?);
                // A key whose escapes make no text is none of ours.
                match key.as_deref() {
                    Some("type") => fields.kind = value,
                    Some("symbol") => fields.symbol = value,
                    Some("price") => fields.price = value,
                    Some("size") => fields.size = value,
                    Some("last") => fields.last = value,
                    Some("ts") => fields.time = value,
                    Some("bids") => fields.bids = value,
                    Some("asks") => fields.asks = value,
                    _ => {}
                }
                if !cursor.takes(b',') {
                    break;
                }
            }
            cursor.expect(b'}')?;
        }
        if cursor.is_at_end() { Ok(fields) } else { Err(Malformed) }
    }

    fn symbol(&self) -> Result<Cow<'a, str>, Malformed> {
        self.symbol.and_then(Value::text).ok_or(Malformed)
    }

    fn time(&self) -> Result<u64, Malformed> {
        self.time.and_then(Value::whole).ok_or(Malformed)
    }
}

fn above_zero(value: Option<Value<'_>>) -> Result<f64, Malformed> {
    value.and_then(Value::number).filter(|number| *number > 0.0).ok_or(Malformed)
}

/// Reads an array of levels into `out`, in place of what it holds.
fn levels(value: Option<Value<'_>>, out: &mut Vec<Level>) -> Result<(), Malformed> {
    let Some(Value::Array(text)) = value else { return Err(Malformed) };
    out.clear();
    let mut cursor = Cursor::new(text);
    cursor.expect(b'[')?;
    if cursor.takes(b']') {
        return Ok(());
    }
    loop {
        cursor.expect(b'[')?;
        let price = above_zero(Some(cursor.value()?))?;
        cursor.expect(b',')?;
        let size = cursor.value()?.number().filter(|size| *size >= 0.0).ok_or(Malformed)?;
        cursor.expect(b']')?;
        out.push(Level { price, size });
        if !cursor.takes(b',') {
            return cursor.expect(b']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Result<Message<'_>, Malformed> {
        Decoder::default().decode(text.as_bytes())
    }

    #[test]
    fn each_type_is_read_in_any_order_with_unknown_fields_and_escapes() {
        let text =
            r#" {"x":[1,{"type":"no"}],"ts":5,"size":"0.25","price":1.5e3,"symbol":"BTC\u0055SDT","type":"trade"} "#;
        let trade = Message::Trade { symbol: "BTCUSDT".into(), price: 1500.0, size: 0.25, time: 5 };
        assert_eq!(decoded(text), Ok(trade));
        let mut decoder = Decoder::default();
        let text = r#"{"type":"update","symbol":"A","bids":[["1","2"],[3,0]],"asks":[],"ts":7}"#;
        let book = Message::Book { symbol: "A".into(), is_snapshot: false, time: 7 };
        assert_eq!(decoder.decode(text.as_bytes()), Ok(book));
        assert_eq!(decoder.bids, [Level { price: 1.0, size: 2.0 }, Level { price: 3.0, size: 0.0 }]);
        assert_eq!(decoded(r#"{"type":"ack","id":null}"#), Ok(Message::Ack));
        assert_eq!(decoded(r#"{"type":"x","ts":1,"type":"heartbeat"}"#), Ok(Message::Heartbeat { time: 1 }));
    }

    #[test]
    fn what_is_missing_or_not_what_it_must_be_is_malformed() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"type\":\"trade\"}",
            r#"{"type":"tirade","ts":1}"#,
            r#"{"type":"heartbeat","ts":-1}"#,
            r#"{"type":"heartbeat","ts":1.0}"#,
            r#"{"type":"heartbeat","ts":1},"#,
            r#"{"type":"trade","symbol":"A","price":0,"size":1,"ts":1}"#,
            r#"{"type":"trade","symbol":"A","price":"x","size":1,"ts":1}"#,
            r#"{"type":"trade","symbol":1,"price":1,"size":1,"ts":1}"#,
            r#"{"type":"update","symbol":"A","bids":[[1]],"asks":[],"ts":7}"#,
            r#"{"type":"update","symbol":"A","bids":[[1,2,3]],"asks":[],"ts":7}"#,
            r#"{"type":"update","symbol":"A","bids":[[1,-2]],"asks":[],"ts":7}"#,
        ] {
            assert_eq!(decoded(text), Err(Malformed), "{text}");
        }
        assert_eq!(Decoder::default().decode(b"{\"type\":\"ack\",\"a\":\"\xff\"}"), Err(Malformed));
    }
}
