//! Marks what a search matched in the texts of records.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value as Json;

use super::{
    level::{Level, read},
    search::WordMatch,
};
use crate::{
    engine::{
        catalog::{Catalog, Field, Kind, Searched},
        plan::{Fetch, TextsIn},
        problem::EngineError,
        search::{
            highlight::{in_code_units, marks},
            joined, words,
        },
        sql::template::Parents,
    },
    store::Snapshot,
};

/// A text with marked words.
pub struct Highlight {
    /// Name of the field as a value of `SearchField`.
    pub field: String,
    pub text: String,
    /// The spans of the matching words, in their order: start and length in UTF-16 code units.
    pub spans: Vec<(usize, usize)>,
}

/// The words that matched, by record and field.
type Matches<'r> = HashMap<i64, HashMap<&'r str, BTreeSet<&'r str>>>;

/// Reads the texts of records in which a search matched, and marks the words that matched. `found` has these words.
///
/// # Errors
/// If the database fails or takes too long, or stored content does not have its declared shape.
pub async fn highlights(
    snapshot: &mut Snapshot,
    fetch: &Fetch,
    found: &[WordMatch],
) -> Result<HashMap<i64, Vec<Highlight>>, EngineError> {
    let mut matches = Matches::new();
    for WordMatch { record, details, .. } in found {
        matches.entry(*record).or_default().entry(&details.field).or_default().insert(&details.term);
    }
    let mut ids: Vec<i64> = matches.keys().copied().collect();
    ids.sort_unstable();
    let by_synonym = found.iter().filter(|one| one.details.how == usize::from(Searched::SynonymPhrase.number()));
    let meanings: Vec<String> = by_synonym.map(|one| joined(&words(&one.details.term)).1).collect();
    let typed = fetch.search.iter().flat_map(|search| search.phrases());
    let phrases = typed.chain(meanings.iter().map(String::as_str)).collect();
    let mut highlights = HashMap::new();
    for texts in &fetch.texts {
        let level = read(snapshot, &texts.fetch, Parents::Keys(ids.clone())).await?;
        let names: Vec<String> = texts.fields.iter().map(|(field, _)| field.search_name()).collect();
        for (record, terms) in &matches {
            let Some((row, _)) = level.ranges.get(*record) else { continue };
            let mut of_record = Vec::new();
            for (name, (field, texts_in)) in names.iter().zip(&texts.fields) {
                let Some(terms) = terms.get(name.as_str()) else { continue };
                each_text(texts.catalog, field, texts_in, &level, row, &mut |field, text| {
                    of_record.extend(highlight(name, field, text, (terms, &phrases)));
                });
            }
            highlights.insert(*record, of_record);
        }
    }
    Ok(highlights)
}

/// Marks the matching words of a text; `None` if there are none.
fn highlight(
    name: &str,
    field: &Field,
    text: &str,
    (terms, phrases): (&BTreeSet<&str>, &BTreeSet<&str>),
) -> Option<Highlight> {
    let marks = if field.searched.is_some_and(Searched::is_whole) {
        terms.get(text).map(|text| 0..text.len()).into_iter().collect()
    } else {
        marks(text, terms, phrases)
    };
    let spans: Vec<_> = marks.iter().map(|mark| in_code_units(text, mark)).collect();
    (!spans.is_empty()).then(|| Highlight { field: name.to_owned(), text: text.to_owned(), spans })
}

/// Calls `found` for each searched text of a field of a row, with the innermost field.
fn each_text(
    catalog: &Catalog,
    field: &Field,
    texts: &TextsIn,
    level: &Level,
    row: usize,
    found: &mut dyn FnMut(&Field, &str),
) {
    match texts {
        TextsIn::Column(column) => {
            if let Some(text) = level.rows.text(row, *column) {
                found(field, text);
            }
        }
        TextsIn::Json(column) => {
            let value = level.json.get(column).and_then(|values| values.get(row));
            if let Some(value) = value {
                each_text_in(catalog, field, value, found);
            }
        }
        TextsIn::Parts { id, level: parts, fields } => {
            let (Some(below), Some(id)) = (level.children.get(*parts), level.rows.int(row, *id)) else { return };
            let (start, end) = below.level.ranges.get(id).unwrap_or_default();
            for part in start..end {
                for (field, texts) in fields {
                    each_text(catalog, field, texts, &below.level, part, found);
                }
            }
        }
    }
}

/// Calls `found` for each searched text in the JSON of a field.
fn each_text_in(catalog: &Catalog, field: &Field, value: &Json, found: &mut dyn FnMut(&Field, &str)) {
    match (&field.kind, value) {
        (_, Json::Array(items)) => {
            for item in items {
                each_text_in(catalog, field, item, found);
            }
        }
        (Kind::Value(ix) | Kind::Values(ix), Json::Object(members)) => {
            for field in &catalog.object(*ix).fields {
                if let Some(value) = members.get(field.name) {
                    each_text_in(catalog, field, value, found);
                }
            }
        }
        (_, Json::String(text)) if field.searched.is_some() => found(field, text),
        _ => {}
    }
}
