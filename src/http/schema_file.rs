//! The schema as a file, at `/schema.graphql`: for people, and for tools that read it instead of introspection.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};

use super::{
    endpoint::Endpoint, gate::Guest, graphql::Reply, playground, refused::Refused, respond, seen::Seen, visitor::Visitor,
};
use crate::schema::{self, Response};

/// Plain text, which browsers show. There is no registered type for the schema definition language.
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// The schema. It is printed once.
static SCHEMA: LazyLock<Arc<Response>> = LazyLock::new(|| Arc::new(Response::new(schema::sdl(), 0, 0)));

/// Adds the file.
pub fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/schema.graphql");
    config.service(resource.route(playground::readable().to(file)).default_service(web::to(other_method)));
}

async fn file(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let guest = match reader(&http, &endpoint).await {
        Ok(guest) => guest,
        Err(refused) => return respond::refuse(&http, refused),
    };
    let reply = Reply {
        status: StatusCode::OK,
        response: SCHEMA.clone(),
        answers: true,
        headers: Vec::new(),
        held: Vec::new(),
        seen: Seen::default(),
    };
    respond::send(&http, CONTENT_TYPE, reply, &endpoint.gate.service, &guest.account).await
}

/// The client of a request, when it may read the schema.
async fn reader(http: &HttpRequest, endpoint: &Endpoint) -> Result<Guest, Refused> {
    let guest = endpoint.gate.admit(&Visitor::of(http)).await?;
    endpoint.gate.may_introspect(&guest)?;
    Ok(guest)
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    respond::refuse(&http, Refused::method("GET, HEAD", "Use GET."))
}
