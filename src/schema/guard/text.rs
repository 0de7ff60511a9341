//! Measures the text of a document, before it is parsed.
//!
//! The number of tokens and the nesting of brackets determine the time and the stack that the parser and later checks need.
//! This module counts both with the lexer of the parser. It does not check the syntax.

use crate::graphql::{
    DocumentError, Position,
    lexer::{Kind, Lexer},
};

/// Maximum number of tokens. The introspection query of graphql-js, the largest document of a common tool, has about 400.
pub const MAX_TOKENS: usize = 15_000;

/// Maximum length of a document, in bytes. A comment is no token and a long string is one token, but reading them takes
/// time.
pub const MAX_BYTES: usize = 256 * 1024;

/// Maximum length of a name or a number, in bytes. Error messages repeat names, so names must be short.
pub const MAX_NAME: usize = 128;

/// Maximum nesting of brackets of any kind. The parser and later checks are recursive, and the stack is limited. A
/// document with 32 levels of fields and the deepest filter has about 70.
pub const MAX_BRACKETS: usize = 128;

/// The size of the text of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Names, punctuators and values.
    pub tokens: usize,
    /// Names and values between parentheses: arguments, and variables with their types.
    pub arguments: usize,
    /// Bytes of strings.
    pub texts: usize,
}

/// Checks the length of a text.
///
/// # Errors
/// If it is too long.
pub fn check_length(text: &str) -> Result<(), DocumentError> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    Err(DocumentError::at(Position::default(), format!("The document is longer than {} KiB.", MAX_BYTES >> 10)))
}

/// Measures a text up to its end or its first malformed token. The parser stops at the same position.
///
/// # Errors
/// If the text, a name or a number is too long, there are too many tokens, or brackets nest too deeply.
pub fn check(text: &str) -> Result<Measure, DocumentError> {
    check_length(text)?;
    let (mut found, mut depth, mut parentheses) = (Measure::default(), 0_usize, 0_usize);
    let mut lexer = Lexer::new(text);
    while let Ok(token) = lexer.next_token() {
        let refused = |message: String| Err(DocumentError::at(token.position, message));
        match token.kind {
            Kind::End => break,
            Kind::Punctuator(sign @ ("{" | "[" | "(")) => {
                depth += 1;
                parentheses += usize::from(sign == "(");
            }
            Kind::Punctuator(sign @ ("}" | "]" | ")")) => {
                depth = depth.saturating_sub(1);
                parentheses = parentheses.saturating_sub(usize::from(sign == ")"));
            }
            Kind::Name | Kind::Int | Kind::Float if token.text.len() > MAX_NAME => {
                return refused(format!("The document has a name or a number of more than {MAX_NAME} bytes."));
            }
            _ => {}
        }
        let is_text = matches!(token.kind, Kind::Text | Kind::Block);
        found.tokens += 1;
        found.arguments += usize::from(parentheses > 0 && !matches!(token.kind, Kind::Punctuator(_)));
        found.texts += if is_text { token.text.len() } else { 0 };
        if found.tokens > MAX_TOKENS {
            return refused(format!("The document has more than {MAX_TOKENS} names, punctuators and values."));
        }
        if depth > MAX_BRACKETS {
            return refused(format!("The document nests more than {MAX_BRACKETS} brackets."));
        }
    }
    Ok(found)
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
    fn strings_and_comments_contain_no_tokens() {
        let deep = "{a".repeat(200);
        for start in ["#\r", "#\n", "\"\"\"\\\"\"\"\" \"\"\" ", "\"\" ", "\"\\\\\" "] {
            assert!(!passes(&format!("{start}{deep}")), "{start:?}");
        }
        // The parser stops at these strings, which have no end.
        for start in ["{a(b:[\"\"\"x\"]) ", "\"a\n", "\"\"\"a"] {
            assert!(passes(&format!("{start}{deep}")), "{start:?}");
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
    fn strings_without_an_end_are_read_once() {
        let spaces = " ".repeat(200_000);
        let strings = format!("\"{}{spaces}", "\\\"".repeat(7_000));
        let blocks = format!("{}{spaces}", "\\\"\"\"a\n".repeat(2_500));
        let started = std::time::Instant::now();
        assert!(passes(&strings) && passes(&blocks));
        assert!(started.elapsed().as_secs() < 2, "reading them again for each quotation mark takes a minute");
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
