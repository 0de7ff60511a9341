//! Measures the text of a document, before it is parsed.
//!
//! Parser and checks take time and stack by the number of tokens and the depth of brackets; both are counted here in one pass
//! over the bytes. Strings and comments are passed over (<https://spec.graphql.org/draft/#sec-Language.Source-Text>). Whether
//! the text is GraphQL at all is the parser's business.

use async_graphql::{Pos, ServerError};

use crate::error;

/// Most tokens: the largest document of a person or tool, the introspection of graphql-js, has about 400.
pub const MAX_TOKENS: usize = 15_000;

/// Longest document, in bytes. Comments and strings are no tokens, and take time all the same.
pub const MAX_BYTES: usize = 256 * 1024;

/// Longest name. Messages repeat names, so they must not be long.
pub const MAX_NAME: usize = 128;

/// Deepest nesting of brackets of any kind: what parser and checks follow on the stack with room to spare. 32 levels of fields,
/// and the deepest filter within the last of them, have about 70.
pub const MAX_BRACKETS: usize = 128;

/// What the text of a document holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Names, signs and values.
    pub tokens: usize,
    /// Those of them that stand between parentheses: arguments, and variables with their types.
    pub arguments: usize,
    /// Bytes of names and strings. Spaces and comments are read, and not kept.
    pub kept: usize,
}

/// Checks the length of a text.
///
/// # Errors
/// When it is too long.
pub fn check_length(text: &str) -> Result<(), ServerError> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    Err(error::of_size(format!("The document is longer than {} KiB.", MAX_BYTES >> 10), Pos::default()))
}

/// Measures a text.
///
/// # Errors
/// When there are too many tokens, a name is too long, or brackets are too deep.
pub fn check(text: &str) -> Result<Measure, ServerError> {
    check_length(text)?;
    let refused = |message: String| Err(error::of_size(message, Pos::default()));
    let (mut found, mut depth, mut parentheses) = (Measure::default(), 0_usize, 0_usize);
    let mut strings = Strings::default();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let before = after.len();
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            b'#' => {
                let length = after.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
                rest = &after[length..];
                continue;
            }
            b'"' => rest = strings.end(after),
            b'{' | b'[' | b'(' => {
                depth += 1;
                parentheses += usize::from(byte == b'(');
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                parentheses = parentheses.saturating_sub(usize::from(byte == b')'));
            }
            byte if is_name(byte) => {
                let length = after.iter().take_while(|byte| is_name(**byte)).count();
                if length >= MAX_NAME {
                    return refused(format!("The document has a name or a number of more than {MAX_NAME} characters."));
                }
                rest = &after[length..];
            }
            _ => {}
        }
        found.tokens += 1;
        found.arguments += usize::from(parentheses > 0);
        found.kept += before - rest.len();
        if found.tokens > MAX_TOKENS {
            return refused(format!("The document has more than {MAX_TOKENS} names, signs and values."));
        }
        if depth > MAX_BRACKETS {
            return refused(format!("The document nests more than {MAX_BRACKETS} brackets."));
        }
    }
    Ok(found)
}

/// Part of a name or of a number.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Finds the ends of strings, from the first to the last of a text.
///
/// A string without an end is not a string to the parser, which tries again behind the quotation mark. The quotation marks that follow on
/// the same line are escaped in it, so the strings that they begin have no end either; the same holds for block strings up to the end of
/// the text. This is found out once: a search for each of them takes time by the square of the length.
#[derive(Default)]
struct Strings {
    /// How many bytes of the text are left at the end of the last line on which a string has no end; `None` before there is one.
    open: Option<usize>,
    /// A block string had no end.
    open_block: bool,
}

