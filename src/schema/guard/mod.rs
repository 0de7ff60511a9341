//! Limits the size of a document before it is validated.
//!
//! The time of a check that expands fragments can double with each level of fragments, so a kilobyte of fragments can
//! block a thread for minutes. This module measures each fragment once, so its time is linear in the length of the
//! document. Documents that it accepts are small enough for all later checks. Before parsing, [`text`] measures the
//! text.

pub mod text;

use std::collections::HashMap;

use crate::graphql::{
    DocumentError, Position, document,
    tree::{Document, Fragment, Literal, Selection, Value},
};

/// Maximum number of selections with all fragments expanded. The introspection query of graphql-js, the largest query of a
/// common tool, has about 300.
const MAX_SELECTIONS: u64 = 10_000;

/// Maximum depth of fields with all fragments expanded. The introspection query of graphql-js is 15 deep.
pub const MAX_DEPTH: u64 = 32;

/// Maximum nesting of selection sets, including inline fragments and spreads. Measuring is recursive, and the stack is
/// limited.
const MAX_NESTING: usize = 128;

/// The depth of a selection set that nests too many others to be measured.
const TOO_NESTED: u64 = u64::MAX;

/// Maximum number of root fields: each is planned and read separately.
const MAX_ROOT_FIELDS: u64 = 100;

/// Maximum number of aliases in a document.
const MAX_ALIASES: usize = 1000;

/// Maximum number of directives in a document.
const MAX_DIRECTIVES: usize = 500;

/// Maximum number of fragments in a document.
const MAX_FRAGMENTS: usize = 500;

/// Maximum number of operations in a document.
const MAX_OPERATIONS: usize = 100;

/// Maximum number of variables of an operation.
const MAX_VARIABLES: usize = 200;

/// Bytes of an alias in memory, without its text.
const ALIAS: usize = 16;

/// The size of a selection set with all fragments expanded.
#[derive(Clone, Copy, Default)]
struct Measure {
    selections: u64,
    depth: u64,
    /// Fields at the top of the selection set, including those of its fragments.
    fields: u64,
    /// The arguments of all fields.
    arguments: Arguments,
}

struct Guard<'d> {
    fragments: HashMap<&'d str, &'d Fragment<'d>>,
    /// Measured fragments; `None` while a fragment is being measured, which detects cycles.
    measured: HashMap<&'d str, Option<Measure>>,
    nesting: usize,
    /// Aliases of the document, with each fragment counted once.
    aliases: usize,
    /// Directives of the document, with each fragment counted once.
    directives: usize,
    /// Bytes of the selections in memory without expanding fragments.
    bytes: usize,
}

/// The size of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Selections of all operations with all fragments expanded.
    pub selections: u64,
    /// The arguments of these selections.
    pub arguments: Arguments,
    /// Bytes of the selections in memory without expanding fragments.
    pub bytes: usize,
}

/// The number of values in arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Values, including those within lists and input objects.
    pub values: u64,
    /// The values that are variables.
    pub variables: u64,
}

/// Measures a document.
///
/// # Errors
/// If it is too large or too deep.
pub fn check(document: &Document<'_>) -> Result<Size, DocumentError> {
    let start = Position::default();
    at_most(document.fragments.len(), MAX_FRAGMENTS, "fragments", start)?;
    at_most(document.operations.len(), MAX_OPERATIONS, "operations", start)?;
    let fragments = document.fragments.iter().map(|fragment| (fragment.name.text, fragment)).collect();
    let mut guard = Guard { fragments, measured: HashMap::new(), nesting: 0, aliases: 0, directives: 0, bytes: 0 };
    let (mut selections, mut arguments) = (0_u64, Arguments::default());
    for operation in &document.operations {
        let measure = guard.set(&operation.selections);
        selections = selections.saturating_add(measure.selections);
        arguments.add(measure.arguments);
        within(selections, measure.depth, operation.position)?;
        at_most(measure.fields, MAX_ROOT_FIELDS, "fields at the root", operation.position)?;
        at_most(operation.variables.len(), MAX_VARIABLES, "variables", operation.position)?;
        guard.directives += operation.directives.len();
        guard.directives += operation.variables.iter().map(|variable| variable.directives.len()).sum::<usize>();
    }
    // Validation refuses unused fragments, but only after it has checked them, so they are measured too.
    for fragment in &document.fragments {
        let measure = guard.fragment(fragment.name.text);
        within(measure.selections, measure.depth, fragment.name.position)?;
        guard.directives += fragment.directives.len();
    }
    at_most(guard.aliases, MAX_ALIASES, "aliases", start)?;
    at_most(guard.directives, MAX_DIRECTIVES, "directives", start)?;
    Ok(Size { selections, arguments, bytes: guard.bytes })
}

fn at_most<N: Copy + PartialOrd + std::fmt::Display>(
    found: N,
    most: N,
    what: &str,
    position: Position,
) -> Result<(), DocumentError> {
    if found > most {
        return Err(DocumentError::at(position, format!("The document has more than {most} {what}.")));
    }
    Ok(())
}

fn within(selections: u64, depth: u64, position: Position) -> Result<(), DocumentError> {
    if selections > MAX_SELECTIONS {
        let message = format!(
            "The document selects more than {MAX_SELECTIONS} fields, counting the fields of a fragment for each spread."
        );
        return Err(DocumentError::at(position, message));
    }
    if depth > MAX_DEPTH {
        let message = match depth {
            TOO_NESTED => format!("The selection sets of the document nest more than {MAX_NESTING} levels."),
            _ => format!("The document is more than {MAX_DEPTH} fields deep."),
        };
        return Err(DocumentError::at(position, message));
    }
    Ok(())
}

