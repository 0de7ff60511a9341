//! The values of strings and block strings (<https://spec.graphql.org/draft/#sec-String-Value>).

use super::{
    error::{DocumentError, Position},
    lexer::{Kind, Token},
};

/// Returns the value of a string token.
pub fn value(token: &Token<'_>) -> Result<String, DocumentError> {
    if token.kind == Kind::Block {
        let inner = token.text.strip_prefix("\"\"\"").and_then(|text| text.strip_suffix("\"\"\""));
        return Ok(block(&inner.unwrap_or_default().replace("\\\"\"\"", "\"\"\"")));
    }
    let inner = token.text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    unescaped(inner.unwrap_or_default(), token.position)
}

fn unescaped(text: &str, start: Position) -> Result<String, DocumentError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((character, length)) = escape(rest) else {
            let before = text[..text.len() - rest.len()].chars().count();
            let column = start.column.saturating_add(u32::try_from(before + 1).unwrap_or(u32::MAX));
            let what = if rest.starts_with("\\u") { "Unicode escape sequence" } else { "character escape sequence" };
            return Err(DocumentError::at(Position { column, ..start }, format!("Syntax Error: Invalid {what}.")));
        };
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the character of the escape sequence at the start of a text, and the length of the sequence; `None` if it is
/// invalid.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = |character| Some((character, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => unicode(text),
        _ => None,
    }
}

/// Reads `\u00E9`, `\uD83D\uDE00` or `\u{1F600}`.
fn unicode(text: &str) -> Option<(char, usize)> {
    let code = |digits: &str| {
        let is_hexadecimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    if let Some(braces) = text.strip_prefix("\\u{") {
        let digits = &braces[..braces.bytes().take_while(u8::is_ascii_hexdigit).count()];
        return braces[digits.len()..].starts_with('}').then_some((char::from_u32(code(digits)?)?, digits.len() + 4));
    }
    let unit = |text: &str| code(text.strip_prefix("\\u")?.get(..4)?);
    let high = unit(text)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, 6));
    }
    // A leading surrogate, which must be followed by a trailing one.
    let low = unit(text.get(6..)?)?;
    let is_pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    let character = is_pair.then(|| 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?;
    Some((char::from_u32(character)?, 12))
}

/// Returns the value of a block string. Removes the common indentation of all lines but the first, and blank lines at both
/// ends (<https://spec.graphql.org/draft/#BlockStringValue()>).
fn block(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let indent = |line: &str| line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let is_blank = |line: &str| indent(line) == line.len();
    let lines: Vec<&str> = text.split('\n').collect();
    let common = lines.iter().skip(1).filter(|line| !is_blank(line)).map(|line| indent(line)).min().unwrap_or(0);
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else { return String::new() };
    let last = lines.iter().rposition(|line| !is_blank(line)).unwrap_or(first);
    let kept = (first..=last).map(|at| if at == 0 { lines[at] } else { lines[at].get(common..).unwrap_or_default() });
    kept.collect::<Vec<_>>().join("\n")
}