impl Strings {
    /// What stands after a string or block string, given what stands after its first quotation mark.
    fn end<'t>(&mut self, after: &'t [u8]) -> &'t [u8] {
        if let Some(block) = after.strip_prefix(b"\"\"") {
            let end = if self.open_block { None } else { end_of_block(block) };
            self.open_block = end.is_none();
            return end.unwrap_or(&after[1..]);
        }
        if self.open.is_some_and(|left| after.len() >= left) {
            return after;
        }
        end_of_string(after).unwrap_or_else(|left| {
            self.open = Some(left);
            after
        })
    }
}

/// What stands after a string; or how many bytes are left where its line ends, when it has no end before.
fn end_of_string(mut text: &[u8]) -> Result<&[u8], usize> {
    loop {
        match text {
            [b'"', rest @ ..] => return Ok(rest),
            [] | [b'\n' | b'\r', ..] => return Err(text.len()),
            [b'\\', _, rest @ ..] | [_, rest @ ..] => text = rest,
        }
    }
}

/// What stands after a block string, in which only `\"""` is an escape; `None` when it has no end.
fn end_of_block(mut text: &[u8]) -> Option<&[u8]> {
    while let [_, rest @ ..] = text {
        if let Some(rest) = text.strip_prefix(b"\\\"\"\"") {
            text = rest;
        } else if let Some(rest) = text.strip_prefix(b"\"\"\"") {
            return Some(rest);
        } else {
            text = rest;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str) -> bool {
        check(text).is_ok()
    }

    #[test]
    fn brackets_are_counted_outside_strings_and_comments() {
        let nested = |open: &str, close: &str, times| format!("{}{}", open.repeat(times), close.repeat(times));
        assert!(passes(&nested("{a(b:[", "])}", 42)));
        assert!(!passes(&nested("{a(b:[", "])}", 43)));
        assert!(passes(&format!("{{ a(b: \"{0}\", c: \"\"\" \\\"\"\" {0}\"\"\") }} # {0}", "[".repeat(500))));
        assert!(!passes(&format!("{{ a(b: \"\\\"\") }} {}", "[".repeat(500))));
        for unfinished in ["\"", "\"\"\"", "\"\\", "#", "]]]"] {
            assert!(passes(unfinished));
        }
    }

    #[test]
    fn strings_and_comments_end_where_they_do_for_the_parser() {
        let deep = "{a".repeat(200);
        for start in
            ["#\r", "#\n", "\"\"\"\\\"\"\"\" \"\"\" ", "{a(b:[\"\"\"x\"]) ", "\"a\n", "\"\"\"a", "\"\" ", "\"\\\\\" "]
        {
            assert!(!passes(&format!("{start}{deep}")), "{start:?}");
        }
        for string in [
            format!("\"{deep}\""),
            format!("\"\"\"{deep}\\\"\"\"{deep}\"\"\""),
            format!("#{deep}\r{{a}}"),
            format!("\"\\\"{deep}\""),
        ] {
            assert!(passes(&string), "{string:?}");
        }
    }

    #[test]
    fn strings_without_an_end_are_searched_once() {
        let spaces = " ".repeat(200_000);
        let strings = format!("\"{}{spaces}", "\\\"".repeat(7_000));
        let blocks = format!("{}{spaces}", "\\\"\"\"a\n".repeat(2_500));
        let started = std::time::Instant::now();
        assert!(passes(&strings) && passes(&blocks));
        assert!(started.elapsed().as_secs() < 2, "searched once for each quotation mark, they take a minute");
    }

    #[test]
    fn tokens_are_counted_and_names_measured() {
        assert!(passes(&"a ".repeat(MAX_TOKENS)));
        assert!(!passes(&"a ".repeat(MAX_TOKENS + 1)));
        assert!(!passes(&"!".repeat(MAX_TOKENS + 1)));
        assert!(passes(&" ,\n".repeat(MAX_TOKENS + 1)));
        assert!(passes(&format!("\"{}\"", "a".repeat(MAX_TOKENS + 1))));
        assert!(passes(&"a".repeat(MAX_NAME)));
        assert!(!passes(&"a".repeat(MAX_NAME + 1)));
    }
}
