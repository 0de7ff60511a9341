//! Reading what a client sends: the body, and the headers that state what it accepts. Memory is reserved for long heads.

pub mod accept;
pub mod body;
pub mod head;
pub mod header_list;
pub mod json_size;

pub use accept::{Accepted, HtmlAcceptance, MediaType};
