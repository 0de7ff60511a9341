//! The GraphQL schema: its roots, which requests are run, and how.
//!
//! A [`Service`] takes a [`GraphqlRequest`] in two steps. [`Service::prepare`] does all that can be done without the database:
//! the document is measured ([`guard`]), parsed and validated ([`crate::graphql`]), kept ([`documents`]), and its operation is planned
//! with what it costs ([`operation`]). [`Service::answer`] runs it, or finds what it answered before ([`responses`]). Between the two, whoever asks can be told what it would cost.

mod documents;
mod guard;
mod host;
mod introspection;
mod kept;
mod library;
mod operation;
mod pairs;
mod pool;
mod price;
mod publications;
mod request;
mod response;
mod responses;
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
pub use pairs::Pairs;
pub use price::of_request as price_of_request;
pub use request::{Answer, GraphqlRequest, Refusal, RefusalKind};
pub use response::{FORMS, Response};
pub use service::{Answers, Limits, Ready, Renew, Service, Usage, Work};
pub use trusted::{HASH_PREFIX, TrustedDocuments, is_id};
pub use types::SCHEMA;
