//! Splits a text into tokens (<https://spec.graphql.org/draft/#sec-Language.Source-Text>).
//!
//! White space, commas, comments and byte order marks between tokens are skipped. The lexer stops at the first character
//! that does not start a token. Its time is linear in the length of any text.

use super::error::{DocumentError, Position};

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The end of the text.
    End,
    /// A punctuator, for example `{` or `...`.
    Punctuator(&'static str),
    /// A name, which includes keywords.
    Name,
    /// An integer.
    Int,
    /// A number with a fraction or an exponent.
    Float,
    /// A string, including its quotation marks.
    Text,
    /// A block string, including its quotation marks.
    Block,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// Its kind.
    pub kind: Kind,
    /// Its text, as written.
    pub text: &'t str,
    /// Where it starts.
    pub position: Position,
}

/// Reads the tokens of a text.
pub struct Lexer<'t> {
    rest: &'t str,
    position: Position,
}

const PUNCTUATORS: [&str; 14] = ["...", "!", "$", "&", "(", ")", ":", "=", "@", "[", "]", "{", "|", "}"];

impl<'t> Lexer<'t> {
    /// Creates a lexer at the start of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self { rest: text, position: Position::default() }
    }

    /// Returns the next token. At the end of the text, every call returns [`Kind::End`].
    ///
    /// # Errors
    /// If no token starts at the next character.
    pub fn next_token(&mut self) -> Result<Token<'t>, DocumentError> {
        self.skip_ignored();
        let Some(first) = self.rest.bytes().next() else {
            return Ok(Token { kind: Kind::End, text: "", position: self.position });
        };
        match first {
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let length = self.rest.bytes().take_while(|byte| is_name(*byte)).count();
                Ok(self.token(Kind::Name, length))
            }
            b'-' | b'0'..=b'9' => self.number(),
            b'"' if self.rest.starts_with("\"\"\"") => self.block(),
            b'"' => self.text(),
            _ => match PUNCTUATORS.into_iter().find(|sign| self.rest.starts_with(sign)) {
                Some(sign) => Ok(self.token(Kind::Punctuator(sign), sign.len())),
                None => Err(self.unexpected()),
            },
        }
    }

    fn skip_ignored(&mut self) {
        let mut at = 0;
        let bytes = self.rest.as_bytes();
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\t' | b' ' | b',' => {
                    at += 1;
                    self.position.column += 1;
                }
                b'\n' | b'\r' => {
                    at += if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
                    self.position = Position { line: self.position.line + 1, column: 1 };
                }
                b'#' => {
                    let length = bytes[at..].iter().take_while(|byte| !is_line_end(**byte)).count();
                    self.position.column += columns(&bytes[at..at + length]);
                    at += length;
                }
                _ if bytes[at..].starts_with("\u{feff}".as_bytes()) => {
                    at += "\u{feff}".len();
                    self.position.column += 1;
                }
                _ => break,
            }
        }
        self.rest = &self.rest[at..];
    }

    /// Consumes a token of this many bytes.
    fn token(&mut self, kind: Kind, length: usize) -> Token<'t> {
        let (text, rest) = self.rest.split_at(length);
        let position = self.position;
        self.rest = rest;
        let mut bytes = text.as_bytes();
        if kind == Kind::Block {
            while let Some(end) = bytes.iter().position(|byte| is_line_end(*byte)) {
                let length = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
                bytes = &bytes[end + length..];
                self.position = Position { line: self.position.line + 1, column: 1 };
            }
        }
        self.position.column += columns(bytes);
        Token { kind, text, position }
    }

    /// Reads a number (<https://spec.graphql.org/draft/#sec-Int-Value> and the section after it).
    fn number(&mut self) -> Result<Token<'t>, DocumentError> {
        let bytes = self.rest.as_bytes();
        let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut at = usize::from(bytes[0] == b'-');
        let whole = digits(at);
        let starts_with_0 = bytes.get(at) == Some(&b'0');
        at += whole;
        let mut is_whole = true;
        let mut is_number = whole > 0 && !(starts_with_0 && whole > 1);
        if bytes.get(at) == Some(&b'.') {
            let fraction = digits(at + 1);
            at += 1 + fraction;
            (is_whole, is_number) = (false, is_number && fraction > 0);
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at);
            at += exponent;
            (is_whole, is_number) = (false, is_number && exponent > 0);
        }
        if starts_with_0 && whole > 1 {
            return Err(DocumentError::at(self.position, "Syntax Error: Invalid number, unexpected digit after 0."));
        }
        if !is_number || bytes.get(at).is_some_and(|byte| is_name(*byte) || *byte == b'.') {
            let after = Position { column: self.position.column + columns(&bytes[..at]), ..self.position };
            let found = found(&self.rest[at..]);
            return Err(DocumentError::at(after, format!("Syntax Error: Invalid number, expected digit but got: {found}.")));
        }
        Ok(self.token(if is_whole { Kind::Int } else { Kind::Float }, at))
    }

    fn text(&mut self) -> Result<Token<'t>, DocumentError> {
        let bytes = self.rest.as_bytes();
        let mut at = 1;
        loop {
            match bytes.get(at) {
                Some(b'"') => return Ok(self.token(Kind::Text, at + 1)),
                Some(b'\\') if bytes.get(at + 1).is_some_and(|byte| !is_line_end(*byte)) => at += 2,
                Some(byte) if !is_line_end(*byte) => at += 1,
                _ => {
                    let end = Position { column: self.position.column + columns(&bytes[..at]), ..self.position };
                    return Err(DocumentError::at(end, "Syntax Error: Unterminated string."));
                }
            }
        }
    }

    fn block(&mut self) -> Result<Token<'t>, DocumentError> {
        let mut at = 3;
        while let Some(found) = self.rest[at..].find("\"\"\"") {
            let end = at + found;
            at = end + 3;
            if !self.rest[..end].ends_with('\\') {
                return Ok(self.token(Kind::Block, at));
            }
        }
        Err(DocumentError::at(self.position, "Syntax Error: Unterminated string."))
    }

    fn unexpected(&self) -> DocumentError {
        let found = found(self.rest);
        let message = match self.rest.as_bytes() {
            [b'\'', ..] => "Unexpected single quote character ('), did you mean to use a double quote (\")?".to_owned(),
            [b'.', ..] => "Unexpected \".\", did you mean \"...\"?".to_owned(),
            _ => format!("Unexpected character: {found}."),
        };
        DocumentError::at(self.position, format!("Syntax Error: {message}"))
    }
}

impl Token<'_> {
    /// Returns the token as in messages: `Name "first"`, `"{"`, `<EOF>`.
    #[must_use]
    pub fn described(&self) -> String {
        match self.kind {
            Kind::End => "<EOF>".to_owned(),
            Kind::Punctuator(sign) => format!("\"{sign}\""),
            Kind::Name => format!("Name {}", super::error::quoted(self.text)),
            Kind::Int => "Int".to_owned(),
            Kind::Float => "Float".to_owned(),
            Kind::Text => "String".to_owned(),
            Kind::Block => "BlockString".to_owned(),
        }
    }
}

/// Returns the first character of a text, for messages.
fn found(text: &str) -> String {
    match text.chars().next() {
        None => "<EOF>".to_owned(),
        Some('"') => "'\"'".to_owned(),
        Some(letter) if letter.is_ascii_graphic() => format!("\"{letter}\""),
        Some(letter) => format!("U+{:04X}", u32::from(letter)),
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Counts the characters of UTF-8 text: the bytes that do not continue a character.
fn columns(text: &[u8]) -> u32 {
    let characters = text.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count();
    u32::try_from(characters).unwrap_or(u32::MAX)
}
