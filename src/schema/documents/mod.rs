//! Preparing requests: documents, trusted documents, and what preparing costs.

pub(super) mod cache;
pub(super) mod json_members;
pub(super) mod prepared;
pub(super) mod price;
pub(super) mod request;
pub(super) mod trusted;
