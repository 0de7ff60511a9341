//! A made-up library of any size, as documents: for load tests, and for whoever wants to see the service with much content.
//!
//! [`Plan`] says how much of everything there is, [`documents`] writes it, one file after the other, so that a million outcomes
//! need no memory. Every document draws from a stream of random numbers of its own, so the same plan gives the same bytes.
//!
//! It has the shape of the starter library: how long texts are, how many sources an outcome cites, how often a field is there.
//! It has none of its meaning: texts are filler, names are numbers, and each document carries [`NOTICE`].

mod condition;
mod outcome;
mod plan;
mod procedure;
mod random;
mod source;
mod text;
mod vocabulary;

pub use plan::{MAX_OUTCOMES, Plan, PlanError, Size};

use crate::library::DocumentFile;

/// What every generated document says of itself.
pub const NOTICE: &str = "Generated filler for load tests. Nothing in it is a statement about a real treatment.";

/// Conditions and sources in one file: files of about 1 MB, so that reading them can be shared out.
const COLLECTION: u32 = 2_000;

/// The documents of a plan, one file after the other.
pub fn documents(plan: &Plan) -> impl Iterator<Item = DocumentFile> {
    let vocabulary = std::iter::once_with(|| file("vocabulary", &vocabulary::collections(plan)));
    let sources = collections("sources", plan.sources, |number| source::entry(plan, number));
    let conditions = collections("conditions", plan.conditions, |number| condition::entry(plan, number));
    let procedures = (1..=plan.procedures).map(|number| {
        let slug = procedure::slug(number);
        file(&format!("procedures/{slug}"), &procedure::document(plan, number))
    });
    vocabulary.chain(sources).chain(conditions).chain(procedures)
}

/// The files of a collection: the entries that `entry` writes for the numbers from 1.
fn collections(plural: &str, count: u32, entry: impl Fn(u32) -> String) -> impl Iterator<Item = DocumentFile> {
    (1..=count).step_by(COLLECTION as usize).zip(1..).map(move |(first, number)| {
        let last = count.min(first + (COLLECTION - 1));
        let entries: String = (first..=last).map(&entry).collect();
        file(&format!("{plural}/{number:04}"), &format!("{plural}:\n{entries}"))
    })
}

fn file(name: &str, text: &str) -> DocumentFile {
    DocumentFile { name: format!("{name}.yaml"), text: format!("notice: {NOTICE}\n{text}") }
}
