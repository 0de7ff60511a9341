//! Risks of a procedure: contraindications, adverse effects, when to get help, and how the skin recovers.

mod contraindications;
pub(super) mod help;
mod recovery;
mod safety;
mod skin_effect;

pub use contraindications::Contraindication;
pub use recovery::Recovery;
pub use safety::{AdverseEffect, HelpAdvice, RegulatoryStatement};
