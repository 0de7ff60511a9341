//! "Did you mean": the names nearest to one that is wrong.

/// Names that a suggestion lists at most.
const MAX_NAMES: usize = 5;

/// Longest name that is compared: no name of a schema is longer.
const LONGEST: usize = 64;

/// The names that are no further than `limit` from `wrong`, nearest first. Of two names the distance is the number of letters that must be
/// inserted, deleted, replaced or swapped to make one of the other; capital and small letters are the same.
#[must_use]
pub fn nearest<'n>(wrong: &str, limit: usize, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let wrong = wrong.to_lowercase();
    let length = wrong.chars().count();
    let near = names.into_iter().filter_map(|name| {
        let small = name.to_lowercase();
        // Names that differ more in length differ more.
        let may_be_near = small.chars().count().abs_diff(length) <= limit;
        let distance = may_be_near.then(|| strsim::osa_distance(&wrong, &small))?;
        (distance <= limit).then_some((distance, name))
    });
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().map(|(_, name)| name).collect()
}

/// ` Did you mean "a", "b", or "c"?`, or nothing when no name is near. `what` comes before the names: `the enum value`.
pub(super) fn did_you_mean<'n>(what: &str, wrong: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    if wrong.len() > LONGEST {
        return String::new();
    }
    // Two fifths of the name, as graphql-js has it.
    let limit = wrong.chars().count() * 2 / 5 + 1;
    list(what, &nearest(wrong, limit, names))
}

/// The same for names that were chosen before.
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
