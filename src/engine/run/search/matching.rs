//! The postings of a type that match a search.

use std::collections::HashMap;

use super::{Blocks, Found, near_percent};
use crate::engine::{
    catalog::Searched,
    plan::search::{FUZZY, Near, SearchedType, Terms},
    search::{block::Damaged, place::Place},
};

/// The points of words that begin with the last word are divided by this number if the text ends in a synonym: for `SK`, no
/// record precedes seborrhoeic keratosis only because its name begins with these letters.
const PREFIX_OF_SYNONYM: u8 = 4;

/// A posting that matches.
pub struct Matched<'p> {
    pub record: i64,
    /// Index of the word; `None` for the whole text.
    pub word: Option<usize>,
    /// The words of the name that matches, as bits; 0 for no name.
    pub name: u16,
    pub points: i32,
    /// Index of the kind of match.
    pub how: usize,
    pub term: &'p str,
    /// Where the record has it.
    pub place: &'p Place,
}

/// How a term matches.
#[derive(Clone, Copy)]
struct How {
    word: Option<usize>,
    name: u16,
    percent: u8,
    /// The kind of match, if it is not the role of the text.
    kind: Option<Kind>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By a synonym.
    Expansion,
    /// By a similar word.
    Similar,
}

/// The terms of a type that match a search.
pub struct Matching<'f> {
    found: &'f Found,
    of_type: &'f SearchedType,
    terms: HashMap<&'f str, Vec<How>>,
    beginnings: Vec<(&'f str, How)>,
    near: Vec<&'f Near>,
}

impl<'f> Matching<'f> {
    /// Returns the terms that match in the type with this index.
    pub fn new(found: &'f Found, at: usize) -> Self {
        let search = &*found.search;
        let mut matching =
            Self { found, of_type: &search.types[at], terms: HashMap::new(), beginnings: Vec::new(), near: Vec::new() };
        let ends_in_synonym = found.ends_in_synonym();
        for one in &search.matches {
            let how =
                How { word: one.word.map(|at| search.different[at]), name: one.name, percent: one.percent, kind: None };
            match &one.terms {
                Terms::Is(term) => matching.add(term, how),
                Terms::Among(terms) => terms.iter().for_each(|term| matching.add(term, how)),
                Terms::Begin(start) => {
                    let percent = if ends_in_synonym { how.percent / PREFIX_OF_SYNONYM } else { how.percent };
                    matching.beginnings.push((start, How { percent, ..how }));
                }
            }
        }
        for meaning in &found.meanings {
            let how = How { word: None, name: 0, percent: meaning.percent, kind: Some(Kind::Expansion) };
            for word in search.phrases[meaning.phrase].words.clone() {
                matching.add(&meaning.term, How { word: Some(search.different[word]), ..how });
            }
            let name = meaning.name(search);
            meaning.names.iter().for_each(|term| matching.add(term, How { percent: meaning.percent / 5, name, ..how }));
        }
        matching.near.extend(found.near[at].iter().map(|at| &search.near[*at]));
        matching
    }

    fn add(&mut self, term: &'f str, how: How) {
        self.terms.entry(term).or_default().push(how);
    }

    /// Calls `matched` with each posting that matches, once for each word.
    pub fn postings(&self, blocks: &Blocks, mut matched: impl FnMut(Matched<'_>)) -> Result<(), Damaged> {
        let mut ways: Vec<How> = Vec::new();
        blocks.terms(self.of_type.name, |term, block| {
            ways.clear();
            ways.extend(self.terms.get(term).into_iter().flatten());
            ways.extend(self.beginnings.iter().filter(|(start, _)| term.starts_with(start)).map(|(_, how)| how));
            ways.extend(self.near.iter().filter_map(|near| self.similar(near, term)));
            if ways.is_empty() {
                return Ok(());
            }
            // The points are computed once for each place, because most postings of a block share a few places.
            let places: Vec<Vec<(usize, i32)>> = block.places().iter().map(|place| self.points(place, &ways)).collect();
            block.postings(|record, at, place| {
                for (way, points) in &places[at] {
                    let how = ways[*way];
                    let kind = match how.kind {
                        None => usize::from(place.role),
                        Some(Kind::Expansion) => usize::from(Searched::Typed.number()),
                        Some(Kind::Similar) => FUZZY,
                    };
                    matched(Matched { record, word: how.word, name: how.name, points: *points, how: kind, term, place });
                }
            })
        })
    }

    /// Returns how a term matches a misspelt word, if it is similar.
    fn similar(&self, near: &Near, term: &str) -> Option<How> {
        let percent = near_percent(near.similar.likeness(term)?);
        Some(How { word: Some(self.found.search.different[near.word]), name: 0, percent, kind: Some(Kind::Similar) })
    }

    /// Returns the ways in which a term matches at a place, with their points.
    fn points(&self, place: &Place, ways: &[How]) -> Vec<(usize, i32)> {
        let searches = self.of_type.field(place.field).is_some_and(|field| self.found.search.searches(field));
        let points = |how: &How| {
            let points = match how.kind {
                _ if !searches => return None,
                Some(Kind::Similar) if !place.has_similar => return None,
                Some(Kind::Similar) => place.points_of_similar(),
                _ => place.points(),
            };
            Some(points * self.of_type.percent / 100 * i32::from(how.percent) / 100)
        };
        ways.iter().enumerate().filter_map(|(at, how)| Some((at, points(how)?))).collect()
    }
}
