//! Violations of the rules that content types declare, at the positions of the values to correct.

use std::{collections::HashMap, sync::Arc};

use rayon::prelude::*;

use super::integrity::problem;
use crate::{
    engine::catalog::{EmbeddedReads, Rule, Violation},
    library::{
        document::{
            node::{Node, Value},
            shape::SLUG,
        },
        files::{texts::DocumentFile, yaml},
        problem::{Position, Problem, Problems},
        records::documents::{Document, LoadedLibrary},
    },
};

pub(super) fn check(library: &LoadedLibrary<'_>, files: &[DocumentFile], problems: &mut Vec<Problem>) {
    let first = problems.len();
    let ruled = library.catalog.contents().filter(|(_, role)| !role.rules.is_empty());
    for (object, role) in ruled {
        let documents: Vec<_> = library.documents.of(object.ix).collect();
        let has_embedded = |slug: &str| !library.without_embedded.contains(object.ix, slug);
        let violations = |(slug, document): &(&Arc<str>, &Document)| -> Vec<Violation> {
            // A rule that reads embedded records is skipped if they are not loaded. They are left unloaded only if the
            // edit changes nothing that such a rule reads.
            let is_checked = |rule: &&Rule| has_embedded(slug) || rule.embedded_reads == EmbeddedReads::None;
            role.rules.iter().filter(is_checked).flat_map(|rule| (rule.check)(library, slug, &document.fields)).collect()
        };
        let found: Vec<_> = documents.par_iter().map(violations).collect();
        for ((slug, document), violations) in documents.into_iter().zip(found) {
            for Violation { path, sentence } in violations {
                problems.push(problem(library, (object.ix, slug), document, None, &path, sentence));
            }
        }
    }
    locate(files, &mut problems[first..]);
}

/// Moves problems from the positions of their records to those of the values at their paths. Positions of values are not
/// stored, because there are many, so the files with problems are parsed again.
fn locate(files: &[DocumentFile], problems: &mut [Problem]) {
    let mut of_file: HashMap<Arc<str>, Vec<&mut Problem>> = HashMap::new();
    for problem in problems {
        if let Some(file) = &problem.file {
            of_file.entry(Arc::clone(file)).or_default().push(problem);
        }
    }
    for file in files {
        let Some((name, problems)) = of_file.remove_entry(file.name.as_str()) else { continue };
        let Some(root) = yaml::parse(&file.text, &mut Problems::of(&name)) else { continue };
        let mut records = HashMap::new();
        index(&root, &mut records);
        for problem in problems {
            let record = problem.position.and_then(|at| records.get(&at));
            problem.position = record.map(|record| position(record, &problem.path)).or(problem.position);
        }
    }
}

/// Adds all mappings in a node to `records`. Each is stored under the position at which problems of its record are reported:
/// the position of the slug, or of the mapping if it has no slug.
fn index<'n, 't>(node: &'n Node<'t>, records: &mut HashMap<Position, &'n Node<'t>>) {
    match &node.value {
        Value::Map(entries) => {
            let at = node.entry(SLUG).map_or(node.at, |slug| slug.value.at);
            records.insert(at, node);
            for entry in entries {
                index(&entry.value, records);
            }
        }
        Value::List(nodes) => {
            for node in nodes {
                index(node, records);
            }
        }
        _ => {}
    }
}

/// Returns the position of the value at a path of a record. If the path does not exist, returns the position of the
/// innermost value on the path that exists.
fn position(record: &Node<'_>, path: &str) -> Position {
    let mut here = record;
    let mut at = record.entry(SLUG).map_or(record.at, |slug| slug.value.at);
    for step in path.split(['.', '[']) {
        let step = step.trim_end_matches(']');
        let next = match &here.value {
            Value::List(nodes) => step.parse().ok().and_then(|index: usize| nodes.get(index)),
            _ => here.entry(step).map(|entry| &entry.value),
        };
        let Some(next) = next else { break };
        (here, at) = (next, next.at);
    }
    at
}
