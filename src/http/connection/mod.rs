//! Network connections: accepting them within limits, and closing them when a limit is reached.
//!
//! ```text
//! TcpStream ──Admission──▶ TimedStream ──protocol──▶ HTTP/1.1 by Actix ─┐
//!             a permit       records in              HTTP/2 (`http2`) ──┴──▶ the application
//!                             Activity ◀──reads── Watched: ends the connection when a time limit is reached
//! ```
//!
//! Actix has no time limit for the head of a later request on a connection, for a client that does not read, and for
//! HTTP/2 streams. So the byte stream and the requests record in [`Activity`] what happens, and the future
//! [`Watched`](timing::Watched) around each connection ends the connection at its deadline. [`ConnectionLimits`] has the
//! limits, and [`EndReason`] the reasons for which the service ends connections.
//!
//! The connections of a serving thread take turns ([`Turn`](timing::Turn)), and the networks of clients share its time
//! ([`Shares`](crate::access::Shares)), so that no connection and no network delays the others by much.

mod admission;
mod end_reason;
mod http1;
mod http2;
mod limits;
pub mod open_files;
mod protocol;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod timing;

pub use end_reason::{EndReason, Lag};
pub use limits::ConnectionLimits;
pub use server::Connections;
pub use timing::{Activity, Pace};
