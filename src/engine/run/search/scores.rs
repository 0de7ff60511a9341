//! The scores of records. A score is a sum of integers.

use std::{mem, sync::Arc};

use crate::{
    engine::{plan::search::SCORE_BITS, run::level::distinct},
    store::{OutOfMemory, ReadReservation},
};

/// The bits of a score in the number of a record.
const SCORE: i64 = (1 << SCORE_BITS) - 1;

/// Bytes that are reserved for an entry of a list: the entry, and as many bytes again while the list is sorted or copied.
const ENTRY_BYTES: usize = 2 * size_of::<i64>();

/// Minimum number of entries for which a list allocates memory.
const MIN_ENTRIES: usize = 64;

/// The points of the records of a type. Each entry of its lists is a number: the id of a record, and in the lower bits the
/// points. If a list is full, its duplicates are removed. So its length depends on the number of records, and not on the
/// number of their postings: all terms that begin with two letters can have many times more postings than records.
pub struct Points {
    /// For each word, the records that have it, with their points.
    words: Vec<Vec<i64>>,
    /// The records that match the whole text or a name in it, with their points.
    whole: Vec<i64>,
    /// The records whose name is in the text, with the words of the name as bits instead of points.
    named: Vec<i64>,
    /// For the lists.
    memory: ReadReservation,
    /// True if there was not enough memory for a list. Then nothing more is added.
    is_incomplete: bool,
}

/// The records whose name is in the text.
struct Named {
    /// In ascending order.
    records: Vec<i64>,
    /// Number of words of the text that their names have together.
    words: usize,
}

/// A record with its score.
struct Scored {
    id: i64,
    score: i64,
    /// Number of words of the search that it has.
    words: usize,
}

impl Points {
    pub fn new(words: usize, memory: ReadReservation) -> Self {
        let (words, whole, named) = (vec![Vec::new(); words], Vec::new(), Vec::new());
        Self { words, whole, named, memory, is_incomplete: false }
    }

    /// Adds a match. `word` is the number of the word; `None` for the whole text or a name in it. `name` has the words of
    /// the matching name as bits; 0 if no name matches.
    pub fn add(&mut self, record: i64, word: Option<usize>, name: u16, points: i32) {
        if self.is_incomplete {
            return;
        }
        let list = match word {
            Some(word) => &mut self.words[word],
            None => &mut self.whole,
        };
        let mut added = push(list, numbered(record, points.into()), best_of_each, &mut self.memory);
        if name != 0 && added.is_ok() {
            let reduce = |named: &mut Vec<i64>| *named = distinct(mem::take(named));
            added = push(&mut self.named, numbered(record, name.into()), reduce, &mut self.memory);
        }
        self.is_incomplete = added.is_err();
    }

    /// Returns the found records, each as a number: the id, and the score in the lower bits. A record is found
    /// if it has the most words, if its score is at least the best score of the records with the most words, or if its name
    /// is in the text.
    ///
    /// In a list of several types, the score of a record is multiplied by the square of the fraction of the words that it
    /// has. This ranks it below records of other types that have more of the words. So a record with two words in a summary
    /// precedes one with one word in a name. If the text names several records of the type, each of them counts as having
    /// the words of all these names: for `acne and rosacea`, both records have all words.
    ///
    /// # Errors
    /// If there was not enough memory.
    pub fn scored(self, several_types: bool) -> Result<Vec<i64>, OutOfMemory> {
        let Self { mut words, mut whole, named, mut memory, is_incomplete } = self;
        if is_incomplete {
            return Err(OutOfMemory);
        }
        words.iter_mut().chain([&mut whole]).for_each(best_of_each);
        // The sums are computed twice, because storing them would need much memory.
        let (most, best) = sums(&words, &whole).map(|one| (one.words, one.score)).max().unwrap_or_default();
        let named = Named::of(&named);
        let is_named = |one: &Scored| named.records.binary_search(&one.id).is_ok();
        let all = i64::try_from(words.len().pow(2)).unwrap_or(i64::MAX);
        let number = |one: &Scored| {
            let words = if is_named(one) { one.words.max(named.words) } else { one.words };
            let words = i64::try_from(words).unwrap_or_default();
            numbered(one.id, if several_types { one.score * words * words / all } else { one.score })
        };
        let is_found = |one: &Scored| one.words == most || one.score >= best || is_named(one);
        let mut found = Vec::new();
        for one in sums(&words, &whole).filter(is_found) {
            push(&mut found, number(&one), |_| {}, &mut memory)?;
        }
        Ok(found)
    }
}

