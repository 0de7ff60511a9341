//! Connections whose other end takes nothing.
//!
//! What is to be written to such a connection is held as long as it is open, and so is all that would come after. Actix waits for
//! ever; Linux can be told not to.

use std::{any::Any, time::Duration};

use actix_web::rt::net::TcpStream;

/// How long something that was written may wait to be taken. A slow network is not that slow.
pub const UNTAKEN_TIMEOUT: Duration = Duration::from_mins(1);

/// Has the system close a connection on which something waited so long. Elsewhere than on Linux nothing is done.
pub fn limit(io: &dyn Any, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = io.downcast_ref::<TcpStream>()
        && let Err(failure) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(timeout))
    {
        tracing::debug!(error = &failure as &dyn std::error::Error, "the connection has no limit");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (io.downcast_ref::<TcpStream>(), timeout);
}
