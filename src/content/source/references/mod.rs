//! Checks the identifiers and addresses of sources, and finds statements with only one secondary source.

use std::collections::HashMap;

use super::{
    Source,
    address::{self, Work},
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        declare::Content as _,
    },
    strict,
};

/// Kinds of works that state the position of an authority. They do not count as secondary, even at level 5.
const AUTHORITIES: [&str; 4] = ["REGULATOR", "HEALTH_SERVICE", "GUIDELINE", "CODE_SYSTEM"];

/// Kinds of works that authorities publish on their own sites. Without an address, such a work was read elsewhere, so
/// it counts as secondary.
const ON_OWN_SITES: [&str; 2] = ["REGULATOR", "HEALTH_SERVICE"];

/// A canonical document of the library.
pub struct Document<'d> {
    /// Name of its content type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: &'d str,
    /// The canonical document.
    pub fields: &'d CanonicalObject,
}

/// An error or a warning of a check of the references.
#[derive(Debug, PartialEq, Eq)]
pub struct Remark {
    /// Index of the document.
    pub document: usize,
    /// Path of the field or the object in the document; empty for the document itself.
    pub path: String,
    /// What was found, in one sentence.
    pub sentence: String,
    /// True for an error; false for a warning, which an editor should check.
    pub is_error: bool,
}

/// Checks all sources of a library, and the statements whose only source is a secondary one.
#[must_use]
pub fn check_references(documents: &[Document<'_>]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut seen = HashMap::new();
    let mut secondary = HashMap::new();
    for (at, document) in documents.iter().enumerate().filter(|(_, document)| document.type_name == Source::NAME) {
        let mut add = |field: &str, sentence: String, is_error| {
            remarks.push(Remark { document: at, path: field.to_owned(), sentence, is_error });
        };
        unique(&mut seen, document, &mut add);
        check_agreement(document.fields, &mut add);
        if let Some(flaw) = text(document.fields, "url").and_then(address::flaw) {
            add("url", flaw, true);
        }
        if let Some(reason) = secondary_description(document.fields) {
            secondary.insert(document.slug, reason);
        }
    }
    for (at, document) in documents.iter().enumerate() {
        statements(document.fields, None, "", &mut |path, source| {
            if let Some(reason) = secondary.get(source) {
                let sentence = format!("The only source of this statement is {source}, {reason}.");
                remarks.push(Remark { document: at, path: path.to_owned(), sentence, is_error: false });
            }
        });
    }
    remarks
}

fn text<'d>(document: &'d CanonicalObject, field: &str) -> Option<&'d str> {
    document.get(field).and_then(CanonicalValue::as_str)
}

/// Checks that no other source has the same identifier or address.
fn unique<'d>(
    seen: &mut HashMap<(&'static str, String), &'d str>,
    document: &Document<'d>,
    add: &mut impl FnMut(&str, String, bool),
) {
    let mut is_reported = false;
    for field in ["doi", "pmid", "pmcid", "url"] {
        let Some(value) = text(document.fields, field) else { continue };
        // A DOI is the same in upper and lower case (DOI Handbook, 2.4).
        let value = if field == "doi" { value.to_lowercase() } else { value.to_owned() };
        // The same work also has the same address, so only the first field is reported.
        if let Some(first) = seen.insert((field, value), document.slug)
            && !is_reported
        {
            add(field, format!("The source {first} has the same {field}."), true);
            is_reported = true;
        }
    }
}

/// Checks that the address and the year agree with the identifiers.
fn check_agreement(source: &CanonicalObject, add: &mut impl FnMut(&str, String, bool)) {
    let doi = text(source, "doi");
    let named = text(source, "url").and_then(address::work);
    let (field, value) = match &named {
        Some(Work::Doi(doi)) => ("doi", doi),
        Some(Work::Pmid(pmid)) => ("pmid", pmid),
        Some(Work::Pmcid(pmcid)) => ("pmcid", pmcid),
        None => ("url", &String::new()),
    };
    let known = text(source, field);
    if named.is_some() && known.is_none_or(|known| !known.eq_ignore_ascii_case(value)) {
        add("url", format!("The address names the {field} {value}, and the source has {}.", known.unwrap_or("none")), true);
    }
    let identified = ["doi", "pmid", "pmcid"].iter().any(|field| text(source, field).is_some());
    if identified && named.is_none() {
        add(
            "url",
            "The source has an identifier. Use its address at DOI, PubMed or PMC, which stays valid longer.".to_owned(),
            false,
        );
    }
    for field in ["year", "authors"] {
        if identified && source.value(field).is_null() {
            add(field, format!("The source has an identifier, but no {field}."), false);
        }
    }
    let year = source.get("year").and_then(CanonicalValue::as_i64);
    if let (Some(year), Some(other)) = (year, doi.and_then(year_in))
        && year != other
    {
        add("year", format!("The year is {year}, and the DOI contains {other}."), false);
    }
}

/// Returns the year in a DOI such as `10.3389/fmed.2021.788754`: a part after the second full stop
/// that is a number from 1950 to 2099.
fn year_in(doi: &str) -> Option<i64> {
    doi.split('.').skip(2).filter_map(strict::number).find(|year| (1950..2100).contains(year))
}

/// Returns the description of a secondary source, which reports the findings of others; `None` if a source is not secondary.
fn secondary_description(source: &CanonicalObject) -> Option<String> {
    let kind = text(source, "kind")?;
    let level = source.get("level").and_then(CanonicalValue::as_i64);
    let elsewhere = ON_OWN_SITES.contains(&kind) && source.value("url").is_null();
    let secondary = kind == "WEB_PAGE" || elsewhere || (level == Some(5) && !AUTHORITIES.contains(&kind));
    secondary.then(|| match level {
        Some(level) => format!("a secondary source ({kind}, level {level})"),
        None => format!("a secondary source ({kind})"),
    })
}

/// Calls `found` for every statement with only one source. A nested object with the same sources as the object around it
/// belongs to the statement of that object. A nested content document is not searched, because it is checked by itself.
fn statements(object: &CanonicalObject, around: Option<&CanonicalValue>, path: &str, found: &mut impl FnMut(&str, &str)) {
    let own = object.get("sources");
    if let Some([CanonicalValue::Text(source)]) = own.filter(|own| Some(*own) != around).map(CanonicalValue::list) {
        found(path, source);
    }
    let sources = own.or(around);
    for (key, value) in object.iter() {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            CanonicalValue::Object(inner) => statements(inner, sources, &path, found),
            CanonicalValue::List(values) => {
                let inner = values.iter().enumerate().filter_map(|(at, value)| Some((at, value.as_object()?)));
                for (at, inner) in inner.filter(|(_, inner)| inner.get("notice").is_none()) {
                    statements(inner, sources, &format!("{path}[{at}]"), found);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
