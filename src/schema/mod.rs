//! The GraphQL schema: its roots, which requests are run, and how.
//!
//! A [`Service`] takes a [`GraphqlRequest`] in two steps. [`Service::prepare`] does all that can be done without the database:
//! the document is measured ([`guard`]), parsed and validated ([`validation`]), kept ([`documents`]), and its operation is planned
//! with what it costs ([`operation`]). [`Service::answer`] runs it, or finds what it answered before ([`responses`]). Between the two, whoever asks can be told what it would cost.

mod documents;
mod guard;
mod introspection;
mod kept;
mod library;
mod operation;
mod pairs;
mod price;
mod publications;
mod recognised;
mod request;
mod response;
mod responses;
mod roots;
mod service;
pub mod steps;
mod stopwatch;
#[cfg(test)]
mod tests;
mod threads;
mod trusted;
mod turns;
mod validation;
mod variables;

use std::sync::LazyLock;

use async_graphql::{EmptyMutation, SDLExportOptions, ValidationMode};

pub use pairs::Pairs;
pub use price::of_request as price_of_request;
pub use recognised::{KEPT_BYTES as RECOGNISED_BYTES, RawRequest};
pub use request::{Answer, GraphqlRequest, OperationKind, Refusal, RefusalKind};
pub use response::{FORMS, Response};
pub use service::{Answers, Limits, Ready, Renew, Service, Usage, Work};
pub use trusted::{HASH_PREFIX, TrustedDocuments, is_id};

use roots::{Query, Subscription};

/// How deep async-graphql follows nested selections. The guard has measured every document before; this only has to let
/// through what passes it, fragments within fragments included.
const MAX_RECURSION: usize = 128;

/// What the schema is, for whoever introspects it.
const ABOUT: &str = "Procedures of aesthetic dermatology, the conditions they treat, and the outcomes that join the two, each statement \
with its sources. Educational, not medical advice.";

/// The schema as async-graphql has it. It knows no database.
static SCHEMA: LazyLock<async_graphql::Schema<Query, EmptyMutation, Subscription>> = LazyLock::new(|| {
    let builder = async_graphql::Schema::build(Query, EmptyMutation, Subscription);
    // Documents are validated before they come here.
    builder.limit_recursive_depth(MAX_RECURSION).validation_mode(ValidationMode::Fast).finish()
});

/// The schema in GraphQL's definition language, as `schema.graphql` has it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by();
    let sdl = SCHEMA.sdl_with_options(options);
    format!("{}\n", sdl.trim_end().replace("\nschema {", &format!("\n\"{ABOUT}\"\nschema {{")))
}
