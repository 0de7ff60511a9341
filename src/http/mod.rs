//! GraphQL over HTTP, the pages, health and metrics. Only this module and `app.rs` handle requests with Actix; `cli/`
//! uses its runtime.
//!
//! | Module | Concern |
//! |---|---|
//! | `client/` | the client of a request: address, credentials, requested host, origin of the page |
//! | `config.rs`, `endpoint.rs` | settings, and the state that all handlers share |
//! | `connection/` | network connections: accepting, limiting and closing them, HTTP/1.1 and HTTP/2 |
//! | `events/` | server-sent events |
//! | `gate/` | admitting clients, charging requests, permits |
//! | `graphql/` | the endpoint `/graphql` |
//! | `health/`, `pages/`, `playground/`, `schema_file.rs` | the other URLs |
//! | `asset.rs` | embedded files |
//! | `made_once.rs` | values that are made when the first request needs them |
//! | `observe/` | request ids, log, metrics |
//! | `request/` | reading bodies and `Accept` headers |
//! | `response/` | the parts of responses, refusals, caching, compression |
//! | `socket/` | WebSockets |

mod asset;
mod client;
mod config;
pub mod connection;
mod endpoint;
pub mod events;
pub mod gate;
mod graphql;
mod health;
mod made_once;
mod observe;
mod pages;
pub mod playground;
mod request;
mod response;
mod schema_file;
pub mod socket;
#[cfg(test)]
mod testing;

use actix_web::web::{self, ServiceConfig};

pub use actix_web::http::header::HeaderName;
pub use client::{AllowedHost, AllowedOrigin, Hosts, Origins, RefusedOrigins};
pub use config::HttpConfig;
pub use connection::ConnectionLimits;
pub use endpoint::Endpoint;
pub use gate::charge;
pub use health::Readiness;
pub use observe::{Metrics, configure_metrics, observe};
pub use pages::REFERENCE_SCHEMA;
pub use response::CachingConfig;

/// Longest body of a request, in bytes, compressed as well as decompressed. Documents that people or tools write are far
/// shorter.
pub const MAX_BODY: usize = 1024 * 1024;

/// Memory of a field of a head in addition to its bytes: an entry in a map of Actix, half of which may be unused.
const FIELD_MEMORY: u64 = 512;

/// Adds all routes except the metrics, which have a listener of their own.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    config
        .configure(|config| graphql::configure(config, settings))
        .configure(schema_file::configure)
        .configure(health::configure)
        .configure(playground::configure)
        .configure(|config| pages::configure(config, settings))
        .default_service(web::to(pages::not_found));
}
