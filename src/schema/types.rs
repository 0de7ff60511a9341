//! The schema of the service: the types of the catalog, those of `library`, and the roots.

use std::sync::LazyLock;

use super::library;
use crate::{content, engine::register, graphql::schema::Schema};

/// Name of the query root.
pub const QUERY: &str = "Query";

/// Name of the subscription root.
pub const SUBSCRIPTION: &str = "Subscription";

/// The description of the schema, as introspection and the SDL have it.
pub const ABOUT: &str = "Procedures of aesthetic dermatology, the conditions they treat, and the outcomes that join the two, each statement \
with its sources. Educational, not medical advice.";

const ABOUT_QUERY: &str = "What can be asked: each content type by id or slug and as a list, any content by id, and what the library is. \
All content is educational, not medical advice.";

const ABOUT_SUBSCRIPTION: &str = "What can be watched, over WebSocket (`graphql-transport-ws`) or server-sent events.";

/// The schema of the service.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::new(QUERY, Some(SUBSCRIPTION));
    library::declare(&mut schema, content::catalog());
    register::query(&mut schema, content::catalog(), QUERY, ABOUT_QUERY, vec![library::field(library::ABOUT_QUERY)]);
    register::object(&mut schema, SUBSCRIPTION, ABOUT_SUBSCRIPTION, vec![library::field(library::ABOUT_SUBSCRIPTION)], &[]);
    schema.assert_complete();
    schema
});

/// Makes the schema ready, so that the first request does not wait for it.
pub fn prepare() {
    LazyLock::force(&SCHEMA);
}
