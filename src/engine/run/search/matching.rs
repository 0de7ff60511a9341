//! The postings of a type that match a search.

use std::collections::HashMap;

use super::{Blocks, Found, NEAR_PERCENT};
use crate::engine::{
    catalog::Searched,
    plan::search::{FUZZY, Near, SearchedType, Terms},
    search::{block::Damaged, place::Place},
};

/// A posting that matches.
pub struct Matched<'p> {
    pub record: i64,
    /// Index of the word; `None` for the whole text.
    pub word: Option<usize>,
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
    near: Vec<(&'f Near, How)>,
}

impl<'f> Matching<'f> {
    /// Returns the terms that match in the type with this index.
    pub fn new(found: &'f Found, at: usize) -> Self {
        let search = &*found.search;
        let mut matching =
            Self { found, of_type: &search.types[at], terms: HashMap::new(), beginnings: Vec::new(), near: Vec::new() };
        for one in &search.matches {
            let how = How { word: one.word, percent: one.percent, kind: None };
            match &one.terms {
                Terms::Is(term) => matching.add(term, how),
                Terms::Among(terms) => terms.iter().for_each(|term| matching.add(term, how)),
                Terms::Begin(start) => matching.beginnings.push((start, how)),
            }
        }
        for meaning in &found.meanings {
            for word in search.phrases[meaning.phrase].words.clone() {
                let how = How { word: Some(word), percent: meaning.percent, kind: Some(Kind::Expansion) };
                matching.add(&meaning.term, how);
            }
        }
        for near in found.near[at].iter().map(|at| &search.near[*at]) {
            let how = How { word: Some(near.word), percent: NEAR_PERCENT, kind: Some(Kind::Similar) };
            matching.near.push((near, how));
        }
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
            ways.extend(self.near.iter().filter(|(near, _)| near.similar.is_similar(term)).map(|(_, how)| how));
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
                    matched(Matched { record, word: how.word, points: *points, how: kind, term, place });
                }
            })
        })
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
