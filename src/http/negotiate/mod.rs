//! What a client accepts: the media type of a response (`Accept`) and its coding (`Accept-Encoding`).

pub mod list;
mod media;

pub use media::{Accepted, MediaType, Page};
