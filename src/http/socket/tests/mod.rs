//! Tests with operations that do not end, and of the protocol without a socket.

mod endless_operations;
mod protocol;
