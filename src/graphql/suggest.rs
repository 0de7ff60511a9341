//! "Did you mean": the names nearest to one that is wrong.

/// Names that a suggestion lists at most.
const MAX_NAMES: usize = 5;

/// Longest name that is compared: no name of a schema is longer.
const LONGEST: usize = 64;

/// The names nearest to `wrong`, nearest first: those that fewer letters must be inserted, deleted, replaced or swapped for than two
/// fifths of it, as graphql-js has it.
fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    if wrong.len() > LONGEST {
        return Vec::new();
    }
    let small = wrong.to_lowercase();
    let length = wrong.chars().count();
    let limit = length * 2 / 5 + 1;
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        // Names that differ more in length differ more.
        .filter(|name| name.len().abs_diff(length) <= limit)
        .map(|name| (strsim::osa_distance(&small, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MAX_NAMES).map(|(_, name)| name).collect()
}

/// ` Did you mean "a", "b", or "c"?`, or nothing when no name is near. `what` comes before the names: `the enum value`.
pub(super) fn did_you_mean<'n>(what: &str, wrong: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    list(what, &nearest(wrong, names))
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
