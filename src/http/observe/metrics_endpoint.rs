//! The endpoint `/metrics`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, ServiceConfig},
};

use crate::http::{client::Hosts, endpoint::Endpoint, response};

/// Adds the route `/metrics`. It has a listener of its own, because it is for the operator only.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/metrics", web::get().to(serve));
}

async fn serve(http: HttpRequest, endpoint: Data<Endpoint>, hosts: Data<Hosts>) -> HttpResponse {
    if let Err(refusal) = hosts.check(http.head()) {
        return response::refuse(&http, refusal);
    }
    let metrics = &endpoint.gate.metrics;
    metrics.set_open(endpoint.sockets.open(), endpoint.connections.in_use());
    metrics.set_usage(endpoint.gate.accounts.reserved(), endpoint.gate.service.usage());
    match metrics.text() {
        Ok(text) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, prometheus::TEXT_FORMAT)).body(text),
        Err(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
