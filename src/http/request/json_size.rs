//! Counts the values of a JSON text before it is parsed.
//!
//! Parsed values need many times the memory of their text. A mebibyte of `{"a":1},` becomes a hundred thousand maps, and
//! occupies a serving thread for tens of milliseconds. No request needs so many values, so texts with more than
//! [`MAX_VALUES`] are not parsed.

/// Maximum values and members in one text. The largest allowed filter has a few thousand, and a batch may contain several of
/// them.
pub const MAX_VALUES: usize = 20_000;

/// The error that a text has more than [`MAX_VALUES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyValues;

/// Memory of a parsed map with few members, in bytes: `serde_json` allocates nodes for eleven members.
const MAP_BYTES: usize = 640;
/// Memory of another parsed value, in bytes, without its text.
const VALUE_BYTES: usize = 64;

/// Checks the number of values, and returns the estimate of [`estimate`].
///
/// # Errors
/// Returns an error if there are more than [`MAX_VALUES`].
pub fn check(text: &[u8]) -> Result<usize, TooManyValues> {
    let (values, bytes) = estimate(text);
    if values > MAX_VALUES { Err(TooManyValues) } else { Ok(bytes) }
}

/// Returns the number of values, and an estimate of the memory of the parsed values in bytes, without their texts. It counts
/// opening brackets and commas outside of strings. The text need not be valid JSON.
pub fn estimate(text: &[u8]) -> (usize, usize) {
    let (mut maps, mut others, mut rest) = (0, 0, text.iter());
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => skip_string(&mut rest),
            b'{' => maps += 1,
            b'[' | b',' => others += 1,
            _ => {}
        }
    }
    (maps + others, maps * MAP_BYTES + others * VALUE_BYTES)
}

/// Skips to the end of a string, or to the end of the text if the string is not closed.
fn skip_string<'t>(rest: &mut impl Iterator<Item = &'t u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = rest.next(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_strings() {
        let list = |each: &str, times: usize| format!("[{}]", vec![each; times].join(","));
        for each in ["1", "[]", "{}", r#""a\"b""#, r#"{"a":1}"#, "\"\\\\\""] {
            let most = if each.contains(['[', '{']) { MAX_VALUES / 2 } else { MAX_VALUES };
            assert!(check(list(each, most).as_bytes()).is_ok(), "{each}");
            assert_eq!(check(list(each, most + 1).as_bytes()), Err(TooManyValues), "{each}");
        }
        let text = format!("[\"{}\"]", ",".repeat(MAX_VALUES * 2));
        assert_eq!(check(text.as_bytes()), Ok(VALUE_BYTES));
        assert!(check(format!("[\"{}", "[".repeat(MAX_VALUES * 2)).as_bytes()).is_ok(), "a string without an end");
        assert_eq!(check(br#"{"a": [1, {}]}"#), Ok(2 * MAP_BYTES + 2 * VALUE_BYTES));
    }
}
