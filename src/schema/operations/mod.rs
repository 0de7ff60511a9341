//! Running operations: plans of whole operations, their responses and the response cache, introspection, and the watch for
//! new publications.

pub(super) mod introspection;
pub(super) mod operation;
pub(super) mod publications;
pub(super) mod response;
pub(super) mod response_cache;
pub(super) mod run;
pub(super) mod stopwatch;
