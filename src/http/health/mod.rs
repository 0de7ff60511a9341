//! Health checks for process managers and load balancers: whether the process runs, and whether it can serve requests.

mod readiness;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use serde_json::json;

use super::endpoint::Endpoint;
pub use readiness::Readiness;

/// Adds the routes `/health/live` and `/health/ready`.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/health/live", web::get().to(live)).route("/health/live", web::head().to(live));
    config.route("/health/ready", web::get().to(ready)).route("/health/ready", web::head().to(ready));
}

async fn live() -> HttpResponse {
    respond(StatusCode::OK, "live")
}

/// Responds with 200 if the service is not stopping and its database is available, else with 503.
async fn ready(endpoint: Data<Endpoint>) -> HttpResponse {
    if endpoint.stopping.is_cancelled() {
        return respond(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    if endpoint.readiness.is_database_available().await {
        respond(StatusCode::OK, "ready")
    } else {
        respond(StatusCode::SERVICE_UNAVAILABLE, "database")
    }
}

fn respond(status: StatusCode, word: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(json!({"status": word}))
}
