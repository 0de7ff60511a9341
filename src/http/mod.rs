//! The HTTP side: the GraphQL endpoint and the pages. The only Actix code beside `app.rs`.

pub mod connection;
pub mod events;
mod graphql;
pub mod places;
pub mod playground;
mod respond;
mod results;
pub mod socket;

use actix_web::web::{self, ServiceConfig};

/// Longest request body: the longest document that a person or a tool writes is a small part of it.
const MAX_BODY: usize = 1024 * 1024;

/// Adds everything that is served.
pub fn configure(config: &mut ServiceConfig) {
    config.app_data(web::PayloadConfig::new(MAX_BODY)).configure(graphql::configure).configure(playground::configure);
}
