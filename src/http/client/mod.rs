//! The client of a request: its address and credentials, the host that it requests, and the origin of its page.

mod forwarded;
mod host;
mod origin;
pub mod refused_origins;
mod unverified;

pub use forwarded::client_of;
pub use host::{AllowedHost, Hosts, requested_origin};
pub use origin::{AllowedOrigin, Origins};
pub use refused_origins::RefusedOrigins;
pub use unverified::{UnverifiedClient, address};
