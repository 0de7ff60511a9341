//! The schema as files for people and for tools: `/schema.graphql`, and the result of introspection at `/schema.json`.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};

use serde_json::json;

use super::{
    client::UnverifiedClient,
    endpoint::Endpoint,
    made_once::MadeOnce,
    observe::RequestStats,
    playground,
    response::{self, HttpRefusal, ResponseParts, TEXT},
};
use crate::schema::{self, Response};

/// Media type of the result of introspection.
const JSON_TYPE: &str = "application/json; charset=utf-8";

/// The response with the schema.
static SDL: MadeOnce<Arc<Response>> = MadeOnce::new(|| Arc::new(Response::new(schema::sdl(), 0, 0)));
/// The response with the result of introspection, in the form that tools store in a file.
static JSON: MadeOnce<Arc<Response>> = MadeOnce::new(|| {
    let result = json!({"data": {"__schema": schema::introspected()}});
    Arc::new(Response::new(result.to_string(), 0, 0))
});

/// Adds the routes `/schema.graphql` and `/schema.json`.
pub fn configure(config: &mut ServiceConfig) {
    let resource = |path| web::resource(path).default_service(web::to(other_method));
    config
        .service(resource("/schema.graphql").route(playground::readable().to(sdl)))
        .service(resource("/schema.json").route(playground::readable().to(json)));
}

async fn sdl(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    // No media type is registered for the GraphQL schema definition language.
    file(&http, &endpoint, TEXT, &SDL).await
}

async fn json(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    file(&http, &endpoint, JSON_TYPE, &JSON).await
}

async fn file(
    http: &HttpRequest,
    endpoint: &Endpoint,
    content_type: &'static str,
    response: &'static MadeOnce<Arc<Response>>,
) -> HttpResponse {
    // A client may read the file if it may read the schema.
    let admitted = async {
        let client = endpoint.gate.admit(&UnverifiedClient::of(http)).await?;
        endpoint.gate.may_introspect(&client)?;
        Ok((client, response.get().await?))
    };
    let (client, response) = match admitted.await {
        Ok(admitted) => admitted,
        Err(refusal) => return response::refuse(http, refusal),
    };
    let parts = ResponseParts {
        status: StatusCode::OK,
        response: response.clone(),
        is_result: true,
        headers: Vec::new(),
        reservations: Vec::new(),
        stats: RequestStats::default(),
    };
    response::send(http, content_type, parts, &endpoint.gate.service, &client.account).await
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    response::refuse(&http, HttpRefusal::method_not_allowed("GET, HEAD", "Use GET."))
}
