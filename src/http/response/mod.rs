//! Replies and refusals, and sending them: caching, compression, security headers and slices.

pub mod caching;
pub mod content_coding;
mod refusal;
mod reply;
mod security;
mod send;
pub mod slices;

pub use caching::CachingConfig;
pub use refusal::{
    AnyRefusal, BATCH_TOO_LARGE, CROSS_SITE, HttpRefusal, NOT_ACCEPTABLE, NOT_FOUND, REQUEST_TIMEOUT, budget_headers,
};
pub use reply::Reply;
pub use security::{secured, security_headers};
pub use send::{refuse, send};
