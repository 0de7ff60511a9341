//! Suggestions ("Did you mean"): the names that are most similar to an unknown one.

use super::node::quote;
use crate::graphql::suggest::nearest;

const MAX_NAMES: usize = 3;

/// Returns ` Did you mean "a" or "b"?`, or an empty text if no name is similar.
pub(in crate::library) fn did_you_mean<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    // Similar names differ in at most a third of the characters.
    let limit = (wrong.chars().count() / 3).clamp(1, 4);
    let near: Vec<String> = nearest(wrong, limit, names).into_iter().take(MAX_NAMES).map(quote).collect();
    if near.is_empty() { String::new() } else { format!(" Did you mean {}?", near.join(" or ")) }
}

/// Returns a sentence with the most similar names. If none is similar, it has the first few of all names.
pub(super) fn instead_of(wrong: &str, names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let suggestion = did_you_mean(wrong, names.iter().copied());
    if !suggestion.is_empty() {
        return suggestion;
    }
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!(" It is one of {}{more}.", names[..names.len().min(SHOWN)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_names_are_suggested() {
        assert_eq!(did_you_mean("summry", ["name", "summary", "sources"]), " Did you mean \"summary\"?");
        assert_eq!(did_you_mean("zzz", ["name", "summary"]), "");
        assert_eq!(instead_of("LOUD", &["QUICK", "LONG"]), " It is one of QUICK, LONG.");
    }
}
