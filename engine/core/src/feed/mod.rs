//! An exchange's JSON feed, decoded, filtered and handed on as fixed records.
//!
//! bytes → [`json`] → [`message`] → [`transform`] → [`Record`](transform::Record)s, 48 bytes each → [`ring`]
//!
//! The rules are research's as well: a second implementation in Python (`perfwatch.backtest.feed`) makes the same records,
//! byte for byte, and the tests hold the two together.

pub mod json;
pub mod message;
pub mod ring;
pub mod transform;
