//! JSON as far as a feed needs it: one message, a flat object, read once from front to back.
//!
//! The grammar is RFC 8259's. What is not asked for is skipped, not built; strings are unescaped only where they are
//! compared. Nothing recurses: nesting is counted.

use std::borrow::Cow;

/// Brackets open at once in a message; deeper ones are nobody's feed.
const DEEPEST: u32 = 64;

/// The text is no JSON, or is JSON of another shape than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A value, not looked into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A string as it stands between its quotes, escapes and all.
    Text(&'a str),
    /// A number as it is written.
    Number(&'a str),
    /// An array, brackets included.
    Array(&'a str),
    /// An object, `true`, `false` or `null`.
    Other,
}

impl<'a> Value<'a> {
    /// Returns the string, unescaped; None where it is none.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let Self::Text(raw) = self else { return None };
        if raw.contains('\\') { unescaped(raw).map(Cow::Owned) } else { Some(Cow::Borrowed(raw)) }
    }

    /// Returns the finite number that this is, written as a number or, as exchanges do, as a number in a string.
    pub fn number(self) -> Option<f64> {
        let text = match self {
            Self::Number(text) => text,
            Self::Text(text) if is_number(text.as_bytes()) => text,
            _ => return None,
        };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Returns the whole number, of 0 and above, that this is: digits alone, or the 0 that is written -0.
    pub fn whole(self) -> Option<u64> {
        let Self::Number(text) = self else { return None };
        if text == "-0" {
            return Some(0);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
    }
}

/// Reads a text from front to back.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Returns a cursor at the front of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes `byte`, after any space; whether it stood there.
    pub fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes `byte`, after any space.
    ///
    /// # Errors
    /// - Another stands there.
    pub fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.takes(byte) { Ok(()) } else { Err(Malformed) }
    }

    /// Returns whether nothing but space is left.
    pub fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Takes a value.
    ///
    /// # Errors
    /// - There is none.
    pub fn value(&mut self) -> Result<Value<'a>, Malformed> {
        self.skip_space();
        let start = self.at;
        match self.peek().ok_or(Malformed)? {
            b'"' => self.string().map(Value::Text),
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            first @ (b'[' | b'{') => {
                self.nested()?;
                Ok(if first == b'[' { Value::Array(&self.text[start..self.at]) } else { Value::Other })
            }
            _ => self.word().map(|()| Value::Other),
        }
    }

    /// Takes a string, and returns what stands between its quotes.
    ///
    /// # Errors
    /// - There is none, or it holds a control character or an escape that is none.
    pub fn string(&mut self) -> Result<&'a str, Malformed> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at - 1]);
                }
                b'\\' => self.escape()?,
                0..=0x1f => return Err(Malformed),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let bytes = &self.text.as_bytes()[self.at + 1..];
        match bytes.first().ok_or(Malformed)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' if bytes.get(1..5).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => self.at += 6,
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, Malformed> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = number_length(rest).ok_or(Malformed)?;
        let start = self.at;
        self.at += length;
        Ok(&self.text[start..self.at])
    }

    fn word(&mut self) -> Result<(), Malformed> {
        let rest = &self.text.as_bytes()[self.at..];
        let found = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word));
        self.at += found.ok_or(Malformed)?.len();
        Ok(())
    }

    /// Takes an array or an object with all that is in it.
    fn nested(&mut self) -> Result<(), Malformed> {
        // A bit a bracket that is open, the innermost lowest: set for an object.
        let (mut open, mut depth) = (0_u64, 0_u32);
        loop {
            self.skip_space();
            // A value, or the end of a collection that has none.
            match self.peek().ok_or(Malformed)? {
                first @ (b'[' | b'{') => {
                    self.at += 1;
                    if depth == DEEPEST {
                        return Err(Malformed);
                    }
                    depth += 1;
                    open = open << 1 | u64::from(first == b'{');
                    let is_empty = self.takes(if first == b'{' { b'}' } else { b']' });
                    if !is_empty {
                        if first == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                    depth -= 1;
                    open >>= 1;
                }
                b'"' => {
                    self.string()?;
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                _ => self.word()?,
            }
            // After a value: more of them, or the ends of what is open.
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let is_object = open & 1 == 1;
                if self.takes(b',') {
                    if is_object {
                        self.key()?;
                    }
                    break;
                }
                self.expect(if is_object { b'}' } else { b']' })?;
                depth -= 1;
                open >>= 1;
            }
        }
    }

    /// Takes a key and its colon, and returns the key as it stands.
    ///
    /// # Errors
    /// - There is none.
    pub fn key(&mut self) -> Result<&'a str, Malformed> {
        let key = self.string()?;
        self.expect(b':')?;
        Ok(key)
    }
}

