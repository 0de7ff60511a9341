//! The postings of a type that match a search.

use std::collections::HashMap;

use super::{Blocks, Found, similar_percent};
use crate::engine::{
    catalog::Searched,
    plan::search::{FUZZY, SearchedType, SimilarWords, Terms},
    search::{block::Damaged, term_position::TermPosition},
};

/// The points of terms that begin with the last word are divided by this number if the text ends in a synonym. For example,
/// `SK` is a synonym of seborrhoeic keratosis. A record whose name only begins with these letters must not precede it.
const PREFIX_OF_SYNONYM: u8 = 4;

/// A posting that matches.
pub struct MatchingPosting<'p> {
    pub record: i64,
    /// Number of the stem of the word, as in `Search::stem_numbers`; `None` for the whole text.
    pub word: Option<usize>,
    /// The words of the name that matches, as bits; 0 for no name.
    pub name_words: u16,
    pub points: i32,
    /// Index of the kind of match.
    pub kind: usize,
    pub term: &'p str,
    /// The position of the term in the record.
    pub position: &'p TermPosition,
}

/// How a term matches.
#[derive(Clone, Copy)]
struct TermMatch {
    word: Option<usize>,
    name_words: u16,
    percent: u8,
    /// The kind of match; `None` if the role of the text is the kind.
    kind: Option<Kind>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By a synonym.
    Expansion,
    /// By a similar word.
    Similar,
}

/// Finds the postings of a type that match a search.
pub struct TermMatcher<'f> {
    found: &'f Found,
    of_type: &'f SearchedType,
    terms: HashMap<&'f str, Vec<TermMatch>>,
    beginnings: Vec<(&'f str, TermMatch)>,
    similar_words: Vec<&'f SimilarWords>,
}

impl<'f> TermMatcher<'f> {
    /// Collects the terms that match in the type with this index.
    pub fn new(found: &'f Found, at: usize) -> Self {
        let search = &*found.search;
        let mut matcher = Self {
            found,
            of_type: &search.types[at],
            terms: HashMap::new(),
            beginnings: Vec::new(),
            similar_words: Vec::new(),
        };
        let ends_in_synonym = found.ends_in_synonym();
        for one in &search.wanted {
            let term_match = TermMatch {
                word: one.word.map(|at| search.stem_numbers[at]),
                name_words: one.name_words,
                percent: one.percent,
                kind: None,
            };
            match &one.terms {
                Terms::Is(term) => matcher.add(term, term_match),
                Terms::Among(terms) => terms.iter().for_each(|term| matcher.add(term, term_match)),
                Terms::Begin(start) => {
                    let percent = if ends_in_synonym { term_match.percent / PREFIX_OF_SYNONYM } else { term_match.percent };
                    matcher.beginnings.push((start, TermMatch { percent, ..term_match }));
                }
            }
        }
        for meaning in &found.meanings {
            let term_match = TermMatch { word: None, name_words: 0, percent: meaning.percent, kind: Some(Kind::Expansion) };
            for word in search.phrases[meaning.phrase].words.clone() {
                matcher.add(&meaning.term, TermMatch { word: Some(search.stem_numbers[word]), ..term_match });
            }
            let name_words = meaning.name_words(search);
            meaning
                .names
                .iter()
                .for_each(|term| matcher.add(term, TermMatch { percent: meaning.percent / 5, name_words, ..term_match }));
        }
        matcher.similar_words.extend(found.similar_words[at].iter().map(|at| &search.similar_words[*at]));
        matcher
    }

    fn add(&mut self, term: &'f str, term_match: TermMatch) {
        self.terms.entry(term).or_default().push(term_match);
    }

    /// Calls `matched` with each posting that matches, once for each way in which its term matches.
    pub fn postings(&self, blocks: &Blocks, mut matched: impl FnMut(MatchingPosting<'_>)) -> Result<(), Damaged> {
        let mut ways: Vec<TermMatch> = Vec::new();
        blocks.terms(self.of_type.name, |term, block| {
            ways.clear();
            ways.extend(self.terms.get(term).into_iter().flatten());
            let begun = self.beginnings.iter().filter(|(start, _)| term.starts_with(start));
            ways.extend(begun.map(|(_, term_match)| term_match));
            ways.extend(self.similar_words.iter().filter_map(|similar_words| self.similar(similar_words, term)));
            if ways.is_empty() {
                return Ok(());
            }
            // The points are computed once for each position, because most postings of a block share a few positions.
            let positions: Vec<Vec<(usize, i32)>> =
                block.positions().iter().map(|position| self.points(position, &ways)).collect();
            block.postings(|record, at, position| {
                for (way, points) in &positions[at] {
                    let TermMatch { word, name_words, kind, .. } = ways[*way];
                    let kind = match kind {
                        None => usize::from(position.role),
                        Some(Kind::Expansion) => usize::from(Searched::SynonymPhrase.number()),
                        Some(Kind::Similar) => FUZZY,
                    };
                    matched(MatchingPosting { record, word, name_words, points: *points, kind, term, position });
                }
            })
        })
    }

    /// Returns how a term matches a misspelt word, if it is similar.
    fn similar(&self, similar_words: &SimilarWords, term: &str) -> Option<TermMatch> {
        let percent = similar_percent(similar_words.similar.likeness(term)?);
        Some(TermMatch {
            word: Some(self.found.search.stem_numbers[similar_words.word]),
            name_words: 0,
            percent,
            kind: Some(Kind::Similar),
        })
    }

    /// Returns the ways in which a term matches at a position, with their points.
    fn points(&self, position: &TermPosition, ways: &[TermMatch]) -> Vec<(usize, i32)> {
        let searches = self.of_type.field(position.field).is_some_and(|field| self.found.search.includes_field(field));
        let points = |term_match: &TermMatch| {
            let points = match term_match.kind {
                _ if !searches => return None,
                Some(Kind::Similar) if !position.has_similar => return None,
                Some(Kind::Similar) => position.points_of_similar(),
                _ => position.points(),
            };
            Some(points * self.of_type.percent / 100 * i32::from(term_match.percent) / 100)
        };
        ways.iter().enumerate().filter_map(|(at, term_match)| Some((at, points(term_match)?))).collect()
    }
}
