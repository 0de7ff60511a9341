//! Documents: prepared and cached ones, trusted ones, and the manifest in which the operator lists these.

pub(super) mod cache;
pub(super) mod json_members;
pub(super) mod prepared;
pub(super) mod trusted;