/// Returns whether `text` is a number and nothing else.
fn is_number(text: &[u8]) -> bool {
    number_length(text) == Some(text.len())
}

/// Returns how many of the first bytes are a number; None where they begin none.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    at += match bytes.get(at)? {
        b'0' => 1,
        b'1'..=b'9' => digits(at),
        _ => return None,
    };
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(at + 1 + sign..).map_or(0, |_| digits(at + 1 + sign));
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

/// Returns a string without its escapes; None where two of them make no character.
fn unescaped(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        out.push(match code {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
                rest = &rest[4..];
                let paired = (0xd800..0xdc00).contains(&high).then(|| {
                    let low = u32::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
                    (0xdc00..0xe000).contains(&low).then_some(low)
                });
                match paired.flatten() {
                    Some(low) => {
                        rest = &rest[6..];
                        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                    }
                    None => char::from_u32(high)?,
                }
            }
            other => char::from(other),
        });
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Result<Value<'_>, Malformed> {
        let mut cursor = Cursor::new(text);
        let value = cursor.value()?;
        if cursor.is_at_end() { Ok(value) } else { Err(Malformed) }
    }

    #[test]
    fn what_is_json_is_taken_whole() {
        for text in
            ["0", "-0.5e+10", "\"a\\u00e9\\\"\"", "[]", "{}", "[1,[2,{\"a\":[ ]}],\"]\"]", " true ", "null", "false"]
        {
            assert!(value(text).is_ok(), "{text}");
        }
        assert_eq!(value("\"\\ud83d\\ude00 \\n\"").unwrap().text().as_deref(), Some("😀 \n"));
        assert_eq!(value("\"50000.10\"").unwrap().number(), Some(50000.10));
        assert_eq!(value("1.5E3").unwrap().number(), Some(1500.0));
        assert_eq!(value("18446744073709551615").unwrap().whole(), Some(u64::MAX));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "--1",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\u{1}\"",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{1:2}",
            "[",
            "tru",
            "nul",
            "NaN",
            "Infinity",
            "[}",
            "'a'",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&"[".repeat(100)).is_err());
        let deepest = ["[".repeat(64), "]".repeat(64)].concat();
        assert!(value(&deepest).is_ok());
        assert!(value(&format!("[{deepest}]")).is_err());
        for text in ["\"1e999\"", "\" 1\"", "\"nan\"", "\"1_0\"", "\"\"", "true"] {
            assert_eq!(value(text).unwrap().number(), None, "{text}");
        }
        for text in ["1.0", "-1", "18446744073709551616", "\"1\"", "1e3"] {
            assert_eq!(value(text).unwrap().whole(), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_serde_json_writes_is_taken_and_whatever_it_refuses_is_refused(text in "[\\[\\]{}:,\"0-9a-z\\\\ .eE+-]{0,24}") {
            let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
            // Beyond any double is a number all the same, as JSON goes.
            prop_assume!(!theirs.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range")));
            prop_assert_eq!(value(&text).is_ok(), theirs.is_ok(), "{}", text);
        }
    }
}
