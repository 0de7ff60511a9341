//! The schema of the service: the root types with their fields, and the types of these fields.

use std::sync::LazyLock;

use super::root::ROOTS;
use crate::{
    content,
    engine::register,
    graphql::{schema::Schema, tree::OperationKind},
    store::reading::fold,
};

/// Name of the query root.
pub const QUERY: &str = "Query";

/// Name of the mutation root.
pub const MUTATION: &str = "Mutation";

/// Name of the subscription root.
pub const SUBSCRIPTION: &str = "Subscription";

/// The description of the schema, for introspection and for `schema.graphql`.
pub const ABOUT: &str = "Procedures of aesthetic dermatology, the conditions they treat, and the outcomes that join the two, \
each statement with its sources. Educational, not medical advice.";

const ABOUT_QUERY: &str = "One record by id or slug, lists of records, a search in all types, the history, labels of \
enumerations, the library, and for admins the API keys. All content is educational, not medical advice.";

const ABOUT_MUTATION: &str = "Changes of the content and of API keys, by POST or over WebSocket. The fields run one after \
another. A field that changes the content publishes one revision, or nothing. It requires the role `publisher`, or with \
`dryRun: true` the role `editor`. A field that changes an API key publishes nothing, and requires the role `admin`.";

const ABOUT_SUBSCRIPTION: &str = "Operations that send a response now and after each publication, over WebSocket \
(`graphql-transport-ws`) or server-sent events.";

/// The schema of the service.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::new(QUERY, Some(MUTATION), Some(SUBSCRIPTION));
    let catalog = content::catalog();
    for root in ROOTS {
        root.declare(&mut schema, catalog);
    }
    let fields = |kind| ROOTS.iter().flat_map(|root| root.fields(catalog, kind)).collect();
    register::object(&mut schema, QUERY, ABOUT_QUERY, fields(OperationKind::Query), &[]);
    register::object(&mut schema, MUTATION, ABOUT_MUTATION, fields(OperationKind::Mutation), &[]);
    register::object(&mut schema, SUBSCRIPTION, ABOUT_SUBSCRIPTION, fields(OperationKind::Subscription), &[]);
    schema.assert_complete();
    schema
});

/// Builds the schema and the table of case folding, so that the first request does not wait for them.
pub fn prepare() {
    fold::prepare();
    LazyLock::force(&SCHEMA);
}
