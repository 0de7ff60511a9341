//! Measures the text of a document, before it is parsed.
//!
//! Parser and checks take time and stack by the number of tokens and the depth of brackets; both are counted here in one pass
//! over the bytes. Strings and comments are passed over (<https://spec.graphql.org/draft/#sec-Language.Source-Text>). Whether
//! the text is GraphQL at all is the parser's business.

use async_graphql::{Pos, ServerError};

use crate::error;

/// Most tokens: the largest document of a person or tool, the introspection of graphql-js, has about 400.
pub const MAX_TOKENS: usize = 15_000;

/// Longest name. Messages repeat names, so they must not be long.
pub const MAX_NAME: usize = 128;

/// Deepest nesting of brackets of any kind: what parser and checks follow on the stack with room to spare. 32 levels of fields,
/// and the deepest filter within the last of them, have about 70.
pub const MAX_BRACKETS: usize = 128;

/// Refuses a text with too many tokens, too long names or too deep brackets.
pub fn check(text: &str) -> Result<(), ServerError> {
    let refused = |message: String| Err(error::of_size(message, Pos::default()));
    let (mut tokens, mut depth) = (0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            b'#' => {
                rest = skip_until(after, b"\n");
                continue;
            }
            b'"' if after.starts_with(b"\"\"") => rest = skip_until(&after[2..], b"\"\"\""),
            b'"' => rest = skip_until(after, b"\""),
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            byte if is_name(byte) => {
                let length = after.iter().take_while(|byte| is_name(**byte)).count();
                if length >= MAX_NAME {
                    return refused(format!("The document has a name or a number of more than {MAX_NAME} characters."));
                }
                rest = &after[length..];
            }
            _ => {}
        }
        tokens += 1;
        if tokens > MAX_TOKENS {
            return refused(format!("The document has more than {MAX_TOKENS} names, signs and values."));
        }
        if depth > MAX_BRACKETS {
            return refused(format!("The document nests more than {MAX_BRACKETS} brackets."));
        }
    }
    Ok(())
}

/// Part of a name or of a number.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands after the first `end`, passing over whatever a backslash stands before; nothing when it never comes.
fn skip_until<'t>(mut text: &'t [u8], end: &[u8]) -> &'t [u8] {
    while !text.is_empty() {
        if let Some(after) = text.strip_prefix(end) {
            return after;
        }
        let step = if text[0] == b'\\' && end[0] == b'"' { 2.min(text.len()) } else { 1 };
        text = &text[step..];
    }
    text
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
