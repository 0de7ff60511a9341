//! The terms of a document in the search index.

use std::borrow::Cow;

use super::numbered_terms::{NumberedTerm, NumberedTerms, WordContext};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Field, Kind, ObjectType, Searched, Target},
        search::{
            self, MAX_JOINED, Word, sounds,
            term_position::{Form, TermPosition, difference, field_number},
        },
    },
    library::{
        document::shape::SLUG,
        records::{
            content_table::ContentTable, documents::LoadedLibrary, stored_documents::value_of, stored_record::StoredRecord,
        },
    },
};

/// A name with more words than this has the same points as a name with this many words.
const MAX_PENALISED_WORDS: usize = 10;
/// Minimum length of a part of a code that is a term on its own, in characters.
const MIN_CODE_PART: usize = 2;

/// Returns the terms of a record, each once for each field. `value` returns the value of a field, and
/// `is_wanted` whether its terms are wanted.
pub(super) fn of<'v>(
    catalog: &Catalog,
    object: &ObjectType,
    slug: &str,
    value: impl Fn(&Field) -> Option<Cow<'v, CanonicalValue>>,
    is_wanted: impl Fn(&Field) -> bool,
    numbers: &mut NumberedTerms,
) -> Vec<NumberedTerm> {
    let (mut all, mut synonym) = (Vec::new(), Synonym::default());
    for field in object.searched_fields(catalog).filter(|field| is_wanted(field)) {
        let number = field_number(&field.search_name());
        let mut terms = Terms { numbers, field: number, found: Vec::new(), typed: Vec::new(), meanings: Vec::new() };
        match (field.name, field.searched) {
            (SLUG, Some(role)) => terms.text(slug, role, true),
            _ => terms.value(catalog, field, value(field).as_deref()),
        }
        terms.add_best_to(&mut all);
        synonym.typed.append(&mut terms.typed);
        synonym.meanings.extend(terms.meanings.into_iter().map(|meaning| (number, meaning)));
    }
    synonym.add_to(&mut all, numbers);
    all
}

pub(super) fn of_document(
    library: &LoadedLibrary<'_>,
    object: &ObjectType,
    slug: &str,
    fields: &CanonicalObject,
    is_wanted: impl Fn(&Field) -> bool,
    numbers: &mut NumberedTerms,
) -> Vec<NumberedTerm> {
    let value = |field: &Field| {
        let derived = library.derived(object.ix, slug, field, fields).map(Cow::Owned);
        derived.or_else(|| fields.get(field.name).map(Cow::Borrowed))
    };
    of(library.catalog, object, slug, value, is_wanted, numbers)
}

pub(super) fn of_stored(
    catalog: &Catalog,
    table: &ContentTable<'_>,
    slug: &str,
    record: &StoredRecord,
    is_wanted: impl Fn(&Field) -> bool,
    numbers: &mut NumberedTerms,
) -> Vec<NumberedTerm> {
    let value = |field: &Field| Some(Cow::Owned(value_of(table, record, field.name)?));
    of(catalog, table.object, slug, value, is_wanted, numbers)
}

/// The phrases that people type, and what they mean.
#[derive(Default)]
struct Synonym {
    /// The phrases, written as one word, and their stems.
    typed: Vec<(String, Form)>,
    /// The meanings, each with the number of its field.
    meanings: Vec<(u16, String)>,
}

impl Synonym {
    fn add_to(mut self, terms: &mut Vec<NumberedTerm>, numbers: &mut NumberedTerms) {
        self.typed.sort_unstable();
        // The phrase itself precedes an equal stem.
        self.typed.dedup_by(|next, kept| next.0 == kept.0);
        for (typed, form) in &self.typed {
            let text = search::synonym_term(typed);
            let key = (*form == Form::Word).then(|| sounds::key(typed, &text));
            let texts: Vec<String> = key.into_iter().chain([text]).collect();
            for (field, meaning) in &self.meanings {
                let difference = difference(&texts[0], meaning);
                let position = position(Searched::Meaning, 0, *form, *form == Form::Word);
                let position = numbers.position(TermPosition { field: *field, difference, ..position });
                terms.extend(texts.iter().map(|text| NumberedTerm { text: numbers.text(text.clone()), position }));
            }
        }
    }
}

fn position(role: Searched, further_words: u8, form: Form, has_similar: bool) -> TermPosition {
    TermPosition { field: 0, role: role.number(), further_words, form, has_similar, difference: Vec::new() }
}

/// The terms of a field.
struct Terms<'v> {
    numbers: &'v mut NumberedTerms,
    /// The number of the field.
    field: u16,
    /// The terms in the order of the texts.
    found: Vec<NumberedTerm>,
    /// The phrases of a synonym, written as one word, and their stems.
    typed: Vec<(String, Form)>,
    meanings: Vec<String>,
}

/// A text from which terms are computed.
#[derive(Clone, Copy)]
struct Text<'t> {
    written: &'t str,
    role: Searched,
    further_words: u8,
    /// True if the text is a name, whose words are also found by similar words.
    is_name: bool,
    /// True if a search also finds any adjacent words written as one word. If false, this applies only to words with a sign
    /// such as a hyphen between them.
    joins_all: bool,
}

