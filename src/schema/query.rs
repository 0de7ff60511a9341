//! The query root: the fields of the engine, and `library`.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::Field,
    registry::Registry,
    resolver_utils::{ContainerType, resolve_container},
};

use super::{library, scope::RequestScope};
use crate::{content, engine::register};

/// Name of the query root.
pub(super) const NAME: &str = "Query";

const ABOUT: &str = "What can be asked: each content type by id or slug and as a list, any content by id, and what the library is. \
All content is educational, not medical advice.";

/// The query root.
pub struct Query;

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let others = library::register(registry, content::catalog());
        register::query(registry, content::catalog(), NAME, ABOUT, others);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let scope = ctx.data_unchecked::<Arc<RequestScope>>();
        let answer = scope.take_answer(ctx, ctx.item.node.response_key().node.as_str()).await?;
        Ok(Some(answer.map_or(Value::Null, raw)))
    }
}

impl ObjectType for Query {}

/// JSON that goes to the response as it is.
fn raw(json: String) -> Value {
    if json == "null" {
        return Value::Null;
    }
    let mut object = IndexMap::with_capacity(1);
    object.insert(Name::new(async_graphql_value::RAW_VALUE_TOKEN), Value::String(json));
    Value::Object(object)
}
