//! The scores of records. A score is a sum of integers.

use std::sync::Arc;

use crate::engine::plan::search::SCORE_BITS;

/// The points of the records of a type.
pub struct Points {
    /// For each word, the records that have it, with their points.
    words: Vec<Vec<(i64, i32)>>,
    /// The records that match the whole text or a name in it, with their points.
    whole: Vec<(i64, i32)>,
    /// The records whose name is in the text, with the words of the name as bits.
    named: Vec<(i64, u16)>,
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
    pub fn new(words: usize) -> Self {
        Self { words: vec![Vec::new(); words], whole: Vec::new(), named: Vec::new() }
    }

    /// Adds a match of a word; `None` for the whole text or a name in it, with the words of the name as bits.
    pub fn add(&mut self, record: i64, word: Option<usize>, name: u16, points: i32) {
        match word {
            Some(word) => self.words[word].push((record, points)),
            None => self.whole.push((record, points)),
        }
        if name != 0 {
            self.named.push((record, name));
        }
    }

    /// Returns the found records, each as a number: the id, and the score in the lower bits. A record is found
    /// if it has the most words, if its score is at least the best score of the records with the most words, or if its name
    /// is in the text.
    ///
    /// In a list of several types, the score of a record is multiplied by the square of the fraction of the words that it
    /// has. This ranks it below records of other types that have more of the words. So a record with two words in a summary
    /// precedes one with one word in a name. If the text names several records of the type, each of them counts as having
    /// the words of all these names: for `acne and rosacea`, both records have all words.
    pub fn scored(mut self, several_types: bool) -> Vec<i64> {
        self.words.iter_mut().chain([&mut self.whole]).for_each(best_of_each);
        let scored = self.sums();
        let most = scored.iter().map(|one| one.words).max().unwrap_or_default();
        let best = scored.iter().filter(|one| one.words == most).map(|one| one.score).max().unwrap_or_default();
        let named = self.named();
        let is_named = |one: &Scored| named.records.binary_search(&one.id).is_ok();
        let all = i64::try_from(self.words.len().pow(2)).unwrap_or(i64::MAX);
        let number = |one: &Scored| {
            let words = if is_named(one) { one.words.max(named.words) } else { one.words };
            let words = i64::try_from(words).unwrap_or_default();
            let score = if several_types { one.score * words * words / all } else { one.score };
            one.id << SCORE_BITS | score.clamp(0, (1 << SCORE_BITS) - 1)
        };
        let is_found = |one: &&Scored| one.words == most || one.score >= best || is_named(one);
        scored.iter().filter(is_found).map(number).collect()
    }

    /// Returns the records whose name is in the text. A name within a longer one does not count: `acne scars` names neither
    /// acne nor scars.
    fn named(&self) -> Named {
        let mut names: Vec<u16> = self.named.iter().map(|(_, name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        let is_longest = |name: &u16| names.iter().all(|other| other == name || name & other != *name);
        let mut records: Vec<i64> =
            self.named.iter().filter(|(_, name)| is_longest(name)).map(|(record, _)| *record).collect();
        records.sort_unstable();
        records.dedup();
        let words = names.iter().fold(0, |all, name| all | name).count_ones();
        Named { records, words: usize::try_from(words).unwrap_or_default() }
    }

    /// Returns the records with the sums of their points.
    fn sums(&self) -> Vec<Scored> {
        let least = self.words.iter().map(Vec::len).filter(|count| *count > 0).min().unwrap_or_default();
        let percents: Vec<i64> = self.words.iter().map(|records| percent(records.len(), least)).collect();
        let mut rest: Vec<&[(i64, i32)]> = self.words.iter().map(Vec::as_slice).collect();
        let mut whole = self.whole.as_slice();
        let mut scored = Vec::with_capacity(self.words.iter().map(Vec::len).max().unwrap_or_default());
        while let Some(id) = rest.iter().chain([&whole]).filter_map(|list| Some(list.first()?.0)).min() {
            let mut one = Scored { id, score: 0, words: 0 };
            for (list, percent) in rest.iter_mut().zip(&percents) {
                if let Some(points) = take(list, id) {
                    one.score += points * percent / 100;
                    one.words += 1;
                }
            }
            one.score += take(&mut whole, id).unwrap_or_default();
            scored.push(one);
        }
        scored
    }
}

/// Removes a record from the start of a list, if it is there, and returns its points.
fn take(list: &mut &[(i64, i32)], id: i64) -> Option<i64> {
    let (first, rest) = list.split_first().filter(|(first, _)| first.0 == id)?;
    *list = rest;
    Some(first.1.into())
}

/// Sorts records, and retains the best points of each.
fn best_of_each(records: &mut Vec<(i64, i32)>) {
    // A list consists of a few sorted parts, one for each term, which a stable sort merges.
    records.sort_by_key(|(id, _)| *id);
    records.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 = kept.1.max(next.1);
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
    let score = |record: &i64| record & ((1 << SCORE_BITS) - 1);
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
    use super::*;

    fn found(points: &[(i64, Option<usize>, i32)], words: usize, several: bool) -> Vec<(i64, i64)> {
        scored(points, &[], words, several)
    }

    fn scored(points: &[(i64, Option<usize>, i32)], names: &[(i64, u16)], words: usize, several: bool) -> Vec<(i64, i64)> {
        let mut all = Points::new(words);
        for (record, word, points) in points {
            all.add(*record, *word, 0, *points);
        }
        for (record, name) in names {
            all.add(*record, None, *name, 10);
        }
        all.scored(several).into_iter().map(|number| (number >> SCORE_BITS, number & ((1 << SCORE_BITS) - 1))).collect()
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
    fn the_first_records_include_those_with_equal_scores() {
        let records: Arc<[i64]> = (0_i64..).zip([5, 7, 7, 9, 1]).map(|(id, score)| id << SCORE_BITS | score).collect();
        let scores = |count| first(&records, count).iter().map(|record| record & 0xff).collect::<Vec<_>>();
        assert_eq!((scores(1), scores(2), scores(9)), (vec![9], vec![7, 7, 9], vec![5, 7, 7, 9, 1]));
    }
}
