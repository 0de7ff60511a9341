//! Terms: the rows of the search index that a document has.

use std::collections::BTreeMap;

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, Kind, ObjectType, Origin, Searched, Target},
        search::{self, MAX_JOINED, Word},
    },
    library::records::documents::Library,
};

/// A row of the search index, without its record.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    /// The term: a word, a stem, several words joined to one, a whole name ([`search::whole`]), or a part of a name
    /// ([`search::near`]).
    pub text: String,
    /// The word or the words as the text has them, words in lowercase; `None` if that is the term itself.
    pub word: Option<String>,
    /// Name of the field as a value of `SearchField`.
    pub field: String,
    /// Index of the role of the text.
    pub role: i32,
    /// Points of a match.
    pub weight: i32,
}

/// Points by which the weight of a whole name is above that of one of its words.
const WHOLE_BONUS: i32 = 400;
/// Points by which each further word of a name reduces the weight of its words, so that short names precede long ones.
const LENGTH_PENALTY: i32 = 20;
/// Further words of a name with this many words do not reduce the weight.
const MAX_PENALISED_WORDS: usize = 10;
/// Minimum length of a part of a code that is a term on its own, in characters.
const MIN_CODE_PART: usize = 2;
/// Points by which the weight of a stem is below that of the word itself.
const STEM_PENALTY: i32 = 5;

/// Returns the terms of a document, or only those of one of its fields: each once for each field, in the order of fields and
/// terms.
pub(super) fn of(
    library: &Library<'_>,
    object: &ObjectType,
    only: Option<&Field>,
    slug: &str,
    fields: &CanonicalObject,
) -> Vec<Term> {
    let (catalog, mut all) = (library.catalog, Vec::new());
    let percent = object.content().map_or(100, |role| role.search_percent);
    let is_wanted = |field: &&Field| only.is_none_or(|only| only.name == field.name);
    for field in object.searched_fields(catalog).filter(is_wanted) {
        let mut terms = Terms::default();
        if let ("slug", Some(role)) = (field.name, field.searched) {
            terms.text(slug, role, true);
        } else if let Origin::Derived(derive) = field.origin {
            terms.value(catalog, field, Some(&derive(library, slug, fields)));
        } else {
            terms.value(catalog, field, fields.get(field.name));
        }
        let name = field.search_name();
        let row = |(text, Best { word, role, weight })| {
            let weight = weight * percent / 100;
            Term { text, word, field: name.clone(), role: role.index(), weight }
        };
        all.extend(terms.0.into_iter().map(row));
    }
    all
}

/// The terms of a field, each with its best match.
#[derive(Default)]
struct Terms(BTreeMap<String, Best>);

struct Best {
    word: Option<String>,
    role: Searched,
    weight: i32,
}

impl Terms {
    fn value(&mut self, catalog: &Catalog, field: &Field, value: Option<&CanonicalValue>) {
        let Some(value) = value else { return };
        match &field.kind {
            Kind::Value(ix) | Kind::Values(ix) | Kind::Parts { part: Target { ix, .. }, .. } => {
                let object = catalog.object(*ix);
                let single = std::slice::from_ref(value);
                let entries = if let CanonicalValue::List(entries) = value { entries } else { single };
                for entry in entries.iter().filter_map(CanonicalValue::as_object) {
                    object.fields.iter().for_each(|field| self.value(catalog, field, entry.get(field.name)));
                }
            }
            _ => {
                let Some(role) = field.searched else { return };
                let texts = value.list().iter().chain(std::iter::once(value)).filter_map(CanonicalValue::as_str);
                texts.for_each(|text| self.text(text, role, false));
            }
        }
    }

