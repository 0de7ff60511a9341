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
    fn circles_end() {
        assert_eq!(checked("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), Ok(()));
    }
}
