//! Connections: accepted within limits, shared between networks, and never without an end.
//!
//! ```text
//! TcpStream ──Admission──▶ TimedStream ──protocol──▶ HTTP/1.1 by Actix ─┐
//!             a permit        notes in               HTTP/2 (`http2`) ──┴──▶ the application
//!                             Activity ◀──reads── Watched: ends the connection when a time is up
//! ```
//!
//! Actix knows no limit of time for a second head, none for a client that takes nothing, and none for streams of HTTP/2. So the stream
//! and the requests note what happens, and one future around each connection decides when it ends. What the limits are is in
//! [`ConnectionLimits`], and why a connection was ended in [`EndReason`].

mod activity;
pub mod descriptors;
mod end;
mod frames;
mod http1;
mod http2;
mod limits;
mod overhead;
mod pace;
mod preface;
mod refused;
mod seldom;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod upgrade;
mod watched;

pub use end::{EndReason, Lag};
pub use limits::ConnectionLimits;
pub use pace::Pace;
pub use seldom::LogThrottle;
pub use server::Connections;