impl Arguments {
    fn add(&mut self, other: Self) {
        self.values = self.values.saturating_add(other.values);
        self.variables = self.variables.saturating_add(other.variables);
    }

    fn count(&mut self, value: &Value<'_>) {
        self.values = self.values.saturating_add(1);
        match &value.literal {
            Literal::Variable(_) => self.variables = self.variables.saturating_add(1),
            Literal::List(values) => values.iter().for_each(|value| self.count(value)),
            Literal::Object(fields) => fields.iter().for_each(|field| self.count(&field.value)),
            _ => {}
        }
    }
}

impl<'d> Guard<'d> {
    fn set(&mut self, set: &'d [Selection<'d>]) -> Measure {
        let mut sum = Measure::default();
        if self.nesting == MAX_NESTING {
            return Measure { depth: TOO_NESTED, ..sum };
        }
        self.nesting += 1;
        self.bytes += set.len() * size_of::<document::Selection>();
        for selection in set {
            self.directives += selection.directives().len();
            self.bytes += selection.directives().len() * size_of::<document::Conditional>();
            let below = match selection {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.alias.is_some());
                    self.bytes += field.alias.map_or(0, |alias| alias.text.len() + ALIAS);
                    let mut below = self.set(&field.selections);
                    field.arguments.iter().for_each(|argument| below.arguments.count(&argument.value));
                    Measure { depth: below.depth.saturating_add(1), fields: 1, ..below }
                }
                Selection::Inline { selections, .. } => self.set(selections),
                Selection::Spread { name, .. } => self.fragment(name.text),
            };
            sum.selections = sum.selections.saturating_add(below.selections).saturating_add(1);
            sum.depth = sum.depth.max(below.depth);
            sum.fields = sum.fields.saturating_add(below.fields);
            sum.arguments.add(below.arguments);
        }
        self.nesting -= 1;
        sum
    }

    fn fragment(&mut self, name: &'d str) -> Measure {
        let Some(fragment) = self.fragments.get(name).copied() else { return Measure::default() };
        match self.measured.get(name) {
            Some(Some(measure)) => *measure,
            // A cycle, which validation refuses.
            Some(None) => Measure::default(),
            None => {
                self.measured.insert(name, None);
                self.bytes += size_of::<document::Fragment>();
                let measure = self.set(&fragment.selections);
                self.measured.insert(name, Some(measure));
                measure
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::parser::parse;

    fn checked(document: &str) -> Result<(), String> {
        check(&parse(document).unwrap()).map(drop).map_err(|error| error.message)
    }

    /// Each fragment spreads the next one twice.
    fn bomb(levels: usize) -> String {
        let spreads = |level| format!("fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1);
        let fragments: Vec<String> = (0..levels).map(spreads).collect();
        format!("{{ ...F0 }} {} fragment F{levels} on Query {{ __typename }}", fragments.join(" "))
    }

    #[test]
    fn fragments_that_double_at_each_level_are_measured_in_linear_time() {
        assert_eq!(checked(&bomb(6)), Ok(()));
        let started = std::time::Instant::now();
        assert!(checked(&bomb(60)).unwrap_err().contains("more than 10000"));
        // More selections and values than a number of 64 bits can count.
        let more = bomb(70).replace("__typename", "a(b: 1)").replace("{ ...F0 }", "{ a(b: 1) { ...F0 } ...F0 }");
        let more = format!("{more} query Q {{ ...F0 }}");
        assert!(checked(&more).unwrap_err().contains("more than 10000"));
        assert!(started.elapsed().as_secs() < 5, "each fragment is measured once");
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
        let fragments: Vec<String> = (0..499).map(spread).collect();
        let document = format!("{{ ...F0 }} {} fragment F499 on Query {{ a }}", fragments.join(" "));
        assert_eq!(checked(&document).unwrap_err(), "The selection sets of the document nest more than 128 levels.");
    }

    #[test]
    fn too_many_aliases_directives_and_definitions_are_refused() {
        let many = |times: usize, what: &dyn Fn(usize) -> String| (0..times).map(what).collect::<Vec<_>>().join(" ");
        let of = |what: &str, document: String| {
            assert!(checked(&document).unwrap_err().contains(what), "{what}");
        };
        of("1000 aliases", format!("{{ a {{ {} }} }}", many(1001, &|at| format!("a{at}: b"))));
        of("100 fields at the root", format!("{{ {} }}", many(101, &|at| format!("a{at}"))));
        of(
            "100 fields at the root",
            format!("{{ ...F ...F }} fragment F on Query {{ {} }}", many(51, &|at| format!("a{at}"))),
        );
        of("500 directives", format!("{{ a {} }}", many(501, &|_| "@skip(if: true)".to_owned())));
        of("500 fragments", format!("{{ a }} {}", many(501, &|at| format!("fragment F{at} on Query {{ a }}"))));
        of("100 operations", many(101, &|at| format!("query Q{at} {{ a }}")));
        of("200 variables", format!("query({}) {{ a }}", many(201, &|at| format!("$v{at}: Int"))));
    }

    #[test]
    fn values_of_arguments_count_for_each_spread_of_a_fragment() {
        let size = |text: &str| check(&parse(text).unwrap()).unwrap().arguments;
        assert_eq!(size("{ a(b: [1, {c: 2, d: $v}], e: $v) }"), Arguments { values: 6, variables: 2 });
        let twice = "query Q($v: Int) { ...F ... { ...F } } fragment F on Query { a(b: [1, $v]) { c(d: 1) } }";
        assert_eq!(size(twice), Arguments { values: 8, variables: 2 });
    }

    #[test]
    fn cycles_of_fragments_are_measured() {
        assert_eq!(checked("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), Ok(()));
    }
}