impl Terms<'_> {
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
            if let Some(term) = search::identifier(text) {
                self.add(term, Some(text), position(role, 0, Form::Word, false));
            }
            return;
        }
        if let Searched::SynonymPhrase | Searched::Meaning = role {
            return self.phrase(text, role);
        }
        let (words, word_numbers) = self.numbers.words(text);
        let further = u8::try_from(words.len().clamp(1, MAX_PENALISED_WORDS) - 1).unwrap_or_default();
        let of = Text {
            written: text,
            role,
            further_words: if role.is_name_or_code() { further } else { 0 },
            // Slugs repeat the words of other names.
            is_name: matches!(role, Searched::Name | Searched::Alias) && !is_slug,
            joins_all: role.is_name_or_code() && !is_slug,
        };
        for (at, number) in word_numbers.into_iter().enumerate() {
            let is_part = role == Searched::Code && search::is_part(&words, at);
            if !is_part || words[at].folded.chars().count() >= MIN_CODE_PART {
                self.word(of, &words[at..=at], number);
            }
            self.joined(of, &words[at..]);
        }
        if role.is_name_or_code() && !words.is_empty() {
            self.add(whole(&words), None, position(role, 0, Form::Whole, false));
        }
    }

    /// Adds the terms of a single word. `number` is its number among the known words, if it has one.
    fn word(&mut self, of: Text<'_>, words: &[Word], number: Option<usize>) {
        let Text { role, further_words, is_name, .. } = of;
        let context = WordContext { field: self.field, role: role.number(), further_words, is_name };
        if let Some(known) = number.and_then(|number| self.numbers.terms_of_word(number, context)) {
            return self.found.extend_from_slice(known);
        }
        let (first, word) = (self.found.len(), &words[0]);
        if role.is_name_or_code() || !search::is_stop_word(&word.folded) {
            self.words(of, words, (word.folded.clone(), word.stem.clone()), is_name);
            if is_name && word.plain != word.folded {
                self.similar(of, word.plain.clone(), &search::text_of(of.written, words));
            }
        }
        if let Some(number) = number {
            self.numbers.set_terms_of_word(number, context, &self.found[first..]);
        }
    }

    /// Adds a synonym or its meaning, written as one word. Words of a search are compared with it in the same form.
    fn phrase(&mut self, text: &str, role: Searched) {
        let words = if role == Searched::SynonymPhrase { search::searched_words(text) } else { search::words(text) };
        let (folded, stem) = search::joined(&words);
        if role == Searched::SynonymPhrase {
            let stems = search::joined_stems(&words);
            self.typed.extend([(folded.clone(), Form::Word), (stem.clone(), Form::Stem), (stems, Form::Stem)]);
            let of = Text { written: text, role, further_words: 0, is_name: true, joins_all: false };
            self.similar(of, folded, text);
        } else {
            self.meanings.push(text.to_owned());
        }
        self.add(stem, Some(text), position(role, 0, Form::Word, false));
    }

    /// Adds the first two words of a list, written as one word, then the first three, and so on up to [`MAX_JOINED`].
    /// In a name, an alias or a code, any adjacent words are joined. In a slug and in any other text, only words with a
    /// sign such as a hyphen between them are joined. The two hyphens between the parts of a composed slug do not join
    /// words. If the first or the last word is a stop word, words without a sign between them are not joined, because a
    /// search leaves out stop words.
    fn joined(&mut self, of: Text<'_>, words: &[Word]) {
        let signs = words.iter().take_while(|word| word.joins_next).count();
        let most = if of.joins_all { MAX_JOINED - 1 } else { signs.min(MAX_JOINED - 1) };
        for more in 1..=most.min(words.len().saturating_sub(1)) {
            let is_stop_word = |word: &Word| search::is_stop_word(&word.folded);
            if more > signs && (is_stop_word(&words[0]) || is_stop_word(&words[more])) {
                continue;
            }
            // People misspell two words as one, but rarely three.
            let has_similar = of.is_name && more <= signs.max(1);
            self.words(of, &words[..=more], search::joined(&words[..=more]), has_similar);
        }
    }

    /// Adds a word, or several words written as one, and its stem.
    fn words(&mut self, of: Text<'_>, words: &[Word], (folded, stem): (String, String), has_similar: bool) {
        let shown = search::text_of(of.written, words);
        let position = |form| position(of.role, of.further_words, form, false);
        if stem != folded {
            self.add(stem, Some(&shown), position(Form::Stem));
        }
        if has_similar {
            return self.similar(of, folded, &shown);
        }
        self.add(folded, Some(&shown), position(Form::Word));
    }

    /// Adds a word that is also found by similar words, and its key.
    fn similar(&mut self, of: Text<'_>, word: String, shown: &str) {
        let position = position(of.role, of.further_words, Form::Word, true);
        self.add(sounds::key(&word, &word), Some(shown), position.clone());
        self.add(word, Some(shown), position);
    }

    fn add(&mut self, term: String, shown: Option<&str>, mut position: TermPosition) {
        position.field = self.field;
        position.difference = shown.map(|shown| difference(&term, shown)).unwrap_or_default();
        let position = self.numbers.position(position);
        self.found.push(NumberedTerm { text: self.numbers.text(term), position });
    }

    /// Adds each term with its best position to the terms of the record. Of equally good positions, the first one counts.
    fn add_best_to(&mut self, terms: &mut Vec<NumberedTerm>) {
        self.found.sort_by_key(|found| found.text);
        for same in self.found.chunk_by(|one, other| one.text == other.text) {
            let mut best = same[0];
            if same.iter().any(|other| *other != best) {
                for other in same {
                    let points = |term| self.numbers.term(term).1.points();
                    best = if points(*other) > points(best) { *other } else { best };
                }
                let has_similar = |term: &NumberedTerm| self.numbers.term(*term).1.has_similar;
                if same.iter().any(has_similar) {
                    let position = self.numbers.term(best).1.clone();
                    best.position = self.numbers.position(TermPosition { has_similar: true, ..position });
                }
            }
            terms.push(best);
        }
    }
}

fn whole(words: &[Word]) -> String {
    search::whole(words.iter().map(|word| word.folded.as_str()))
}
