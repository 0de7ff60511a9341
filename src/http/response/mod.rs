//! Responses, including refusals, and sending them: caching, compression, security headers and slices.

pub mod caching;
pub mod content_coding;
mod refusal;
mod response_parts;
mod security;
mod send;
pub mod slices;

pub use caching::CachingConfig;
pub use refusal::{
    AnyRefusal, BATCH_TOO_LARGE, CROSS_SITE, HttpRefusal, NOT_ACCEPTABLE, NOT_FOUND, REQUEST_TIMEOUT, budget_headers,
};
pub use response_parts::ResponseParts;
pub use security::{secured, security_headers};
pub use send::{refuse, send};

/// Media type of plain text. Texts in Markdown have it too: browsers display plain text, but download Markdown.
pub const TEXT: &str = "text/plain; charset=utf-8";