    fn text(&mut self, text: &str, role: Searched, is_slug: bool) {
        if role.is_whole() {
            let identifier = search::identifier(text);
            return identifier.into_iter().for_each(|term| self.add(term, Some(text), role, role.weight()));
        }
        if let Searched::Typed | Searched::Meaning = role {
            return self.phrase(text, role);
        }
        let words = search::words(text);
        // Slugs repeat the words of other names.
        let is_name = matches!(role, Searched::Name | Searched::Alias) && !is_slug;
        let loss = LENGTH_PENALTY * i32::try_from(words.len().clamp(1, MAX_PENALISED_WORDS) - 1).unwrap_or_default();
        let weight = if role.is_label() { role.weight() - loss } else { role.weight() };
        for (at, word) in words.iter().enumerate() {
            // The `5` of L90.5 has no meaning without the rest.
            let is_part = word.joins_next || at > 0 && words[at - 1].joins_next;
            if role == Searched::Code && is_part && word.folded.chars().count() < MIN_CODE_PART {
                self.joined(text, &words[at..], role, weight, is_name);
                continue;
            }
            let shown = search::shown(text, &words[at..=at]);
            if role.is_label() || !search::is_stop_word(&word.folded) {
                self.add(word.folded.clone(), Some(&shown), role, weight);
                self.add(word.stem.clone(), Some(&shown), role, weight - STEM_PENALTY);
            }
            if is_name {
                self.near((&word.folded, &word.stem), &shown, role, weight);
            }
            self.joined(text, &words[at..], role, weight, is_name);
        }
        if role.is_label() && !words.is_empty() {
            self.add(whole(&words), None, role, role.weight() + WHOLE_BONUS);
        }
    }

    /// Adds a synonym or its meaning, written as one word. Words of a search are compared with it in the same form.
    fn phrase(&mut self, text: &str, role: Searched) {
        let words = if role == Searched::Typed { search::sought(text) } else { search::words(text) };
        let (folded, stem) = search::joined(&words);
        if role == Searched::Typed {
            self.near((&folded, &stem), text, role, role.weight());
            self.add(folded, Some(text), role, role.weight());
        }
        self.add(stem, Some(text), role, role.weight());
    }

    /// Adds the first words of a list, written as one word: those that a sign joins, and in a name or alias up to
    /// [`MAX_JOINED`] words without a sign. A search leaves out stop words, so these are not joined at the ends.
    fn joined(&mut self, text: &str, words: &[Word], role: Searched, weight: i32, is_name: bool) {
        let signs = words.iter().take_while(|word| word.joins_next).count();
        let most = if role.is_label() { MAX_JOINED - 1 } else { signs.min(MAX_JOINED - 1) };
        for more in 1..=most.min(words.len().saturating_sub(1)) {
            let is_stop_word = |word: &Word| search::is_stop_word(&word.folded);
            if more > signs && (is_stop_word(&words[0]) || is_stop_word(&words[more])) {
                continue;
            }
            let (folded, stem) = search::joined(&words[..=more]);
            let shown = search::shown(text, &words[..=more]);
            // People misspell two words as one, but rarely three.
            if is_name && more <= signs.max(1) {
                self.near((&folded, &stem), &shown, role, weight);
            }
            self.add(stem, Some(&shown), role, weight - STEM_PENALTY);
            self.add(folded, Some(&shown), role, weight);
        }
    }

    /// Adds the terms by which similar words find a word of a name, or a synonym: by its folded form and its stem.
    fn near(&mut self, (folded, stem): (&str, &str), shown: &str, role: Searched, weight: i32) {
        for term in search::near(folded, stem) {
            self.add(term, Some(shown), role, weight);
        }
    }

    fn add(&mut self, term: String, word: Option<&str>, role: Searched, weight: i32) {
        let word = word.filter(|word| *word != term).map(str::to_owned);
        let best = Best { word, role, weight };
        let entry = self.0.entry(term).or_insert(Best { word: None, role, weight: 0 });
        if weight > entry.weight {
            *entry = best;
        }
    }
}

fn whole(words: &[Word]) -> String {
    search::whole(words.iter().map(|word| word.folded.as_str()))
}
