//! Validation (<https://spec.graphql.org/draft/#sec-Validation>): makes a [`Document`] of a tree, or tells the mistakes.
//!
//! One walk looks up every name and gives literals their values; each file here has the rules for what it is named after. What concerns
//! the document as a whole, [`fragments`], variables ([`usages`]), [`subscriptions`] and [`merging`], is checked when all of it is known.

mod arguments;
mod fields;
mod fragments;
mod literals;
mod merging;
mod operations;
mod scalars;
mod subscriptions;
mod usages;

use std::collections::HashMap;

use super::{
    document::{Document, Fragment, Operation},
    mistake::{Mistake, Position},
    schema::Schema,
    tree,
    types::TypeRef,
};

/// Most mistakes that are looked for: a response tells no more, and names that may have been meant take time.
const MAX_MISTAKES: usize = 20;

/// Checks a document against a schema.
///
/// The time that this takes is bounded by the number of selections with fragments put in, which callers measure first.
///
/// # Errors
/// What is wrong with it.
pub fn check(schema: &'static Schema, tree: &tree::Document<'_>) -> Result<Document, Vec<Mistake>> {
    let mut checker = Checker::new(schema, tree);
    checker.unique_names();
    let fragments: Vec<_> = tree.fragments.iter().filter_map(|fragment| checker.fragment(fragment)).collect();
    let operations: Vec<_> = tree.operations.iter().filter_map(|operation| checker.operation(operation)).collect();
    checker.mistakes.none()?;
    let (fragments, in_fragments): (Vec<Fragment>, Vec<Scope>) = fragments.into_iter().unzip();
    let (operations, in_operations): (Vec<Operation>, Vec<Scope>) = operations.into_iter().unzip();
    checker.circles(&in_fragments);
    checker.mistakes.none()?;
    let reached: Vec<Vec<usize>> = in_operations.iter().map(|scope| fragments::reached(scope, &in_fragments)).collect();
    checker.unused_fragments(&reached);
    for ((operation, scope), reached) in operations.iter().zip(&in_operations).zip(&reached) {
        let usages = reached.iter().flat_map(|fragment| &in_fragments[*fragment].usages).chain(&scope.usages);
        checker.usages(operation, usages);
    }
    checker.mistakes.none()?;
    let document = Document { schema, operations, fragments };
    subscriptions::check(&document, &mut checker.mistakes);
    merging::check(&document, &mut checker.mistakes);
    checker.mistakes.none()?;
    Ok(document)
}

/// The mistakes found so far.
#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, mistake: Mistake) {
        if !self.is_full() {
            self.0.push(mistake);
        }
    }

    /// True when no more are looked for.
    fn is_full(&self) -> bool {
        self.0.len() >= MAX_MISTAKES
    }

    fn none(&mut self) -> Result<(), Vec<Mistake>> {
        if self.0.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.0)) }
    }
}

/// What an operation or a fragment uses that is not within it.
#[derive(Default)]
struct Scope {
    usages: Vec<Usage>,
    /// Places of fragments, and where they are spread.
    spreads: Vec<(usize, Position)>,
}

/// A variable where a value of a type is expected.
struct Usage {
    /// The place of the variable.
    variable: usize,
    position: Position,
    ty: TypeRef,
    /// There is a default for when the variable has no value.
    has_default: bool,
    /// It is a field of a `@oneOf` input object.
    in_one_of: bool,
}

struct Checker<'d> {
    schema: &'static Schema,
    tree: &'d tree::Document<'d>,
    /// The places of fragments by name.
    fragments: HashMap<&'d str, usize>,
    /// The places of variables by name; those of one name in several operations share one.
    variables: HashMap<&'d str, usize>,
    /// What the operation or fragment under way uses.
    scope: Scope,
    mistakes: Mistakes,
}

impl<'d> Checker<'d> {
    fn new(schema: &'static Schema, tree: &'d tree::Document<'d>) -> Self {
        let fragments = tree.fragments.iter().enumerate().map(|(place, fragment)| (fragment.name.text, place)).collect();
        let (variables, scope, mistakes) = (HashMap::new(), Scope::default(), Mistakes::default());
        Self { schema, tree, fragments, variables, scope, mistakes }
    }

    fn mistake(&mut self, position: Position, message: impl FnOnce() -> String) {
        if !self.mistakes.is_full() {
            self.mistakes.add(Mistake::at(position, message()));
        }
    }

    /// Tells each name that comes twice.
    fn unique<'n>(&mut self, names: impl Iterator<Item = tree::Name<'n>>, message: impl Fn(&str) -> String) {
        let mut seen: HashMap<&str, Position> = HashMap::new();
        for name in names {
            let first = *seen.entry(name.text).or_insert(name.position);
            if first != name.position {
                let positions = vec![first, name.position];
                self.mistakes.add(Mistake { message: message(name.text), positions });
            }
        }
    }

    /// The place of a variable.
    fn variable(&mut self, name: &'d str) -> usize {
        let next = self.variables.len();
        *self.variables.entry(name).or_insert(next)
    }

    /// The name of a variable by its place.
    fn variable_name(&self, place: usize) -> &'d str {
        self.variables.iter().find(|(_, known)| **known == place).map_or("", |(name, _)| name)
    }
}
