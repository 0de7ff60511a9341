//! Synonyms: words that people type into a search, and the words that the texts use instead.

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Layout, LibraryView, Rule, Searched, Violation},
        declare::{Content, Declaration},
        search,
    },
    entity::synonym::{Column, Entity},
};

/// The content type of synonyms.
pub struct Synonym;

impl Content for Synonym {
    type Entity = Entity;
    const NAME: &'static str = "Synonym";
    const ABOUT: &'static str =
        "Everyday words and brands that people type into a search, and the words that the texts use instead.";
    const SINGULAR: &'static str = "synonym";
    const PLURAL: &'static str = "synonyms";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const LABEL: &'static str = "meaning";
    const DEFAULT_ORDER: &'static str = "slug";
    const SEARCH_PERCENT: i32 = 0;
    const RULES: &'static [Rule] = &[Rule::alone(phrases_are_short)];

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text(
            "meaning",
            Column::Meaning,
            "The words that the service searches for as well: one word, or up to three adjacent words of a name.",
        )
        .required()
        .indexed()
        .searched(Searched::Meaning);
        d.texts(
            "words",
            Column::Words,
            "Words or phrases that people type. A phrase has up to three words, not counting words such as `of`.",
        )
        .required()
        .indexed()
        .searched(Searched::SynonymPhrase);
    }
}

/// Reports a phrase without words or with too many, because the search would never find it.
fn phrases_are_short(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<Violation> {
    let max = search::MAX_JOINED;
    let words = document.list("words").iter().enumerate().map(|(at, phrase)| {
        let count = phrase.as_str().map_or(0, |phrase| search::searched_words(phrase).len());
        (format!("words[{at}]"), count)
    });
    let meaning = document.get("meaning").and_then(CanonicalValue::as_str).map_or(0, |text| search::words(text).len());
    let counts = words.chain(std::iter::once(("meaning".to_owned(), meaning)));
    let wrong = counts.filter(|(_, count)| !(1..=max).contains(count));
    let sentence =
        |count| format!("A phrase of a synonym needs 1 to {max} words that the search uses; this phrase has {count}.");
    wrong.map(|(path, count)| Violation { path: path.into(), sentence: sentence(count) }).collect()
}