impl Named {
    /// Finds the records whose name is in the text. A name within a longer one does not count: `acne scars` names neither
    /// acne nor scars.
    fn of(named: &[i64]) -> Self {
        let words = distinct(named.iter().map(|one| one & SCORE).collect());
        let is_longest = |name: i64| words.iter().all(|other| *other == name || name & other != name);
        let longest = named.iter().filter(|one| is_longest(*one & SCORE));
        let records = distinct(longest.map(|one| one >> SCORE_BITS).collect());
        let words = words.iter().fold(0, |all, name| all | name).count_ones();
        Self { records, words: usize::try_from(words).unwrap_or_default() }
    }
}

/// Returns a number with the id of a record, and a score or points in the lower bits.
fn numbered(record: i64, score: i64) -> i64 {
    record << SCORE_BITS | score.clamp(0, SCORE)
}

/// Adds an entry to a list. If the list is full, `reduce` removes entries. Then at least half of the list is unused, so
/// that it is rarely reduced.
fn push(
    list: &mut Vec<i64>,
    entry: i64,
    reduce: fn(&mut Vec<i64>),
    memory: &mut ReadReservation,
) -> Result<(), OutOfMemory> {
    if list.len() == list.capacity() {
        reduce(list);
        let capacity = (2 * list.len()).max(MIN_ENTRIES);
        if let Some(more) = capacity.checked_sub(list.capacity()) {
            memory.grow(more * ENTRY_BYTES)?;
            list.reserve_exact(capacity - list.len());
        }
    }
    list.push(entry);
    Ok(())
}

/// Returns the records of a type with the sums of their points, in the order of ids.
fn sums(words: &[Vec<i64>], mut whole: &[i64]) -> impl Iterator<Item = Scored> {
    let least = words.iter().map(Vec::len).filter(|count| *count > 0).min().unwrap_or_default();
    let percents: Vec<i64> = words.iter().map(|records| percent(records.len(), least)).collect();
    let mut rest: Vec<&[i64]> = words.iter().map(Vec::as_slice).collect();
    std::iter::from_fn(move || {
        let id = rest.iter().chain([&whole]).filter_map(|list| Some(list.first()? >> SCORE_BITS)).min()?;
        let mut one = Scored { id, score: 0, words: 0 };
        for (list, percent) in rest.iter_mut().zip(&percents) {
            if let Some(points) = take(list, id) {
                one.score += points * percent / 100;
                one.words += 1;
            }
        }
        one.score += take(&mut whole, id).unwrap_or_default();
        Some(one)
    })
}

/// Removes a record from the start of a list, if it is there, and returns its points.
fn take(list: &mut &[i64], id: i64) -> Option<i64> {
    let (first, rest) = list.split_first().filter(|(first, _)| **first >> SCORE_BITS == id)?;
    *list = rest;
    Some(first & SCORE)
}

/// Sorts records, and retains the best points of each.
fn best_of_each(records: &mut Vec<i64>) {
    // A list consists of a few sorted parts, one for each term, which a stable sort merges.
    records.sort_by_key(|record| record >> SCORE_BITS);
    records.dedup_by(|next, kept| {
        let is_same = *next >> SCORE_BITS == *kept >> SCORE_BITS;
        if is_same {
            *kept = (*kept).max(*next);
        }
        is_same
    });
}

/// Returns the percentage of the points of a word that counts. `least` is the number of records that have the rarest word of
/// the search. The percentage is lower if many more than `least` records have the word. So `IPL laser` finds records with
/// the name IPL first.
fn percent(records: usize, least: usize) -> i64 {
    /// Ratios with percentages, in ascending order. A percentage applies to words that fewer than ratio × `least`
    /// records have: 100 below 2 × `least` records, 80 below 4 × `least`, and so on.
    const STEPS: [(usize, i64); 5] = [(2, 100), (4, 80), (8, 65), (16, 50), (32, 40)];
    /// The percentage of more frequent words.
    const FREQUENT: i64 = 30;
    STEPS.into_iter().find(|(ratio, _)| records / ratio < least).map_or(FREQUENT, |(_, percent)| percent)
}

