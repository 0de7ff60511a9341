//! Converts the singular and the plural of Latin and Greek medical words to one form, usually the singular. The stemmer has
//! only the endings of English.

/// Ends of words, and the ends that replace them.
pub(super) const ENDS: &[(&str, &str)] = &[
    ("ectases", "ectasia"),
    ("ectasis", "ectasia"),
    ("moses", "mosis"),
    ("noses", "nosis"),
    ("omata", "oma"),
    ("roses", "rosis"),
    ("stases", "stasis"),
    ("tigines", "tigo"),
    ("toses", "tosis"),
    ("trices", "trix"),
];

/// Minimum number of letters before an end, so that `noses` and `roses` stay as they are.
pub(super) const MIN_BEFORE: usize = 2;

/// Whole words, and the words that replace them.
pub(super) const WHOLE_WORDS: &[(&str, &str)] = &[
    ("bullae", "bulla"),
    ("comedo", "comedone"),
    ("milium", "milia"),
    ("nevi", "nevus"),
    ("striae", "stria"),
    ("verrucae", "verruca"),
];

/// Returns the singular of a folded word in American spelling; for `milium`, the plural `milia`. A word that is not listed
/// here is returned unchanged.
#[must_use]
pub fn singular(mut word: String) -> String {
    if let Some((_, singular)) = WHOLE_WORDS.iter().find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    let end = ENDS.iter().find(|(plural, _)| word.strip_suffix(plural).is_some_and(|before| before.len() >= MIN_BEFORE));
    if let Some((plural, singular)) = end {
        word.truncate(word.len() - plural.len());
        word.push_str(singular);
    }
    word
}
