//! Escapes of characters beyond the basic plane: `"\u{1F600}"` and `"\uD83D\uDE00"`, which the parser does not know.
//!
//! They are legal in strings (GraphQL, September 2025, 2.9.4), so they are replaced by what they mean before a document is parsed. Columns of errors behind them
//! count the replaced text.

use std::borrow::Cow;

/// The text with such escapes replaced. What is not a legal escape stays, and is refused by the parser.
pub fn replaced(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', '#']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match rest {
            _ if rest.starts_with('#') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            _ if rest.starts_with("\"\"\"") => block(rest),
            _ => {
                rest = string(rest, &mut out);
                continue;
            }
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// How long a block string is, which has no such escapes.
fn block(text: &str) -> usize {
    let mut at = 3;
    while let Some(quotes) = text[at..].find("\"\"\"") {
        at += quotes + 3;
        if !text[..at - 3].ends_with('\\') {
            return at;
        }
    }
    text.len()
}

/// Writes a string with its escapes replaced, and gives what follows it.
fn string<'t>(text: &'t str, out: &mut String) -> &'t str {
    out.push('"');
    let mut rest = &text[1..];
    while let Some(letter) = rest.chars().next() {
        if let Some((character, length)) = escape(rest) {
            write(character, out);
            rest = &rest[length..];
            continue;
        }
        let length = if letter == '\\' { 1 + rest[1..].chars().next().map_or(0, char::len_utf8) } else { letter.len_utf8() };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
        if matches!(letter, '"' | '\n' | '\r') {
            break;
        }
    }
    rest
}

/// The character of an escape that the parser does not know, and how long the escape is; `None` for everything else.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
    if let Some(braces) = text.strip_prefix("\\u{") {
        // The search ends at the first byte that is not a digit: a search for the brace takes time by the square of the length.
        let digits = &braces[..braces.bytes().take_while(u8::is_ascii_hexdigit).count()];
        if !braces[digits.len()..].starts_with('}') {
            return None;
        }
        return Some((char::from_u32(code(digits)?)?, digits.len() + 4));
    }
    let unit = |text: &str| code(text.strip_prefix("\\u")?.get(..4)?);
    let (high, low) = (unit(text)?, unit(text.get(6..)?)?);
    let pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    let character = pair.then(|| 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
    Some((char::from_u32(character?)?, 12))
}

/// Writes a character into a string, with an escape that the parser knows where it needs one.
fn write(character: char, out: &mut String) {
    use std::fmt::Write as _;
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        control if control.is_control() => _ = write!(out, "\\u{:04x}", u32::from(control)),
        character => out.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn escapes_mean_their_character() {
        for (text, expected) in [
            (r#"{a(b: "\uD83D\uDE00")}"#, "{a(b: \"\u{1F600}\")}"),
            (r#"{a(b: "\u{1F600}x\u{41}")}"#, "{a(b: \"\u{1F600}xA\")}"),
            (r#"{a(b: "\u{22}\u{5c}\u{a}")}"#, "{a(b: \"\\\"\\\\\\u000a\")}"),
            (r#"{a(b: "\\u{41}")}"#, r#"{a(b: "\\u{41}")}"#),
            (r#"{a(b: "\"\u{41}")}"#, r#"{a(b: "\"A")}"#),
            (r#"{a(b: "\u0041")}"#, r#"{a(b: "\u0041")}"#),
            (r#"{a} # "\u{41}"#, r#"{a} # "\u{41}"#),
            (r#"{a(b: """\u{41} \""" \u{41}""", c: "\u{41}")}"#, r#"{a(b: """\u{41} \""" \u{41}""", c: "A")}"#),
        ] {
            assert_eq!(replaced(text), expected, "{text}");
        }
    }

    #[test]
    fn braces_without_an_end_are_searched_once() {
        let text = format!("\"{}\"", "\\u{".repeat(300_000));
        let started = std::time::Instant::now();
        assert_eq!(replaced(&text), text);
        assert!(started.elapsed().as_secs() < 2, "searched up to the end of the text, they take many seconds");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            r#""\u{}""#,
            r#""\u{110000}""#,
            r#""\u{D800}""#,
            r#""\uD83D""#,
            r#""\uD83Dx""#,
            r#""\uDE00\uD83D""#,
            r#""\u{41""#,
            r#""\u""#,
            r#""\"#,
            r#"""""#,
            r#""""\u"#,
            r#""\u{+41}""#,
            "\"ü\\u\n",
        ] {
            assert_eq!(replaced(text), text);
        }
    }
}
