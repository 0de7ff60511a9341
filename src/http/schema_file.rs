//! The schema as a file at `/schema.graphql`, for people and for tools that do not use introspection.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};

use super::{
    client::UnverifiedClient,
    endpoint::Endpoint,
    gate::AdmittedClient,
    observe::RequestStats,
    playground,
    response::{self, HttpRefusal, Reply},
};
use crate::schema::{self, Response};

/// Plain text, which browsers display. No media type is registered for the GraphQL schema definition language.
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// The response with the schema, which is printed once per process.
static SCHEMA: LazyLock<Arc<Response>> = LazyLock::new(|| Arc::new(Response::new(schema::sdl(), 0, 0)));

/// Adds the route `/schema.graphql`.
pub fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/schema.graphql");
    config.service(resource.route(playground::readable().to(file)).default_service(web::to(other_method)));
}

async fn file(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let client = match admit(&http, &endpoint).await {
        Ok(client) => client,
        Err(refusal) => return response::refuse(&http, refusal),
    };
    let reply = Reply {
        status: StatusCode::OK,
        response: SCHEMA.clone(),
        is_result: true,
        headers: Vec::new(),
        held: Vec::new(),
        stats: RequestStats::default(),
    };
    response::send(&http, CONTENT_TYPE, reply, &endpoint.gate.service, &client.account).await
}

/// Admits the client if it may read the schema.
async fn admit(http: &HttpRequest, endpoint: &Endpoint) -> Result<AdmittedClient, HttpRefusal> {
    let client = endpoint.gate.admit(&UnverifiedClient::of(http)).await?;
    endpoint.gate.may_introspect(&client)?;
    Ok(client)
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    response::refuse(&http, HttpRefusal::method_not_allowed("GET, HEAD", "Use GET."))
}
