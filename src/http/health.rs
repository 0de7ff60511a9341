//! Whether the service lives, and whether it is ready for requests: for whatever starts it and sends requests to it.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use serde_json::json;

use super::endpoint::Endpoint;

/// How long the database may take to answer: long for one row, short for whoever waits.
const PATIENCE: Duration = Duration::from_secs(1);

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
    let asked = async { endpoint.store.snapshot().await?.latest_revision().await };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => respond(StatusCode::OK, "ready"),
        Ok(Err(failure)) => {
            tracing::warn!(error = &failure as &dyn std::error::Error, "the database does not answer");
            respond(StatusCode::SERVICE_UNAVAILABLE, "database")
        }
        Err(_) => respond(StatusCode::SERVICE_UNAVAILABLE, "database"),
    }
}

fn respond(status: StatusCode, word: &str) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(json!({"status": word}))
}
