//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
//!
//! ```text
//! frames ──▶ text ──message──▶ ClientMessage ──protocol──▶ Action ──session──▶ operations, outgoing
//! ```
//!
//! `protocol` has the rules for messages and does not use a socket. `session` has the socket, performs the actions and
//! enforces the time limits. A socket is one task: when the task ends, its operations are dropped. While the client does
//! not read, the service starts no operation and no new run of a subscription. A run that has begun continues.

mod backend;
mod close_reason;
mod config;
mod decoder;
mod handshake;
mod incoming;
mod message;
mod operations;
mod outgoing;
mod protocol;
mod session;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    dev::RequestHead,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use tokio_util::sync::CancellationToken;

pub use backend::Backend;
pub use close_reason::CloseReason;
pub use config::SocketConfig;
use handshake::Handshake;
use incoming::IncomingFrames;
use operations::Operations;
use outgoing::Outgoing;
use protocol::Protocol;
use session::Session;
use waiting::WaitingSockets;

use super::{
    MAX_BODY,
    client::{UnverifiedClient, refused_origins},
    gate::Permits,
    request::header_list,
    response::{self, HttpRefusal},
};
use crate::access::{Client, counted};

/// The subprotocol, as clients name it.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Longest message of a client, in bytes: the same as for the body of a request.
const MAX_MESSAGE: usize = MAX_BODY;

/// Seconds after which a client should try again if no permit is available.
const RETRY_AFTER: &str = "5";

/// Too many sockets and event streams are open.
const TOO_MANY_SOCKETS: &str = "TOO_MANY_SOCKETS";

/// State that all sockets share.
#[derive(Clone)]
pub struct Sockets {
    backend: Arc<dyn Backend>,
    config: SocketConfig,
    /// Permits for sockets of admitted clients, and for event streams.
    permits: Permits<Client>,
    /// Sockets whose clients are not admitted yet.
    waiting: WaitingSockets,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Creates the shared state. When `shutdown` is cancelled, all sockets are closed.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, config: SocketConfig, shutdown: CancellationToken) -> Self {
        let permits = Permits::new(config.max_sockets, config.max_per_client());
        Self { backend, permits, waiting: WaitingSockets::new(config.max_sockets), config, shutdown }
    }

    /// Returns the permits for sockets and event streams.
    #[must_use]
    pub fn permits(&self) -> &Permits<Client> {
        &self.permits
    }

    /// Returns the number of open sockets and event streams.
    #[must_use]
    pub fn open(&self) -> usize {
        self.permits.in_use() + self.waiting.count()
    }
}

/// Reports whether a request is for an upgrade of the connection to a WebSocket.
pub fn is_websocket_upgrade(head: &RequestHead) -> bool {
    header_list::members(head.headers(), header::UPGRADE).any(|protocol| protocol.eq_ignore_ascii_case("websocket"))
}

/// Opens a socket. Until its client is admitted, it has one of the permits for waiting sockets.
pub async fn open(http: HttpRequest, payload: Payload, sockets: Data<Sockets>) -> HttpResponse {
    begin(&http, payload, &sockets).await.unwrap_or_else(|refusal| response::refuse(&http, refusal))
}

async fn begin(http: &HttpRequest, payload: Payload, sockets: &Sockets) -> Result<HttpResponse, HttpRefusal> {
    let client = UnverifiedClient::of(http);
    let account = sockets.backend.charge(&client).await?;
    refused_origins::check(http, "Pages of other origins may not open a WebSocket to this service.")?;
    let Handshake { mut response, has_subprotocol } = handshake::accept(http, SUBPROTOCOL)?;
    if sockets.permits.are_exhausted() {
        return Err(too_many_sockets());
    }
    let waiting = sockets.waiting.add(account.client().clone()).map_err(|_| too_many_sockets())?;
    let Sockets { backend, config, shutdown, .. } = sockets.clone();
    let (outgoing, pieces) = Outgoing::new(config.send_timeout, shutdown.clone());
    let session = Session {
        frames: IncomingFrames::new(payload, account.clone()),
        outgoing,
        client,
        account,
        backend,
        protocol: Protocol::new(config.max_operations),
        operations: Operations::default(),
        waiting: Some(waiting),
        permit: None,
        permits: sockets.permits.clone(),
        config,
        shutdown,
    };
    actix_web::rt::spawn(counted(async move {
        if has_subprotocol {
            session.run().await;
        } else {
            session.backend.count_close(CloseReason::SUBPROTOCOL.code);
            session.outgoing.close(CloseReason::SUBPROTOCOL).await;
        }
    }));
    Ok(response.body(pieces))
}

/// Returns the refusal if no permit for a socket or event stream is available.
pub(super) fn too_many_sockets() -> HttpRefusal {
    let message = "Too many sockets and event streams are open. Try again later.";
    HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY_SOCKETS, message)
        .with_header(header::RETRY_AFTER, RETRY_AFTER)
}
