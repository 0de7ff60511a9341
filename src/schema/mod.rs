//! The GraphQL schema with its root fields, and the service that runs requests.
//!
//! A [`Service`] processes a [`GraphqlRequest`] in two steps. [`Service::prepare`] does everything that is possible
//! without the content of the database. It only reads the statistics of the tables, unless they have been read before.
//! It measures the document ([`guard`]), parses and validates it ([`crate::graphql`]), caches it ([`documents`]), and
//! plans its operation, whose maximum cost is then known ([`operation`]). [`Service::answer`] runs the operation, or
//! returns a cached response ([`responses`]). Between the two steps, the caller charges the maximum cost to the client.

mod cache;
mod documents;
mod guard;
mod host;
mod introspection;
mod json_members;
mod operation;
mod pool;
mod price;
mod publications;
mod request;
mod response;
mod responses;
mod root;
mod run;
mod service;
#[cfg(feature = "stages")]
pub mod stages;
mod stopwatch;
#[cfg(test)]
mod tests;
mod threads;
mod trusted;
mod types;

pub use crate::{error::GraphqlError, graphql::tree::OperationKind};
pub use host::sdl;
pub use introspection::full as introspected;
pub use json_members::JsonMembers;
pub use price::{PUBLICATION, of_request as price_of_request};
pub use request::{Answer, GraphqlRequest, Refusal, RefusalKind};
pub use response::{COMPRESSED_FORMS, Response};
pub use service::{Answers, Limits, PreparedRequest, Renew, Service, Usage, Work};
pub use trusted::{HASH_PREFIX, TrustedDocuments, is_id};
pub use types::SCHEMA;
