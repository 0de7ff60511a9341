//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
//!
//! ```text
//! frames ──▶ text ──message──▶ ClientMessage ──protocol──▶ Action ──session──▶ operations, outgoing
//! ```
//!
//! `protocol` knows the rules and no socket. `session` has the socket and decides nothing. A socket is one task: what it runs is
//! dropped with it, and while the client takes nothing, nothing more is read for it.

mod config;
mod decoder;
mod frames;
mod goodbye;
mod handshake;
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
    dev::RequestHead,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use tokio_util::sync::CancellationToken;

pub use config::SocketConfig;
use frames::IncomingFrames;
use goodbye::CloseReason;
use handshake::Handshake;
pub use backend::Backend;
use operations::Operations;
use outgoing::Outgoing;
use protocol::Protocol;
use session::Session;

use super::{
    origin,
    permits::Permits,
    refused::{CROSS_SITE, HttpRefusal},
    respond,
    visitor::UnverifiedClient,
};
use crate::access::Client;

/// The subprotocol, as clients name it.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Longest message of a client: as long as the body of a request may be.
const MAX_MESSAGE: usize = 1024 * 1024;

/// Most sockets of one client that wait to be let in. Each takes its `connection_init` time at most.
const WAITING_SHARE: usize = 64;

/// When to try again when there is no place, in seconds.
const RETRY_AFTER: &str = "5";

/// Too many sockets and event streams are open.
const TOO_MANY_SOCKETS: &str = "TOO_MANY_SOCKETS";

/// All that sockets share.
#[derive(Clone)]
pub struct Sockets {
    backend: Arc<dyn Backend>,
    config: SocketConfig,
    /// For sockets that were let in, and event streams.
    permits: Permits<Client>,
    /// For sockets that were not let in yet.
    waiting: Permits<Client>,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Sockets of a host. They say goodbye when the token is cancelled.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, config: SocketConfig, shutdown: CancellationToken) -> Self {
        let permits = Permits::new(config.max_sockets, config.share());
        Self { host, permits, waiting: Permits::new(config.max_sockets, WAITING_SHARE), config, shutdown }
    }

    /// The permits for sockets and event streams.
    #[must_use]
    pub fn permits(&self) -> &Permits<Client> {
        &self.permits
    }

    /// How many sockets and event streams are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.permits.in_use() + self.waiting.in_use()
    }

    /// Cancelled when the service stops.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}

/// Whether a request wants a socket.
pub fn is_websocket_upgrade(head: &RequestHead) -> bool {
    let upgrade = head.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.split(',').any(|one| one.trim().eq_ignore_ascii_case("websocket")))
}

/// Opens a socket. It holds a permit of those that wait to be let in, until it is.
pub async fn open(http: HttpRequest, payload: Payload, sockets: Data<Sockets>) -> HttpResponse {
    begin(&http, payload, &sockets).await.unwrap_or_else(|refused| respond::refuse(&http, refused))
}

async fn begin(http: &HttpRequest, payload: Payload, sockets: &Sockets) -> Result<HttpResponse, HttpRefusal> {
    let visitor = UnverifiedClient::of(http);
    let account = sockets.backend.charge(&visitor).await?;
    if !origin::is_allowed(http) {
        let message = "A page of another host may not open a socket here.";
        return Err(HttpRefusal::new(StatusCode::FORBIDDEN, CROSS_SITE, message));
    }
    let Handshake { mut response, agreed } = handshake::accept(http, SUBPROTOCOL)?;
    if sockets.permits.are_exhausted() {
        return Err(too_many_sockets());
    }
    let waiting = sockets.waiting.acquire(account.client().clone()).map_err(|_| too_many_sockets())?;
    let Sockets { host, config, shutdown, .. } = sockets.clone();
    let (outgoing, pieces) = Outgoing::new(config.send_timeout, shutdown.clone());
    let session = Session {
        frames: IncomingFrames::new(payload, account.clone()),
        outgoing,
        visitor,
        account,
        host,
        protocol: Protocol::new(config.max_operations),
        operations: Operations::default(),
        waiting: Some(waiting),
        permit: None,
        permits: sockets.permits.clone(),
        config,
        shutdown,
    };
    actix_web::rt::spawn(async move {
        if agreed {
            session.run().await;
        } else {
            session.outgoing.close(CloseReason::SUBPROTOCOL).await;
        }
    });
    Ok(response.body(pieces))
}

/// The refusal when there is no permit for one more socket or event stream.
pub(super) fn too_many_sockets() -> HttpRefusal {
    let message = "Too many sockets and event streams are open. Try again later.";
    HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY_SOCKETS, message).with(header::RETRY_AFTER, RETRY_AFTER)
}
