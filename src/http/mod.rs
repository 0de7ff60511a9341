//! The HTTP side: the GraphQL endpoint, the pages, and what is needed to run the service. The only Actix code beside `app.rs`.

mod body;
pub mod caching;
mod charge;
mod coding;
mod config;
pub mod connection;
mod endpoint;
pub mod events;
mod forwarded;
pub mod gate;
mod graphql;
mod health;
pub mod host;
mod json;
pub mod metrics;
mod negotiate;
mod observe;
pub mod origin;
pub mod permits;
pub mod playground;
mod refused;
mod refused_origins;
mod request_id;
mod respond;
mod schema_file;
mod seen;
mod slices;
pub mod socket;
mod visitor;

use actix_web::web::{self, ServiceConfig};

pub use actix_web::http::header::HeaderName;
pub use caching::CachingConfig;
pub use charge::charge;
pub use config::HttpConfig;
pub use connection::ConnectionLimits;
pub use endpoint::Endpoint;
pub use health::Readiness;
pub use observe::observe;
pub use refused_origins::RefusedOrigins;

/// Longest request body, as it comes and unpacked: the longest document that a person or a tool writes is a small part of it.
pub const MAX_BODY: usize = 1024 * 1024;

/// Adds everything that is served.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    config
        .configure(|config| graphql::configure(config, settings))
        .configure(schema_file::configure)
        .configure(health::configure)
        .configure(playground::configure)
        .default_service(web::to(playground::nothing));
}
