//! Fragments (<https://spec.graphql.org/draft/#sec-Validation.Fragments>).

use super::{Checker, Scope};
use crate::graphql::{
    document::{Fragment, Selection},
    error::{DocumentError, Position, quoted},
    schema::Type,
    suggest::did_you_mean,
    tree,
};

impl<'d> Checker<'d> {
    pub(super) fn fragment(&mut self, fragment: &'d tree::Fragment<'d>) -> Option<(Fragment, Scope)> {
        self.directives(&fragment.directives, "FRAGMENT_DEFINITION");
        let whose = format!("Fragment {}", quoted(fragment.name.text));
        let on = self.composite(fragment.on, &whose)?;
        let selections = self.selections(on, &fragment.selections);
        Some((Fragment { on, selections }, std::mem::take(&mut self.scope)))
    }

    pub(super) fn spread(
        &mut self,
        parent: &'static Type,
        name: tree::Name<'d>,
        directives: &'d [tree::Directive<'d>],
    ) -> Option<Selection> {
        let conditions = self.directives(directives, "FRAGMENT_SPREAD");
        let Some(fragment) = self.fragments.get(name.text).copied() else {
            let tree = self.tree;
            self.error(name.position, || {
                let near = did_you_mean("", name.text, tree.fragments.iter().map(|fragment| fragment.name.text));
                format!("Unknown fragment {}.{near}", quoted(name.text))
            });
            return None;
        };
        self.scope.spreads.push((fragment, name.position));
        if let Some(on) = self.schema.named(self.tree.fragments[fragment].on.text) {
            self.possible(parent, on, name.position, || format!("Fragment {}", quoted(name.text)));
        }
        Some(Selection::Spread { fragment, conditions })
    }

    pub(super) fn inline(
        &mut self,
        parent: &'static Type,
        position: Position,
        on: Option<tree::Name<'d>>,
        directives: &'d [tree::Directive<'d>],
        selections: &'d [tree::Selection<'d>],
    ) -> Option<Selection> {
        let conditions = self.directives(directives, "INLINE_FRAGMENT");
        let on = match on {
            None => None,
            Some(name) => Some(self.composite(name, "Fragment")?),
        };
        if let Some(on) = on {
            self.possible(parent, on, position, || "Fragment".to_owned());
        }
        let selections = self.selections(on.unwrap_or(parent), selections);
        Some(Selection::Inline { on, conditions, selections })
    }

    /// Returns the type of a type condition. If the type has no fields, adds an error and returns `None`.
    fn composite(&mut self, name: tree::Name<'_>, whose: &str) -> Option<&'static Type> {
        let ty = self.known_type(name.text, name.position)?;
        if ty.fields().is_none() {
            self.error(name.position, || format!("{whose} cannot condition on non composite type \"{}\".", ty.name));
            return None;
        }
        Some(ty)
    }

    /// Checks that an object of the parent type can match the type condition of a fragment
    /// (<https://spec.graphql.org/draft/#sec-Fragment-Spread-Is-Possible>).
    fn possible(&mut self, parent: &Type, on: &Type, position: Position, whose: impl Fn() -> String) {
        if on.fields().is_some() && !on.possible().iter().any(|object| parent.includes(object)) {
            self.error(position, || {
                let whose = whose();
                format!(
                    "{whose} cannot be spread here as objects of type \"{}\" can never be of type \"{}\".",
                    parent.name, on.name
                )
            });
        }
    }

    /// Finds fragments that spread themselves (<https://spec.graphql.org/draft/#sec-Fragment-Spreads-Must-Not-Form-Cycles>).
    pub(super) fn cycles(&mut self, scopes: &[Scope]) {
        let mut finished = vec![false; scopes.len()];
        for start in 0..scopes.len() {
            // The path from `start`: each fragment with the number of its spreads that were already followed.
            let mut path = vec![(start, 0)];
            while let Some((fragment, followed)) = path.last_mut() {
                let (at, next) = (*fragment, scopes[*fragment].spreads.get(*followed).copied());
                *followed += 1;
                match next {
                    _ if finished[at] => _ = path.pop(),
                    None => {
                        finished[at] = true;
                        path.pop();
                    }
                    Some((to, position)) => match path.iter().position(|(on_path, _)| *on_path == to) {
                        Some(start) => self.cycle(&path[start..], position),
                        None if !finished[to] => path.push((to, 0)),
                        None => {}
                    },
                }
            }
        }
    }

    fn cycle(&mut self, path: &[(usize, usize)], position: Position) {
        const MAX_NAMES: usize = 5;
        let name = |(fragment, _): &(usize, usize)| quoted(self.tree.fragments[*fragment].name.text);
        let via: Vec<String> = path.iter().skip(1).take(MAX_NAMES).map(name).collect();
        let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(", ")) };
        let first = path.first().map(name).unwrap_or_default();
        self.errors.add(DocumentError::at(position, format!("Cannot spread fragment {first} within itself{via}.")));
    }

    /// Finds unused fragments (<https://spec.graphql.org/draft/#sec-Fragments-Must-Be-Used>). `reached` lists the fragments
    /// that each operation uses.
    pub(super) fn unused_fragments(&mut self, reached: &[Vec<usize>]) {
        let mut is_used = vec![false; self.tree.fragments.len()];
        reached.iter().flatten().for_each(|fragment| is_used[*fragment] = true);
        let tree = self.tree;
        for (fragment, _) in tree.fragments.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
            let name = fragment.name;
            self.error(name.position, || format!("Fragment {} is never used.", quoted(name.text)));
        }
    }
}

/// Returns the fragments that an operation uses, directly or through other fragments, each once.
pub(super) fn reached(from: &Scope, scopes: &[Scope]) -> Vec<usize> {
    let mut is_reached = vec![false; scopes.len()];
    let (mut found, mut open) = (Vec::new(), vec![from]);
    while let Some(scope) = open.pop() {
        for (fragment, _) in &scope.spreads {
            if !std::mem::replace(&mut is_reached[*fragment], true) {
                found.push(*fragment);
                open.push(&scopes[*fragment]);
            }
        }
    }
    found
}
