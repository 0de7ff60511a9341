//! The GraphQL schema: the query root over the engine, and how an operation is run.

mod execute;
mod guard;
mod library;
mod query;
mod request;
mod scope;
mod service;

use async_graphql::{EmptyMutation, EmptySubscription, SDLExportOptions};

pub use execute::{Outcome, execute};
pub use query::Query;
pub use request::{Answer, GraphqlRequest, OperationKind, Refusal, RefusalKind};
pub use service::{Limits, Ready, Service};

use crate::store::Store;

/// How deep async-graphql follows nested selections. The guard has measured every document before; this only has to let
/// through what passes it, fragments within fragments included.
const MAX_RECURSION: usize = 128;

/// The schema of the service.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The schema, answered from a store.
#[must_use]
pub fn build(store: Store) -> Schema {
    builder().data(store).finish()
}

/// The schema in GraphQL's definition language, as `schema.graphql` has it.
#[must_use]
pub fn sdl() -> String {
    let schema = builder().finish();
    let sdl = schema.sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions());
    format!("{}\n", sdl.trim_end())
}

fn builder() -> async_graphql::SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription).limit_recursive_depth(MAX_RECURSION)
}
