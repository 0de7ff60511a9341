//! "Did you mean": suggests names that are similar to an unknown one.

/// Maximum number of names in a suggestion.
const MAX_NAMES: usize = 5;

/// Maximum length of a name that is compared, in bytes. No name of the schema is longer.
const LONGEST: usize = 64;

/// Returns the names whose distance from `wrong` is at most `limit`, nearest first. The distance is the number of letters to
/// insert, delete, replace or swap to turn one name into the other, ignoring case (optimal string alignment).
#[must_use]
pub fn nearest<'n>(wrong: &str, limit: usize, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let wrong = wrong.to_lowercase();
    let length = wrong.chars().count();
    let near = names.into_iter().filter_map(|name| {
        let small = name.to_lowercase();
        // The difference in length is a lower bound of the distance.
        let may_be_near = small.chars().count().abs_diff(length) <= limit;
        let distance = may_be_near.then(|| strsim::osa_distance(&wrong, &small))?;
        (distance <= limit).then_some((distance, name))
    });
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().map(|(_, name)| name).collect()
}

/// Returns ` Did you mean "a", "b", or "c"?`, or an empty text if no name is similar. `what` is written before the names,
/// for example `the enum value`.
pub(super) fn did_you_mean<'n>(what: &str, wrong: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    if wrong.len() > LONGEST {
        return String::new();
    }
    // The same limit as graphql-js: two fifths of the length, plus one.
    let limit = wrong.chars().count() * 2 / 5 + 1;
    list(what, &nearest(wrong, limit, names))
}

/// Like [`did_you_mean`], for names that are already selected.
pub(super) fn list(what: &str, names: &[&str]) -> String {
    let what = if what.is_empty() { String::new() } else { format!("{what} ") };
    let quoted: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => format!(" Did you mean {what}{one}?"),
        [one, other] => format!(" Did you mean {what}{one} or {other}?"),
        [rest @ .., last] => format!(" Did you mean {what}{}, or {last}?", rest.join(", ")),
    }
}
