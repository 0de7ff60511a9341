//! The root types as async-graphql has them: it registers them and answers what is asked of the schema itself. Everything
//! else is answered by [`super::operation`], so nothing is resolved here.

use std::{borrow::Cow, pin::Pin};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Response, ServerResult, SubscriptionType, Value,
    parser::types::Field,
    registry::Registry,
    resolver_utils::{ContainerType, resolve_container},
};
use futures_util::Stream;

use super::library;
use crate::{content, engine::register};

/// Name of the query root.
pub const QUERY: &str = "Query";

/// Name of the subscription root.
pub const SUBSCRIPTION: &str = "Subscription";

const ABOUT_QUERY: &str = "What can be asked: each content type by id or slug and as a list, any content by id, and what the library is. \
All content is educational, not medical advice.";

const ABOUT_SUBSCRIPTION: &str = "What can be watched, over WebSocket (`graphql-transport-ws`) or server-sent events.";

/// The query root.
pub struct Query;

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(QUERY)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        library::register(registry, content::catalog());
        register::query(registry, content::catalog(), QUERY, ABOUT_QUERY, vec![library::field(library::ABOUT)]);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, _ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(Some(Value::Null))
    }
}

impl ObjectType for Query {}

/// The subscription root.
pub struct Subscription;

impl SubscriptionType for Subscription {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(SUBSCRIPTION)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let (name, ty, about) = library::field(library::ABOUT_WATCHED);
        register::object(registry, SUBSCRIPTION, ABOUT_SUBSCRIPTION, vec![register::field(name, ty, about)]);
        Self::qualified_type_name()
    }

    fn create_field_stream<'a>(
        &'a self,
        _ctx: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        None
    }
}
