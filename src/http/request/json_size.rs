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

/// Checks the number of values: it counts opening brackets and commas outside of strings. The text need not be valid JSON.
///
/// # Errors
/// Returns an error if there are more than [`MAX_VALUES`].
pub fn check(text: &[u8]) -> Result<(), TooManyValues> {
    if text.len() <= MAX_VALUES {
        return Ok(());
    }
    let (mut values, mut rest) = (0, text.iter());
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => skip_string(&mut rest),
            b'[' | b'{' | b',' => values += 1,
            _ => {}
        }
    }
    if values > MAX_VALUES { Err(TooManyValues) } else { Ok(()) }
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
            assert_eq!(check(list(each, most).as_bytes()), Ok(()), "{each}");
            assert_eq!(check(list(each, most + 1).as_bytes()), Err(TooManyValues), "{each}");
        }
        let text = format!("[\"{}\"]", ",".repeat(MAX_VALUES * 2));
        assert_eq!(check(text.as_bytes()), Ok(()));
        assert_eq!(check(format!("[\"{}", "[".repeat(MAX_VALUES * 2)).as_bytes()), Ok(()), "a string without an end");
    }
}
