//! Validation (<https://spec.graphql.org/draft/#sec-Validation>): turns a tree into a [`Document`], or returns its errors.
//!
//! One walk resolves every name and coerces every literal. Each file has the rules of the construct in its name. The rules
//! for the document as a whole are checked after the walk: [`fragments`], variables ([`usages`]), [`subscriptions`] and
//! [`merging`].

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

use indexmap::IndexSet;

use super::{
    document::{Document, Fragment, Operation},
    error::{DocumentError, Position},
    schema::Schema,
    tree,
    types::TypeRef,
};

/// Maximum number of errors in a response. Finding similar names for a message takes time.
const MAX_ERRORS: usize = 20;

/// Validates a document against a schema.
///
/// Its time grows with the number of selections with all fragments expanded. The caller must limit that number first.
///
/// # Errors
/// The errors of the document, at most [`MAX_ERRORS`].
pub fn check(schema: &'static Schema, tree: &tree::Document<'_>) -> Result<Document, Vec<DocumentError>> {
    let mut checker = Checker::new(schema, tree);
    checker.unique_names();
    let fragments: Vec<_> = tree.fragments.iter().filter_map(|fragment| checker.fragment(fragment)).collect();
    let operations: Vec<_> = tree.operations.iter().filter_map(|operation| checker.operation(operation)).collect();
    checker.errors.ensure_none()?;
    let (fragments, in_fragments): (Vec<Fragment>, Vec<Scope>) = fragments.into_iter().unzip();
    let (operations, in_operations): (Vec<Operation>, Vec<Scope>) = operations.into_iter().unzip();
    checker.cycles(&in_fragments);
    checker.errors.ensure_none()?;
    let reached: Vec<Vec<usize>> = in_operations.iter().map(|scope| fragments::reached(scope, &in_fragments)).collect();
    checker.unused_fragments(&reached);
    for ((operation, scope), reached) in operations.iter().zip(&in_operations).zip(&reached) {
        let usages = reached.iter().flat_map(|fragment| &in_fragments[*fragment].usages).chain(&scope.usages);
        checker.usages(operation, usages);
    }
    checker.errors.ensure_none()?;
    let document = Document { schema, operations, fragments };
    subscriptions::check(&document, &mut checker.errors);
    merging::check(&document, &mut checker.errors);
    checker.errors.ensure_none()?;
    Ok(document)
}

#[derive(Default)]
struct Errors(Vec<DocumentError>);

impl Errors {
    fn add(&mut self, error: DocumentError) {
        if !self.is_full() {
            self.0.push(error);
        }
    }

    /// Reports whether the maximum number of errors is reached.
    fn is_full(&self) -> bool {
        self.0.len() >= MAX_ERRORS
    }

    fn ensure_none(&mut self) -> Result<(), Vec<DocumentError>> {
        if self.0.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.0)) }
    }
}

/// The variables and fragments that an operation or a fragment refers to.
#[derive(Default)]
struct Scope {
    usages: Vec<Usage>,
    /// Indexes of fragments, and the positions of their spreads.
    spreads: Vec<(usize, Position)>,
}

/// A use of a variable, with the type that is expected at its position.
struct Usage {
    /// Index of the variable.
    variable: usize,
    position: Position,
    ty: TypeRef,
    /// True if the argument or input field has a default, which applies to a variable without a value.
    has_default: bool,
    /// True if it is the value of a field of a `@oneOf` input object.
    in_one_of: bool,
}

struct Checker<'d> {
    schema: &'static Schema,
    tree: &'d tree::Document<'d>,
    /// Indexes of fragments by name.
    fragments: HashMap<&'d str, usize>,
    /// The names of the variables. Variables of the same name in several operations share one index.
    variables: IndexSet<&'d str>,
    /// What the current operation or fragment refers to.
    scope: Scope,
    errors: Errors,
}

impl<'d> Checker<'d> {
    fn new(schema: &'static Schema, tree: &'d tree::Document<'d>) -> Self {
        let fragments = tree.fragments.iter().enumerate().map(|(index, fragment)| (fragment.name.text, index)).collect();
        let (variables, scope, errors) = (IndexSet::new(), Scope::default(), Errors::default());
        Self { schema, tree, fragments, variables, scope, errors }
    }

    fn error(&mut self, position: Position, message: impl FnOnce() -> String) {
        if !self.errors.is_full() {
            self.errors.add(DocumentError::at(position, message()));
        }
    }

    /// Adds an error for each duplicate name.
    fn unique<'n>(&mut self, names: impl Iterator<Item = tree::Name<'n>>, message: impl Fn(&str) -> String) {
        let mut seen: HashMap<&str, Position> = HashMap::new();
        for name in names {
            let first = *seen.entry(name.text).or_insert(name.position);
            if first != name.position {
                let positions = vec![first, name.position];
                self.errors.add(DocumentError { message: message(name.text), positions });
            }
        }
    }

    /// Returns the index of a variable.
    fn variable(&mut self, name: &'d str) -> usize {
        self.variables.insert_full(name).0
    }

    fn variable_name(&self, index: usize) -> &'d str {
        self.variables.get_index(index).copied().unwrap_or_default()
    }
}
