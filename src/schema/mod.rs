//! The GraphQL schema with its root fields, and the service that runs requests.
//!
//! A [`Service`] processes a [`GraphqlRequest`] in two steps. [`Service::prepare`] reads no content. To
//! estimate the cost it uses statistics of the tables, which it reads once, and again in the background after publications.
//! It measures the document ([`guard`]), parses and validates it ([`crate::graphql`]), caches it ([`documents`]), and
//! plans its operation, whose maximum cost is then known ([`operations`]). [`Service::run`] runs the operation, or
//! returns a cached response (`operations::response_cache`). Between the two steps, the caller charges the maximum cost to
//! the client.

mod documents;
mod guard;
mod host;
mod operations;
mod price;
mod request;
mod root;
mod service;
#[cfg(feature = "stages")]
pub mod stages;
#[cfg(test)]
mod tests;
mod threads;
mod types;

pub use crate::{error::GraphqlError, graphql::tree::OperationKind};
pub use documents::json_members::JsonMembers;
pub use documents::trusted::{HASH_PREFIX, TrustedDocuments, is_id};
pub use host::sdl;
pub use operations::introspection::full as introspected;
pub use operations::response::{COMPRESSED_FORMS, Response};
pub use price::{POINTS_PER_CHANGE, of_request as price_of_request};
pub use request::{GraphqlRequest, OperationResponse, Refusal, RefusalKind};
#[cfg(test)]
pub(crate) use service::testing;
pub use service::{Limits, OperationResponses, PreparedRequest, Service, Usage, Verify, Work};
pub use types::SCHEMA;
