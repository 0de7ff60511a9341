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
//! [`Watched`](watched::Watched) around each connection ends the connection at its deadline. [`ConnectionLimits`] has the
//! limits, and [`EndReason`] the reasons for which the service ends connections.
//!
//! The connections of a serving thread take turns ([`turns`]), and the networks of clients share its time
//! ([`Shares`](crate::access::Shares)), so that no connection and no network delays the others by much.

mod activity;
mod admission;
mod chunk_framing;
mod end_reason;
mod http1;
mod http2;
mod limits;
mod long_name;
mod message_parts;
pub mod open_files;
mod pace;
mod pipeline;
mod protocol;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod turns;
mod unreadable;
mod upgrade_offers;
mod watched;

pub use activity::Activity;
pub use end_reason::{EndReason, Lag};
pub use limits::ConnectionLimits;
pub use pace::Pace;
pub use server::Connections;
