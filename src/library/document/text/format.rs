//! Formats of text fields.

use time::Date;

use super::{dates, english, readability};
use crate::{
    engine::{catalog::Format, field_rules::MAX_SLUG},
    library::document::node::quote,
};

/// Maximum length of the key of an entry, in characters.
const MAX_KEY: usize = 40;

/// Returns the error of a text without the required format; `None` if the text is valid. Dates after `today` are in the
/// future. `other_field` returns the text of another field of the same object.
pub(in crate::library::document) fn flaw<'n>(
    format: Format,
    text: &str,
    today: Date,
    other_field: impl Fn(&str) -> Option<&'n str>,
) -> Option<String> {
    let (right, wanted) = match format {
        Format::Slug => return slug_flaw(text),
        Format::Key => return key_flaw(text),
        Format::Doi => (is_doi(text), "a DOI such as 10.1000/182, without an address before it"),
        Format::Pmid => (is_number(text), "a PubMed id, which is all digits"),
        Format::Pmcid => (text.strip_prefix("PMC").is_some_and(is_number), "a PubMed Central id such as PMC1234567"),
        Format::Url => (is_url(text), "an address that starts with https:// or http://"),
        Format::Readable { grade } => return english::flaw(text).or_else(|| readability::flaw(text, grade)),
        Format::Country => (is_capitals(text, 2), "a country code of ISO 3166-1 such as GB"),
        Format::Currency => (is_capitals(text, 3), "a currency code of ISO 4217 such as GBP"),
        Format::Language => (is_language(text), "a language tag such as en or de-AT"),
        Format::Date => return dates::flaw(text, None),
        Format::PastDate => return dates::flaw(text, Some(today)),
        Format::CodeOf(system) => match other_field(system) {
            Some("ICD10CM") => (is_icd10cm(text), "an ICD-10-CM code such as L90.5"),
            Some("MESH") => (is_mesh(text), "a MeSH id such as D002921"),
            _ => (!text.contains(char::is_whitespace), "a code, which has no white space"),
        },
        // `Year` is a format of numbers. `Among` is checked with the whole library (`integrity`). No document contains
        // a `DateTime`: the service writes them.
        Format::Year { .. } | Format::Among(_) | Format::DateTime => return None,
    };
    (!right).then(|| format!("{} is not {wanted}.", quote(text)))
}

/// Returns the error of an invalid key of an entry; `None` if it is valid.
fn key_flaw(text: &str) -> Option<String> {
    let is_key = text.len() <= MAX_KEY && slug_flaw(text).is_none();
    (!is_key).then(|| {
        format!(
            "{} is not a key: at most {MAX_KEY} lowercase letters and digits, with single hyphens between them. Leave it out \
             in new entries.",
            quote(text)
        )
    })
}

/// Returns the error of an invalid slug; `None` if it is valid.
pub(in crate::library::document) fn slug_flaw(text: &str) -> Option<String> {
    if text.chars().count() > MAX_SLUG {
        return Some(format!("{} has more than {MAX_SLUG} characters.", quote(text)));
    }
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (!text.split('-').all(part)).then(|| {
        format!(
            "{} is not a slug: lowercase letters and digits, with single hyphens between them, such as acne-scars.",
            quote(text)
        )
    })
}

/// Reports whether a database can store a text: PostgreSQL cannot store the null character, and refuses a statement
/// that has it. So no record has a slug with it.
pub(in crate::library) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_capitals(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Reports whether a text is a number of `PubMed`: up to nine digits, the first of which is not 0.
fn is_number(text: &str) -> bool {
    is_digits(text, 1..=9) && !text.starts_with('0')
}

/// Reports whether a text is a DOI. Signs of an inaccurate copy are refused, although the syntax of DOIs allows them:
/// escapes of URLs, markup, letters outside of ASCII such as an en dash, and punctuation at the end.
fn is_doi(text: &str) -> bool {
    let Some((registrant, name)) = text.strip_prefix("10.").and_then(|rest| rest.split_once('/')) else { return false };
    let copied = name.contains('%') || name.contains("</") || name.ends_with(['.', ',', ';', ':']);
    is_digits(registrant, 4..=9) && !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) && !copied
}

fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let visible = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`');
    !host.is_empty() && !host.contains('@') && rest.chars().all(|c| visible(c) || (!c.is_ascii() && !c.is_whitespace()))
}

/// Reports whether a text has the form of a language tag (BCP 47): a language of two or three letters, and subtags of up to
/// eight letters or digits.
fn is_language(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && subtags.all(|subtag| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Reports whether a text has the form of an ICD-10-CM code: a letter, a digit, a letter or digit, and optionally a point
/// with up to four letters or digits.
fn is_icd10cm(text: &str) -> bool {
    let upper = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let (category, rest) = text.split_once('.').map_or((text, None), |(category, rest)| (category, Some(rest)));
    let [letter, digit, third] = category.as_bytes() else { return false };
    letter.is_ascii_uppercase()
        && digit.is_ascii_digit()
        && upper(third)
        && rest.is_none_or(|rest| (1..=4).contains(&rest.len()) && rest.as_bytes().iter().all(upper))
}

/// Reports whether a text has the form of a `MeSH` id: `D` for a descriptor or `C` for a supplementary record, and six to nine
/// digits.
fn is_mesh(text: &str) -> bool {
    text.strip_prefix(['C', 'D']).is_some_and(|digits| is_digits(digits, 6..=9))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn each_format_accepts_valid_and_refuses_invalid_texts() {
        let today = date!(2026 - 11 - 28);
        let cases: [(Format, &[&str], &[&str]); 10] = [
            (Format::Slug, &["a", "co2-laser", "7"], &["", "A", "a--b", "-a", "a-", "a_b", "ä"]),
            (
                Format::Doi,
                &["10.1000/182", "10.1016/j.x(99)", "10.1002/(SICI)1097(1996)77:7<1356::AID-CNCR20>3.0.CO;2-#"],
                &[
                    "doi:10.1000/182",
                    "10.10/1",
                    "10.1000/",
                    "10.1000/a b",
                    "10.1000/1.",
                    "10.1000/a%2Fb",
                    "10.1000/1–2",
                    "10.1000/a<sup>2</sup>",
                ],
            ),
            (Format::Pmid, &["1", "12345678"], &["", "12a", "PMC1", "1234567890", "0123"]),
            (Format::Pmcid, &["PMC7"], &["7", "PMC", "pmc7", "PMC07"]),
            (
                Format::Url,
                &["https://a.org/x?y#z", "http://a"],
                &["a.org", "ftp://a", "https://", "https://a b", "https://u@a"],
            ),
            (Format::Language, &["en", "de-AT", "zh-Hant-TW"], &["", "e", "EN", "en_GB", "en-", "english"]),
            (Format::Country, &["GB"], &["", "gb", "GBR", "UK1"]),
            (Format::Currency, &["GBP"], &["", "gbp", "GB", "£"]),
            (Format::Date, &["2026-02-28", "2027-02-28"], &["2026-02-30", "22.11.2026", "2026-2-3", "1726-11-28"]),
            (Format::PastDate, &["2026-11-28"], &["2026-02-30", "2026-11-29"]),
        ];
        for (format, right, wrong) in cases {
            for text in right {
                assert_eq!(flaw(format, text, today, |_| None), None, "{format:?} refuses {text}");
            }
            for text in wrong {
                assert!(flaw(format, text, today, |_| None).is_some(), "{format:?} takes {text}");
            }
        }
    }

    #[test]
    fn codes_are_checked_by_their_system() {
        let flaw = |system, code| flaw(Format::CodeOf("system"), code, Date::MAX, |_| Some(system)).is_some();
        for code in ["L90", "L90.5", "L74.510", "C4A.0", "S00.00XA"] {
            assert!(!flaw("ICD10CM", code), "{code}");
        }
        for code in ["L9", "l90.5", "L90.", "L90.12345", "D002921"] {
            assert!(flaw("ICD10CM", code), "{code}");
        }
        assert!(!flaw("MESH", "D000097244"));
        assert!(flaw("MESH", "L90.5"));
        assert!(flaw("OTHER", "a b"));
    }

    #[test]
    fn a_slug_may_have_128_characters() {
        assert_eq!(slug_flaw(&"a".repeat(128)), None);
        assert!(slug_flaw(&"a".repeat(129)).is_some());
    }
}
