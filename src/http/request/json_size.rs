//! JSON that clients send, measured before it is parsed.
//!
//! A parsed value takes many times the bytes of its text: a mebibyte of `{"a":1},` becomes a hundred thousand maps, and takes a serving
//! thread for tens of milliseconds. No request needs so many values, so texts that have more are refused unparsed.

/// Most values and members of one text. The largest filter that is allowed has a few thousand, and a batch some of them.
pub const MAX_VALUES: usize = 20_000;

/// A text has more than [`MAX_VALUES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyValues;

/// Counts the values of a text, which need not be JSON: brackets and commas outside of strings.
///
/// # Errors
/// When there are more than [`MAX_VALUES`].
pub fn measure(text: &[u8]) -> Result<(), TooManyValues> {
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

/// Goes behind the end of a string; behind that of the text when it has none.
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
            assert_eq!(measure(list(each, most).as_bytes()), Ok(()), "{each}");
            assert_eq!(measure(list(each, most + 1).as_bytes()), Err(TooManyValues), "{each}");
        }
        let text = format!("[\"{}\"]", ",".repeat(MAX_VALUES * 2));
        assert_eq!(measure(text.as_bytes()), Ok(()));
        assert_eq!(measure(format!("[\"{}", "[".repeat(MAX_VALUES * 2)).as_bytes()), Ok(()), "a string without an end");
    }
}
