//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
//!
//! ```text
//! frames ──▶ text ──message──▶ Incoming ──protocol──▶ Action ──session──▶ operations, outgoing
//! ```
//!
//! `protocol` knows the rules and no socket. `session` has the socket and decides nothing. A socket is one task: what it runs is
//! dropped with it, and while the client takes nothing, nothing more is read for it.

mod config;
mod frames;
mod goodbye;
mod host;
mod message;
mod operations;
mod outgoing;
mod protocol;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    guard::GuardContext,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use actix_ws::handle_with_protocols;
use tokio_util::sync::CancellationToken;

pub use config::SocketConfig;
use frames::Frames;
use goodbye::Goodbye;
pub use host::Host;
use operations::Operations;
use outgoing::Outgoing;
use protocol::Protocol;
use session::Session;

use super::{
    origin,
    permits::Permits,
    refused::{CROSS_SITE, Refused},
    visitor::Visitor,
};

/// The subprotocol, as clients name it.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Longest message of a client: as long as the body of a request may be.
const MAX_MESSAGE: usize = 1024 * 1024;

/// When to try again when there is no place, in seconds.
const RETRY_AFTER: &str = "5";

/// Too many sockets and event streams are open.
const TOO_MANY_SOCKETS: &str = "TOO_MANY_SOCKETS";

/// The handshake is wrong.
const BAD_HANDSHAKE: &str = "BAD_HANDSHAKE";

/// All that sockets share.
#[derive(Clone)]
pub struct Sockets {
    host: Arc<dyn Host>,
    config: SocketConfig,
    permits: Permits,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Sockets of a host. They say goodbye when the token is cancelled.
    #[must_use]
    pub fn new(host: Arc<dyn Host>, config: SocketConfig, shutdown: CancellationToken) -> Self {
        Self { host, permits: Permits::new(config.max_sockets), config, shutdown }
    }

    /// The permits for sockets and event streams.
    #[must_use]
    pub fn permits(&self) -> &Permits {
        &self.permits
    }

    /// Cancelled when the service stops.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}

/// Whether a request wants a socket.
pub fn is_asked_for(context: &GuardContext<'_>) -> bool {
    let upgrade = context.head().headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.split(',').any(|one| one.trim().eq_ignore_ascii_case("websocket")))
}

/// Opens a socket.
pub async fn open(http: HttpRequest, payload: Payload, sockets: Data<Sockets>) -> HttpResponse {
    if !origin::is_allowed(&http) {
        let message = "A page of another host may not open a socket here.";
        return Refused::new(StatusCode::FORBIDDEN, CROSS_SITE, message).response();
    }
    let visitor = Visitor::of(&http);
    let Ok(permit) = sockets.permits.take(visitor.address) else { return full() };
    let (response, session, incoming) = match handle_with_protocols(&http, payload, &[SUBPROTOCOL]) {
        Ok(opened) => opened,
        Err(failure) => return wrong_handshake(&failure),
    };
    let agreed = response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let Sockets { host, config, shutdown, .. } = Sockets::clone(&sockets);
    let (outgoing, response) = Outgoing::new(session, response, config.send_timeout, shutdown.clone());
    let session = Session {
        frames: Frames::new(incoming),
        outgoing,
        visitor,
        host,
        protocol: Protocol::new(config.max_operations),
        operations: Operations::default(),
        config,
        shutdown,
    };
    actix_web::rt::spawn(async move {
        let _permit = permit;
        if agreed {
            session.run().await;
        } else {
            session.outgoing.close(Goodbye::SUBPROTOCOL).await;
        }
    });
    response
}

/// The answer to a wrong handshake. Actix knows the status, and the headers that tell what would be right.
fn wrong_handshake(failure: &actix_web::Error) -> HttpResponse {
    let right = failure.as_response_error().error_response();
    let headers = right.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
    let refused = Refused::new(right.status(), BAD_HANDSHAKE, "This is no handshake of a WebSocket of version 13.");
    Refused { headers: headers.filter(|(name, _)| *name != header::CONTENT_TYPE).collect(), ..refused }.response()
}

/// The answer when there is no place for one more socket or event stream.
pub(super) fn full() -> HttpResponse {
    let message = "Too many sockets and event streams are open. Try again later.";
    let refused = Refused::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY_SOCKETS, message);
    refused.with(header::RETRY_AFTER, RETRY_AFTER).response()
}
