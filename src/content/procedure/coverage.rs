//! The rule that every procedure covers each topic, or lists it in `notFound`.

use super::{not_found::MissingTopic, risks::help};
use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{LibraryView, Violation},
    declare::Choice as _,
};

/// Key of the list of topics that were not found.
const NOT_FOUND: &str = "notFound";

/// The fields of a procedure that the rule reads, besides its outcomes.
pub const FIELDS: [&str; 14] = [
    NOT_FOUND,
    "contraindications",
    "adverseEffects",
    "getHelp",
    "sessions",
    "variants",
    "visitDuration",
    "pain",
    "recovery",
    "results",
    "preparation",
    "aftercare",
    "practitioners",
    "costs",
];

/// A path of keys in the document of a procedure. At a list, the path continues in each entry.
type Path = &'static [&'static str];

/// The value at a path that covers a topic.
#[derive(Clone, Copy)]
enum Expected {
    /// A value that is neither null nor empty.
    Anything,
    /// This text.
    Text(&'static str),
    /// True.
    True,
}

/// A topic of [`MissingTopic`], and how a procedure covers it.
struct Topic {
    name: &'static str,
    covered: Covered,
}

/// How a topic is covered.
#[derive(Clone, Copy)]
enum Covered {
    /// By a value at one of these paths.
    At(&'static [Path], Expected),
    /// If this function returns true for the procedure.
    If(fn(&CanonicalObject) -> bool),
}

impl Covered {
    fn by(self, procedure: &CanonicalObject) -> bool {
        match self {
            Self::At(paths, wanted) => paths.iter().any(|path| leads(procedure, path, wanted)),
            Self::If(covers) => covers(procedure),
        }
    }
}

const fn filled(name: &'static str, paths: &'static [Path]) -> Topic {
    Topic { name, covered: Covered::At(paths, Expected::Anything) }
}

/// A topic that a contraindication with a `SafetyTopic` covers.
const fn contraindicated(name: &'static str, topic: &'static str) -> Topic {
    Topic { name, covered: Covered::At(&[&["contraindications", "topic"]], Expected::Text(topic)) }
}

/// All topics. If a fact may differ between variants or conditions, a variant or an outcome can cover the topic as
/// well.
const TOPICS: [Topic; 19] = [
    filled("CONTRAINDICATIONS", &[&["contraindications"]]),
    contraindicated("PREGNANCY", "PREGNANCY"),
    contraindicated("BREASTFEEDING", "BREASTFEEDING"),
    contraindicated("MEDICINES", "MEDICINE"),
    contraindicated("INFECTIONS", "INFECTION"),
    contraindicated("SKIN_TYPES", "SKIN_TYPE"),
    Topic { name: "SERIOUS_EFFECTS", covered: Covered::At(&[&["adverseEffects", "serious"]], Expected::True) },
    filled("GET_HELP", &[&["getHelp"]]),
    Topic { name: "HELP_FOR_EFFECTS", covered: Covered::If(help::covers_serious_effects) },
    filled(
        "SESSIONS",
        &[
            &["sessions", "count"],
            &["sessions", "examples", "count"],
            &["variants", "sessions", "count"],
            &["variants", "sessions", "examples", "count"],
            &["outcomes", "sessions", "count"],
            &["outcomes", "sessions", "examples", "count"],
        ],
    ),
    filled(
        "INTERVAL",
        &[
            &["sessions", "interval"],
            &["sessions", "examples", "interval"],
            &["variants", "sessions", "interval"],
            &["variants", "sessions", "examples", "interval"],
            &["outcomes", "sessions", "interval"],
            &["outcomes", "sessions", "examples", "interval"],
        ],
    ),
    filled("VISIT_DURATION", &[&["visitDuration"]]),
    filled("PAIN", &[&["pain"]]),
    filled("DOWNTIME", &[&["recovery", "downtime"], &["variants", "recovery", "downtime"]]),
    filled("LASTS", &[&["results", "lasts"], &["outcomes", "results", "lasts"]]),
    filled("PREPARATION", &[&["preparation"]]),
    filled("AFTERCARE", &[&["aftercare"]]),
    filled("PRACTITIONERS", &[&["practitioners"]]),
    filled("COSTS", &[&["costs"]]),
];

/// Reports each topic that the procedure neither covers nor lists in `notFound`, that it both covers and lists, or that
/// it lists several times.
pub fn every_topic_is_covered(_: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let missing: Vec<&str> = document
        .list(NOT_FOUND)
        .iter()
        .map(|entry| entry.get("topic").and_then(CanonicalValue::as_str).unwrap_or(""))
        .collect();
    let violation = |topic: &Topic| {
        let covered = topic.covered.by(document);
        let listed: Vec<usize> = (0..missing.len()).filter(|at| missing[*at] == topic.name).collect();
        let (name, about) = (topic.name, about(topic.name));
        let sentence = match (covered, listed.len()) {
            (true, 0) | (false, 1) => return None,
            (false, 0) => format!("The procedure {slug} has nothing on {name}, and does not list it here. {about}"),
            (true, _) => format!("The procedure {slug} covers {name}, and lists it here as not found. {about}"),
            (false, times) => format!("The procedure {slug} lists {name} {times} times."),
        };
        let path = listed.last().map_or(NOT_FOUND.into(), |at| format!("{NOT_FOUND}[{at}]").into());
        Some(Violation { path, sentence })
    };
    TOPICS.iter().filter_map(violation).collect()
}

/// Returns the description of a topic, which names the fields that cover it.
fn about(name: &str) -> &'static str {
    MissingTopic::VALUES.iter().find(|(value, _)| *value == name).map_or("", |(_, about)| about)
}

/// Reports whether a path leads from an object to the wanted value.
fn leads(object: &CanonicalObject, path: &[&str], wanted: Expected) -> bool {
    let Some((key, rest)) = path.split_first() else { return false };
    let reached = |value: &CanonicalValue| match value {
        value if rest.is_empty() => is_wanted(value, wanted),
        CanonicalValue::Object(inner) => leads(inner, rest, wanted),
        _ => false,
    };
    match object.get(key) {
        Some(CanonicalValue::List(values)) => values.iter().any(reached),
        Some(value) => reached(value),
        None => false,
    }
}

fn is_wanted(value: &CanonicalValue, wanted: Expected) -> bool {
    match wanted {
        Expected::Anything => is_filled(value),
        Expected::Text(text) => value.as_str() == Some(text),
        Expected::True => value.as_bool() == Some(true),
    }
}

/// Reports whether a value is neither null nor empty. An object is empty if all of its fields except `sources` are.
fn is_filled(value: &CanonicalValue) -> bool {
    match value {
        CanonicalValue::Null => false,
        CanonicalValue::List(values) => values.iter().any(is_filled),
        CanonicalValue::Object(object) => object.iter().any(|(key, value)| key != "sources" && is_filled(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tests::{Nothing, list, object};

    fn missing(topics: &[&'static str]) -> (&'static str, CanonicalValue) {
        (NOT_FOUND, topics.iter().map(|topic| object([("topic", (*topic).into())])).collect())
    }

    fn broken<const N: usize>(fields: [(&'static str, CanonicalValue); N]) -> Vec<String> {
        let document: CanonicalObject = fields.into_iter().collect();
        let violations = every_topic_is_covered(&Nothing, "peel", &document);
        violations.into_iter().map(|violation| violation.sentence).collect()
    }

    fn names() -> Vec<&'static str> {
        TOPICS.iter().map(|topic| topic.name).collect()
    }

    #[test]
    fn every_value_of_the_enumeration_is_a_topic() {
        assert_eq!(names(), MissingTopic::VALUES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn every_path_starts_at_a_field_that_is_declared_as_read() {
        for topic in TOPICS {
            let Covered::At(paths, _) = topic.covered else { continue };
            for path in paths {
                assert!(path[0] == "outcomes" || FIELDS.contains(&path[0]), "{path:?}");
            }
        }
    }

    #[test]
    fn a_topic_must_be_covered_or_listed_and_not_both() {
        assert_eq!(broken([]).len(), TOPICS.len());
        assert_eq!(broken([missing(&names())]), [] as [&str; 0]);
        let pain = || ("pain", object([("level", CanonicalValue::Null), ("text", "It stings.".into())]));
        let both = broken([pain(), missing(&names())]);
        assert_eq!(both, ["The procedure peel covers PAIN, and lists it here as not found. Pain: `pain`."]);
        let rest: Vec<_> = names().into_iter().filter(|name| *name != "PAIN").collect();
        assert_eq!(broken([pain(), missing(&rest)]), [] as [&str; 0]);
        assert_eq!(
            broken([missing(&rest)]),
            ["The procedure peel has nothing on PAIN, and does not list it here. Pain: `pain`."]
        );
        let twice = broken([missing(&[&names()[..], &["COSTS"]].concat())]);
        assert_eq!(twice, ["The procedure peel lists COSTS 2 times."]);
    }

    #[test]
    fn a_contraindication_covers_its_topic_and_an_effect_only_if_it_is_serious() {
        let rest = |gone: &[&str]| missing(&names().into_iter().filter(|name| !gone.contains(name)).collect::<Vec<_>>());
        let reason = list([object([("topic", "PREGNANCY".into())])]);
        assert_eq!(broken([("contraindications", reason), rest(&["CONTRAINDICATIONS", "PREGNANCY"])]), [] as [&str; 0]);
        let effect = |serious: bool| ("adverseEffects", list([object([("serious", serious.into())])]));
        assert_eq!(broken([effect(true), rest(&["SERIOUS_EFFECTS"])]), [] as [&str; 0]);
        assert_eq!(broken([effect(false), rest(&["SERIOUS_EFFECTS"])]).len(), 1);
    }

    #[test]
    fn a_count_without_numbers_covers_nothing() {
        let sessions = |min: CanonicalValue| {
            let count = object([("min", min), ("max", CanonicalValue::Null)]);
            let example = object([("count", count), ("interval", CanonicalValue::Null)]);
            ("sessions", object([("count", CanonicalValue::Null), ("examples", list([example]))]))
        };
        let rest: Vec<_> = names().into_iter().filter(|name| *name != "SESSIONS").collect();
        assert_eq!(broken([sessions(CanonicalValue::Int(3)), missing(&rest)]), [] as [&str; 0]);
        assert_eq!(broken([sessions(CanonicalValue::Null), missing(&rest)]).len(), 1);
    }
}
