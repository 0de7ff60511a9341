//! Settings of `serve` for HTTP and for operations, with their flags.

mod http;
mod number;
mod operations;

pub(super) use self::{http::HttpArgs, number::number, operations::OperationArgs};
