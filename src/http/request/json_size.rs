//! Counts the values of a JSON text before it is parsed.
//!
//! Parsed values need many times the memory of their text. A mebibyte of `{"a":1},` becomes a hundred thousand maps, and
//! occupies a serving thread for tens of milliseconds. No request needs so many values, so texts with more than
//! [`MAX_VALUES`] are not parsed.

use serde_json::Value as Json;

/// Maximum values and members in one text. The largest allowed filter has a few thousand, and a batch may contain several of
/// them.
pub const MAX_VALUES: usize = 20_000;

/// The error that a text has more than [`MAX_VALUES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyValues;

/// Maximum nesting of maps and arrays that `serde_json` parses.
const MAX_DEPTH: usize = 128;

/// Memory of the name of a member in addition to its text, in bytes: what an allocator needs for a short text.
const NAME_BYTES: usize = 16;

/// A member as a map stores it: the hash of its name, its name and its value.
type Member = (u64, String, Json);

/// A map or an array whose end was not read yet.
struct Container {
    is_map: bool,
    entries: usize,
}

impl Container {
    /// Returns the memory of its entries, in bytes, without their texts.
    fn bytes(&self) -> usize {
        if !self.is_map {
            // A `Vec` begins with four entries, and doubles.
            return self.entries.next_power_of_two().max(4) * size_of::<Json>();
        }
        // With the feature `preserve_order`, a map is an `IndexMap`: a hash table of indices, and a list of members with
        // the same capacity. The table has four slots at first, and doubles when seven eighths of them are used. A slot is
        // an index and a byte of the hash. Sixteen more of these bytes follow the last slot.
        let slots = (self.entries * 8).div_ceil(7).next_power_of_two().max(4);
        slots * 7 / 8 * size_of::<Member>() + slots * (size_of::<usize>() + 1) + 16 + self.entries * NAME_BYTES
    }
}

/// Checks the number of values, and returns the memory that [`estimate`] estimates, in bytes.
///
/// # Errors
/// Returns an error if there are more than [`MAX_VALUES`].
pub fn check(text: &[u8]) -> Result<usize, TooManyValues> {
    let (values, bytes) = estimate(text);
    if values > MAX_VALUES { Err(TooManyValues) } else { Ok(bytes) }
}

/// Returns the number of values, and an estimate of the memory of the parsed values in bytes, without their texts. It
/// counts opening brackets and commas outside of strings, so an empty map or array counts as if it had one entry. The text
/// need not be valid JSON.
pub fn estimate(text: &[u8]) -> (usize, usize) {
    let (mut values, mut bytes, mut open, mut rest) = (0, 0, Vec::new(), text.iter());
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => skip_string(&mut rest),
            b'{' | b'[' => {
                values += 1;
                // A text with more nested containers is refused, so the others need not be counted.
                if open.len() < MAX_DEPTH {
                    open.push(Container { is_map: *byte == b'{', entries: 1 });
                }
            }
            b',' => {
                values += 1;
                if let Some(container) = open.last_mut() {
                    container.entries += 1;
                }
            }
            b'}' | b']' => bytes += open.pop().map_or(0, |container| container.bytes()),
            _ => {}
        }
    }
    (values, bytes + open.iter().map(Container::bytes).sum::<usize>())
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
    use allocation_counter::measure;

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
        assert_eq!(check(text.as_bytes()), check(b"[1]"));
        assert!(check(format!("[\"{}", "[".repeat(MAX_VALUES * 2)).as_bytes()).is_ok(), "a string without an end");
        assert_eq!(estimate(br#"{"a": [1, {}]}"#).0, 4);
    }

    #[test]
    fn the_estimate_is_near_the_allocated_memory() {
        for entries in [1, 3, 4, 15, 100] {
            let all = |entry: fn(usize) -> String| (0..entries).map(entry).collect::<Vec<_>>().join(",");
            let (map, list) =
                (format!("{{{}}}", all(|at| format!("\"{at}\":1"))), format!("[{}]", all(|at| at.to_string())));
            let nested = format!("[{}]", vec![map.as_str(); 100].join(","));
            for text in [map, list, nested] {
                let mut parsed = Json::Null;
                let taken = measure(|| parsed = serde_json::from_str(&text).expect("valid JSON")).bytes_current;
                let (taken, estimated) = (usize::try_from(taken).expect("it is stored"), estimate(text.as_bytes()).1);
                let is_near = estimated * 3 >= taken * 2 && estimated * 2 <= taken * 3;
                assert!(is_near && !parsed.is_null(), "{estimated} bytes instead of {taken}: {text}");
            }
        }
    }

    #[test]
    fn of_a_text_that_is_nested_too_deeply_only_the_outer_levels_count() {
        let nested = |levels: usize| "[".repeat(levels);
        assert_eq!(estimate(nested(1_000_000).as_bytes()).1, estimate(nested(MAX_DEPTH).as_bytes()).1);
        let parsed = |levels: usize| serde_json::from_str::<Json>(&(nested(levels) + &"]".repeat(levels)));
        assert!(parsed(MAX_DEPTH - 1).is_ok() && parsed(MAX_DEPTH + 1).is_err());
    }
}
