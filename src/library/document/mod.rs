//! Documents: from a tree of nodes to a canonical document, and the problems of one document.

pub(super) mod input;
pub(super) mod node;
mod provenance;
pub(super) mod read;
mod rules;
pub(super) mod scalar;
pub(super) mod shape;
pub(super) mod slug;
pub(super) mod suggest;
mod text;

pub(super) use text::{dates, format};