/// Returns the records that are among the first `count` by their score. Records with equal scores are all included,
/// because other columns order them.
pub fn first(records: &Arc<[i64]>, count: usize) -> Arc<[i64]> {
    let score = |record: &i64| record & SCORE;
    if records.len() <= count || count == 0 {
        return Arc::clone(records);
    }
    let mut scores: Vec<i64> = records.iter().map(score).collect();
    let at = scores.len() - count;
    let (_, least, _) = scores.select_nth_unstable(at);
    let least = *least;
    records.iter().copied().filter(|record| score(record) >= least).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::store::reading::memory::tests::Counted;

    fn found(points: &[(i64, Option<usize>, i32)], words: usize, several: bool) -> Vec<(i64, i64)> {
        scored(points, &[], words, several)
    }

    fn scored(points: &[(i64, Option<usize>, i32)], names: &[(i64, u16)], words: usize, several: bool) -> Vec<(i64, i64)> {
        let mut all = Points::new(words, ReadReservation::default());
        for (record, word, points) in points {
            all.add(*record, *word, 0, *points);
        }
        for (record, name) in names {
            all.add(*record, None, *name, 10);
        }
        let found = all.scored(several).expect("there is no limit");
        found.into_iter().map(|number| (number >> SCORE_BITS, number & SCORE)).collect()
    }

    #[test]
    fn records_with_the_most_words_are_found_and_those_with_as_many_points() {
        let points = [(2, Some(0), 100), (2, Some(1), 100), (1, Some(0), 300), (3, Some(0), 90), (3, Some(0), 80)];
        assert_eq!(found(&points, 2, false), [(1, 240), (2, 180)]);
        assert_eq!(found(&points, 2, true), [(1, 60), (2, 180)]);
    }

    #[test]
    fn records_whose_longest_name_is_in_the_text_are_found() {
        let points = [(1, Some(0), 100), (2, Some(1), 100), (2, Some(2), 100), (3, Some(2), 100)];
        // The name of record 3 is within that of record 2.
        let names = [(1, 0b001), (2, 0b110), (3, 0b100)];
        assert_eq!(found(&points, 3, true), [(2, 80)]);
        assert_eq!(scored(&points, &names, 3, false), [(1, 110), (2, 190)]);
        assert_eq!(scored(&points, &names, 3, true), [(1, 110), (2, 190)]);
        // The second word is in no name.
        let names = [(1, 0b001)];
        assert_eq!(scored(&points[..2], &names, 2, true), [(1, 27), (2, 25)]);
    }

    #[test]
    fn the_memory_of_points_depends_on_the_number_of_records() {
        for (limit, is_enough) in [(400_000, true), (100_000, false)] {
            let counted = Arc::new(Counted { limit, ..Counted::default() });
            let reserved = || counted.reserved.load(Ordering::Relaxed);
            let mut points = Points::new(1, ReadReservation::new(Some(Arc::<Counted>::clone(&counted))));
            // Each record has a hundred postings.
            for posting in 0..500_000 {
                points.add(posting % 5_000, Some(0), 0, 7);
            }
            assert!(reserved() > 50_000, "{}", reserved());
            assert_eq!(points.scored(false).map(|found| found.len()).ok(), is_enough.then_some(5_000));
            assert_eq!(reserved(), 0);
        }
    }

    #[test]
    fn the_first_records_include_those_with_equal_scores() {
        let records: Arc<[i64]> = (0_i64..).zip([5, 7, 7, 9, 1]).map(|(id, score)| id << SCORE_BITS | score).collect();
        let scores = |count| first(&records, count).iter().map(|record| record & 0xff).collect::<Vec<_>>();
        assert_eq!((scores(1), scores(2), scores(9)), (vec![9], vec![7, 7, 9], vec![5, 7, 7, 9, 1]));
    }
}
