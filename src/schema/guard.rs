//! Measures a document before anything else touches it.
//!
//! Checks that follow fragments wherever they are spread take time that doubles with every level of fragments: a kilobyte of
//! them stops a thread for minutes. Here each fragment is measured once and its measure is used again, so the guard itself
//! takes time linear in the document, and what passes it is small enough for every check after it.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, ServerError,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

use crate::error;

/// Most selections with all fragments put in: the largest query of a person or tool, the introspection of graphql-js, has
/// about 300.
const MAX_SELECTIONS: u64 = 10_000;

/// Deepest nesting with all fragments put in. The introspection of graphql-js is 15 deep.
pub const MAX_DEPTH: u64 = 32;

/// Deepest nesting of selection sets, inline fragments and spreads included: what the guard itself can follow on the stack.
const MAX_NESTING: usize = 128;

/// Deepest nesting of brackets of any kind: what parser and checks follow on the stack with room to spare. 32 levels of fields,
/// and the deepest filter within the last of them, have about 70.
const MAX_BRACKETS: usize = 128;

/// What a selection set amounts to with all fragments put in.
#[derive(Clone, Copy, Default)]
struct Measure {
    selections: u64,
    depth: u64,
}

struct Guard<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    /// Fragments measured; `None` while one is being measured, which a circle comes back to.
    measured: HashMap<&'d str, Option<Measure>>,
    nesting: usize,
}

/// Refuses a text whose brackets nest too deep, before anything follows them. Strings and comments are passed over
/// (<https://spec.graphql.org/draft/#sec-Language.Source-Text>); whether the brackets match is the parser's business.
pub fn check_text(text: &str) -> Result<(), ServerError> {
    let mut depth = 0_usize;
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => skip_until(after, b"\n"),
            b'"' if after.starts_with(b"\"\"") => skip_until(&after[2..], b"\"\"\""),
            b'"' => skip_until(after, b"\""),
            _ => after,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_BRACKETS {
            return Err(error::of_size(format!("The document nests more than {MAX_BRACKETS} brackets."), Pos::default()));
        }
    }
    Ok(())
}

/// What stands after the first `end`, passing over whatever a backslash stands before; nothing when it never comes.
fn skip_until<'t>(mut text: &'t [u8], end: &[u8]) -> &'t [u8] {
    while !text.is_empty() {
        if let Some(after) = text.strip_prefix(end) {
            return after;
        }
        let step = if text[0] == b'\\' && end[0] == b'"' { 2.min(text.len()) } else { 1 };
        text = &text[step..];
    }
    text
}

/// Refuses a document that is too large or too deep.
pub fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut guard = Guard { fragments: &document.fragments, measured: HashMap::new(), nesting: 0 };
    let mut selections = 0;
    for (_, operation) in document.operations.iter() {
        let measure = guard.set(&operation.node.selection_set.node);
        selections += measure.selections;
        within(selections, measure.depth, operation.pos)?;
    }
    // A fragment that nothing uses is refused later, by checks that follow it all the same.
    for (name, fragment) in &document.fragments {
        let measure = guard.fragment(name);
        within(measure.selections, measure.depth, fragment.pos)?;
    }
    Ok(())
}

fn within(selections: u64, depth: u64, position: Pos) -> Result<(), ServerError> {
    if selections > MAX_SELECTIONS {
        let message = format!(
            "The document selects more than {MAX_SELECTIONS} fields, counting those of fragments wherever they are spread."
        );
        return Err(error::of_size(message, position));
    }
    if depth > MAX_DEPTH {
        return Err(error::of_size(format!("The document is more than {MAX_DEPTH} fields deep."), position));
    }
    Ok(())
}

impl<'d> Guard<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Measure {
        let mut sum = Measure::default();
        if self.nesting == MAX_NESTING {
            return Measure { depth: MAX_DEPTH + 1, ..sum };
        }
        self.nesting += 1;
        for item in &set.items {
            let below = match &item.node {
                Selection::Field(field) => {
                    let below = self.set(&field.node.selection_set.node);
                    Measure { depth: below.depth.saturating_add(1), ..below }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
            sum.selections = sum.selections.saturating_add(below.selections).saturating_add(1);
            sum.depth = sum.depth.max(below.depth);
        }
        self.nesting -= 1;
        sum
    }

    fn fragment(&mut self, name: &str) -> Measure {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else { return Measure::default() };
        match self.measured.get(name.as_str()) {
            Some(Some(measure)) => *measure,
            // Validation refuses circles, without walking them again.
            Some(None) => Measure::default(),
            None => {
                self.measured.insert(name.as_str(), None);
                let measure = self.set(&fragment.node.selection_set.node);
                self.measured.insert(name.as_str(), Some(measure));
                measure
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(document: &str) -> Result<(), String> {
        check(&async_graphql::parser::parse_query(document).unwrap()).map_err(|error| error.message)
    }

    /// Each fragment spreads the next one twice.
    fn bomb(levels: usize) -> String {
        let spreads = |level| format!("fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1);
        let fragments: Vec<String> = (0..levels).map(spreads).collect();
        format!("{{ ...F0 }} {} fragment F{levels} on Query {{ __typename }}", fragments.join(" "))
    }

    #[test]
    fn a_fragment_bomb_is_measured_without_setting_it_off() {
        assert_eq!(checked(&bomb(10)), Ok(()));
        let started = std::time::Instant::now();
        assert!(checked(&bomb(60)).unwrap_err().contains("more than 10000 fields"));
        assert!(started.elapsed().as_secs() < 5, "measured once each, this takes no time at all");
    }

    #[test]
    fn depth_counts_through_fragments() {
        let deep = |levels| format!("{}{}{}", "{ a ".repeat(levels), "{ a }", " }".repeat(levels));
        assert_eq!(checked(&deep(31)), Ok(()));
        assert!(checked(&deep(32)).unwrap_err().contains("32 fields deep"));
        let split = format!("{{ ...F }} fragment F on Query {}", deep(32));
        assert!(checked(&split).is_err());
    }

    #[test]
    fn a_chain_of_fragments_does_not_exhaust_the_stack() {
        let spread = |level| format!("fragment F{level} on Query {{ ... {{ ...F{} }} }}", level + 1);
        let fragments: Vec<String> = (0..20_000).map(spread).collect();
        let document = format!("{{ ...F0 }} {} fragment F20000 on Query {{ a }}", fragments.join(" "));
        assert!(checked(&document).unwrap_err().contains("fields deep"));
    }

    #[test]
    fn brackets_are_counted_outside_strings_and_comments() {
        let nested = |open: &str, close: &str, times| format!("{}{}", open.repeat(times), close.repeat(times));
        let checked = |text: &str| check_text(text).is_ok();
        assert!(checked(&nested("{a(b:[", "])}", 42)));
        assert!(!checked(&nested("{a(b:[", "])}", 43)));
        assert!(checked(&format!("{{ a(b: \"{0}\", c: \"\"\" \\\"\"\" {0}\"\"\") }} # {0}", "[".repeat(500))));
        assert!(!checked(&format!("{{ a(b: \"\\\"\") }} {}", "[".repeat(500))));
        for unfinished in ["\"", "\"\"\"", "\"\\", "#", "]]]"] {
            assert!(checked(unfinished));
        }
    }

    #[test]
    fn circles_end() {
        assert_eq!(checked("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), Ok(()));
    }
}
