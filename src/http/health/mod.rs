//! Whether the service lives, and whether it is ready for requests: for whatever starts it and sends requests to it.

mod readiness;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use serde_json::json;

use super::endpoint::Endpoint;
pub use readiness::Readiness;

/// Adds `/health/live` and `/health/ready`.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/health/live", web::get().to(live)).route("/health/live", web::head().to(live));
    config.route("/health/ready", web::get().to(ready)).route("/health/ready", web::head().to(ready));
}

async fn live() -> HttpResponse {
    respond(StatusCode::OK, "live")
}

/// Ready is a service that is not about to stop, and whose database answers.
async fn ready(endpoint: Data<Endpoint>) -> HttpResponse {
    if endpoint.stopping.is_cancelled() {
        return respond(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    if endpoint.readiness.database_answers().await {
        respond(StatusCode::OK, "ready")
    } else {
        respond(StatusCode::SERVICE_UNAVAILABLE, "database")
    }
}

fn respond(status: StatusCode, word: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(json!({"status": word}))
}
