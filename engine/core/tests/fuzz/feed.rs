//! The parser of a feed's messages never panics, counts every message, and takes nothing that is no JSON.

use perfwatch_core::feed::transform::Transform;
use serde::de::IgnoredAny;

use crate::{INPUTS, Random};

const MESSAGES: [&str; 8] = [
    r#"{"type":"trade","symbol":"BTCUSDT","price":"67012.5","size":0.25,"side":"buy","id":7,"ts":1700000000000000001}"#,
    r#"{"type":"trade", "symbol":"ETH\u0055SDT", "price":1.5e3, "size":"2", "ts":5, "x":{"a":[1,null,true,"\\\""]}}"#,
    r#"{"type":"snapshot","symbol":"BTCUSDT","bids":[["99","1"],[98.5,2]],"asks":[[101,3],["102.25","4e-1"]],"ts":7}"#,
    r#"{"type":"update","symbol":"BTCUSDT","bids":[["99",0]],"asks":[],"ts":8}"#,
    r#"{"ts":9,"symbol":"ETHUSDT","last":-0.0,"last":"3","type":"ticker","volume":1.25E+9}"#,
    r#"{"type":"heartbeat","ts":10,"channel":"book \\ t\u00e4pe \ud83d\ude00"}"#,
    r#"{"type":"ack","id":null,"list":[{"deep":[[[]]]}]}"#,
    r#"{"type":"trade","symbol":"NOBODY","price":1,"size":1,"ts":1,"é":"日本"}"#,
];
/// What JSON is made of, and what it must not hold.
const PIECES: &[u8] = b"{}[]\",:\\/u0123456789+-.eE ntf\x00\x1f\x7f\xc3\xff";
/// A transform keeps books, which garbage fills.
const AFRESH: u64 = 1_000;

/// Makes `bytes` a message, some bytes of it changed, cut, inserted, repeated, or joined to another's.
fn message(number: u64, bytes: &mut Vec<u8>) {
    let mut random = Random(number);
    let mut next = |below: usize| random.next(below as u64) as usize;
    bytes.clear();
    bytes.extend(MESSAGES[next(MESSAGES.len())].as_bytes());
    for _ in 0..next(5) {
        let at = next(bytes.len() + 1);
        match next(6) {
            0 if at < bytes.len() => bytes[at] = next(256) as u8,
            1 if at < bytes.len() => bytes[at] = PIECES[next(PIECES.len())],
            2 => bytes.truncate(at),
            3 => bytes.extend_from_within(at..),
            4 => {
                let other = MESSAGES[next(MESSAGES.len())].as_bytes();
                bytes.truncate(at);
                bytes.extend(&other[next(other.len())..]);
            }
            _ => bytes.insert(at, PIECES[next(PIECES.len())]),
        }
    }
}

#[test]
#[ignore = "ten million messages: make fuzz"]
fn no_message_breaks_the_parser_and_what_it_takes_is_json() {
    let afresh = || Transform::new(vec!["BTCUSDT".into(), "ETHUSDT".into()], 0.0);
    let mut transform = afresh();
    let mut bytes = Vec::new();
    let (mut taken, mut malformed, mut records) = (0_u64, 0_u64, 0_u64);
    for number in 0..INPUTS {
        if number % AFRESH == 0 {
            transform = afresh();
        }
        message(number, &mut bytes);
        let before = transform.counts;
        let record = transform.record(&bytes);
        let after = transform.counts;
        assert_eq!(after.messages, before.messages + 1, "message {number}");
        if after.malformed > before.malformed {
            assert_eq!(record, None, "message {number}");
            malformed += 1;
            continue;
        }
        taken += 1;
        // The oracle is slow: every message that made a record, and one in eight of the others.
        if record.is_some() || number % 8 == 0 {
            // Which looks at the escapes' form, not at what they name: half a pair of surrogates is JSON, if no text.
            let told = serde_json::from_slice::<IgnoredAny>(&bytes);
            assert!(told.is_ok() && bytes.trim_ascii_start().starts_with(b"{"), "message {number}: {told:?}");
        }
        if let Some(record) = record {
            assert!(record.price > 0.0 && record.price.is_finite() && record.size >= 0.0, "message {number}");
            records += 1;
        }
    }
    // All three happen, and often: the messages are neither all right nor all noise.
    for (what, count) in [("taken", taken), ("malformed", malformed), ("records", records)] {
        assert!(count > INPUTS / 20, "{what}: {count}");
    }
    println!("{INPUTS} messages: {taken} taken, {malformed} malformed, {records} records");
}
